"""Experience as a peer, continuing education and letters (grandparenting and reciprocity)."""

from collections.abc import Callable, Sequence
from typing import Any

from peercert.rules import hours, names
from peercert.rules.asked import Asked
from peercert.rules.facts import ContinuingEducation, Employment, Grandparenting, Letter, Reciprocity
from peercert.rules.figures import Figure
from peercert.rules.reasons import Reason

RECIPROCITY = "Program page, Out-of-state Reciprocity"
GRANDPARENTING = "Program page, Grandparenting"

Experienced = Grandparenting | Reciprocity


def seen(evidence: Sequence[Any], *, hoped: bool = False) -> list[Any]:
    """The evidence that counts; with `hoped` also what waits for an officer."""
    left_out = {"refused"} if hoped else {"refused", "waiting"}
    return [each for each in evidence if each.review not in left_out]


def employed_on_the_day(asked: Asked[Grandparenting]) -> Reason:
    """Worked as a peer on the day that the figure names."""
    on, code = asked.applied_on, "employed_on_the_day"
    figure = asked.figure("grandparenting_employed_on", on)
    day, values = figure.value, {"day": figure.value}

    def covers(span: Employment) -> bool:
        until = span.to_on or (on if span.is_current else None)
        return bool(span.is_peer_work is not False and span.from_on and span.from_on <= day and until and day <= until)

    for hoped, answer, why in ((False, asked.met, "met"), (True, asked.others, "waiting")):
        fitting = sorted(span.employer for span in seen(asked.facts.employment, hoped=hoped) if covers(span))
        if fitting:
            return answer(code, why, on, GRANDPARENTING, figure, {**values, "employer": fitting[0]})
    if asked.facts.employment:
        return asked.short(code, "other_days", on, GRANDPARENTING, figure, values)
    return asked.unknown(code, "unknown", on, GRANDPARENTING, figure, values)


def experience_hours(asked: Asked[Experienced]) -> Reason:
    """Enough hours of peer work, paid or not, in a window that a figure names; of two such figures either is enough."""
    on = asked.applied_on
    if asked.facts.pathway == "grandparenting":
        figure = asked.figure("grandparenting_hours", on)
        months = 12 * asked.figure("grandparenting_years", on).value
        return _in_windows(asked, "experience_hours", GRANDPARENTING, [(figure, months)])
    one = asked.figure("reciprocity_hours_one_year", on)
    three = asked.figure("reciprocity_hours_three_years", on)
    return _in_windows(asked, "experience_hours", RECIPROCITY, [(one, 12), (three, 36)], any_year=one)


def recent_hours(asked: Asked[Grandparenting]) -> Reason:
    """Enough of the hours in the last twelve months."""
    figure = asked.figure("grandparenting_recent_hours", asked.applied_on)
    return _in_windows(asked, "recent_hours", GRANDPARENTING, [(figure, 12)])


def _in_windows(
    asked: Asked[Experienced],
    code: str,
    source: str,
    windows: list[tuple[Figure, int]],
    any_year: Figure | None = None,
) -> Reason:
    on = asked.applied_on
    cap = asked.figure("weekly_hours_most", on)
    peer_work = [span for span in asked.facts.employment if span.is_peer_work is not False]

    def best(spans: list[hours.Job], weekly_most: float | None) -> tuple[bool, Figure, int, float]:
        """The first window whose hours are enough, else the one with the most."""
        sums = [
            (figure, months, hours.total(spans, hours.window_start(on, months), on, weekly_most))
            for figure, months in windows
        ]
        for figure, months, found in sums:
            if found >= figure.value:
                return True, figure, months, found
        figure, months, found = max(sums, key=lambda each: each[2])
        return False, figure, months, found

    def values(figure: Figure, months: int, found: float) -> dict[str, Any]:
        return {"hours": int(found), "asked": figure.value, "months": months, "most": cap.value}

    known, hoped = (hours.jobs(seen(peer_work, hoped=each), on) for each in (False, True))
    enough, figure, months, found = best(known, cap.value)
    if enough:
        return asked.met(code, "met", on, source, figure, values(figure, months, found))
    waiting, w_figure, w_months, w_found = best(hoped, cap.value)
    if waiting:
        return asked.others(code, "waiting", on, source, w_figure, values(w_figure, w_months, w_found))
    uncapped, u_figure, u_months, _ = best(hoped, None)
    if uncapped:
        return asked.short(code, "over_cap", on, cap.source, cap, values(u_figure, u_months, w_found))
    if any_year is not None:
        in_a_year = hours.best_year(hoped, on, cap.value)
        if in_a_year >= any_year.value:
            return asked.officer(code, "older_year", on, source, any_year, values(any_year, 12, in_a_year))
    if not peer_work:
        return asked.unknown(code, "unknown", on, source, figure, values(figure, months, 0))
    why = "short" if hoped else "hours_unknown"
    return asked.short(code, why, on, source, w_figure, values(w_figure, w_months, w_found))


