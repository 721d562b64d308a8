"""The plain values that page parts are drawn from, so that a view and a template agree on names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

# A state is always a word and an icon; the kind only chooses colour and icon.
#   done     finished, in force, passed
#   yours    the reader must do something next (the only gold on a page)
#   waiting  someone else is at work on it
#   problem  refused, overdue, suspended
#   neutral  not started, not applicable, withdrawn
Kind = Literal["done", "yours", "waiting", "problem", "neutral"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a summary list; `change_url` adds a link named after the row."""

    label: str
    value: object
    change_url: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a step indicator; the template derives "completed" and "not completed" in words."""

    label: str
    state: Literal["complete", "current", "ahead"] = "ahead"


@dataclass(frozen=True, slots=True)
class Task:
    """One line of a task list; without `url` it cannot be started yet and `hint` says why."""

    label: str
    kind: Kind
    word: str
    url: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a timeline: when, what happened in words, who did it, and details below."""

    at: datetime | date
    words: str
    who: str = ""
    detail: str = ""
    kind: Kind = "neutral"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: a link that adds it, or takes it away where `is_on`."""

    label: str
    url: str
    is_on: bool = False
    count: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One numbered item of a process list."""

    heading: str
    text: str = ""
    meta: str = ""


def steps_until(labels: Sequence[str], current: int) -> list[Step]:
    """Steps in order with everything before `current` (from 0) complete; `len(labels)` means all are."""
    return [
        Step(label, "complete" if i < current else "current" if i == current else "ahead")
        for i, label in enumerate(labels)
    ]
