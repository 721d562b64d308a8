"""What is asked on every pathway: the application itself, and the floor of W&I Code 14045.15.

Each function answers one requirement and is named by its code.
"""

from datetime import date
from typing import Any

from peercert.rules import days
from peercert.rules.asked import Asked
from peercert.rules.facts import Education
from peercert.rules.reasons import Reason

STATUTE = "W&I Code 14045.15"
STEPS = "Program page, How to Apply"
INSTRUCTIONS = "Program page, Application Instructions"
FAIRNESS = "Program rule: a possible match is answered before a decision"

#: Pathway → the figures that open and close it.
WINDOWS = {
    "initial": ("applications_open", None),
    "grandparenting": ("grandparenting_opens", "grandparenting_deadline"),
    "reciprocity": ("applications_open", None),
    "portability": ("portability_opens", None),
}


def pathway_open(asked: Asked[Any]) -> Reason:
    """The pathway takes applications on the day of submission."""
    on = asked.applied_on
    opens_name, closes_name = WINDOWS[asked.facts.pathway]
    opens = asked.figure(opens_name, on)
    if on < opens.value:
        return asked.unmet("pathway_open", "not_yet", on, opens.source, opens, {"opens_on": opens.value})
    if closes_name is None:
        return asked.met("pathway_open", "open", on, opens.source, opens, {"opens_on": opens.value})
    closes = asked.figure(closes_name, on)
    values = {"opens_on": opens.value, "closes_on": closes.value}
    if on > closes.value:
        return asked.unmet("pathway_open", "closed", on, closes.source, closes, values)
    return asked.met("pathway_open", "in_window", on, closes.source, closes, values)


def orientation(asked: Asked[Any]) -> Reason:
    """The orientation was watched or read, for the application or when it was asked for, while the figure asks it."""
    return _step(asked, "orientation", asked.facts.orientation_done_on)


def self_assessment(asked: Asked[Any]) -> Reason:
    """The self-assessment was done; its answers are the person's own."""
    return _step(asked, "self_assessment", asked.facts.self_assessment_done_on)


def _step(asked: Asked[Any], code: str, done_on: Any) -> Reason:
    on = asked.applied_on
    required = asked.figure("orientation_required", on)
    if done_on is not None:
        return asked.met(code, "done", on, INSTRUCTIONS, required, {"done_on": done_on})
    if not required.value:
        return asked.met(code, "not_asked", on, INSTRUCTIONS, required)
    return asked.unknown(code, "unknown", on, INSTRUCTIONS, required)


def adult(asked: Asked[Any]) -> Reason:
    """Old enough on the day of submission."""
    on, born_on = asked.applied_on, asked.facts.born_on
    figure = asked.figure("minimum_age", on)
    if born_on is None:
        return asked.unknown("adult", "unknown", on, STATUTE, figure, {"years": figure.value})
    values = {"born_on": born_on, "age": days.age(born_on, on), "on": on, "years": figure.value}
    if born_on >= on:
        return asked.short("adult", "not_a_birthday", on, STATUTE, figure, values)
    read = [each.born_on for each in asked.facts.identity if each.review != "refused"]
    if printed := [day for day in read if day is not None and day != born_on]:
        return asked.others("adult", "id_differs", on, STATUTE, figure, {**values, "printed_on": min(printed)})
    if days.add_years(born_on, figure.value) <= on:
        return asked.met("adult", "met", on, STATUTE, figure, values)
    adult_on = days.add_years(born_on, figure.value)
    return asked.unmet("adult", "younger", on, STATUTE, figure, {**values, "adult_on": adult_on})


