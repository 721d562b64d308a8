"""Determining: approve, deny, send back; a wrong determination is superseded by a new one; an appeal is recorded."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from peercert import words
from peercert.program.access import require
from peercert.program.applications.actions import close_application, reopen_application
from peercert.program.casework.actions import end_clock, end_clocks, start_clock
from peercert.program.casework.models import Case, Task
from peercert.program.casework.moves import lock, lock_with_others, move, tell
from peercert.program.determinations.actions import record_determination
from peercert.program.determinations.models import AppealReceived, Determination
from peercert.program.determinations.queries import decided
from peercert.program.errors import Refused
from peercert.program.exams.actions import cancel_open
from peercert.program.journey.apply import name_for_record, put_identity_on_record
from peercert.program.journey.grounds import Ground, chosen, found_since
from peercert.program.journey.law import facts_for
from peercert.program.journey.review import go_on, ready_to_approve, ready_to_weigh, take_part
from peercert.program.journey.step import step
from peercert.program.money.actions import owe
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.models import Person
from peercert.program.review.actions import replace_recommendation, set_mark
from peercert.program.review.queries import current_recommendation, has_unanswered_match
from peercert.rules.days import add_days, add_months, day_of
from peercert.rules.decide import decide
from peercert.rules.figures import figure
from peercert.rules.reasons import Finding

#: Pathways on which the core course comes between approval and exam.
WITH_TRAINING = frozenset({"initial"})


@step
def approve(case_id: int, because: str = "", *, actor: Actor, now: datetime) -> Determination:
    """Approve the application: twelve months to finish, told by letter with what comes next.

    Raises Refused: `decided_meanwhile` (another officer was first), `recommended_it`, `request_open`,
    `match_unanswered`, `checks_unmarked`, `checks_failed`, `difference_needs_reason`.
    """
    case = _waiting(case_id, "approve", actor, now=now)
    ready_to_weigh(case)
    ready_to_approve(case)
    facts, finding = _law(case, now=now)
    _explained(case, finding, "approve", because)
    made = _record(case, "approve", facts, finding, (), because, actor=actor, now=now, through=approval_through(now))
    move(case, "approve", actor=actor, now=now, determination=str(made.uuid), law=finding.outcome)
    _open_the_months(case, made, now=now)
    return made


@step
def deny(case_id: int, grounds: Sequence[str], because: str = "", *, actor: Actor, now: datetime) -> Determination:
    """Deny the application on the chosen grounds (keys of `grounds.grounds_of`), told by a sealed letter.

    Raises Refused as `approve`, and `denial_needs_reason`, `not_a_ground`, `ask_for_it_first`.
    """
    case = _waiting(case_id, "deny", actor, now=now)
    ready_to_weigh(case)
    facts, finding = _law(case, now=now)
    picked = chosen(case, finding, grounds)
    _explained(case, finding, "deny", because)
    made = _record(case, "deny", facts, finding, picked, because, actor=actor, now=now)
    move(case, "deny", actor=actor, now=now, determination=str(made.uuid), law=finding.outcome)
    _close_with_denial(case, made, picked, code="denied", now=now)
    return made


@step
def send_back(case_id: int, because: str, *, actor: Actor, now: datetime) -> Case:
    """Send a recommended case back to review, saying to the reviewer what is missing. Nothing is told to the person."""
    case = _waiting(case_id, "send_back", actor, now=now)
    if not because.strip():
        raise Refused("reason_needed")
    move(case, "send_back", actor=actor, now=now)
    replace_recommendation(case, now=now, sent_back_because=because.strip())
    return case


@step
def supersede(
    case_id: int, outcome: str, because: str, grounds: Sequence[str] = (), *, actor: Actor, now: datetime
) -> Determination:
    """Put a new determination in the place of a wrong one. The old one stays on record, never edited.

    A denial becomes an approval with twelve months from today; an approval becomes a denial, and what was authorised
    ends. Where a certificate stands on it, the record is corrected and the standing is not touched: the holder gets a
    written notice and a task opens that two people close (ground rules, Certificates). An approval puts an appeal
    against the old one right. Raises Refused:
    `nothing_to_supersede`, `already_so`, `decided_it` (the officer who decided), and those of `approve` and `deny`.
    """
    case = lock_with_others(case_id)
    require(actor, "supersede", case)
    assert actor.person is not None
    before = decided(case)
    if before is None:
        raise Refused("nothing_to_supersede")
    if before.outcome == outcome:
        raise Refused("already_so")
    if not because.strip():
        raise Refused("reason_needed")
    if outcome == "approve" and has_unanswered_match(case):
        raise Refused("match_unanswered")
    had_certificate = case.stage == "certified"
    facts, finding = _law(case, now=now, on=before.governed_on)
    picked = chosen(case, finding, grounds, also=found_since(case)) if outcome == "deny" else []
    for ground in picked:
        if ground.is_new and ground.check is not None:
            set_mark(ground.check, "fail", [ground.code], because.strip(), by=actor.person, now=now)
    through = approval_through(now) if outcome == "approve" else None
    made = _record(
        case, outcome, facts, finding, picked, because, actor=actor, now=now, through=through, supersedes=before
    )
    verb = "supersede_with_denial" if outcome == "deny" else "supersede_with_approval"
    move(case, verb, actor=actor, now=now, determination=str(made.uuid), before=str(before.uuid))
    if outcome == "approve":
        appealed = list(before.appeals_received.values_list("pk", flat=True))
        Task.objects.filter(case=case, kind="appeal", closed_at=None, values__appeal__in=appealed).update(
            closed_at=now, closed_by=actor.person, outcome="put_right", because=because.strip()
        )
        reopen_application(case.pk)
        end_clocks(case, now=now, because="superseded")
        _open_the_months(case, made, now=now, code="approved_after_correction")
    elif had_certificate:
        _notice_holder(case, made, picked, now=now)
    else:
        _end_authorisation(case, now=now)
        _close_with_denial(case, made, picked, code="denied_after_correction", now=now)
    return made


@step
def record_appeal(
    determination_id: int, *, received_on: date, way: str, note: str = "", actor: Actor, now: datetime
) -> AppealReceived:
    """Record that an appeal arrived, on which day and how; the person is told that it is here.

    Whether it came in time counts from the day notice reached the person; where that is not known, or its days are not
    confirmed, nobody is late.
    """
    determination = Determination.objects.get(pk=determination_id)
    case = lock(determination.case_id)
    require(actor, "record_appeal", case)
    if received_on > day_of(now) or received_on < day_of(determination.decided_at):
        raise Refused("day_of_appeal")
    assert actor.person is not None
    known = AppealReceived.objects.filter(determination=determination, received_on=received_on, way=way).first()
    if known is not None:
        return known
    in_time = appeal_in_time(determination, received_on)
    move(case, "record_appeal", actor=actor, now=now, received_on=received_on.isoformat(), way=way)
    appeal = AppealReceived.objects.create(
        determination=determination, received_on=received_on, way=way, note=note.strip(), recorded_by=actor.person,
        recorded_at=now, in_time=in_time,
    )  # fmt: skip
    end_clock(case, "appeal", now=now, because="received")
    Task.objects.create(
        case=case, kind="appeal", values={"appeal": appeal.pk, "received_on": received_on.isoformat()}, opened_at=now,
        due_on=add_days(received_on, int(figure("appeal_review_days", received_on).value)),
    )  # fmt: skip
    write_letter(
        case, "appeal_received", key=f"appeal_received:{appeal.pk}", now=now, values={"received_on": received_on}
    )
    return appeal


def appeal_in_time(determination: Determination, received_on: date) -> bool | None:
    """True where the appeal came within the days; None where that cannot be held against the person."""
    letter = determination.case.letters.filter(key=letter_key(determination)).first()
    days = figure("appeal_days", day_of(determination.decided_at))
    if letter is None or letter.reached_on is None:
        return None
    if received_on <= add_days(letter.reached_on, int(days.value)):
        return True
    return False if days.certainty == "confirmed" else None


def letter_key(determination: Determination) -> str:
    """The key of the letter that tells a determination."""
    return f"determination:{determination.uuid}"


def approval_through(now: datetime) -> date:
    """The last day of the months that an approval of today gives."""
    return add_months(day_of(now), int(figure("approval_months", day_of(now)).value))


def letter_parts(
    case: Case, outcome: str, grounds: Sequence[Ground], *, now: datetime
) -> tuple[str, dict[str, Any], list[str]]:
    """Code, values and further paragraphs of the letter that tells this outcome: for the preview and for the letter."""
    paragraphs = paragraphs_of(case, outcome, grounds, case.person.language)
    if outcome == "approve":
        code = "approved_training" if case.topic in WITH_TRAINING else "approved_exam"
        review_days = int(figure("training_review_days", day_of(now)).value)
        return code, {"through": approval_through(now), "review_days": review_days}, paragraphs
    return "denied", _appeal_values(now), paragraphs


def paragraphs_of(case: Case, outcome: str, grounds: Sequence[Ground], lang: str) -> list[str]:
    """What else that letter says: the grounds of a denial, and where the ID's name is the one that will be printed."""
    if outcome == "deny":
        return [one.says(lang) for one in grounds]
    given, name = case.application.full_name, " ".join(filter(None, name_for_record(case.application)))
    return [] if name == given else [words.fill("certificate", "name_as_on_id", {"given": given, "name": name}, lang)]


