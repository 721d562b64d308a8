"""Reads of the casework room: clocks, requests, questions."""

from datetime import date

from django.db.models import QuerySet

from peercert.program.casework.models import Case, Clock, Question, Request, TimelineEntry


def running_clock(case: Case, kind: str) -> Clock | None:
    """The clock of this kind that runs in the case (held ones too), or None."""
    return Clock.objects.filter(case=case, kind=kind, ended_at=None).first()


def running_clocks(case: Case) -> QuerySet[Clock]:
    """Every clock that runs in the case, the earliest due first."""
    return Clock.objects.filter(case=case, ended_at=None).order_by("due_on", "pk")


def is_broken(clock: Clock, on: date) -> bool:
    """Whether the promise was not kept on that day: it runs, nobody holds it, and its due day has passed."""
    return clock.ended_at is None and clock.paused_on is None and clock.due_on < on


def open_request(case: Case) -> Request | None:
    """What we wait for from the person, or None. There is at most one."""
    return Request.objects.filter(case=case, closed_at=None).prefetch_related("items").first()


def open_questions(case: Case) -> QuerySet[Question]:
    """The person's questions that nobody has answered, the oldest first."""
    return Question.objects.filter(case=case, answered_at=None).order_by("asked_at", "pk")


def closed_from(case: Case) -> str:
    """The stage from which the case was last closed as not completed; "" where it never was."""
    last = TimelineEntry.objects.filter(case=case, verb="closed_as_not_completed").order_by("-at", "-pk").first()
    return last.stage_before if last else ""
