"""What a person needs for the exam: asked before leave to sit, and decided by an exam officer alone."""

from datetime import date, datetime
from uuid import UUID

from peercert.gateways.exam_vendor import BadLine, read_codes
from peercert.program.access import Barred, barred, require
from peercert.program.casework import actions as clocks
from peercert.program.casework.models import Case, Opening
from peercert.program.casework.moves import lock, move, tell
from peercert.program.casework.queries import running_clock
from peercert.program.errors import Refused
from peercert.program.exams import actions, queries
from peercert.program.exams.models import Accommodation
from peercert.program.journey.sit import authorise_if_ready
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.rules import days
from peercert.rules.figures import figure

#: Why an accommodation may be refused; words in words/exams.toml. What can be mended is asked for first.
MENDABLE = ("form_missing", "form_incomplete", "not_by_licensed_provider")
REFUSALS = ("not_supported_by_form", "cannot_be_arranged", *MENDABLE)


@step
def answer_accommodation(
    case_id: int,
    *,
    is_needed: bool,
    needs: str = "",
    form: UUID | None = None,
    wanted_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> Accommodation:
    """Say whether an accommodation is needed for the exam. A yes holds the authorisation until it is decided.

    A later answer takes the place of the one before, and an authorisation given meanwhile is taken back, unless a
    sitting is booked under it: Refused("booked_already"). Raises Refused("say_what_is_needed") for a yes without words.
    """
    case = lock(case_id)
    require(actor, "answer_accommodation", case)
    if is_needed and not needs.strip():
        raise Refused("say_what_is_needed")
    held = queries.open_authorisation(case)
    if is_needed and held:
        if (booked := queries.appointment(held)) is not None:
            raise Refused("booked_already", starts_on=days.day_of(booked.starts_at))
        actions.cancel(held, because="accommodation_asked", now=now)
    answer = actions.record_answer(
        case, is_needed=is_needed, needs=needs.strip(), form=actions.form_of(case, form), wanted_on=wanted_on, now=now
    )
    # Whether it was a yes stays out of the timeline, which more people read than may know it.
    move(case, "answer_accommodation", actor=actor, now=now)
    clocks.end_clock(case, "accommodation", now=now, because="answered_anew")
    if is_needed:
        clocks.start_clock(
            case, "accommodation", owed_by="us", starts_on=days.day_of(now), figure="accommodation_review_days", now=now
        )
    authorise_if_ready(case, actor=actor, now=now)
    return answer


@step
def read_needs(case_id: int, *, actor: Actor, now: datetime) -> str:
    """What the person asked for, in their own words, to an exam officer; every reading is recorded."""
    case = lock(case_id)
    require(actor, "see_accommodation", case)
    bar = barred(actor, "decide_accommodation", case)
    if bar:
        raise Barred(bar, verb="see_accommodation", number=case.number or "")
    answer = queries.accommodation(case)
    if answer is None or not answer.is_needed or actor.person is None:
        raise Refused("no_accommodation")
    Opening.objects.create(case=case, person=actor.person, at=now, purpose="accommodation")
    return queries.needs(answer)


@step
def ask_about_accommodation(case_id: int, *, reason: str, actor: Actor, now: datetime) -> Accommodation:
    """Ask the person for what their accommodation form still lacks; our clock is held until they answer."""
    case, answer = _undecided(case_id, actor)
    if reason not in MENDABLE:
        raise Refused("unknown_reason")
    asked = tell(case, "accommodation_more_asked", actor=actor, now=now, reason=reason)
    clock = running_clock(case, "accommodation")
    if clock and clock.due_on >= days.day_of(now):  # lateness is not undone by asking
        clocks.pause_clock(case, "accommodation", on=days.day_of(now), reason="asked_for_more")
    write_letter(
        case, "accommodation_more", key=f"accommodation_more:{asked.pk}", now=now,
        values={"reason": ("exams", reason), "by": queries.answer_by(days.day_of(now))},
    )  # fmt: skip
    return answer


@step
def decide_accommodation(
    case_id: int, *, outcome: str, codes: str = "", reason: str = "", actor: Actor, now: datetime
) -> Accommodation:
    """Record that an accommodation is granted (with the vendor's codes), refused (with a reason) or withdrawn.

    A reason that can be mended counts only after it was asked for: Refused("ask_first"). Decided twice at once, the
    second is Refused("decided_already").
    """
    case, answer = _undecided(case_id, actor)
    if outcome not in {"granted", "refused", "withdrawn"}:
        raise Refused("unknown_outcome")
    vendor_codes = _codes(codes) if outcome == "granted" else ""
    if outcome == "refused":
        if reason not in REFUSALS:
            raise Refused("unknown_reason")
        if reason in MENDABLE and not _may_refuse_mendable(case, answer, days.day_of(now)):
            raise Refused("ask_first")
    actions.record_decision(
        answer, outcome=outcome, vendor_codes=vendor_codes, reason=reason if outcome == "refused" else "",
        by=actor.person, now=now,
    )  # fmt: skip
    move(case, "decide_accommodation", actor=actor, now=now)
    clocks.end_clock(case, "accommodation", now=now, because="decided")
    values: dict[str, object] = {"through": queries.approval_through(case)}
    if outcome == "refused":
        values["reason"] = ("exams", reason)
        values["days"] = int(figure("appeal_days", days.day_of(now)).value)
        values["address"] = ("letter_frame", "postal_address")
    write_letter(case, f"accommodation_{outcome}", key=f"accommodation_decided:{answer.pk}", now=now, values=values)
    authorise_if_ready(case, actor=actor, now=now)
    return answer


def _undecided(case_id: int, actor: Actor) -> tuple[Case, Accommodation]:
    """The locked case and its accommodation that waits for a decision."""
    case = lock(case_id)
    require(actor, "decide_accommodation", case)
    answer = queries.accommodation(case)
    if answer is None or not answer.is_needed:
        raise Refused("no_accommodation")
    if answer.outcome:
        raise Refused("decided_already")
    return case, answer


def _may_refuse_mendable(case: Case, answer: Accommodation, on: date) -> bool:
    """Whether the person was asked to mend the form and has answered since, or let the days for it pass."""
    asked = queries.asked_about(case)
    if asked is None:
        return False
    return answer.answered_at > asked.at or on > queries.answer_by(days.day_of(asked.at))


def _codes(text: str) -> str:
    """The vendor's codes as typed, in their one form; Refused("bad_codes") or ("no_codes")."""
    try:
        codes = ";".join(read_codes(text))
    except BadLine:
        raise Refused("bad_codes") from None
    if not codes:
        raise Refused("no_codes")
    if len(codes) > 200:
        raise Refused("bad_codes")
    return codes
