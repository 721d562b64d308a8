"""Hours of work in a window of days: the same job counts once, several jobs together up to a cap a week.

A span that lies partly outside the window counts by its days. Hours given for a whole span are spread over its days.
"""

import calendar
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import accumulate, pairwise
from operator import mul
from typing import NamedTuple

from peercert.rules import days, names
from peercert.rules.facts import Employment


class Job(NamedTuple):
    """A span of one job with its hours a day. `name` tells jobs apart."""

    name: str
    first: date
    last: date
    hours_a_day: float


def jobs(employment: Iterable[Employment], today: date) -> list[Job]:
    """The spans that days and hours are known of; a span that still runs is counted through `today`."""
    found = []
    for span in employment:
        first, last = span.from_on, span.to_on or (today if span.is_current else None)
        if first is None or last is None or last < first:
            continue
        if span.hours_total is not None:
            a_day = span.hours_total / ((last - first).days + 1)
        elif span.hours_per_week is not None:
            a_day = span.hours_per_week / 7
        else:
            continue
        found.append(Job(names.fold(span.employer) or span.employer, first, last, a_day))
    return found


class Hours:
    """The hours of jobs over time, with at most so many a week over all of them: made once, asked for any window."""

    def __init__(self, spans: list[Job], weekly_most: float | None) -> None:
        self.edges = sorted({day for job in spans for day in (job.first, job.last + timedelta(days=1))})
        self.a_day = [_rate(spans, edge, weekly_most) for edge in self.edges]
        lengths = ((after - edge).days for edge, after in pairwise(self.edges))
        self.before = [*accumulate(map(mul, lengths, self.a_day), initial=0.0)]

    def between(self, first: date, last: date) -> float:
        """The hours from `first` through `last`."""
        return round(self._until(last + timedelta(days=1)) - self._until(first), 4)

    def _until(self, day: date) -> float:
        at = bisect_right(self.edges, day) - 1
        return self.before[at] + self.a_day[at] * (day - self.edges[at]).days if at >= 0 else 0.0


def _rate(spans: list[Job], day: date, weekly_most: float | None) -> float:
    by_job: dict[str, float] = defaultdict(float)
    for job in spans:
        if job.first <= day <= job.last:
            by_job[job.name] = max(by_job[job.name], job.hours_a_day)
    hours = sum(by_job.values())
    return hours if weekly_most is None else min(hours, weekly_most / 7)


def total(spans: list[Job], first: date, last: date, weekly_most: float | None) -> float:
    """The hours from `first` through `last`, with at most `weekly_most` a week over all jobs together."""
    return Hours(spans, weekly_most).between(first, last)


def best_year(spans: list[Job], last: date, weekly_most: float | None) -> float:
    """The most hours in any twelve months that end by `last`.

    As the year moves on, its sum turns only where one of its ends meets that of a span, or steps over a leap day: one
    of these years holds the most.
    """
    ends = {min(job.last, last) for job in spans}
    ends.update(min(days.add_months(job.first, 12) - timedelta(days=1), last) for job in spans)
    for year in range(min((job.first.year for job in spans), default=last.year), last.year + 1):
        if calendar.isleap(year):
            ends.update(min(end, last) for end in (date(year, 2, 29), date(year + 1, 2, 28)))
    worked = Hours(spans, weekly_most)
    return max((worked.between(window_start(end, 12), end) for end in ends), default=0.0)


def window_start(last: date, months: int) -> date:
    """The first day of the run of so many months that ends on `last`."""
    return days.add_months(last, -months) + timedelta(days=1)
