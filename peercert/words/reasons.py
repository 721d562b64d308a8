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
#: So many days are kept as written.
DAYS_KEPT = 50_000
#: A text: itself where it names no values, else a function of them.
Text = str | Callable[[Mapping[str, Any]], str]


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


def worded(reason: Worded, lang: str) -> tuple[str, str]:
    """Both sentences of a reason: what is asked, and why it is met, unmet or not yet known."""
    asks, why, note = _texts(reason.code, reason.why, reason.note, lang)
    values = reason.values
    said = asks if isinstance(asks, str) else asks(values)
    because = why if isinstance(why, str) else why(values)
    if note:
        because = f"{because} {note if isinstance(note, str) else note(values)}"
    return said, because


def says(reason: Worded, lang: str) -> str:
    """What the requirement asks."""
    return worded(reason, lang)[0]


def because(reason: Worded, lang: str) -> str:
    """Why it is met, unmet or not yet known, in one or two sentences."""
    return worded(reason, lang)[1]


def helps(reason: Worded, lang: str) -> str:
    """What would fulfil it; "" where the values for that are not known."""
    try:
        text = text_of("reasons", reason.code, "helps", lang)
        return text if isinstance(text, str) else text(reason.values)
    except words.MissingWords:
        return ""


def name(code: str, lang: str) -> str:
    """A requirement in a few words. Raises MissingWords."""
    return words.fill("reasons", code, None, lang, part="name")


@cache
def term(vocabulary: str, code: str, lang: str) -> str:
    """A code in words, as `terms.toml` has it. Raises MissingWords."""
    return words.fill("terms", f"{vocabulary}_{code}", None, lang)


@cache
def _texts(code: str, why: str, note: str, lang: str) -> tuple[Text, Text, Text]:
    """The three texts of a reason: what it asks, why, and the note's sentence or ""."""
    if why == "no_figure":
        return text_of("reasons", code, "name", lang), text_of("notes", why, "says", lang), ""
    second = text_of("notes", note, "says", lang) if note else ""
    return text_of("reasons", code, "says", lang), text_of("reasons", code, why, lang), second


def text_of(kind: str, code: str, part: str, lang: str) -> Text:
    """A text taken apart. Raises MissingWords, here or when a value is not there."""
    where = f"{kind}: {code}.{lang}.{part}"
    try:
        text = words.catalogue(kind)[code][lang][part]
    except KeyError:
        raise words.MissingWords(where) from None
    pieces = [(literal, name, spec or "") for literal, name, spec, _ in Formatter().parse(text)]
    named = [(name, _writer(spec, lang)) for _, name, spec in pieces if name is not None]
    if not named:
        return str(text)
    pattern = "".join(literal.replace("%", "%%") + ("" if name is None else "%s") for literal, name, _ in pieces)

    (first, write_first), *others = named

    def fill(values: Mapping[str, Any]) -> str:
        try:
            if not others:
                return pattern % write_first(values[first])
            return pattern % (write_first(values[first]), *[write(values[name]) for name, write in others])
        except KeyError as missing:
            raise words.MissingWords(f"{where} needs {missing}") from None

    return fill


def _writer(spec: str, lang: str) -> Callable[[Any], str]:
    """How a value is written, by what follows its name in the text."""
    if not spec:
        return _plain(lang)
    if spec == "cents":
        return words.money
    if spec in UNITS:
        return _counted(spec, lang)

    def write(value: Any) -> str:
        if isinstance(value, list | tuple):
            return words.listed([term(spec, each, lang) for each in value], lang)
        if spec == "language" and not words.has("terms", f"language_{value}"):
            return str(value)
        return term(spec, value, lang)

    return write


@cache
def _plain(lang: str) -> Callable[[Any], str]:
    known: dict[date, str] = {}

    def write(value: Any) -> str:
        if type(value) is not date:
            return words.shown(value, lang)
        text = known.get(value)
        if text is None:
            if len(known) > DAYS_KEPT:
                known.clear()
            text = known[value] = words.day(value, lang)
        return text

    return write


@cache
def _counted(unit: str, lang: str) -> Callable[[float], str]:
    @lru_cache(maxsize=10_000)
    def count(value: float) -> str:
        part = "one" if value == 1 else "many"
        return words.fill("terms", f"unit_{unit}", {"count": value}, lang, part=part)

    return count
