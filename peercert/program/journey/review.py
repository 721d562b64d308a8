"""Reviewing an application: opening it, marking its checks, noting, holding, answering, recommending."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from peercert.program.access import MAY, barred, require, roles_of
from peercert.program.casework.actions import end_clock, keep_question_clock
from peercert.program.casework.models import Case, Document, Hold, Note, Opening, Part, Question, Task
from peercert.program.casework.moves import lock, move, tell
from peercert.program.casework.queries import open_request
from peercert.program.errors import Refused
from peercert.program.journey.grounds import grounds_of
from peercert.program.journey.law import ask_law
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.models import Person
from peercert.program.review import actions, queries
from peercert.program.review.models import Check, IdReading, Mark, PossibleMatch, Recommendation
from peercert.program.review.reasons import reasons_for
from peercert.rules.days import day_of

#: Why nothing is certified for a while; words in words/holds.toml.
HOLD_REASONS = (
    "one_person_two_records",
    "identity_question",
    "conduct_question",
    "payment_question",
    "asked_by_person",
)
#: Stages in which officers still weigh a case.
OPEN = frozenset({"submitted", "review", "recommended", "approved"})


@step
def reach(case: Case, *, actor: Actor, now: datetime) -> None:
    """Whether this officer may look at the case at all; an attempt despite an interest is refused and recorded."""
    _may_look(case, actor)


@step
def open_case(case: Case, *, actor: Actor, now: datetime, purpose: str = "") -> None:
    """Open a case for work and record that it was opened, by whom and when. Raises Barred for an interest in it."""
    _may_look(case, actor)
    assert actor.person is not None
    Opening.objects.create(case=case, person=actor.person, at=now, purpose=purpose[:200])


@step
def assign(case_id: int, to: Person | None, *, actor: Actor, now: datetime) -> Case:
    """Give a case to an officer who may work on it, or to nobody.

    Raises Refused: `assignee_no_officer`, `assignee_barred` (someone with an interest in it).
    """
    case = lock(case_id)
    require(actor, "assign", case)
    if case.stage == "draft":
        raise Refused("not_in_this_stage", stage=case.stage, verb="assign")
    if to is not None and not roles_of(to, now) & MAY["assign"]:
        raise Refused("assignee_no_officer")
    if to is not None and barred(Actor(to, "reviewer"), "mark", case):
        raise Refused("assignee_barred")
    if case.assigned_to_id != (to.pk if to else None):
        case.assigned_to = to
        case.save(update_fields=["assigned_to"])
        tell(case, "assigned", actor=actor, now=now, to=str(to.uuid) if to else "")
    return case


@step
def mark(
    check_id: int, result: str, reasons: Sequence[str] = (), note: str = "", *, actor: Actor, now: datetime
) -> Mark:
    """Mark a check "pass", "fail" (with coded reasons of that check) or "not_applicable"; the mark before is kept.

    Raises Refused: `mark_needs_reason`, `reason_not_of_check`, `marks_are_settled` (after the approval only the checks
    of a training certificate are open).
    """
    check = Check.objects.get(pk=check_id)
    case = lock(check.case_id)
    require(actor, "mark", case)
    assert actor.person is not None
    if case.stage == "approved" and not check.code.startswith("training_"):
        raise Refused("marks_are_settled")
    if result == "fail" and not reasons:
        raise Refused("mark_needs_reason")
    known = {one.code for one in reasons_for(check.code)}
    if not set(reasons) <= known:
        raise Refused("reason_not_of_check")
    move(case, "mark", actor=actor, now=now, check=check.code, about=check.about_label, result=result,
         reasons=list(reasons))  # fmt: skip
    take_part(case, actor.person, "reviewed", now=now)
    kept = list(dict.fromkeys(reasons)) if result == "fail" else []
    return actions.set_mark(check, result, kept, note.strip(), by=actor.person, now=now)


@step
def read_id(
    case_id: int,
    *,
    kind: str,
    first: str,
    middle: str,
    last: str,
    born_on: date | None,
    expires_on: date | None,
    has_photo: bool,
    document: Document | None = None,
    actor: Actor,
    now: datetime,
) -> IdReading:
    """Record what the ID shows; the law compares it with the application, and it stays when the image is destroyed."""
    case = lock(case_id)
    require(actor, "read_id", case)
    if case.stage != "review":
        raise Refused("not_in_this_stage", stage=case.stage, verb="read_id")
    if document is not None and (document.case_id != case.pk or document.state != "passed"):
        raise Refused("document_not_passed")
    assert actor.person is not None
    take_part(case, actor.person, "reviewed", now=now)
    tell(case, "id_read", actor=actor, now=now, kind=kind)
    return actions.record_id_reading(
        case, document=document, kind=kind, first=" ".join(first.split()), middle=" ".join(middle.split()),
        last=" ".join(last.split()), born_on=born_on, expires_on=expires_on, has_photo=has_photo, by=actor.person,
        now=now,
    )  # fmt: skip


@step
def note(case_id: int, text: str, *, actor: Actor, now: datetime) -> Note:
    """Write a note for colleagues. The person may download it with everything else held about them."""
    case = lock(case_id)
    require(actor, "note", case)
    if case.stage == "draft":
        raise Refused("not_in_this_stage", stage=case.stage, verb="note")
    if not text.strip():
        raise Refused("reason_needed")
    assert actor.person is not None
    tell(case, "noted", actor=actor, now=now)
    return Note.objects.create(case=case, author=actor.person, at=now, text=text.strip())


@step
def answer_match(match_id: int, answer: str, because: str, *, actor: Actor, now: datetime) -> PossibleMatch:
    """Say whether someone on record is the same person ("same") or another ("different"), and why.

    The same person with two records is certified by nobody until an officer has looked: a hold is placed.
    """
    match = PossibleMatch.objects.get(pk=match_id)
    case = lock(match.case_id)
    require(actor, "answer_match", case)
    if case.stage in {"draft", "withdrawn"}:
        raise Refused("not_in_this_stage", stage=case.stage, verb="answer_match")
    if not because.strip():
        raise Refused("reason_needed")
    assert actor.person is not None
    match.refresh_from_db()
    actions.answer_possible_match(match, answer, because.strip(), by=actor.person, now=now)
    tell(case, "match_answered", actor=actor, now=now, answer=answer)
    if answer == "same" and not case.case_holds.filter(reason="one_person_two_records", lifted_at=None).exists():
        _place_hold(case, "one_person_two_records", because.strip(), actor=actor, now=now)
    return match


@step
def hold(case_id: int, reason: str, because: str, *, actor: Actor, now: datetime) -> Hold:
    """Hold the certificate back until an officer lifts the hold. `reason` is one of HOLD_REASONS."""
    case = lock(case_id)
    require(actor, "hold", case)
    if case.stage not in OPEN:
        raise Refused("not_in_this_stage", stage=case.stage, verb="hold")
    if reason not in HOLD_REASONS or not because.strip():
        raise Refused("reason_needed")
    return _place_hold(case, reason, because.strip(), actor=actor, now=now)


@step
def lift_hold(hold_id: int, because: str, *, actor: Actor, now: datetime) -> Hold:
    """Lift a hold, saying why; what waited for it goes on by itself."""
    held = Hold.objects.get(pk=hold_id)
    case = lock(held.case_id)
    require(actor, "lift_hold", case)
    held.refresh_from_db()
    if held.lifted_at is not None:
        return held
    if not because.strip():
        raise Refused("reason_needed")
    held.lifted_at, held.lifted_by = now, actor.person
    held.note = f"{held.note}\n\n{because.strip()}".strip()
    held.save(update_fields=["lifted_at", "lifted_by", "note"])
    tell(case, "hold_lifted", actor=actor, now=now, reason=held.reason)
    go_on(case, now=now)
    return held


@step
def answer_question(question_id: int, text: str, *, language: str, actor: Actor, now: datetime) -> Question:
    """Answer a person's question in the language in which it was asked, by letter and in their account.

    `language` is the language in which the officer says the answer is written. Raises Refused("answer_in_es") (or
    `_en`) where it is not the asker's, Refused("question_answered") where somebody answered meanwhile.
    """
    question = Question.objects.get(pk=question_id)
    case = lock(question.case_id)
    require(actor, "answer_question", case)
    question.refresh_from_db()
    if question.answered_at is not None:
        raise Refused("question_answered")
    if not text.strip():
        raise Refused("reason_needed")
    if language != question.language:
        raise Refused(f"answer_in_{question.language}")
    question.answer, question.answered_at, question.answered_by = text.strip(), now, actor.person
    question.save(update_fields=["answer", "answered_at", "answered_by"])
    keep_question_clock(case, now=now)
    Task.objects.filter(case=case, kind="question_late", values__question=question.pk, closed_at=None).update(
        closed_at=now, closed_by=actor.person, outcome="done"
    )
    tell(case, "question_answered", actor=actor, now=now)
    write_letter(case, "question_answered", key=f"question:{question.pk}", now=now, paragraphs=[text.strip()])
    return question


@step
def recommend(case_id: int, outcome: str, because: str = "", *, actor: Actor, now: datetime) -> Recommendation:
    """Advise "approve" or "deny" for another officer's determination.

    Raises Refused: `request_open`, `match_unanswered`, `checks_unmarked`, `checks_failed` (an approval with a failed
    check), `denial_needs_reason`, `difference_needs_reason` (the law proposes something else and nothing is written).
    """
    case = lock(case_id)
    require(actor, "recommend", case)
    assert actor.person is not None
    if case.stage != "review":
        raise Refused("not_in_this_stage", stage=case.stage, verb="recommend")
    ready_to_weigh(case)
    finding = ask_law(case, "apply", now=now)
    if outcome == "approve":
        ready_to_approve(case)
    elif not any(ground.may_deny for ground in grounds_of(case, finding)):
        raise Refused("denial_needs_reason")
    if finding.outcome != outcome and not because.strip():
        raise Refused("difference_needs_reason")
    take_part(case, actor.person, "recommended", now=now)
    move(case, "recommend", actor=actor, now=now, outcome=outcome, law=finding.outcome)
    return actions.set_recommendation(
        case, outcome, msgspec.to_builtins(finding), because.strip(), by=actor.person, now=now
    )


@step
def accept_training(case_id: int, training: UUID, *, actor: Actor, now: datetime) -> Case:
    """Accept a core training certificate once its checks are passed; the exam fee falls due and the exam may follow.

    Raises Refused: `training_not_given`, `checks_unmarked`, `checks_failed`.
    """
    from peercert.program.money.actions import owe

    case = lock(case_id)
    require(actor, "accept_training", case)
    given = case.application.trainings.filter(uuid=training).exclude(given_at=None).first()
    if given is None:
        raise Refused("training_not_given")
    marks = {code: result for (code, about), result in queries.results(case).items() if about == training}
    wanted = set(Check.objects.filter(case=case, about=training).values_list("code", flat=True))
    if not wanted or wanted - set(marks):
        raise Refused("checks_unmarked", count=len(wanted - set(marks)) or 1)
    if "fail" in marks.values():
        raise Refused("checks_failed", count=list(marks.values()).count("fail"))
    move(case, "accept_training", actor=actor, now=now, training=str(training))
    given.accepted_at, given.refused_at = now, None
    given.save(update_fields=["accepted_at", "refused_at"])
    end_clock(case, "training_review", now=now, because="accepted")
    owe(case, "exam", on=day_of(now), now=now, sitting=1)
    write_letter(case, "training_accepted", key=f"training_accepted:{given.pk}", now=now)
    go_on(case, now=now)
    return case


def ready_to_weigh(case: Case) -> None:
    """Nothing is recommended or decided while an answer is outstanding; raises Refused."""
    if open_request(case) is not None:
        raise Refused("request_open")
    if queries.has_unanswered_match(case):
        raise Refused("match_unanswered")


def ready_to_approve(case: Case) -> None:
    """An approval needs every check marked and none failed; raises Refused."""
    unmarked = queries.unmarked(case)
    if unmarked:
        raise Refused("checks_unmarked", count=len(unmarked))
    failed = {one.check.pk for one in queries.failed_reasons(case) if not one.check.code.startswith("training_")}
    if failed:
        raise Refused("checks_failed", count=len(failed))


def take_part(case: Case, person: Person, part: str, *, now: datetime) -> None:
    """Keep that a person had this part in a case: conflict checks read it."""
    Part.objects.bulk_create([Part(case=case, person=person, part=part, at=now)], ignore_conflicts=True)


def go_on(case: Case, *, now: datetime) -> None:
    """Let follow what the last step completed: the authorisation to test, or the certificate."""
    from peercert.program.journey.certify import certify_if_ready
    from peercert.program.journey.sit import authorise_if_ready

    if case.stage == "approved":
        authorise_if_ready(case, actor=PROGRAM, now=now)
        certify_if_ready(case, actor=PROGRAM, now=now)


def _may_look(case: Case, actor: Actor) -> None:
    require(actor, "see_case", case)
    if case.stage == "draft" or case.number is None:
        raise Refused("not_yours")


def _place_hold(case: Case, reason: str, because: str, *, actor: Actor, now: datetime) -> Hold:
    assert actor.person is not None
    tell(case, "held", actor=actor, now=now, reason=reason)
    return Hold.objects.create(case=case, reason=reason, note=because, placed_at=now, placed_by=actor.person)
