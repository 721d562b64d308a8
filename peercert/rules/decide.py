"""The law's answer to one question: which requirements it asks, in the order in which a person checks them."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Any

from peercert import __version__
from peercert.rules import elsewhere, exam, experience, fees, floor, identity, training
from peercert.rules.asked import Asked, NoFigure
from peercert.rules.facts import Facts
from peercert.rules.figures import Figures, digest, in_force
from peercert.rules.governing import governing_day
from peercert.rules.reasons import Finding, Reason

#: Answers one requirement; None where a figure says that this pathway does not ask it.
Ask = Callable[[Asked[Any]], Reason | None]
Requirement = tuple[str, Ask]


def _named(*asks: Ask) -> tuple[Requirement, ...]:
    return tuple((ask.__name__, ask) for ask in asks)


def _in_shape(shapes: Sequence[tuple[date, Ask]]) -> Ask:
    """A rule whose shape changed: the function in force on the day of submission answers."""

    def ask(asked: Asked[Any]) -> Reason | None:
        return next(shape for since, shape in reversed(shapes) if since <= asked.applied_on)(asked)

    return ask


def _beyond_statute(code: str, ask: Callable[[Asked[Any]], Reason | None]) -> Ask:
    """A requirement of the floor as portability asks it, by a figure."""

    def beyond(asked: Asked[Any]) -> Reason | None:
        if code not in asked.figure("portability_asks", asked.applied_on).value:
            return None
        reason = ask(asked)
        return reason and elsewhere.beyond_statute(asked, reason)

    return beyond


PREPARED = _named(floor.orientation, floor.self_assessment)
FLOOR = _named(
    floor.adult,
    identity.id_accepted,
    identity.name_matches_id,
    floor.education,
    floor.lived_experience,
    floor.willing_to_share,
    floor.dedication,
    floor.ethics,
)
EXPERIENCE = _named(
    experience.experience_hours,
    experience.continuing_education_hours,
    experience.law_and_ethics_hours,
    experience.letters,
)
ELSEWHERE = _named(elsewhere.other_certificate, elsewhere.other_discipline, elsewhere.other_complaint)
MILITARY: tuple[Requirement, ...] = (
    *_named(elsewhere.military_service, elsewhere.military_orders),
    *ELSEWHERE,
    ("recent_use", _in_shape(elsewhere.RECENT_USE)),
)
OWN: dict[str, tuple[Requirement, ...]] = {
    "initial": (),
    "grandparenting": (
        *_named(experience.employed_on_the_day, experience.experience_hours, experience.recent_hours),
        *EXPERIENCE[1:],
    ),
    "reciprocity": (*ELSEWHERE, *EXPERIENCE),
    "portability": (*MILITARY, *_named(elsewhere.portability_by_officer)),
}
TRAINED = {
    "initial": _named(
        training.core_training,
        training.core_training_after,
        training.core_training_provider,
        training.training_certificate_current,
        training.training_accepted,
    )
}
OPEN, FEE, MATCH = _named(floor.pathway_open, fees.application_fee, floor.no_unanswered_match)

#: (pathway, question) → its requirements in order.
REQUIREMENTS: dict[tuple[str, str], tuple[Requirement, ...]] = {}
for _pathway, _own in OWN.items():
    _trained = TRAINED.get(_pathway, ())
    _floor = (*PREPARED, *FLOOR)
    if _pathway == "portability":
        _floor = tuple((code, _beyond_statute(code, ask)) for code, ask in _floor)
    REQUIREMENTS[_pathway, "apply"] = (OPEN, *_floor, *_own, FEE, MATCH)
    REQUIREMENTS[_pathway, "sit"] = (
        *_named(exam.application_approved, exam.within_approval),
        ("ethics", floor.ethics),
        *_trained,
        *_named(fees.exam_fee, exam.accommodation, exam.sittings_left),
    )
    REQUIREMENTS[_pathway, "certify"] = (
        OPEN,
        *_floor,
        *_own,
        FEE,
        *_named(exam.application_approved),
        *_trained,
        *_named(exam.exam_passed, exam.no_hold),
        MATCH,
    )

#: Every code of a requirement.
CODES = frozenset(code for asks in REQUIREMENTS.values() for code, _ in asks)
#: What the program does, rather than the person: left out where someone asks "am I eligible?".
OURS = frozenset({"application_fee", "exam_fee", "no_unanswered_match", "no_hold", "application_approved"})


class UnknownCode(ValueError):
    """`nothing_more` or `accepted` names something that is no requirement."""


def decide(facts: Facts, on: date | None = None, figures: Figures | None = None) -> Finding:
    """The law's finding. Pure: the same facts, day and figures give the same answer for ever.

    `on` takes the place of the day that governs the question (rules/governing.py); `figures` that of those in force.
    Raises NoGoverningDay where neither facts nor `on` name a day, UnknownCode for a code that is no requirement.
    """
    figures = in_force() if figures is None else figures
    governed_on = governing_day(facts, on)
    accepted = {each.code: each.on for each in facts.accepted} if facts.accepted else None
    if accepted or facts.nothing_more:
        _known_codes((*facts.nothing_more, *(accepted or ())))
    asked = Asked(facts, governed_on, figures)
    reasons: list[Reason] = []
    outcome = "approve"
    for code, ask in REQUIREMENTS[facts.pathway, facts.question]:
        try:
            reason = ask(asked)
        except NoFigure as missing:
            reason = _no_figure(asked, code, str(missing))
        if reason is None:
            continue
        if reason.met is not True:
            if accepted and code in accepted and (reason.met is None or reason.note == "nothing_more"):
                reason = _accepted(reason, accepted[code])
            elif reason.met is False:
                outcome = "deny"
            elif outcome == "approve":
                outcome = "incomplete"
        reasons.append(reason)
    return Finding(
        pathway=facts.pathway, question=facts.question, outcome=outcome, governed_on=governed_on,
        reasons=tuple(reasons), release=release(figures),
    )  # fmt: skip


def _no_figure(asked: Asked[Any], code: str, figure: str) -> Reason:
    """A day for which the figure has no entry: nothing is known of the rule then."""
    on = asked.applied_on
    return Reason(
        code=code, met=None, on=on, source="", why="no_figure", values={"figure": figure, "on": on}, note="officer"
    )


def _accepted(reason: Reason, on: date) -> Reason:
    """What the machine could not say, as an officer determined it."""
    return Reason(
        code=reason.code, met=True, on=reason.on, source=reason.source, why=reason.why, figure=reason.figure,
        values={**reason.values, "accepted_on": on}, note="accepted",
    )  # fmt: skip


def _known_codes(codes: tuple[str, ...]) -> None:
    for code in codes:
        if code not in CODES:
            raise UnknownCode(code)


@cache
def release(figures: Figures) -> str:
    """The program's version and the digest of the figures: enough to find again what a decision was made by."""
    return f"{__version__}+figures.{digest(figures)[:12]}"