def new_letter_parts(
    case: Case, outcome: str, grounds: Sequence[Ground], *, now: datetime
) -> tuple[str, dict[str, Any], list[str]]:
    """The same for a determination that takes the place of a wrong one."""
    _, values, paragraphs = letter_parts(case, outcome, grounds, now=now)
    if outcome == "approve":
        return "approved_after_correction", values, paragraphs
    if case.stage == "certified":
        return "record_corrected", {"due_on": _holder_answers_by(now)}, paragraphs
    return "denied_after_correction", values, paragraphs


def _waiting(case_id: int, verb: str, actor: Actor, *, now: datetime) -> Case:
    """The locked case that waits for a determination; tells politely where another officer was first."""
    case = lock_with_others(case_id)
    if case.stage in {"approved", "denied"}:
        made = decided(case)
        if made is not None and made.decided_by is not None:
            raise Refused("decided_meanwhile", on=day_of(made.decided_at))
    require(actor, verb, case)
    if case.stage != "recommended":
        raise Refused("not_in_this_stage", stage=case.stage, verb=verb)
    return case


def _law(case: Case, *, now: datetime, on: date | None = None) -> tuple[Any, Finding]:
    facts = facts_for(case, "apply", on=on, now=now)
    return facts, decide(facts, on=on)