def education(asked: Asked[Any]) -> Reason:
    """A high-school diploma or its equivalent; experience does not replace it."""
    on, code = asked.applied_on, "education"
    accepted = asked.figure("accepted_education", on)
    given = [each for each in asked.facts.education if each.kind != "none"]
    fitting = [each for each in given if each.kind in accepted.value and each.review != "refused"]
    fitting.sort(key=lambda each: (each.review == "waiting", _comes_later(each, on), each.kind, str(each.completed_on)))
    if fitting:
        best = fitting[0]
        values = {"kind": best.kind, "completed_on": best.completed_on}
        if best.review == "waiting":
            return asked.others(code, "waiting", on, STATUTE, accepted, values)
        if _comes_later(best, on):
            return asked.officer(code, "later", on, STATUTE, accepted, values)
        return asked.met(code, "met", on, STATUTE, accepted, values)
    if waiting := sorted(each.kind for each in given if each.review == "waiting"):
        return asked.others(code, "waiting", on, STATUTE, accepted, {"kind": waiting[0]})
    if given:
        refused = all(each.review == "refused" for each in given)
        return asked.short(code, "refused" if refused else "other_kind", on, STATUTE, accepted)
    if asked.facts.education:
        return asked.unmet(code, "none", on, STATUTE, accepted)
    return asked.unknown(code, "unknown", on, STATUTE, accepted)


def _comes_later(shown: Education, on: date) -> bool:
    return shown.completed_on is not None and shown.completed_on > on


def lived_experience(asked: Asked[Any]) -> Reason:
    """The person identifies as someone with lived experience, in a role that the law names, in the words in force."""
    on, given, code = asked.applied_on, asked.facts.lived_experience, "lived_experience"
    roles = asked.figure("lived_experience_roles", on)
    if given is None or (given.is_attested is None and given.attested_on is None):
        return asked.unknown(code, "unknown", on, STATUTE, roles)
    if given.is_attested is False:
        return asked.unmet(code, "denied", on, STATUTE, roles)
    if given.role is None:
        return asked.unknown(code, "role_unknown", on, STATUTE, roles)
    values = {"role": given.role, "attested_on": given.attested_on}
    if given.role not in roles.value:
        return asked.short(code, "other_role", on, roles.source, roles, values)
    if given.wording is not None:
        wording = asked.figure("lived_experience_wording", given.attested_on or on)
        if given.wording != wording.value:
            return asked.short(code, "other_wording", on, wording.source, wording, values)
    return asked.met(code, "met" if given.attested_on else "met_stated", on, STATUTE, roles, values)


def willing_to_share(asked: Asked[Any]) -> Reason:
    """Willing to share the experience."""
    return _said(asked, "willing_to_share", asked.facts.is_willing_to_share)


def dedication(asked: Asked[Any]) -> Reason:
    """Strong dedication to recovery."""
    return _said(asked, "dedication", asked.facts.is_dedicated)


def _said(asked: Asked[Any], code: str, answer: bool | None) -> Reason:
    on = asked.applied_on
    if answer is None:
        return asked.unknown(code, "unknown", on, STATUTE)
    return asked.met(code, "met", on, STATUTE) if answer else asked.unmet(code, "denied", on, STATUTE)


def ethics(asked: Asked[Any]) -> Reason:
    """The code of ethics, agreed to in writing in the version in force on submission, or in a later one while in force.

    Before the first authorisation to test it is the version of that day.
    """
    since = asked.facts.approved_on or date.min
    is_first = asked.facts.question == "sit" and all(each.sat_on < since for each in asked.facts.sittings)
    on = asked.on if is_first else asked.applied_on
    version = asked.figure("ethics_code_version", on)
    agreed = [
        each
        for each in asked.facts.ethics
        if each.version == version.value
        or (each.agreed_on > on and each.version == asked.figure("ethics_code_version", each.agreed_on).value)
    ]
    values = {"version": version.value}
    if agreed:
        agreed_on = min(each.agreed_on for each in agreed)
        return asked.met("ethics", "met", on, STATUTE, version, {**values, "agreed_on": agreed_on})
    if asked.facts.ethics:
        return asked.short("ethics", "other_version", on, STATUTE, version, values)
    return asked.unknown("ethics", "unknown", on, STATUTE, version, values)


def no_unanswered_match(asked: Asked[Any]) -> Reason:
    """Whether the same person is on record already has been looked at and answered."""
    waiting = asked.facts.has_unanswered_match
    why = {None: "unknown", True: "waiting", False: "met"}[waiting]
    met = True if waiting is False else None
    return Reason(code="no_unanswered_match", met=met, on=asked.on, source=FAIRNESS, why=why)
