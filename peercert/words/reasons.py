"""The words of the law's reasons: what a requirement asks, why it is met or not, what would help.

Texts are taken apart once, so that filling one costs about a microsecond: a million findings are worded in a file.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, lru_cache
from string import Formatter
from typing import Any, Protocol

from peercert import words

UNITS = ("hours", "days", "months", "years")
Fill = Callable[[Mapping[str, Any]], str]


class Worded(Protocol):
    """What a reason of the law shows to the words."""

    @property
    def code(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def values(self) -> dict[str, Any]: ...


def says(reason: Worded, lang: str) -> str:
    """What the requirement asks."""
    if reason.why == "no_figure":
        return _text("reasons", reason.code, "name", lang)({})
    return _text("reasons", reason.code, "says", lang)(reason.values)


def because(reason: Worded, lang: str) -> str:
    """Why it is met, unmet or not yet known, in one or two sentences."""
    if reason.why == "no_figure":
        said = _text("notes", "no_figure", "says", lang)(reason.values)
    else:
        said = _text("reasons", reason.code, reason.why, lang)(reason.values)
    if reason.note:
        return f"{said} {_text('notes', reason.note, 'says', lang)(reason.values)}"
    return said


def helps(reason: Worded, lang: str) -> str:
    """What would fulfil it; "" where the values for that are not known."""
    try:
        return _text("reasons", reason.code, "helps", lang)(reason.values)
    except words.MissingWords:
        return ""


def term(vocabulary: str, code: str, lang: str) -> str:
    """A code in words, as `terms.toml` has it. Raises MissingWords."""
    return words.fill("terms", f"{vocabulary}_{code}", None, lang)


@cache
def _text(kind: str, code: str, part: str, lang: str) -> Fill:
    """The text taken apart, as a function of the values. Raises MissingWords, here or when a value is not there."""
    where = f"{kind}: {code}.{lang}.{part}"
    try:
        text = words.catalogue(kind)[code][lang][part]
    except KeyError:
        raise words.MissingWords(where) from None
    pieces = [(literal, name, spec or "") for literal, name, spec, _ in Formatter().parse(text)]
    if all(name is None for _, name, _ in pieces):
        return lambda values: text

    def fill(values: Mapping[str, Any]) -> str:
        try:
            return "".join(
                [
                    literal if name is None else literal + _shown(values[name], spec, lang)
                    for literal, name, spec in pieces
                ]
            )
        except KeyError as missing:
            raise words.MissingWords(f"{where} needs {missing}") from None

    return fill


def _shown(value: Any, spec: str, lang: str) -> str:
    if not spec:
        return _day(value, lang) if type(value) is date else words.shown(value, lang)
    if spec in UNITS:
        return _counted(value, spec, lang)
    if spec == "cents":
        return words.money(value)
    if isinstance(value, list | tuple):
        return words.listed([term(spec, each, lang) for each in value], lang)
    if spec == "language" and not words.has("terms", f"language_{value}"):
        return str(value)
    return term(spec, value, lang)


@lru_cache(maxsize=100_000)
def _day(value: date, lang: str) -> str:
    return words.day(value, lang)


@lru_cache(maxsize=10_000)
def _counted(value: float, unit: str, lang: str) -> str:
    part = "one" if value == 1 else "many"
    return words.fill("terms", f"unit_{unit}", {"count": value}, lang, part=part)
