"""A reform: figures of a what-if laid over those in force, and checked before they answer anything."""

import difflib
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from peercert.rules import facts, figures
from peercert.rules.decide import CODES
from peercert.rules.figures import Figures, WrongFigure

KINDS = {int: "a whole number", bool: "true or false", str: "a text", list: "a list", date: "a day, as in 2026-05-01"}


def _words_of(part: type[Any], field: str) -> frozenset[str]:
    kind = get_type_hints(part)[field]
    return frozenset(get_args(kind if get_origin(kind) is Literal else get_args(kind)[0]))


#: The lists whose words the law knows, and these words: it has no rule and no sentence for another.
CHOICES = {
    "accepted_ids": _words_of(facts.IdentityDocument, "kind"),
    "accepted_education": _words_of(facts.Education, "kind"),
    "lived_experience_roles": _words_of(facts.LivedExperience, "role"),
    "reciprocity_letters": _words_of(facts.Letter, "kind"),
    "grandparenting_letters": _words_of(facts.Letter, "kind"),
    "portability_evidence": _words_of(facts.Orders, "evidence"),
    "portability_asks": CODES,
}


def laid_over(in_force: Figures, path: Path) -> Figures:
    """`in_force` with the entries of a TOML file, which stand from their days on. Raises WrongFigure.

    An entry may leave source and certainty out; it changes a figure that exists, to a value of the same kind.
    """
    reform = figures.parsed(path)
    for name, rows in reform.items():
        if name not in in_force.entries:
            raise WrongFigure(f"{path.name}: there is no figure {name}{_near(name, in_force.entries)}")
        for row in figures.tables(path, name, rows):
            row.setdefault("source", f"reform {path.name}")
            row.setdefault("certainty", "confirmed")
            _fits(f"{path.name}: {name}", row.get("value"), name, in_force)
    return in_force.overlay(figures.made(path, reform))


def _fits(where: str, value: Any, name: str, in_force: Figures) -> None:
    known: Any = next((row.value for row in in_force.entries[name] if row.value is not None), 0)
    kind = type(known)
    if type(value) is not kind:
        raise WrongFigure(f"{where}: value must be {KINDS[kind]}.")
    if kind is int and value < 0:
        raise WrongFigure(f"{where}: value must not be less than 0.")
    if kind is not list:
        return
    kind = type(known[0])
    for each in value:
        if type(each) is not kind:
            raise WrongFigure(f"{where}: each of the list must be {KINDS[kind]}.")
        if name in CHOICES and each not in CHOICES[name]:
            raise WrongFigure(f"{where}: the law does not know {each!r}{_near(each, CHOICES[name])}")


def _near(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else "."
