"""The golden set as cases: complete facts of a base with a few of them changed, and what the law must answer."""

import tomllib
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from peercert.rules.facts import Facts

HERE = Path(__file__).parent / "golden"
BASES: dict[str, dict[str, Any]] = tomllib.loads((HERE / "bases.toml").read_text("utf-8"))


KEYS = {"story", "like", "facts", "without", "outcome", "reasons", "figures", "governed_on", "because"}


class Case(NamedTuple):
    """One story that a policy officer can sign."""

    story: str
    given: dict[str, Any]
    facts: Facts
    outcome: str
    reasons: dict[str, Any]
    figures: dict[str, Any]
    governed_on: date | None
    because: dict[str, str]


def facts_of(given: dict[str, Any]) -> Facts:
    """Plain facts as the law reads them."""
    return msgspec.convert(given, type=Facts)


def changed(base: str, changes: dict[str, Any] | None = None, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The facts of a base with some changed: tables are merged, all else is replaced."""
    facts = deepcopy(BASES[base])
    for name, value in (changes or {}).items():
        merges = isinstance(value, dict) and isinstance(facts.get(name), dict) and name == "other_certificate"
        facts[name] = {**facts[name], **value} if merges else value
    return {name: value for name, value in facts.items() if name not in without}


def cases() -> list[Case]:
    """Every case of every file."""
    found = []
    for path in sorted(HERE.glob("*.toml")):
        if path.name == "bases.toml":
            continue
        for row in tomllib.loads(path.read_text("utf-8"))["case"]:
            unknown = set(row) - KEYS
            assert not unknown, f"{path.name}: {row['story']}: {unknown}"
            given = changed(row.get("like", path.stem), row.get("facts"), tuple(row.get("without", ())))
            found.append(
                Case(
                    row["story"],
                    given,
                    facts_of(given),
                    row["outcome"],
                    row.get("reasons", {}),
                    row.get("figures", {}),
                    row.get("governed_on"),
                    row.get("because", {}),
                )
            )
    return found
