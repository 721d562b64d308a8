"""Dated figures: every number, list and window of the law, with its days, source and certainty.

A topic is a TOML file beside this one; a figure is an array of tables `[[name]]`, earliest first, each with `from`,
`value`, `source` and `certainty`. An entry in force is never edited: a change is a new entry with a later `from`.
"""

import bisect
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

#: How an entry says that there is such a value, but no source tells it. An unknown amount is never charged.
UNKNOWN = "unknown"
CERTAINTIES = frozenset({"confirmed", "secondary", "unconfirmed"})


class WrongFigure(ValueError):
    """A figures file that cannot stand; the sentence says where and how to mend it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a figure, in force from `since` until the next entry; None where no source tells it."""

    name: str
    value: Any
    since: date
    source: str
    certainty: str
    topic: str = ""


class Figures:
    """Every figure by name. `overlay` gives a copy in which a reform's entries stand after the present ones."""

    def __init__(self, entries: Mapping[str, list[Figure]]) -> None:
        self.entries = entries
        self._starts = {name: [entry.since for entry in rows] for name, rows in entries.items()}
        self._newest = {name: rows[-1] for name, rows in entries.items()}

    def on(self, name: str, day: date) -> Figure | None:
        """The entry in force that day; None before the first one. Raises KeyError for a name that no topic has."""
        newest = self._newest[name]
        if day >= newest.since:
            return newest
        at = bisect.bisect_right(self._starts[name], day)
        return self.entries[name][at - 1] if at else None

    def overlay(self, other: "Figures") -> "Figures":
        """These figures with the entries of `other`, which take the place of any that start on or after theirs."""
        merged = dict(self.entries)
        for name, rows in other.entries.items():
            kept = [entry for entry in merged.get(name, []) if entry.since < rows[0].since]
            merged[name] = [*kept, *rows]
        return Figures(merged)


def read(path: Path) -> Figures:
    """The figures of one TOML file. Raises WrongFigure for entries out of order, without a source or misspelt."""
    return made(path, parsed(path))


def parsed(path: Path) -> dict[str, Any]:
    """A file of figures as TOML has it. Raises WrongFigure."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as wrong:
        raise WrongFigure(f"{path}: {wrong.strerror}. Give the path of a TOML file with figures.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise WrongFigure(f"{path.name} is not TOML in UTF-8: {wrong}.") from None


def made(path: Path, topic: dict[str, Any]) -> Figures:
    """Figures of what a file holds. Raises WrongFigure."""
    found: dict[str, list[Figure]] = {}
    for name, rows in topic.items():
        for row in tables(path, name, rows):
            found.setdefault(name, []).append(_entry(path, name, row, found.get(name, [])))
    return Figures(found)


def tables(path: Path, name: str, rows: Any) -> list[dict[str, Any]]:
    """The entries of one figure. Raises WrongFigure where they are none."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise WrongFigure(f"{path.name}: {name} must be a list of entries: write [[{name}]].")
    return rows


def _entry(path: Path, name: str, row: dict[str, Any], before: list[Figure]) -> Figure:
    where = f"{path.name}: {name}"
    if set(row) != {"from", "value", "source", "certainty"}:
        raise WrongFigure(f"{where}: an entry has from, value, source and certainty, and nothing else.")
    if type(row["from"]) is not date:
        raise WrongFigure(f"{where}: from must be a day, as in 2022-07-01.")
    if row["certainty"] not in CERTAINTIES:
        raise WrongFigure(f"{where}: certainty must be confirmed, secondary or unconfirmed.")
    if not isinstance(row["source"], str) or not row["source"].strip():
        raise WrongFigure(f"{where}: every entry names its source.")
    if before and row["from"] <= before[-1].since:
        raise WrongFigure(f"{where}: entries stand in the order of their days, and {row['from']} is out of order.")
    if row["value"] == UNKNOWN and row["certainty"] != "unconfirmed":
        raise WrongFigure(f"{where}: a value that is unknown is unconfirmed.")
    return Figure(
        name, None if row["value"] == UNKNOWN else row["value"], row["from"], row["source"], row["certainty"], path.stem
    )


def digest(figures: Figures) -> str:
    """The SHA-256 of every entry, the same wherever and whenever it is computed."""
    lines = (
        f"{name}\t{row.since}\t{row.value}\t{row.certainty}\n"
        for name in sorted(figures.entries)
        for row in figures.entries[name]
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def in_force() -> Figures:
    """The figures of every topic, read once."""
    entries: dict[str, list[Figure]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for name, rows in read(path).entries.items():
            if name in entries:
                raise WrongFigure(f"{path.name}: {name} stands in another topic already.")
            entries[name] = rows
    return Figures(entries)


def figure(name: str, on: date) -> Figure:
    """The figure in force that day. Raises KeyError for an unknown name or a day before its first entry."""
    found = in_force().on(name, on)
    if found is None:
        raise KeyError(f"{name} has no value on {on}")
    return found


@cache
def closed_days(year: int) -> frozenset[date]:
    """The days on which the program is closed in that year; none where no figure lists them yet."""
    name = f"closed_days_{year}"
    rows = in_force().entries.get(name)
    return frozenset(rows[-1].value) if rows else frozenset()
