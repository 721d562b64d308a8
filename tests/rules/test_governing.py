"""Which day governs what: each reason says its own, and a figure that moves later does not reach back."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from peercert.rules import figures
from peercert.rules.decide import FLOOR, OWN, PREPARED, decide
from peercert.rules.facts import Facts
from peercert.rules.figures import Figure, Figures
from peercert.rules.governing import NoGoverningDay, governing_day
from tests.rules.golden import BASES, changed, facts_of

PATHWAYS = ("initial", "grandparenting", "reciprocity", "portability")


def at_application(pathway: str) -> set[str]:
    """What must hold on the day of submission, whenever it is asked."""
    return {"pathway_open", "application_fee", *(code for code, _ in (*PREPARED, *FLOOR, *OWN[pathway]))}


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_what_must_hold_at_application_is_judged_by_that_day_also_at_certification(pathway: str) -> None:
    given = BASES[f"{pathway}_certify"]
    sat_on = given["sittings"][0]["sat_on"]
    for finding in (decide(facts_of(given)), decide(_with_everything_unknown(given))):
        days = {reason.code: reason.on for reason in finding.reasons}
        first = at_application(pathway)
        assert first <= set(days)
        assert {days[code] for code in first} == {given["submitted_on"]}
        assert {day for code, day in days.items() if code not in first} == {sat_on}


def _with_everything_unknown(given: dict[str, Any]) -> Facts:
    kept = {"pathway", "question", "submitted_on", "approved_on", "sittings"}
    return facts_of({name: value for name, value in given.items() if name in kept})


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_a_figure_that_moves_between_application_and_exam_leaves_what_was_judged_at_application(pathway: str) -> None:
    given = BASES[f"{pathway}_certify"]
    moved = _with_every_figure_moved_on(given["submitted_on"] + timedelta(days=1))
    for facts in (facts_of(given), _with_everything_unknown(given)):
        before, after = decide(facts), decide(facts, figures=moved)
        for code in at_application(pathway):
            assert after.reason(code) == before.reason(code)


def _with_every_figure_moved_on(day: date) -> Figures:
    def moved(name: str, rows: list[Figure]) -> list[Figure]:
        later = Figure(name, _other(rows[0].value), day, "later", "confirmed")
        return [*(row for row in rows if row.since < day), later]

    return Figures(
        {name: moved(name, rows) for name, rows in figures.in_force().entries.items() if rows[0].since < day}
    )


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 50
    if isinstance(value, date):
        return value + timedelta(days=5_000)
    return None if value is None else value[:0]


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_leave_to_sit_is_judged_by_the_day_on_which_it_is_asked(pathway: str) -> None:
    given = BASES[f"{pathway}_sit"]
    facts = facts_of(given)
    assert {reason.on for reason in decide(facts).reasons} == {given["asked_on"]}
    owed = msgspec.structs.replace(facts, exam_fee_owed_on=given["asked_on"] - timedelta(days=3))
    assert decide(owed).reason("exam_fee").on == given["asked_on"] - timedelta(days=3)


def test_certification_is_governed_by_the_first_sitting_that_was_passed_since_the_approval() -> None:
    sittings = [
        {"sat_on": date(2026, 4, 1), "result": "pass"},
        {"sat_on": date(2026, 3, 10), "result": "pass"},
        {"sat_on": date(2025, 5, 31), "result": "pass"},
        {"sat_on": date(2025, 12, 1), "result": "fail"},
    ]
    facts = facts_of(changed("initial_certify", {"sittings": sittings, "asked_on": date(2026, 8, 1)}))
    assert governing_day(facts) == date(2026, 3, 10)
    passed = decide(facts).reason("exam_passed")
    assert (passed.met, passed.on) == (True, date(2026, 3, 10))
    on_the_day = {"sittings": [{"sat_on": date(2025, 6, 1), "result": "pass"}], "asked_on": date(2026, 8, 1)}
    assert governing_day(facts_of(changed("initial_certify", on_the_day))) == date(2025, 6, 1)
    assert governing_day(facts, date(2026, 7, 1)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("base", "without", "day"),
    [
        ("initial_apply", (), date(2026, 5, 1)),
        ("initial_sit", (), date(2026, 2, 2)),
        ("initial_sit", ("asked_on",), date(2025, 6, 1)),
        ("initial_sit", ("asked_on", "approved_on"), date(2025, 5, 1)),
        ("initial_certify", ("sittings",), date(2025, 6, 1)),
        ("initial_certify", ("sittings", "approved_on"), date(2025, 5, 1)),
    ],
)
def test_where_the_governing_day_is_not_given_the_next_best_is_taken(
    base: str, without: tuple[str, ...], day: date
) -> None:
    assert governing_day(facts_of(changed(base, without=without))) == day


def test_an_application_may_be_asked_about_before_it_is_submitted() -> None:
    asked = changed("initial_apply", {"asked_on": date(2026, 4, 30)}, without=("submitted_on",))
    assert decide(facts_of(asked)).governed_on == date(2026, 4, 30)


@pytest.mark.parametrize(
    ("base", "without", "missing"),
    [
        ("initial_apply", ("submitted_on",), "submitted_on"),
        ("initial_certify", ("submitted_on",), "submitted_on"),
        ("initial_sit", ("submitted_on", "asked_on", "approved_on"), "asked_on"),
    ],
)
def test_without_any_day_the_one_that_is_missing_is_named(base: str, without: tuple[str, ...], missing: str) -> None:
    facts = facts_of(changed(base, without=without))
    with pytest.raises(NoGoverningDay, match=missing):
        decide(facts)
    assert decide(facts, on=date(2026, 5, 1)).governed_on == date(2026, 5, 1)
