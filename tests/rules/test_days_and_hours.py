"""Days and hours."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.rules import days, hours
from peercert.rules.facts import Employment

DATES = st.dates(date(1920, 1, 1), date(2100, 1, 1))


def test_a_moment_falls_on_its_pacific_day() -> None:
    assert days.day_of(datetime(2026, 5, 2, 6, 59, tzinfo=UTC)) == date(2026, 5, 1)
    assert days.day_of(datetime(2026, 5, 2, 7, 0, tzinfo=UTC)) == date(2026, 5, 2)
    with pytest.raises(ValueError, match="zone"):
        days.day_of(datetime(2026, 5, 2))


def test_a_day_ends_at_midnight_in_los_angeles_also_when_clocks_change() -> None:
    assert days.end_of(date(2026, 5, 1)).isoformat() == "2026-05-01T23:59:59-07:00"
    assert days.end_of(date(2026, 11, 1)).isoformat() == "2026-11-01T23:59:59-08:00"
    assert days.start_of(date(2026, 11, 1)).isoformat() == "2026-11-01T00:00:00-07:00"


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 8, 31), 12, date(2026, 8, 31)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_end_on_the_same_date_or_the_months_last_day(start: date, months: int, end: date) -> None:
    assert days.add_months(start, months) == end


def test_a_certificate_of_february_29_is_good_through_february_28() -> None:
    assert days.add_years(date(2024, 2, 29), 2) == date(2026, 2, 28)
    assert days.add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)


@given(DATES, st.integers(0, 40))
def test_years_are_twelve_months_each(day: date, years: int) -> None:
    assert days.add_years(day, years) == days.add_months(day, 12 * years)


@given(DATES, DATES)
def test_age_grows_on_the_birthday(born_on: date, on: date) -> None:
    age = days.age(born_on, on)
    assert days.add_years(born_on, age) <= on < days.add_years(born_on, age + 1)


def test_working_days_start_after_the_day_and_skip_closed_ones() -> None:
    closed = {date(2026, 5, 25)}
    assert days.add_working_days(date(2026, 5, 22), 1, closed) == date(2026, 5, 26)
    assert days.add_working_days(date(2026, 5, 21), 5, closed) == date(2026, 5, 29)
    assert days.add_working_days(date(2026, 5, 23), 0, closed) == date(2026, 5, 26)
    assert days.add_working_days(date(2026, 5, 22), 0, closed) == date(2026, 5, 22)


def job(name: str, first: date, last: date, weekly: float) -> hours.Job:
    return hours.Job(name, first, last, weekly / 7)


YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def test_a_span_partly_outside_counts_by_its_days() -> None:
    spans = [job("a", date(2024, 12, 25), date(2025, 1, 7), 35)]
    assert hours.total(spans, *YEAR, None) == 35


def test_a_job_of_the_first_or_of_the_last_day_alone_counts() -> None:
    for day in YEAR:
        assert hours.total([job("a", day, day, 7)], *YEAR, None) == 1
        assert hours.total([job("a", *YEAR, 7), job("b", day, day, 7)], *YEAR, None) == 366


def test_the_same_job_twice_counts_once_and_two_jobs_both() -> None:
    week = (date(2025, 3, 3), date(2025, 3, 9))
    assert hours.total([job("a", *week, 30), job("a", *week, 20)], *YEAR, None) == 30
    assert hours.total([job("a", *week, 30), job("b", *week, 20)], *YEAR, None) == 50
    assert hours.total([job("a", *week, 30), job("b", *week, 20)], *YEAR, 40) == 40


def test_the_cap_holds_only_while_jobs_overlap() -> None:
    first, second = (date(2025, 3, 3), date(2025, 3, 16)), (date(2025, 3, 10), date(2025, 3, 23))
    assert hours.total([job("a", *first, 40), job("b", *second, 40)], *YEAR, 60) == 40 + 60 + 40


def test_hours_for_a_whole_span_are_spread_over_its_days() -> None:
    spans = hours.jobs(
        [Employment(employer="a", from_on=date(2024, 7, 1), to_on=date(2025, 6, 30), hours_total=730)], YEAR[1]
    )
    assert hours.total(spans, *YEAR, None) == 362


def test_a_span_without_days_or_hours_counts_nothing() -> None:
    unknown = [Employment(employer="a", from_on=date(2025, 1, 1), is_current=True), Employment(employer="b")]
    assert hours.jobs(unknown, YEAR[1]) == []


JOBS = st.lists(
    st.builds(
        lambda name, first, length, weekly: job(name, first, days.add_days(first, length), weekly),
        st.sampled_from("abc"),
        st.dates(date(2019, 1, 1), date(2025, 6, 1)),
        st.integers(0, 700),
        st.sampled_from([7.0, 21.0, 70.0]),
    ),
    max_size=4,
)


@given(JOBS)
def test_the_sum_equals_the_count_day_by_day(spans: list[hours.Job]) -> None:
    by_day = 0.0
    for day in days.each_day(*YEAR):
        rates = {name: max(j.hours_a_day for j in spans if j.name == name and j.first <= day <= j.last)
                 for name in {j.name for j in spans if j.first <= day <= j.last}}  # fmt: skip
        by_day += min(sum(rates.values()), 60 / 7)
    assert hours.total(spans, *YEAR, 60) == pytest.approx(by_day, abs=0.01)


SHORT_JOBS = st.lists(
    st.builds(
        lambda name, first, length, weekly: job(name, first, days.add_days(first, length), weekly),
        st.sampled_from("abc"),
        st.dates(date(2019, 1, 1), date(2020, 12, 31)),
        st.sampled_from([0, 30, 364, 365, 366, 500]),
        st.sampled_from([7.0, 21.0, 70.0]),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40)
@given(SHORT_JOBS, st.sampled_from([date(2020, 2, 29), date(2021, 2, 28), date(2021, 12, 31)]))
def test_the_best_year_is_the_best_of_all_years(spans: list[hours.Job], last: date) -> None:
    every = (
        hours.total(spans, hours.window_start(end, 12), end, 60) for end in days.each_day(date(2018, 12, 31), last)
    )
    assert hours.best_year(spans, last, 60) == pytest.approx(max(every), abs=0.01)


def test_a_year_with_a_leap_day_in_it_holds_a_day_more() -> None:
    long = [job("a", date(2019, 1, 1), date(2022, 12, 31), 7)]
    assert hours.best_year(long, date(2022, 12, 31), None) == 366
    assert hours.best_year(long, date(2019, 12, 31), None) == 365
    assert hours.best_year([], date(2022, 12, 31), None) == 0