def continuing_education_hours(asked: Asked[Experienced]) -> Reason:
    """Enough hours of continuing education in the window."""
    return _education(asked, "continuing_education_hours", lambda course: course.hours)


def law_and_ethics_hours(asked: Asked[Experienced]) -> Reason:
    """Enough of these hours in law and ethics; they count inside the total."""
    return _education(asked, "law_and_ethics_hours", lambda course: course.law_and_ethics_hours)


def _education(asked: Asked[Experienced], code: str, count: Callable[[ContinuingEducation], float]) -> Reason:
    on, figure = asked.applied_on, asked.figure(code, asked.applied_on)
    source, first, years = GRANDPARENTING, None, 0
    if asked.facts.pathway == "reciprocity":
        years = asked.figure("continuing_education_years", on).value
        source, first = RECIPROCITY, hours.window_start(on, 12 * years)

    def summed(*, hoped: bool) -> float:
        courses: dict[tuple[Any, ...], float] = {}
        for course in seen(asked.facts.continuing_education, hoped=hoped):
            done = course.completed_on
            if done is None or done > on or (first is not None and done < first):
                continue
            what = names.fold(course.title or "") or (course.hours, course.law_and_ethics_hours)
            same = (what, done)
            courses[same] = max(courses.get(same, 0.0), count(course))
        return round(sum(courses.values()), 2)

    known, hoped = summed(hoped=False), summed(hoped=True)
    values = {"hours": known, "asked": figure.value, "years": years}
    window = "" if years else "_ever"
    if known >= figure.value:
        return asked.met(code, f"met{window}", on, source, figure, values)
    if hoped >= figure.value:
        return asked.others(code, "waiting", on, source, figure, {**values, "hours": hoped})
    if not asked.facts.continuing_education:
        return asked.unknown(code, "unknown", on, source, figure, values)
    if any(course.completed_on is None for course in seen(asked.facts.continuing_education, hoped=True)):
        return asked.unknown(code, "days_unknown", on, source, figure, values)
    return asked.short(code, f"short{window}", on, source, figure, {**values, "hours": hoped})


def letters(asked: Asked[Experienced]) -> Reason:
    """A letter of each kind that the figure lists; the supervisor's on the agency's letterhead."""
    on, code = asked.applied_on, "letters"
    is_reciprocity = asked.facts.pathway == "reciprocity"
    figure = asked.figure("reciprocity_letters" if is_reciprocity else "grandparenting_letters", on)
    source = RECIPROCITY if is_reciprocity else GRANDPARENTING

    def kinds(given: list[Any]) -> set[str]:
        return {each.kind for each in given if _is_whole(each)}

    missing = [kind for kind in figure.value if kind not in kinds(seen(asked.facts.letters))]
    if not missing:
        return asked.met(code, "met", on, source, figure, {"kinds": list(figure.value)})
    hoped = kinds(seen(asked.facts.letters, hoped=True))
    still = [kind for kind in missing if kind not in hoped]
    if not still:
        return asked.others(code, "waiting", on, source, figure, {"missing": missing})
    if not asked.facts.letters:
        return asked.unknown(code, "unknown", on, source, figure, {"missing": still})
    written = {each.kind for each in seen(asked.facts.letters, hoped=True)}
    why = LACKS.get(still[0], "short") if len(still) == 1 and still[0] in written else "short"
    return asked.short(code, why, on, source, figure, {"missing": still})


#: What a letter that is there may lack.
LACKS = {"supervisor": "no_letterhead", "self": "no_duties"}


def _is_whole(letter: Letter) -> bool:
    """The supervisor's letter is seen to be on letterhead; one's own is not seen to leave role and duties out."""
    if letter.kind == "supervisor":
        return letter.is_on_letterhead is True
    return letter.kind != "self" or letter.describes_duties is not False
