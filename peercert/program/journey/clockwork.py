"""Clockwork: what time alone does to a case. Called by the periodic jobs; each function may run twice, late or after a
week's outage with the same result: every row it writes has a key or a condition that a second run finds met.

The program's own lateness never falls on the person: nobody's time runs out before they were reminded, and a reminder
that comes late moves the day with it. The months of an approval are the rule's; two officers give days of them back.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime

from peercert.program.applications.actions import close_application
from peercert.program.casework.actions import end_clock, end_clocks, extend_clock
from peercert.program.casework.models import Case, Clock, Question, Task
from peercert.program.casework.moves import lock, move
from peercert.program.casework.queries import open_request, running_clock
from peercert.program.exams.queries import has_passed, result_may_come
from peercert.program.journey.notice import request_letter
from peercert.program.journey.step import step
from peercert.program.money.queries import balance, due_for
from peercert.program.notices.actions import write_letter
from peercert.program.notices.models import Letter
from peercert.program.people.actor import PROGRAM, Actor
from peercert.rules import days
from peercert.rules.figures import figure
from peercert.words import Money

log = logging.getLogger(__name__)


def tick(now: datetime) -> list[str]:
    """Everything that is due at `now`, in the order in which a person would want it: first told, then closed.

    One case's trouble stops no other; the names of the steps and cases that failed are the answer.
    """
    troubles: list[str] = []
    for function in (send_reminders, expire_requests, expire_unpaid, lapse_approvals, raise_late_questions):
        troubles += function(now)
    return troubles


def send_reminders(now: datetime) -> list[str]:
    """Remind of open requests, unpaid fees and approvals that run out."""
    running = Clock.objects.filter(ended_at=None, paused_on=None)
    troubles = _each(running.filter(kind="answer"), remind_of_request, now)
    troubles += _each(running.filter(kind="payment"), remind_of_payment, now)
    return troubles + _each(running.filter(kind="approval"), remind_of_approval, now)


def expire_requests(now: datetime) -> list[str]:
    """Close what waited for an answer beyond its day."""
    late = Clock.objects.filter(kind="answer", ended_at=None, paused_on=None, due_on__lt=days.day_of(now))
    return _each(late, expire_request, now)


def expire_unpaid(now: datetime) -> list[str]:
    """Close what waited for its fee beyond its day."""
    late = Clock.objects.filter(kind="payment", ended_at=None, paused_on=None, due_on__lt=days.day_of(now))
    return _each(late, expire_payment, now)


def lapse_approvals(now: datetime) -> list[str]:
    """End approvals whose months are over."""
    late = Clock.objects.filter(kind="approval", ended_at=None, paused_on=None, due_on__lt=days.day_of(now))
    return _each(late, lapse_approval, now)


def raise_late_questions(now: datetime) -> list[str]:
    """Make a task of every question that nobody answered in time, once."""
    late = Question.objects.filter(answered_at=None, due_on__lt=days.day_of(now))
    return _each(late, raise_late_question, now)


@step
def remind_of_request(clock_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Letter | None:
    """Remind at each of the days ahead that the figure lists; nothing where the letter that asked never arrived."""
    case, clock = _locked(clock_id)
    request, today = open_request(case), days.day_of(now)
    if request is None or case.stage not in {"review", "approved"} or not _has_reached(request_letter(request), today):
        return None
    key = _reminder(clock, "request_reminder_days", f"request_reminder:{clock.pk}", today)
    if key is None:
        return None
    clock = _make_good(case, clock, "request_reminder_days", today)
    request.due_on = clock.due_on
    request.save(update_fields=["due_on"])
    code = "request_reminder" if case.stage == "review" else "request_reminder_training"
    values = {"due_on": clock.due_on, "reopen_by": _reopen_by(clock.due_on)}
    return write_letter(case, code, key=key, now=now, values=values)


@step
def remind_of_payment(clock_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Letter | None:
    """Remind, at each of the days ahead that the figure lists, that the review waits for the fee."""
    case, clock = _locked(clock_id)
    today, due = days.day_of(now), due_for(case, "application")
    key = _reminder(clock, "payment_reminder_days", f"payment_reminder:{clock.pk}", today)
    if case.stage != "submitted" or due is None or key is None:
        return None
    clock = _make_good(case, clock, "payment_reminder_days", today)
    values = {"due_on": clock.due_on, "reopen_by": _reopen_by(clock.due_on), "owed": Money(balance(due))}
    return write_letter(case, "payment_reminder", key=key, now=now, values=values)


@step
def remind_of_approval(clock_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Letter | None:
    """Tell, at each of the days ahead that the figure lists, when the approval ends."""
    case, clock = _locked(clock_id)
    today = days.day_of(now)
    # An approval that was extended is told anew, so its last day is part of the key.
    key = _reminder(clock, "approval_reminder_days", f"approval_reminder:{clock.pk}:{clock.due_on}", today)
    if case.stage != "approved" or key is None or clock.due_on < today or has_passed(case):
        return None
    values = {"through": clock.due_on, "left": days.days_between(today, clock.due_on)}
    return write_letter(case, "approval_reminder", key=key, now=now, values=values)


@step
def expire_request(clock_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Case | None:
    """Close a request that nobody answered: a case under review as not completed (no denial, and it opens again when
    the answer comes within some days), a request about training alone, since the approval stands."""
    case, clock = _locked(clock_id)
    request, today = open_request(case), days.day_of(now)
    if request is None or case.stage not in {"review", "approved"}:
        return None
    if clock.ended_at or clock.paused_on or clock.due_on >= today:
        return None
    last = _last_reminder(clock, "request_reminder_days", f"request_reminder:{clock.pk}")
    if last is None or not _has_reached(request_letter(request), today):
        return None
    request.closed_at, request.outcome = now, "expired"
    request.save(update_fields=["closed_at", "outcome"])
    if case.stage == "approved":
        move(case, "lapse_request", actor=actor, now=now, request=str(request.uuid))
        end_clock(case, "answer", now=now, because="expired")
        approval = running_clock(case, "approval")
        values = {"due_on": clock.due_on, "through": approval.due_on if approval else clock.due_on}
        write_letter(case, "request_lapsed", key=f"request_expired:{request.pk}", now=now, values=values)
        return case
    move(case, "expire", actor=actor, now=now, request=str(request.uuid), due_on=clock.due_on.isoformat())
    close_application(case.pk, now=now)
    end_clocks(case, now=now, because="not_completed")
    values = {"due_on": clock.due_on, "reopen_by": _reopen_by(today)}
    write_letter(case, "not_completed", key=f"request_expired:{request.pk}", now=now, values=values)
    return case


@step
def expire_payment(clock_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Case | None:
    """Close an application whose fee never came as not completed; paying within some days opens it again."""
    case, clock = _locked(clock_id)
    today, due = days.day_of(now), due_for(case, "application")
    if case.stage != "submitted" or clock.ended_at or clock.due_on >= today or due is None:
        return None
    if not _has_reached(_last_reminder(clock, "payment_reminder_days", f"payment_reminder:{clock.pk}"), today):
        return None
    move(case, "expire", actor=actor, now=now, due_on=clock.due_on.isoformat())
    close_application(case.pk, now=now)
    end_clocks(case, now=now, because="not_completed")
    values = {"due_on": clock.due_on, "reopen_by": _reopen_by(today), "owed": Money(balance(due))}
    write_letter(case, "not_completed_unpaid", key=f"payment_expired:{clock.pk}", now=now, values=values)
    return case


@step
def lapse_approval(clock_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Case | None:
    """End an approval whose months are over, unless the exam is passed or a sitting's result is still to come.

    A result that comes after the end still counts and undoes it by itself (`sit.record_result`).
    """
    case, clock = _locked(clock_id)
    if case.stage != "approved" or clock.ended_at or clock.paused_on or clock.due_on >= days.day_of(now):
        return None
    if has_passed(case) or result_may_come(case, now):
        return None
    request = open_request(case)
    if request:
        request.closed_at, request.outcome = now, "expired"
        request.save(update_fields=["closed_at", "outcome"])
    move(case, "end", actor=actor, now=now, through=clock.due_on.isoformat())
    close_application(case.pk, now=now)
    end_clocks(case, now=now, because="ended")
    write_letter(
        case, "approval_ended", key=f"approval_ended:{clock.pk}:{clock.due_on}", now=now,
        values={"through": clock.due_on},
    )  # fmt: skip
    return case


@step
def raise_late_question(question_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Task | None:
    """Open a task for a question that is late, once; answering the question closes it."""
    question = Question.objects.get(pk=question_id)
    lock(question.case_id)
    if question.answered_at or Task.objects.filter(kind="question_late", values__question=question.pk).exists():
        return None
    return Task.objects.create(
        case_id=question.case_id, kind="question_late", values={"question": question.pk}, opened_at=now
    )


def _each(rows: Iterable[Clock] | Iterable[Question], function: Callable[..., object], now: datetime) -> list[str]:
    """Take each row in a transaction of its own; log and name those that fail, and go on with the others."""
    troubles = []
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):  # type: ignore[union-attr]
        try:
            function(pk, now=now)
        except Exception:
            log.exception("%s of %s", function.__name__, pk)
            troubles.append(f"{function.__name__} of {pk}")
    return troubles


def _locked(clock_id: int) -> tuple[Case, Clock]:
    """The case of a clock, locked, and the clock as it stands now."""
    case = lock(Clock.objects.values_list("case_id", flat=True).get(pk=clock_id))
    return case, Clock.objects.get(pk=clock_id)


def _reminder(clock: Clock, name: str, prefix: str, today: date) -> str | None:
    """The key of the reminder to be written today, or None. After a gap only the nearest one is left to write."""
    left = days.days_between(today, clock.due_on)
    reached = [ahead for ahead in figure(name, clock.starts_on).value if left <= ahead]
    if clock.ended_at or clock.paused_on or not reached:
        return None
    key = f"{prefix}:{min(reached)}"
    return None if Letter.objects.filter(key=key).exists() else key


def _last_reminder(clock: Clock, name: str, prefix: str) -> Letter | None:
    """The last reminder before the day, or None where it was not written yet: then nothing closes."""
    return Letter.objects.filter(key=f"{prefix}:{min(figure(name, clock.starts_on).value)}").first()


def _make_good(case: Case, clock: Clock, name: str, today: date) -> Clock:
    """A reminder that comes later than the last one should moves the day, so that as many days are left."""
    missing = min(figure(name, clock.starts_on).value) - days.days_between(today, clock.due_on)
    return extend_clock(case, clock.kind, missing, "reminder_late") if missing > 0 else clock


def _has_reached(letter: Letter | None, today: date) -> bool:
    """Whether notice reached the person by today. A letter that bounced, or was never sent, starts nothing."""
    return letter is not None and letter.reached_on is not None and letter.reached_on <= today


def _reopen_by(day: date) -> date:
    """The last day on which answering or paying opens a case again that closed on `day`."""
    return days.add_days(day, int(figure("request_reopen_days", day).value))
