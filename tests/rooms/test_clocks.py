"""Promises of time: where a due day falls, and what pauses, extensions and closed days do to it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peercert.program.casework import actions, clocks
from peercert.program.casework.models import Case, Question
from peercert.program.casework.queries import is_broken, running_clock
from peercert.program.errors import Refused
from peercert.program.people.models import Person
from peercert.rules import days

DAYS = st.dates(date(2022, 1, 1), date(2028, 6, 30))
LENGTHS = st.integers(1, 120)


def at(day: date) -> datetime:
    return days.start_of(day) + timedelta(hours=10)


@pytest.fixture
def case(db: None) -> Case:
    person = Person.objects.create()
    return Case.objects.create(topic="initial", person=person, opened_at=datetime(2026, 1, 5, 18, tzinfo=UTC))


@given(DAYS, LENGTHS)
def test_counting_starts_the_day_after(start: date, length: int) -> None:
    assert clocks.due_day(start, length, "calendar") == start + timedelta(days=length)


@given(DAYS, LENGTHS)
def test_a_working_day_clock_is_due_on_a_working_day_with_as_many_working_days_behind_it(
    start: date, length: int
) -> None:
    due = clocks.due_day(start, length, "working")
    closed = clocks.closed_days(start, due)
    assert days.is_working_day(due, closed)
    behind = [day for day in days.each_day(start + timedelta(days=1), due) if days.is_working_day(day, closed)]
    assert len(behind) == length


def test_a_span_that_crosses_a_holiday_is_longer_by_it() -> None:
    # Thanksgiving 2026 and the day after are closed: Wednesday + 1 working day is Monday.
    assert clocks.due_day(date(2026, 11, 25), 1, "working") == date(2026, 11, 30)
    assert clocks.due_day(date(2026, 11, 18), 1, "working") == date(2026, 11, 19)


def test_a_span_over_new_year_sees_the_closed_days_of_both_years() -> None:
    assert clocks.due_day(date(2024, 12, 31), 1, "working") == date(2025, 1, 2)


def test_months_end_on_the_same_date_or_the_months_last_day() -> None:
    assert clocks.due_day(date(2026, 5, 1), 12, "months") == date(2027, 5, 1)
    assert clocks.due_day(date(2024, 2, 29), 12, "months") == date(2025, 2, 28)
    assert clocks.due_day(date(2026, 8, 31), 6, "months") == date(2027, 2, 28)


@given(DAYS, LENGTHS, st.integers(0, 100), st.integers(0, 60), st.sampled_from(["working", "calendar"]))
def test_a_pause_gives_back_exactly_the_days_that_it_took(
    start: date, length: int, into: int, held: int, unit: str
) -> None:
    """A clock held for a while has as many counting days as one never held: nothing is lost and nothing won."""
    due = clocks.due_day(start, length, unit)
    paused_on = min(start + timedelta(days=1 + into), due)
    resumed_on = paused_on + timedelta(days=held)
    later = clocks.due_day(start, length, unit, paused=clocks.days_held(unit, paused_on, resumed_on))
    closed = clocks.closed_days(start, later) if unit == "working" else frozenset()
    counting = [
        day
        for day in days.each_day(start + timedelta(days=1), later)
        if not paused_on <= day < resumed_on and (unit == "calendar" or days.is_working_day(day, closed))
    ]
    assert len(counting) == length


@given(DAYS, LENGTHS, LENGTHS, st.sampled_from(["working", "calendar", "months"]))
def test_more_days_are_never_due_earlier(start: date, length: int, more: int, unit: str) -> None:
    length = min(length, 24) if unit == "months" else length
    assert clocks.due_day(start, length, unit, extended=more) > clocks.due_day(start, length, unit)


def test_a_figure_of_the_starting_day_says_the_length(case: Case) -> None:
    old = actions.start_clock(
        case, "review", owed_by="us", starts_on=date(2022, 9, 1), figure="review_days", now=at(date(2022, 9, 1))
    )
    assert old.due_on == date(2022, 9, 21)
    actions.end_clock(case, "review", now=at(date(2022, 9, 2)), because="decided")
    new = actions.start_clock(
        case, "review", owed_by="us", starts_on=date(2026, 9, 1), figure="review_days", now=at(date(2026, 9, 1))
    )
    assert new.due_on == date(2026, 10, 1)


def test_starting_again_what_runs_keeps_the_promise_made(case: Case) -> None:
    first = actions.start_clock(
        case, "review", owed_by="us", starts_on=date(2026, 3, 2), length=30, now=at(date(2026, 3, 2))
    )
    again = actions.start_clock(
        case, "review", owed_by="us", starts_on=date(2026, 3, 20), length=30, now=at(date(2026, 3, 20))
    )
    assert again.pk == first.pk
    assert again.due_on == date(2026, 4, 1)


def test_the_case_keeps_the_earliest_day_that_we_owe(case: Case) -> None:
    now = at(date(2026, 3, 2))
    actions.start_clock(case, "review", owed_by="us", starts_on=date(2026, 3, 2), length=30, now=now)
    actions.start_clock(case, "accommodation", owed_by="us", starts_on=date(2026, 3, 2), length=10, now=now)
    actions.start_clock(case, "answer", owed_by="person", starts_on=date(2026, 3, 2), length=3, now=now)
    case.refresh_from_db()
    assert case.next_due_on == date(2026, 3, 12)
    actions.pause_clock(case, "accommodation", on=date(2026, 3, 4), reason="request")
    case.refresh_from_db()
    assert case.next_due_on == date(2026, 4, 1)
    actions.resume_clock(case, "accommodation", on=date(2026, 3, 6))
    case.refresh_from_db()
    assert case.next_due_on == date(2026, 3, 14)
    actions.end_clocks(case, now=now, because="withdrawn")
    case.refresh_from_db()
    assert case.next_due_on is None


def test_lateness_is_not_undone_by_a_pause(case: Case) -> None:
    clock = actions.start_clock(
        case, "review", owed_by="us", starts_on=date(2026, 3, 2), length=30, now=at(date(2026, 3, 2))
    )
    assert not is_broken(clock, date(2026, 4, 1))
    assert is_broken(clock, date(2026, 4, 2))
    with pytest.raises(Refused, match="clock_is_over"):
        actions.pause_clock(case, "review", on=date(2026, 4, 2), reason="request")


def test_pausing_twice_holds_once(case: Case) -> None:
    actions.start_clock(case, "review", owed_by="us", starts_on=date(2026, 3, 2), length=30, now=at(date(2026, 3, 2)))
    actions.pause_clock(case, "review", on=date(2026, 3, 10), reason="request")
    actions.pause_clock(case, "review", on=date(2026, 3, 15), reason="request")
    clock = actions.resume_clock(case, "review", on=date(2026, 3, 20))
    assert (clock.paused_days, clock.due_on) == (10, date(2026, 4, 11))
    assert actions.resume_clock(case, "review", on=date(2026, 3, 30)).due_on == date(2026, 4, 11)


def test_an_extension_says_why_and_needs_a_running_clock(case: Case) -> None:
    with pytest.raises(Refused, match="no_clock"):
        actions.extend_clock(case, "approval", 5, "given back")
    actions.start_clock(
        case, "approval", owed_by="person", starts_on=date(2026, 3, 2), length=12, now=at(date(2026, 3, 2))
    )
    clock = actions.extend_clock(case, "approval", 5, "given back")
    assert (clock.due_on, clock.extension_reason) == (date(2027, 3, 7), "given back")


def test_the_question_clock_follows_the_oldest_unanswered_question(case: Case) -> None:
    now = at(date(2026, 3, 2))
    first, second = (
        Question.objects.create(
            case=case, asked_at=at(day), language="en", text="When?", due_on=clocks.due_day(day, 5, "working")
        )
        for day in (date(2026, 3, 2), date(2026, 3, 4))
    )
    actions.keep_question_clock(case, now=now)
    clock = running_clock(case, "question")
    assert clock is not None
    assert clock.due_on == first.due_on
    first.answered_at = now
    first.save()
    actions.keep_question_clock(case, now=now)
    clock = running_clock(case, "question")
    assert clock is not None
    assert clock.due_on == second.due_on
    second.answered_at = now
    second.save()
    assert actions.keep_question_clock(case, now=now) is None
    case.refresh_from_db()
    assert case.next_due_on is None
