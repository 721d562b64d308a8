"""The one arithmetic of days: a day is a calendar day in Los Angeles, and counting starts the day after the event."""

import calendar
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


def day_of(moment: datetime) -> date:
    """The Pacific day on which a moment falls; raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return moment.astimezone(PACIFIC).date()


def start_of(day: date) -> datetime:
    """The first moment of a Pacific day."""
    return datetime.combine(day, time(), PACIFIC)


def end_of(day: date) -> datetime:
    """The last second of a Pacific day."""
    return datetime.combine(day, time(23, 59, 59), PACIFIC)


def add_days(day: date, count: int) -> date:
    """The day `count` calendar days after `day`."""
    return day + timedelta(days=count)


def add_months(day: date, count: int) -> date:
    """The same date `count` months on, or that month's last day."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def add_years(day: date, count: int) -> date:
    """The same date `count` years on, or February 28."""
    try:
        return day.replace(year=day.year + count)
    except ValueError:
        return add_months(day, 12 * count)


def is_working_day(day: date, closed: Collection[date]) -> bool:
    """Whether the program works on this day."""
    return day.weekday() < 5 and day not in closed


def add_working_days(day: date, count: int, closed: Collection[date]) -> date:
    """The `count`-th working day after `day`; for 0 the first working day from `day` on."""
    while count > 0 or not is_working_day(day, closed):
        day += timedelta(days=1)
        if is_working_day(day, closed):
            count -= 1
    return day


def days_between(first: date, last: date) -> int:
    """Calendar days from `first` to `last`; negative where `last` is earlier."""
    return (last - first).days


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from first through last."""
    for count in range((last - first).days + 1):
        yield first + timedelta(days=count)


def age(born_on: date, on: date) -> int:
    """Full years from a birth date to a day; who was born on February 29 is older on February 28 of other years."""
    years = on.year - born_on.year
    return years if add_years(born_on, years) <= on else years - 1
