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
    return min(answers, key=_best_first)


def _best_first(answer: Reason) -> Any:
    """What is met, then what may still be; of these what the person can give, then by the words."""
    return answer.met is not True, answer.met is False, answer.note != "", answer.why, str(answer.values)


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
    """First and last name equal the ID once folded; a middle name, if given, matches it.

    An ID with another name counts against any other; one that merely leaves the middle name out does not.
    """
    on, name, code = asked.applied_on, asked.facts.name, "name_matches_id"
    printed = [each.name for each in asked.facts.identity if each.name is not None and each.review != "refused"]
    if name is None or not printed:
        return asked.unknown(code, "unknown", on, ANSWERS)
    answers = sorted((*_name_answer(name, each), _written(each)) for each in printed)
    _, why, on_id = answers[-1] if answers[-1][0] > SILENT else answers[0]
    values = {"name": _written(name), "on_id": on_id, "middle": name.middle or ""}
    if why == "met":
        return asked.met(code, why, on, ANSWERS, None, values)
    if why == "middle_unknown":
        return asked.unknown(code, why, on, ANSWERS, None, values)
    if why == "part":
        return asked.officer(code, why, on, ANSWERS, None, values)
    return asked.short(code, why, on, ANSWERS, None, values)


#: Up to here an ID says nothing against the name.
SILENT = 2


def _name_answer(name: Name, on_id: Name) -> tuple[int, str]:
    """How a name stands to an ID, from best to worst."""
    parts = {names.compare(name.first, on_id.first), names.compare(name.last, on_id.last)}
    if "other" in parts:
        return 5, "other"
    if "part" in parts:
        return 3, "part"
    if not name.middle:
        return 0, "met"
    if on_id.middle is None:
        return 1, "middle_unknown"
    if not on_id.middle:
        return SILENT, "middle"
    return {"same": (0, "met"), "part": (3, "part"), "other": (4, "middle")}[names.compare(name.middle, on_id.middle)]


def _written(name: Name) -> str:
    return " ".join(part for part in (name.first, name.middle, name.last) if part)
