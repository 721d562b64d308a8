"""The code of ethics as it is shown before someone signs it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from peercert import words


@dataclass(frozen=True)
class Principle:
    """One principle: its name and what it means in short."""

    name: str
    says: str


def principles() -> list[Principle]:
    """Every principle in the order of the code, in the reader's language; the last says what a peer may not do."""
    lang = (get_language() or "en")[:2]
    return [
        Principle(words.fill("ethics", code, lang=lang, part="name"), words.fill("ethics", code, lang=lang))
        for code in words.catalogue("ethics")
    ]
