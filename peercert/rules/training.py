"""The core course and its certificate (initial pathway). Of several courses the one that stands best is judged."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from peercert.rules import days
from peercert.rules.asked import Asked
from peercert.rules.facts import Authorisation, Initial, Training
from peercert.rules.reasons import Reason

UPLOAD = "Program page, Upload Training Certificate"


def core_training(asked: Asked[Initial]) -> Reason:
    """The core course, with all its hours."""
    return _best(asked)[0]


def core_training_after(asked: Asked[Initial]) -> Reason:
    """Completed after the day of the figure, and by the day of the question."""
    return _best(asked)[1]


def core_training_provider(asked: Asked[Initial]) -> Reason:
    """The provider was authorised for that type and language on every day of the course."""
    return _best(asked)[2]


def training_certificate_current(asked: Asked[Initial]) -> Reason:
    """The training certificate is not older than the figure."""
    return _best(asked)[3]


def training_accepted(asked: Asked[Initial]) -> Reason:
    """An officer has reviewed the training certificate and accepted it."""
    return _best(asked)[4]


def _best(asked: Asked[Initial]) -> list[Reason]:
    found: list[Reason] | None = asked.work.get("training")
    if found is None:
        core = [each for each in asked.facts.trainings if each.type == "core"]
        answers = [[ask(asked, each) for ask in ASKS] for each in core] or [[ask(asked, None) for ask in ASKS]]
        found = asked.work["training"] = max(answers, key=_standing)
    return found


def _standing(answers: list[Reason]) -> Any:
    """Better courses sort later: none unmet, more met, more left to an officer; then by their words, in any order."""
    return (
        all(each.met is not False for each in answers),
        sum(each.met is True for each in answers),
        sum(each.note == "officer" for each in answers),
        [str(each.values) + each.why for each in answers],
    )


def _hours(asked: Asked[Initial], course: Training | None) -> Reason:
    figure, code = asked.figure("core_training_hours", asked.on), "core_training"
    if course is None:
        return asked.unknown(code, "unknown", asked.on, figure.source, figure, {"asked": figure.value})
    if course.review == "refused":
        return asked.short(code, "refused", asked.on, figure.source, figure, {"asked": figure.value})
    if course.hours is None:
        return asked.unknown(code, "hours_unknown", asked.on, figure.source, figure, {"asked": figure.value})
    answer: Callable[..., Reason] = asked.met if course.hours >= figure.value else asked.short
    why = "met" if course.hours >= figure.value else "short"
    return answer(code, why, asked.on, figure.source, figure, {"hours": course.hours, "asked": figure.value})


def _after(asked: Asked[Initial], course: Training | None) -> Reason:
    figure, code = asked.figure("core_training_after", asked.on), "core_training_after"
    values = {"after": figure.value, "completed_on": course.completed_on if course else None}
    if course is None or course.completed_on is None:
        return asked.unknown(code, "unknown", asked.on, UPLOAD, figure, values)
    if course.completed_on > asked.on:
        return asked.others(code, "under_way", asked.on, UPLOAD, figure, values)
    if course.completed_on <= figure.value:
        return asked.short(code, "before", asked.on, UPLOAD, figure, values)
    return asked.met(code, "met", asked.on, UPLOAD, figure, values)


def _provider(asked: Asked[Initial], course: Training | None) -> Reason:
    on, code = asked.on, "core_training_provider"
    if course is None or course.started_on is None or course.completed_on is None or course.language is None:
        return asked.unknown(code, "unknown", on, UPLOAD)
    first, last = course.started_on, course.completed_on
    values = {"provider": course.provider or "", "first": first, "last": last, "language": course.language}
    if course.authorisations is None:
        return asked.others(code, "authorisations_unknown", on, UPLOAD, None, values)
    spans = [each for each in course.authorisations if (each.type, each.language) == (course.type, course.language)]
    through = covered_through(spans, first)
    if through is None:
        why = "not_yet" if any(each.from_on <= last and each.from_on > first for each in spans) else "never"
        return asked.short(code, why, on, UPLOAD, None, values)
    if through < last:
        return asked.officer(code, "ended", on, UPLOAD, None, {**values, "ended_on": through})
    return asked.met(code, "met", on, UPLOAD, None, values)


def covered_through(spans: list[Authorisation], first: date) -> date | None:
    """The last day up to which every day from `first` on is covered; None where `first` itself is not."""
    through: date | None = None
    for span in sorted(spans, key=lambda each: each.from_on):
        reach = first if through is None else through + timedelta(days=1)
        until = span.until_on or date.max
        if span.from_on <= reach <= until:
            if until == date.max:
                return date.max
            through = until
    return through


def _current(asked: Asked[Initial], course: Training | None) -> Reason:
    figure, code = asked.figure("training_certificate_years", asked.on), "training_certificate_current"
    if course is None or course.completed_on is None:
        return asked.unknown(code, "unknown", asked.on, UPLOAD, figure, {"years": figure.value})
    good_through = days.add_years(course.completed_on, figure.value)
    values = {"completed_on": course.completed_on, "good_through": good_through, "years": figure.value}
    if good_through < asked.on:
        return asked.short(code, "too_old", asked.on, UPLOAD, figure, values)
    return asked.met(code, "met", asked.on, UPLOAD, figure, values)


def _accepted(asked: Asked[Initial], course: Training | None) -> Reason:
    code = "training_accepted"
    if course is None:
        return asked.unknown(code, "unknown", asked.on, UPLOAD)
    if course.review == "accepted":
        return asked.met(code, "met", asked.on, UPLOAD)
    if course.review == "refused":
        return asked.short(code, "refused", asked.on, UPLOAD)
    return Reason(code=code, met=None, on=asked.on, source=UPLOAD, why="waiting")


ASKS: tuple[Callable[[Asked[Initial], Training | None], Reason], ...] = (_hours, _after, _provider, _current, _accepted)
