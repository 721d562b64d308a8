"""Who the person is: one photo ID, and its name beside the name in the application."""

from typing import Any

from peercert.rules import names
from peercert.rules.asked import Asked
from peercert.rules.facts import IdentityDocument, Name
from peercert.rules.figures import Figure
from peercert.rules.reasons import Reason

INSTRUCTIONS = "Program page, Application Instructions"
ANSWERS = "Program page, Questions and Answers"


def id_accepted(asked: Asked[Any]) -> Reason:
    """One photo ID of an accepted kind, with a photo, good on the day of submission."""
    accepted = asked.figure("accepted_ids", asked.applied_on)
    answers = [_id_answer(asked, document, accepted) for document in asked.facts.identity]
    if not answers:
        return asked.unknown("id_accepted", "unknown", asked.applied_on, INSTRUCTIONS)
    if len(answers) == 1:
        return answers[0]
    return min(answers, key=lambda answer: (answer.met is not True, answer.note != "", answer.why, str(answer.values)))


def _id_answer(asked: Asked[Any], document: IdentityDocument, accepted: Figure) -> Reason:
    on, code = asked.applied_on, "id_accepted"
    values = {"kind": document.kind, "expires_on": document.expires_on}
    if document.review == "refused":
        return asked.short(code, "refused", on, INSTRUCTIONS, None, values)
    if document.kind not in accepted.value:
        return asked.short(code, "other_kind", on, accepted.source, accepted, values)
    if document.has_photo is False:
        return asked.short(code, "no_photo", on, INSTRUCTIONS, None, values)
    if document.expires_on is not None and document.expires_on < on:
        return asked.short(code, "expired", on, INSTRUCTIONS, None, values)
    if document.review == "waiting":
        return asked.others(code, "waiting", on, INSTRUCTIONS, None, values)
    if document.has_photo is None:
        return asked.unknown(code, "photo_unknown", on, INSTRUCTIONS, None, values)
    if document.expires_on is None and not document.never_expires:
        return asked.unknown(code, "expiry_unknown", on, INSTRUCTIONS, None, values)
    why = "met" if document.expires_on is not None else "met_for_ever"
    return asked.met(code, why, on, INSTRUCTIONS, accepted, values)


def name_matches_id(asked: Asked[Any]) -> Reason:
    """First and last name equal the ID once folded; a middle name, if given, matches it."""
    on, name, code = asked.applied_on, asked.facts.name, "name_matches_id"
    printed = [each.name for each in asked.facts.identity if each.name is not None and each.review != "refused"]
    if name is None or not printed:
        return asked.unknown(code, "unknown", on, ANSWERS)
    worst, on_id = max((_name_answer(name, each), _written(each)) for each in printed)
    values = {"name": _written(name), "on_id": on_id, "middle": name.middle or ""}
    if worst == "0_same":
        return asked.met(code, "met", on, ANSWERS, None, values)
    if worst == "1_middle_unknown":
        return asked.unknown(code, "middle_unknown", on, ANSWERS, None, values)
    if worst == "3_part":
        return asked.officer(code, "part", on, ANSWERS, None, values)
    return asked.short(code, worst[2:], on, ANSWERS, None, values)


def _name_answer(name: Name, on_id: Name) -> str:
    """How a name stands to an ID; answers sort from best to worst."""
    parts = {names.compare(name.first, on_id.first), names.compare(name.last, on_id.last)}
    if "other" in parts:
        return "4_other"
    if "part" in parts:
        return "3_part"
    if not name.middle:
        return "0_same"
    if on_id.middle is None:
        return "1_middle_unknown"
    return "0_same" if on_id.middle and names.compare(name.middle, on_id.middle) == "same" else "2_middle"


def _written(name: Name) -> str:
    return " ".join(part for part in (name.first, name.middle, name.last) if part)
