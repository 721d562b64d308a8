"""Settling: what follows when a fee is paid or covered, and when it is owed again."""

from datetime import date, datetime

from peercert.program.applications.actions import reopen_application
from peercert.program.applications.models import Application
from peercert.program.casework.actions import end_clock, pause_clock, resume_clock, start_clock
from peercert.program.casework.models import Case, Clock, Task
from peercert.program.casework.moves import move
from peercert.program.casework.queries import closed_from, open_request, running_clock
from peercert.program.exams.actions import cancel
from peercert.program.exams.queries import has_passed, open_authorisation, result_may_come
from peercert.program.journey.review import go_on
from peercert.program.money.models import Due
from peercert.program.money.queries import due_for, is_settled
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.review.actions import replace_recommendation
from peercert.rules import days
from peercert.rules.figures import figure


def begin_if_ready(case: Case, *, actor: Actor, now: datetime) -> bool:
    """Begin the review of a locked, submitted case once its fee is settled; until then the clock `payment` runs.

    Called by `apply.submit` and by every step that touches the fee. The review's clock starts on the later of the day
    of submission and the day on which the fee was settled, by when the money arrived and not by when it was typed in.
    Answers whether the review began.
    """
    if case.stage != "submitted":
        return False
    due = due_for(case, "application")
    if due is None or not is_settled(case, "application"):
        start_clock(case, "payment", owed_by="person", starts_on=days.day_of(now), figure="payment_days", now=now)
        return False
    ready_on = max(case.received_on or days.day_of(now), _settled_on(due) or case.received_on or days.day_of(now))
    move(case, "begin_review", actor=PROGRAM, now=now, ready_on=ready_on.isoformat())
    end_clock(case, "payment", now=now, because="settled")
    clock = start_clock(case, "review", owed_by="us", starts_on=ready_on, figure="review_days", now=now)
    if open_request(case):
        clock = _go_on_with_request(case, ready_on=ready_on, now=now)
    write_letter(
        case, "review_begun", key=f"review_begun:{case.pk}:{clock.pk}", now=now, values={"due_on": clock.due_on}
    )
    return True


def _go_on_with_request(case: Case, *, ready_on: date, now: datetime) -> Clock:
    """A review that was suspended with a request open: its days go on, or begin anew where the case had closed
    meanwhile, and our own clock waits for the answer as before."""
    today = days.day_of(now)
    if running_clock(case, "answer"):
        answer = resume_clock(case, "answer", on=today)
    else:
        answer = start_clock(case, "answer", owed_by="person", starts_on=today, figure="request_answer_days", now=now)
    case.requests.filter(closed_at=None).update(due_on=answer.due_on)
    return pause_clock(case, "review", on=ready_on, reason="request")


def after_settling(case: Case, *, actor: Actor, now: datetime, on: date) -> None:
    """What follows when something was paid or covered: the review begins, the case opens again, the exam is free."""
    if case.stage == "not_completed" and is_settled(case, "application") and closed_from(case) == "submitted":
        closed_on = days.day_of(case.closed_at) if case.closed_at else on
        last = days.add_days(closed_on, int(figure("request_reopen_days", closed_on).value))
        another = Application.objects.filter(person=case.person_id, pathway=case.topic, closed_at=None)
        if on <= last and not another.exists():
            move(case, "reopen_unpaid", actor=PROGRAM, now=now)
            reopen_application(case.pk)
        else:
            _task(case, "paid_after_closing", now=now, received_on=on.isoformat())
    if not case.dues.filter(settled_at=None, released_at=None).exists():
        open_tasks = Task.objects.filter(case=case, kind="fee_owed_again", closed_at=None)
        open_tasks.update(closed_at=now, closed_by=actor.person, outcome="done")
    begin_if_ready(case, actor=actor, now=now)
    go_on(case, now=now)


def owed_again(case: Case, dues: list[Due], *, cause: str, actor: Actor, now: datetime) -> str:
    """A fee that was settled is owed again; answers what that means for the person, a code of words/owed_again.

    A review waits, and so does a recommendation, which is then made anew. What was decided stands; leave to sit that
    nobody used is taken back and comes again with the fee, and a certificate is not issued before. From the approval on
    a task tells officers, and closes itself when the fee is settled.
    """
    if case.stage in {"review", "recommended"}:
        _suspend_review(case, actor=actor, now=now)
    if case.stage == "submitted":
        return "review_waits"
    if case.stage in {"draft", "withdrawn", "not_completed", "denied"}:
        return "nothing_changes"
    _task(case, "fee_owed_again", now=now, cause=cause, items=[due.item for due in dues])
    if case.stage != "approved":
        return "certificate_stands" if case.stage == "certified" else "nothing_changes"
    if has_passed(case):
        return "certificate_waits"
    return "leave_waits" if _take_leave_back(case, dues, actor=actor, now=now) else "exam_waits"


def _suspend_review(case: Case, *, actor: Actor, now: datetime) -> None:
    today = days.day_of(now)
    move(case, "suspend_review", actor=actor, now=now)
    replace_recommendation(case, now=now)
    end_clock(case, "review", now=now, because="fee_owed_again")
    answer = running_clock(case, "answer")
    if answer and answer.due_on >= today:
        pause_clock(case, "answer", on=today, reason="fee_owed_again")
    begin_if_ready(case, actor=actor, now=now)


def _take_leave_back(case: Case, dues: list[Due], *, actor: Actor, now: datetime) -> bool:
    """Take back leave to sit whose own fee is owed again; one whose sitting has begun stays: its day decides."""
    held = open_authorisation(case)
    if held is None or result_may_come(case, now):
        return False
    if not any(due.item != "application" and due.sitting == held.sitting for due in dues):
        return False
    move(case, "cancel_authorisation", actor=actor, now=now, reason="fee_owed_again")
    cancel(held, because="fee_owed_again", now=now)
    return True


def _task(case: Case, kind: str, *, now: datetime, **values: object) -> Task:
    return Task.objects.create(case=case, kind=kind, values=values, opened_at=now)


def _settled_on(due: Due) -> date | None:
    """The day on which the last of the fee arrived or was taken over: from the ledger, not from when it was typed."""
    settling = due.ledger.filter(kind__in=["paid", "covered"]).order_by("-on").first()
    return settling.on if settling else None
