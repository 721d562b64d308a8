"""How the standing of a certificate looks on every page: its word in the reader's language, and the kind of state."""

from collections.abc import Iterable
from dataclasses import dataclass

from peercert import words
from peercert.web.ui.parts import Kind
from peercert.web.ui.templatetags.ui import reader

_KINDS: dict[str, Kind] = {"in_force": "done", "suspended": "problem", "revoked": "problem"}


@dataclass(frozen=True)
class StandingWord:
    """A standing as read: the kind chooses colour and icon, the word says it, the hint what the word does not say."""

    kind: Kind
    word: str
    hint: str


def standing_word(code: str) -> StandingWord:
    """The word for a standing code ("in_force", "expired", …)."""
    lang = reader()
    hint = words.fill("standing", code, lang=lang, part="hint")
    return StandingWord(_KINDS.get(code, "neutral"), words.fill("standing", code, lang=lang), hint)


def area_words(areas: Iterable[str]) -> list[str]:
    """Areas of specialization by name."""
    return [words.fill("casework", f"provider_{area}", lang=reader()) for area in areas]
