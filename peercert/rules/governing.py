"""Which day governs which question, said once.

| question | governed by |
|---|---|
| `apply` | the day of submission |
| `sit` | the day on which the authorisation is asked |
| `certify` | the day of the sitting that was passed, whenever its result arrives |
| the application fee | the day of submission |
| an exam or retake fee | the day on which the sitting is asked for |
| a standing, asked for a past day | that day |

Inside a question a requirement may be governed by another day: age by the day of submission even when asked at
certification. Each reason says its own.
"""

from datetime import date

from peercert.rules.facts import Facts


class NoGoverningDay(ValueError):
    """The facts and the call name no day by which the question could be answered; the text is the fact that would."""


def governing_day(facts: Facts, on: date | None = None) -> date:
    """The day that governs the question; `on` overrides what the facts say. Raises NoGoverningDay."""
    if on is not None:
        return on
    if facts.question == "certify" and facts.submitted_on is None:  # by which most of it is judged
        raise NoGoverningDay("submitted_on")
    days: tuple[date | None, ...]
    if facts.question == "apply":
        days = (facts.submitted_on, facts.asked_on)
    elif facts.question == "sit":
        days = (facts.asked_on, facts.approved_on, facts.submitted_on)
    else:
        days = (passed_on(facts), facts.asked_on, facts.approved_on, facts.submitted_on)
    for day in days:
        if day is not None:
            return day
    raise NoGoverningDay("submitted_on" if facts.question == "apply" else "asked_on")


def passed_on(facts: Facts) -> date | None:
    """The day of the first sitting that was passed since the approval."""
    since = facts.approved_on or date.min
    passes = (each.sat_on for each in facts.sittings if each.result == "pass" and each.sat_on >= since)
    return min(passes, default=None)


def applied_on(facts: Facts, governed_on: date) -> date:
    """The day by which what must hold at application is judged."""
    if facts.question == "apply":
        return governed_on
    return facts.submitted_on or governed_on
