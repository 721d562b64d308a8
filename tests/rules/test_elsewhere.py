"""A certificate of another state and military orders, where the golden set's tables would say too little."""

from datetime import date
from typing import Any

import pytest

from peercert import words
from peercert.rules.decide import decide
from peercert.rules.reasons import Reason
from tests.rules.golden import BASES, changed, facts_of

OREGON: dict[str, Any] = BASES["reciprocity_apply"]["other_certificate"]


def certificate(*, nothing_more: bool = False, **changes: Any) -> Reason:
    """The reason about Oregon's certificate with some of it changed; None leaves a fact out."""
    given = dict(BASES["reciprocity_apply"])
    given["other_certificate"] = {name: value for name, value in {**OREGON, **changes}.items() if value is not None}
    given["nothing_more"] = ["other_certificate"] if nothing_more else []
    return decide(facts_of(given)).reason("other_certificate")


@pytest.mark.parametrize(
    ("changes", "met", "why"),
    [
        ({}, True, "met"),
        ({"expires_on": None, "never_expires": True}, True, "met_for_ever"),
        ({"expires_on": None}, None, "days_unknown"),
        ({"issued_on": None}, None, "days_unknown"),
        ({"issued_on": date(2026, 5, 1)}, True, "met"),
        ({"in_good_standing": None}, None, "standing_unknown"),
        ({"review": "accepted"}, True, "met"),
        ({"review": "refused"}, None, "refused"),
    ],
)
def test_a_certificate_is_judged_by_its_days_and_its_standing(
    changes: dict[str, Any], met: bool | None, why: str
) -> None:
    reason = certificate(**changes)
    assert (reason.met, reason.why) == (met, why)


@pytest.mark.parametrize(
    ("changes", "met", "officer"),
    [
        ({"review": "refused"}, False, False),
        ({"issued_on": None}, False, False),
        ({"in_good_standing": None}, None, True),
        ({"review": "waiting"}, None, True),
    ],
)
def test_what_the_other_state_has_to_tell_is_not_held_against_who_has_nothing_more(
    changes: dict[str, Any], met: bool | None, officer: bool
) -> None:
    reason = certificate(nothing_more=True, **changes)
    assert (reason.met, reason.is_for_officer) == (met, officer)


def test_each_pathway_names_its_own_source() -> None:
    assert certificate().source == "Program page, Out-of-state Reciprocity"
    assert decide(facts_of(BASES["portability_apply"])).reason("other_certificate").source == "50 USC 4025a"


def orders(*given: dict[str, Any], nothing_more: bool = False) -> Reason:
    """The reason about these orders."""
    facts = changed("portability_apply", {"orders": list(given)})
    facts["nothing_more"] = ["military_orders"] if nothing_more else []
    return decide(facts_of(facts)).reason("military_orders")


def test_of_several_orders_one_is_enough_and_the_latest_end_is_told() -> None:
    ended = [{"evidence": "orders", "until_on": date(2026, 1, day), "to_california": True} for day in (9, 20, 3)]
    assert words.because(orders(*ended), "en") == "The orders ended on January 20, 2026, before the application."
    assert orders(*ended, {"evidence": "commander_letter", "to_california": True}).met is True


def test_orders_that_wait_are_told_as_such_and_deny_nobody() -> None:
    waiting = {"evidence": "orders", "to_california": True, "review": "waiting"}
    nowhere = {"evidence": "orders"}
    assert orders(waiting, nowhere).why == orders(nowhere, waiting).why == "waiting"
    assert (orders(nowhere).met, orders(nowhere).why) == (None, "place_unknown")
    asked = orders(waiting, nothing_more=True)
    assert (asked.met, asked.is_for_officer) == (None, True)
    assert orders(nowhere, nothing_more=True).met is False
    refused = {**waiting, "review": "refused"}
    assert (orders(refused).met, orders(refused).why) == (None, "refused")
    assert orders(refused, nothing_more=True).met is False


def test_recent_use_is_counted_from_the_earliest_orders_that_count_and_stays_with_the_day_of_application() -> None:
    moves = [
        {"evidence": "orders", "from_on": date(2023, 9, 1), "to_california": True},
        {"evidence": "orders", "from_on": date(2023, 3, 1), "to_california": True},
        {"evidence": "orders", "from_on": date(2022, 1, 1), "to_california": True, "review": "refused"},
        {"evidence": "orders", "from_on": date(2024, 8, 1), "to_california": True},
    ]
    texas = {**BASES["portability_apply"]["other_certificate"], "last_used_on": date(2021, 2, 28)}
    given = {"submitted_on": date(2024, 6, 1), "orders": moves, "other_certificate": texas}
    late = decide(facts_of(changed("portability_certify", given))).reason("recent_use")
    assert (late.met, late.on, late.values["first_on"]) == (False, date(2024, 6, 1), date(2021, 3, 1))
    texas["last_used_on"] = date(2021, 3, 1)
    assert decide(facts_of(changed("portability_certify", given))).reason("recent_use").met is True
    coming = changed("portability_apply", {**given, "orders": moves[3:]})
    assert decide(facts_of(coming)).reason("recent_use").values["first_on"] == date(2022, 6, 1)
