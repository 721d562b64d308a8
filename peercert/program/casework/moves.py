"""The one writer of `stage`, and the two writers of what happened."""

from datetime import datetime
from typing import Any

from peercert.program.casework.lifecycle import APPLICATION, CLOSED
from peercert.program.casework.models import AuditEntry, Case, TimelineEntry
from peercert.program.errors import Refused
from peercert.program.people.actor import Actor

#: Timeline words for verbs, in the past tense. A verb of the lifecycle that is missing here fails a test.
PAST = {
    "submit": "submitted", "discard": "discarded", "begin_review": "review_begun", "withdraw": "withdrawn",
    "expire": "closed_as_not_completed", "ask": "asked_for_more", "take_back_request": "request_taken_back",
    "answer": "request_answered", "mark": "check_marked", "recommend": "recommended",
    "suspend_review": "review_suspended", "send_back": "sent_back", "approve": "approved", "deny": "denied",
    "give_training": "training_given", "accept_training": "training_accepted", "lapse_request": "request_expired",
    "agree_to_ethics": "ethics_agreed_again", "answer_accommodation": "accommodation_answered",
    "decide_accommodation": "accommodation_decided", "ask_for_retake": "retake_asked",
    "authorise": "authorised_to_test",
    "cancel_authorisation": "authorisation_cancelled", "book": "appointment_told", "record_result": "result_recorded",
    "certify": "certified", "end": "approval_ended", "reopen": "reopened", "reopen_unpaid": "reopened",
    "revive": "approval_revived", "supersede_with_denial": "superseded_with_denial",
    "supersede_with_approval": "superseded_with_approval", "record_appeal": "appeal_received",
    "take_over_approval": "taken_over", "take_over_certificate": "taken_over",
}  # fmt: skip


def lock(case_id: int) -> Case:
    """The case, locked until the transaction ends. Every journey function that writes begins with this.

    Rows that only name it are written meanwhile, such as a letter by whoever locked something else first.
    """
    return Case.objects.select_for_update(no_key=True).get(pk=case_id)


def lock_with_others(case_id: int) -> Case:
    """The same with every other case of its person: for a step that may change the name, by which all are sorted."""
    person_id = Case.objects.values_list("person_id", flat=True).get(pk=case_id)
    locked = {case.pk: case for case in lock_cases_of(person_id)}
    # Claimed meanwhile: it is another person's with all the others, and none of them is locked.
    return locked.get(case_id) or lock_with_others(case_id)


def lock_cases_of(*people: int) -> list[Case]:
    """Every case of these people, locked in the order of their keys, as everywhere, and before any row of a person."""
    return list(Case.objects.select_for_update(no_key=True).filter(person__in=people).order_by("pk"))


def move(case: Case, verb: str, *, actor: Actor, now: datetime, **values: Any) -> TimelineEntry:
    """Take `verb` with a locked case: change its stage as the table says and write its timeline row.

    Raises Refused("not_in_this_stage") where the table has no such step; nothing is written then.
    """
    before = case.stage
    after = APPLICATION.get((before, verb))
    if after is None:
        raise Refused("not_in_this_stage", stage=before, verb=verb)
    if after != before:
        case.stage = after
        case.closed_at = now if after in CLOSED else None
        case.save(update_fields=["stage", "closed_at"])
    return _write(case, PAST[verb], actor, now, values, before, after)


def tell(case: Case, happened: str, *, actor: Actor, now: datetime, **values: Any) -> TimelineEntry:
    """Write a timeline row for something that no stage depends on (a note, an assignment, a letter sent)."""
    return _write(case, happened, actor, now, values, case.stage, case.stage)


def tell_audit(happened: str, *, actor: Actor, now: datetime, **values: Any) -> AuditEntry:
    """Write an audit row for something done outside any one case."""
    return AuditEntry.objects.create(verb=happened, at=now, actor=actor.person, role=actor.role, values=values)


def _write(
    case: Case, happened: str, actor: Actor, now: datetime, values: dict[str, Any], before: str, after: str
) -> TimelineEntry:
    return TimelineEntry.objects.create(
        case=case, verb=happened, at=now, actor=actor.person, role=actor.role, values=values,
        stage_before=before, stage_after=after,
    )  # fmt: skip
