"""What people read for every code, in every language: TOML catalogues filled in by a pure function.

A catalogue `kind` is `words/<kind>.toml`, or every file of the folder `words/<kind>/`, or both. An entry is a table
`[code]` with parts per language: `en.says = "…"`, `es.says = "…"`. A text names its values in braces.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
LANGUAGES = ("en", "es")

_MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
}  # fmt: skip
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PACIFIC = ZoneInfo("America/Los_Angeles")


class MissingWords(KeyError):
    """A code, a part, a language or a value that a catalogue does not have."""


@dataclass(frozen=True)
class Money:
    """An amount in cents of US dollars, to be shown as money."""

    cents: int


@cache
def catalogue(kind: str) -> dict[str, dict[str, Any]]:
    """Every entry of a catalogue. Raises MissingWords where there is no such catalogue or a code stands twice."""
    paths = [path for path in [HERE / f"{kind}.toml"] if path.exists()] + sorted((HERE / kind).glob("*.toml"))
    if not paths:
        raise MissingWords(kind)
    entries: dict[str, dict[str, Any]] = {}
    for path in paths:
        for code, entry in tomllib.loads(path.read_text("utf-8")).items():
            if code in entries:
                raise MissingWords(f"{kind}: {code} stands twice")
            entries[code] = entry
    return entries


def has(kind: str, code: str, part: str = "says") -> bool:
    """Whether the catalogue has this part of this code, in English."""
    return part in catalogue(kind).get(code, {}).get("en", {})


def fill(kind: str, code: str, values: Mapping[str, Any] | None = None, lang: str = "en", part: str = "says") -> str:
    """The words for `code`, filled with `values`, in `lang`.

    Days, moments, money and numbers are written as people of that language write them. Raises MissingWords.
    """
    entries = catalogue(kind)
    try:
        text = entries[code][lang][part]
    except KeyError:
        raise MissingWords(f"{kind}: {code}.{lang}.{part}") from None
    return filled(text, values or {}, lang, where=f"{kind}: {code}.{lang}.{part}")


def filled(text: str, values: Mapping[str, Any], lang: str, where: str = "") -> str:
    """A text with `{name}` filled from `values`; raises MissingWords for a value that is not there."""
    try:
        return text.format_map({name: shown(value, lang) for name, value in values.items()})
    except KeyError as missing:
        raise MissingWords(f"{where} needs {missing}") from None


def shown(value: Any, lang: str) -> str:
    """A value as read in that language: May 1, 2026 / 1 de mayo de 2026; $100.00; 1,550; lists with "and"."""
    if isinstance(value, bool):
        return {"en": ("no", "yes"), "es": ("no", "sí")}[lang][value]
    if isinstance(value, datetime):
        return moment(value, lang)
    if isinstance(value, date):
        return day(value, lang)
    if isinstance(value, Money):
        return money(value.cents)
    if isinstance(value, int | float | Decimal):
        return number(value)
    if isinstance(value, str):
        return day(date.fromisoformat(value), lang) if _DAY.fullmatch(value) else value
    if isinstance(value, Sequence | set | frozenset):
        return listed([shown(each, lang) for each in value], lang)
    return "" if value is None else str(value)


def day(value: date, lang: str) -> str:
    """A day in long form."""
    month = _MONTHS[lang][value.month - 1]
    return f"{month} {value.day}, {value.year}" if lang == "en" else f"{value.day} de {month} de {value.year}"


def moment(value: datetime, lang: str) -> str:
    """A moment in Pacific time, with its zone."""
    local = value.astimezone(_PACIFIC)
    return f"{day(local.date(), lang)}, {clock(local, lang)} {local.tzname()}"


def clock(value: datetime, lang: str) -> str:
    """The time of day in Pacific time: 3:14 PM / 3:14 p. m."""
    local = value.astimezone(_PACIFIC)
    half = ("AM", "PM") if lang == "en" else ("a. m.", "p. m.")
    return f"{local.hour % 12 or 12}:{local.minute:02} {half[local.hour >= 12]}"


def money(cents: int) -> str:
    """$1,234.50, in both languages."""
    return f"-${-cents / 100:,.2f}" if cents < 0 else f"${cents / 100:,.2f}"


def number(value: int | float | Decimal) -> str:
    """1,550 or 6.5: thousands by comma, decimals by point, no idle zeros."""
    text = f"{value:,.2f}" if value != int(value) else f"{int(value):,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def listed(items: Sequence[str], lang: str) -> str:
    """a, b and c."""
    if len(items) < 2:
        return "".join(items)
    last = items[-1]
    joint = "and" if lang == "en" else ("e" if re.match(r"(?i)h?i(?![aeo])", last) else "y")
    return f"{', '.join(items[:-1])} {joint} {last}"


# What follows needs the functions above.
from peercert.words.reasons import because as because  # noqa: E402
from peercert.words.reasons import helps as helps  # noqa: E402
from peercert.words.reasons import says as says  # noqa: E402
from peercert.words.reasons import term as term  # noqa: E402
