"""The golden set: dated cases whose answers may never change."""

import pytest

from peercert import words
from peercert.rules.decide import decide
from peercert.rules.reasons import Reason
from tests.rules.golden import BASES, Case, cases, facts_of

CASES = cases()


def answer(reason: Reason) -> object:
    """A reason's answer as the golden set writes it: true, false, "unknown" or "officer"."""
    if reason.met is not None:
        return reason.met
    return "officer" if reason.is_for_officer else "unknown"


@pytest.mark.parametrize("case", CASES, ids=[case.story[:60] for case in CASES])
def test_the_law_answers_as_signed(case: Case) -> None:
    finding = decide(case.facts)
    assert {code: answer(finding.reason(code)) for code in case.reasons} == case.reasons
    others = {reason.code: answer(reason) for reason in finding.reasons if reason.code not in case.reasons}
    open_ones = {code: told for code, told in others.items() if told is not True}
    assert finding.outcome == case.outcome, open_ones
    if case.governed_on:
        assert finding.governed_on == case.governed_on
    for code, value in case.figures.items():
        reason = finding.reason(code)
        assert reason.figure is not None
        assert reason.figure.value == value
    for code, text in case.because.items():
        assert words.because(finding.reason(code), "en") == text
    if case.outcome != "approve" and case.reasons:
        assert open_ones == {}, "the case must name every reason that decides it"


def test_the_set_is_large_enough_and_tells_each_story_once() -> None:
    assert len(CASES) >= 60
    assert len({case.story for case in CASES}) == len(CASES)


@pytest.mark.parametrize("base", BASES)
def test_every_base_is_approved_as_it_stands(base: str) -> None:
    assert decide(facts_of(BASES[base])).outcome == "approve"
