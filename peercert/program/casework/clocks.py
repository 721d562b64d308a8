"""How a clock's due day follows from its start, its length, its pauses and its extensions.

The due day is stored whenever it is set (`casework.actions`), never worked out anew when it is read: a closed day
declared later changes no promise already made.
"""

from datetime import date

from peercert.rules import days, figures

#: kind of clock → its unit, unless the caller names another. A kind is a promise of time.
UNITS = {
    "payment": "calendar",
    "review": "calendar",
    "training_review": "calendar",
    "answer": "calendar",
    "approval": "months",
    "accommodation": "calendar",
    "retake": "calendar",
    "question": "working",
    "appeal": "calendar",
}


def closed_days(first: date, last: date) -> frozenset[date]:
    """The state's closed days in the years from `first` to `last`, as the figures of those years list them.

    A year whose list nobody has recorded yet closes on weekends alone.
    """
    found: set[date] = set()
    for year in range(first.year, last.year + 1):
        found |= figures.closed_days(year)
    return frozenset(found)


def due_day(starts_on: date, length: int, unit: str, *, paused: int = 0, extended: int = 0) -> date:
    """The last day on which the step is still in time. Counting starts the day after `starts_on`.

    `paused` and `extended` are counted in the clock's unit; a clock in months takes both as calendar days.
    """
    if unit == "months":
        return days.add_days(days.add_months(starts_on, length), paused + extended)
    number = length + paused + extended
    if unit == "calendar":
        return days.add_days(starts_on, number)
    # Never more than every second day is closed over a whole span, and no span of closed days is longer than ten.
    reach = days.add_days(starts_on, 2 * number + 10)
    return days.add_working_days(starts_on, number, closed_days(starts_on, reach))


def days_held(unit: str, paused_on: date, resumed_on: date) -> int:
    """How many days of the clock's unit passed while it was held: from `paused_on`, not counting `resumed_on`."""
    if unit == "working":
        closed = closed_days(paused_on, resumed_on)
        held = days.each_day(paused_on, days.add_days(resumed_on, -1))
        return sum(1 for day in held if days.is_working_day(day, closed))
    return max(0, days.days_between(paused_on, resumed_on))
