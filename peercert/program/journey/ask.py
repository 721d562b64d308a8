"""Asking for more: one letter from the marked reasons, one answer place each, a day by which; and taking it back."""

from collections.abc import Sequence
from datetime import datetime

from peercert import words
from peercert.program.access import require
from peercert.program.casework.actions import end_clock, pause_clock, resume_clock, start_clock
from peercert.program.casework.models import Case, Request, RequestItem
from peercert.program.casework.moves import lock, move
from peercert.program.casework.queries import open_request, running_clock
from peercert.program.errors import Refused
from peercert.program.journey.review import take_part
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.program.review.models import Check
from peercert.program.review.queries import FailedReason, failed_reasons, item_key
from peercert.rules.days import day_of
from peercert.rules.figures import figure

#: stage → the clock of ours that waits while the person answers.
OUR_CLOCK = {"review": "review", "approved": "training_review"}


def may_be_asked(case: Case) -> list[FailedReason]:
    """What a request would ask now: every mendable reason of the current failed marks, in the checklist's order.

    After the approval only a training certificate is asked about.
    """
    return [
        one
        for one in failed_reasons(case)
        if one.reason.is_mendable and (case.stage != "approved" or one.check.code.startswith("training_"))
    ]


def rounds_used(case: Case) -> int:
    """How often we asked in this case; what we took back, or closed wrongly, does not count."""
    return Request.objects.filter(case=case).exclude(outcome="taken_back").count()


def key_of(one: FailedReason) -> str:
    """How a form names one thing to ask."""
    return f"{one.check.pk}:{one.reason.code}"


def paragraphs_for(items: Sequence[FailedReason], language: str) -> list[str]:
    """The numbered paragraphs of the letter: what we found, what we ask for, what would do."""
    return [
        f"{number}. " + " ".join(part for part in asked_words(one.check, one.reason.code, language) if part)
        for number, one in enumerate(items, start=1)
    ]


def asked_words(check: Check, code: str, language: str) -> tuple[str, str, str]:
    """What we found, what we ask, an example: the same in the letter, on the answer page and for officers."""
    about = f"{check.about_label}: " if check.about_label else ""
    says, asks, example = (
        words.fill("review_reasons", code, {}, language, part=part) for part in ("says", "asks", "example")
    )
    return f"{about}{says}", asks, example


def letter_code(case: Case) -> str:
    """Which letter asks: after the approval it is about the training certificate, and the approval stands."""
    return "asked_for_more_training" if case.stage == "approved" else "asked_for_more"


@step
def ask_for_more(case_id: int, keys: Sequence[str], *, actor: Actor, now: datetime) -> Request:
    """Ask the person, in one letter, for the chosen of `may_be_asked` (by `key_of`), by the day that the figure gives.

    Our own clock waits meanwhile. Raises Refused: `request_open`, `nothing_to_ask`, `rounds_used`.
    """
    case = lock(case_id)
    require(actor, "ask", case)
    assert actor.person is not None
    on = day_of(now)
    if case.stage not in OUR_CLOCK:
        raise Refused("not_in_this_stage", stage=case.stage, verb="ask")
    if open_request(case) is not None:
        raise Refused("request_open")
    items = [one for one in may_be_asked(case) if key_of(one) in set(keys)]
    if not items:
        raise Refused("nothing_to_ask")
    used, most = rounds_used(case), int(figure("request_rounds", on).value)
    if used >= most:
        raise Refused("rounds_used", rounds=most)
    clock = start_clock(case, "answer", owed_by="person", starts_on=on, figure="request_answer_days", now=now)
    request = Request.objects.create(
        case=case, asked_at=now, asked_by=actor.person, round=used + 1, due_on=clock.due_on
    )
    RequestItem.objects.bulk_create(
        RequestItem(
            request=request, position=position, check_code=item_key(one.check), reason=one.reason.code,
            document_kind=(one.reason.document_kind or one.check.document_kind or "answer")
            if one.reason.answer.startswith("document") else "",
        )
        for position, one in enumerate(items, start=1)
    )  # fmt: skip
    ours = running_clock(case, OUR_CLOCK[case.stage])
    if ours is not None and ours.due_on >= on:
        pause_clock(case, ours.kind, on=on, reason="request")
    take_part(case, actor.person, "reviewed", now=now)
    move(
        case, "ask", actor=actor, now=now, request=str(request.uuid), items=len(items), due_on=clock.due_on.isoformat()
    )
    write_letter(
        case, letter_code(case), key=f"asked_for_more:{request.pk}", now=now,
        values={"due_on": clock.due_on, "count": len(items)},
        paragraphs=paragraphs_for(items, case.person.language),
    )  # fmt: skip
    return request


@step
def take_back_request(request_id: int, because: str, *, actor: Actor, now: datetime) -> Request:
    """Take back what was asked; the person is told that they need not answer. Does not count as a round."""
    request = Request.objects.get(pk=request_id)
    case = lock(request.case_id)
    require(actor, "take_back_request", case)
    request.refresh_from_db()
    if request.closed_at is not None:
        raise Refused("request_closed")
    if not because.strip():
        raise Refused("reason_needed")
    move(case, "take_back_request", actor=actor, now=now, request=str(request.uuid))
    close_request(request, "taken_back", case=case, now=now)
    write_letter(case, "request_taken_back", key=f"request_taken_back:{request.pk}", now=now)
    return request


def close_request(request: Request, outcome: str, *, case: Case, now: datetime) -> None:
    """Close a request of a locked case ("answered", "expired", "taken_back"): its clock ends and ours goes on."""
    request.closed_at, request.outcome = now, outcome
    request.save(update_fields=["closed_at", "outcome"])
    end_clock(case, "answer", now=now, because=outcome)
    ours = running_clock(case, OUR_CLOCK.get(case.stage, "review"))
    if ours is not None and ours.paused_on is not None and ours.pause_reason == "request":
        resume_clock(case, ours.kind, on=day_of(now))
