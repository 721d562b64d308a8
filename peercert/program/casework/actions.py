"""Writes of the casework room that move no case: its clocks, its earliest due day, and its name in lists."""

from datetime import date, datetime

from django.db.models import Min

from peercert.program.casework.clocks import UNITS, days_held, due_day
from peercert.program.casework.models import Case, Clock, Question
from peercert.program.errors import Refused
from peercert.program.people.models import Person
from peercert.program.people.queries import current_name
from peercert.rules import days, figures


def keep_sort_name(person: Person) -> None:
    """Sort every case of a person by their present name. All of them are locked: see `moves.lock_with_others`."""
    Case.objects.filter(person=person).update(sort_name=sort_name(person))


def sort_name(person: Person) -> str:
    """What cases of this person are sorted by: last names first, so that all of one last name stand together."""
    name = current_name(person)
    return f"{name.last_key}, {name.first_key}" if name else ""


def start_clock(
    case: Case,
    kind: str,
    *,
    owed_by: str,
    starts_on: date,
    now: datetime,
    figure: str | None = None,
    length: int | None = None,
    unit: str | None = None,
) -> Clock:
    """Start the clock `kind` of a locked case; one that runs already stands as it is, since it is a promise made.

    The length is `length`, or the value of `figure` in force on `starts_on`. `owed_by`: us, person or vendor.
    """
    running = Clock.objects.filter(case=case, kind=kind, ended_at=None).first()
    if running:
        return running
    if length is None:
        if figure is None:
            raise ValueError("a clock needs a length or a figure")
        length = int(figures.figure(figure, starts_on).value)
    unit = unit or UNITS.get(kind, "calendar")
    clock = Clock.objects.create(
        case=case, kind=kind, owed_by=owed_by, starts_on=starts_on, length=length, unit=unit,
        due_on=due_day(starts_on, length, unit), figure=figure or "",
    )  # fmt: skip
    _keep_next_due(case)
    return clock


def end_clock(case: Case, kind: str, *, now: datetime, because: str) -> Clock | None:
    """End the running clock of this kind, saying why ("decided", "answered"); None where none runs."""
    clock = Clock.objects.filter(case=case, kind=kind, ended_at=None).first()
    if clock is None:
        return None
    clock.ended_at, clock.ended_because = now, because
    clock.save(update_fields=["ended_at", "ended_because"])
    _keep_next_due(case)
    return clock


def end_clocks(case: Case, *, now: datetime, because: str) -> int:
    """End every running clock of a case that closes; how many there were."""
    ended = Clock.objects.filter(case=case, ended_at=None).update(ended_at=now, ended_because=because)
    _keep_next_due(case)
    return ended


def reopen_clock(case: Case, kind: str) -> Clock:
    """Let the last clock of this kind run on, since what ended it was undone; its due day stands, also a past one.

    Raises Refused("no_clock") where there never was one.
    """
    clock = Clock.objects.filter(case=case, kind=kind).order_by("-pk").first()
    if clock is None:
        raise Refused("no_clock", kind=kind)
    clock.ended_at, clock.ended_because = None, ""
    clock.save(update_fields=["ended_at", "ended_because"])
    _keep_next_due(case)
    return clock


def pause_clock(case: Case, kind: str, *, on: date, reason: str) -> Clock:
    """Hold the clock from `on`, which no longer counts. A clock already held stands as it is.

    Raises Refused("no_clock"), or Refused("clock_is_over") where its due day has passed: lateness is not undone.
    """
    clock = _running(case, kind)
    if clock.paused_on is None:
        if on > clock.due_on:
            raise Refused("clock_is_over", due_on=clock.due_on)
        clock.paused_on, clock.pause_reason = on, reason
        clock.save(update_fields=["paused_on", "pause_reason"])
        _keep_next_due(case)
    return clock


def resume_clock(case: Case, kind: str, *, on: date) -> Clock:
    """Let a held clock run again; `on` counts. The days held are added to its due day. Raises Refused("no_clock")."""
    clock = _running(case, kind)
    if clock.paused_on is not None:
        clock.paused_days += days_held(clock.unit, clock.paused_on, on)
        clock.paused_on = None
        _set_due(clock)
        _keep_next_due(case)
    return clock


def extend_clock(case: Case, kind: str, by: int, reason: str) -> Clock:
    """Give `by` more days of the clock's unit (calendar days where it runs in months), saying why.

    Raises Refused("no_clock") where none runs and ValueError for fewer than one day.
    """
    if by < 1:
        raise ValueError("an extension gives at least one day")
    clock = _running(case, kind)
    clock.extended_days += by
    clock.extension_reason = reason[:200]
    _set_due(clock)
    _keep_next_due(case)
    return clock


def restart_clock(case: Case, kind: str, *, starts_on: date) -> Clock:
    """Count a running clock from another day: that on which notice reached the person. Raises Refused("no_clock")."""
    clock = _running(case, kind)
    if clock.starts_on != starts_on:
        clock.starts_on = starts_on
        _set_due(clock)
        _keep_next_due(case)
    return clock


def keep_question_clock(case: Case, *, now: datetime) -> Clock | None:
    """Make the clock `question` follow the oldest unanswered question of the case; end it where all are answered.

    Called when a question is asked and when one is answered. The clock's due day is that question's own.
    """
    oldest = Question.objects.filter(case=case, answered_at=None).order_by("due_on", "pk").first()
    running = Clock.objects.filter(case=case, kind="question", ended_at=None).first()
    if running and (oldest is None or running.due_on != oldest.due_on):
        end_clock(case, "question", now=now, because="answered")
        running = None
    if oldest is None or running:
        return running
    started = start_clock(
        case, "question", owed_by="us", starts_on=days.day_of(oldest.asked_at), figure="question_answer_days", now=now
    )
    if started.due_on != oldest.due_on:
        started.due_on = oldest.due_on
        started.save(update_fields=["due_on"])
        _keep_next_due(case)
    return started


def _running(case: Case, kind: str) -> Clock:
    clock = Clock.objects.filter(case=case, kind=kind, ended_at=None).first()
    if clock is None:
        raise Refused("no_clock", kind=kind)
    return clock


def _set_due(clock: Clock) -> None:
    clock.due_on = due_day(
        clock.starts_on, clock.length, clock.unit, paused=clock.paused_days, extended=clock.extended_days
    )
    clock.save()


def _keep_next_due(case: Case) -> None:
    """Store the earliest day by which we owe a step: the queue sorts by it. A held clock is owed by nobody."""
    running = Clock.objects.filter(case=case, owed_by="us", ended_at=None, paused_on=None)
    case.next_due_on = running.aggregate(first=Min("due_on"))["first"]
    case.save(update_fields=["next_due_on"])