def _explained(case: Case, finding: Finding, outcome: str, because: str) -> None:
    """A difference from the law's proposal, or from the recommendation, needs a written reason."""
    advice = current_recommendation(case)
    differs = finding.outcome != outcome or (advice is not None and advice.outcome != outcome)
    if differs and not because.strip():
        raise Refused("difference_needs_reason")


def _record(
    case: Case, outcome: str, facts: Any, finding: Finding, grounds: Sequence[Ground], because: str, *,
    actor: Actor, now: datetime, through: date | None = None, supersedes: Determination | None = None,
) -> Determination:  # fmt: skip
    person: Person | None = actor.person
    assert person is not None
    take_part(case, person, "decided", now=now)
    if supersedes is None:
        replace_recommendation(case, now=now)
    return record_determination(
        case, question="apply", outcome=outcome, facts=msgspec.to_builtins(facts), finding=msgspec.to_builtins(finding),
        law_outcome=finding.outcome, governed_on=finding.governed_on, release=finding.release,
        reasons=[ground.stored() for ground in grounds], because=because.strip(), approval_through=through,
        decided_by=person, decided_at=now, supersedes=supersedes,
    )  # fmt: skip


def _open_the_months(case: Case, made: Determination, *, now: datetime, code: str = "") -> None:
    """What follows an approval: its name stands, the months run, the exam fee falls due where no course comes first."""
    put_identity_on_record(case.application, now=now)
    end_clock(case, "review", now=now, because="decided")
    start_clock(case, "approval", owed_by="person", starts_on=day_of(now), figure="approval_months", now=now)
    usual, values, paragraphs = letter_parts(case, "approve", (), now=now)
    write_letter(case, code or usual, key=letter_key(made), now=now, values=values, paragraphs=paragraphs)
    if case.topic not in WITH_TRAINING:
        owe(case, "exam", on=day_of(now), now=now, sitting=1)
    go_on(case, now=now)


def _close_with_denial(case: Case, made: Determination, grounds: Sequence[Ground], *, code: str, now: datetime) -> None:
    end_clocks(case, now=now, because="decided")
    close_application(case.pk, now=now)
    _, values, paragraphs = letter_parts(case, "deny", grounds, now=now)
    write_letter(case, code, key=letter_key(made), now=now, values=values, paragraphs=paragraphs)


def _notice_holder(case: Case, made: Determination, grounds: Sequence[Ground], *, now: datetime) -> None:
    """The record is corrected, the standing is not: written notice, the holder's answer, then two people."""
    due_on = _holder_answers_by(now)
    Task.objects.create(
        case=case, kind="conduct", values={"determination": str(made.uuid)}, opened_at=now, needs_two=True,
        noticed_at=now, answer_due_on=due_on, due_on=due_on,
    )  # fmt: skip
    tell(case, "holder_noticed", actor=PROGRAM, now=now)
    write_letter(
        case, "record_corrected", key=letter_key(made), now=now, values={"due_on": due_on},
        paragraphs=[one.says(case.person.language) for one in grounds],
    )  # fmt: skip


def _holder_answers_by(now: datetime) -> date:
    """The day by which a holder may answer a written notice, wherever it has to be posted to."""
    on = day_of(now)
    wait = int(figure("notice_days_after_posting", on).value)
    return add_days(on, wait + int(figure("request_answer_days", on).value))


def _end_authorisation(case: Case, *, now: datetime) -> None:
    """What was authorised to test is cancelled; the vendor is told with the next file."""
    cancel_open(case, because="superseded", now=now)


def _appeal_values(now: datetime) -> dict[str, Any]:
    return {
        "appeal_days": int(figure("appeal_days", day_of(now)).value),
        "address": ("letter_frame", "postal_address"),
    }
