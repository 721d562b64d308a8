"""From the bytes of facts to the bytes of an answer, and from a mistake to one sentence that says how to mend it."""

import difflib
import re
from codecs import BOM_UTF8
from datetime import date
from typing import Any

import msgspec
import orjson

from peercert import words
from peercert.rules.decide import CODES, UnknownCode, decide
from peercert.rules.facts import PATHWAYS, Facts
from peercert.rules.figures import Figure, Figures
from peercert.rules.governing import NoGoverningDay
from peercert.rules.reasons import Finding, Reason
from peercert.words.reasons import worded

_DECODER = msgspec.json.Decoder(Facts)
_WHERE = re.compile(r"(?s)(.*?)(?: - at `(?:key in )?\$(.*)`)?$")
_FIELD = re.compile(r"`([^`]*)`")
_figures: dict[int, tuple[Figure, dict[str, Any]]] = {}


#: So much of what was given is said again.
QUOTED = 80


def _printable(given: str) -> str:
    """What was given, safe to show on a screen and in one line."""
    text = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in given[:QUOTED])
    return text if len(given) <= QUOTED else f"{text}…"


class Mistake(Exception):
    """Facts that cannot be answered. `code` and `values` name the sentence in words/mistakes.toml."""

    def __init__(self, code: str, field: str = "", /, **values: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.values = code, _printable(field), values

    def told(self, lang: str, line: int | None = None) -> dict[str, Any]:
        """Line, field, what is wrong and how to mend it."""
        values = {"field": self.field, **self.values, "hint": self._hint(lang)}
        told: dict[str, Any] = {} if line is None else {"line": line}
        return told | {
            "error": words.fill("mistakes", self.code, values, lang),
            "field": self.field or None,
            "mend": words.fill("mistakes", self.code, values, lang, part="mend"),
        }

    def _hint(self, lang: str) -> str:
        for name in ("near", "takes"):
            if self.values.get(name):
                return words.fill("mistakes", f"hint_{name}", self.values, lang)
        return words.fill("mistakes", "hint_schema", None, lang)


def answer(text: bytes, on: date | None, figures: Figures, lang: str) -> dict[str, Any]:
    """The answer to one document of facts, as interfaces promise it. Raises Mistake."""
    try:
        facts: Facts = _DECODER.decode(text)
        finding = decide(facts, on, figures)
    except msgspec.ValidationError as wrong:
        raise _invalid(str(wrong), text) from None
    except msgspec.DecodeError as wrong:
        if text.startswith(BOM_UTF8):
            return answer(text.removeprefix(BOM_UTF8), on, figures, lang)
        raise _malformed(str(wrong)) from None
    except UnicodeDecodeError:
        raise Mistake("not_utf8", byte=_first_wrong(text)) from None
    except RecursionError:
        raise Mistake("too_deep") from None
    except NoGoverningDay as wrong:
        raise Mistake("no_governing_day", str(wrong)) from None
    except UnknownCode as wrong:
        field = "nothing_more" if str(wrong) in facts.nothing_more else "accepted"
        raise Mistake("unknown_code", field, code=_printable(str(wrong)), near=_near(str(wrong), CODES)) from None
    except (ValueError, OverflowError):
        raise Mistake("day_out_of_range") from None
    return shown(finding, lang)


def shown(finding: Finding, lang: str) -> dict[str, Any]:
    """A finding with its words, ready for JSON."""
    return {
        "pathway": finding.pathway,
        "question": finding.question,
        "outcome": finding.outcome,
        "governed_on": finding.governed_on,
        "reasons": [_reason(reason, lang) for reason in finding.reasons],
        "release": finding.release,
    }


def _reason(reason: Reason, lang: str) -> dict[str, Any]:
    says, because = worded(reason, lang)
    return {
        "code": reason.code,
        "met": reason.met,
        "on": reason.on,
        "says": says,
        "source": reason.source,
        "figure": None if reason.figure is None else _figure(reason.figure),
        "because": because,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    """A figure as the answer names it; made once per entry."""
    made = _figures.get(id(figure))
    if made is None or made[0] is not figure:
        made = (
            figure,
            {
                "name": figure.name,
                "value": figure.value,
                "from": figure.since,
                "certainty": figure.certainty,
            },
        )
        _figures[id(figure)] = made
    return made[1]


def _first_wrong(text: bytes) -> int:
    """The first byte that is not UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        return wrong.start
    return 0


def _malformed(why: str) -> Mistake:
    at = re.search(r"\(byte (\d+)\)", why)
    if "truncated" in why:
        return Mistake("cut_off")
    if "trailing" in why:
        return Mistake("more_than_one", byte=int(at[1]) if at else 0)
    return Mistake("not_json", byte=int(at[1]) if at else 0)


def _invalid(told: str, text: bytes) -> Mistake:
    """What msgspec tells, in our words, with the field as a path and what the field takes."""
    match = _WHERE.match(told)
    what, path = (match[1], (match[2] or "").lstrip(".")) if match else (told, "")
    named = _FIELD.search(what)
    name = named[1] if named else ""
    if "unknown field" in what:
        fields = _fields(_given(text), path)
        field = f"{path}.{name}" if path else name
        return Mistake("unknown_field", field, name=_printable(name), near=_near(name, fields))
    if "missing required field" in what:
        field = f"{path}.{name}" if path else name
        return Mistake("missing_field", field, takes=_takes(_given(text), field))
    if cross := re.match(r"(\w+) is (?:before|more than) (\w+)", what):
        return Mistake("hours_cross" if "more than" in what else "days_cross", path, one=cross[1], other=cross[2])
    takes = _takes(_given(text), path)
    if chosen := re.match(r"(?s)Invalid (?:enum )?value '(.*)'", what):
        return Mistake("wrong_choice", path, value=_printable(chosen[1]), takes=takes)
    if "RFC3339" in what or "date" in what:
        return Mistake("not_a_day", path, takes=takes)
    if bound := re.match(r"Expected `(\w+)`(?: of (length))? ([<>]=) ([\d.]+)", what):
        return Mistake("most" if bound[3] == "<=" else "least", path, bound=bound[4].removesuffix(".0"))
    if not path:
        return Mistake("not_an_object")
    return Mistake("too_large" if "out of range" in what else "wrong_kind", path, takes=takes)


def _given(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _near(name: str, known: Any) -> str:
    return next(iter(difflib.get_close_matches(name, known, 1, 0.6)), "")


def _struct_at(given: Any, path: str) -> type[Any] | None:
    """The part of the facts at a path such as `trainings[0].authorisations[1]`."""
    pathway = given.get("pathway") if isinstance(given, dict) else None
    found: type[Any] | None = PATHWAYS.get(pathway) if isinstance(pathway, str) else None
    for step in re.findall(r"[a-z_]+", path):
        if found is None:
            return None
        info = next((each for each in msgspec.structs.fields(found) if each.name == step), None)
        found = _part(info.type) if info else None
    return found


def _part(kind: Any) -> type[Any] | None:
    """The struct inside a field's type, if there is one."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next((part for each in getattr(kind, "__args__", ()) if (part := _part(each)) is not None), None)


def _fields(given: Any, path: str) -> list[str]:
    struct = _struct_at(given, path)
    return [*([] if struct is None else struct.__struct_fields__), *([] if path else ["pathway"])]


def _takes(given: Any, field: str) -> str:
    """What a field takes, in short: the words of a choice, "a day", "a number"."""
    where, _, last = field.rpartition(".")
    name = re.sub(r"\[.*", "", last)
    if field == "pathway":
        return ", ".join(PATHWAYS)
    struct = _struct_at(given, where)
    info = next((each for each in msgspec.structs.fields(struct) if each.name == name), None) if struct else None
    return "" if info is None else ", ".join(_choices(info.type))


def _choices(kind: Any) -> list[str]:
    """The plain names of what a type takes."""
    known = {date: "YYYY-MM-DD", bool: "true, false", int: "0, 1, 2, …", float: "0, 1.5, …", str: '"…"'}
    if kind in known:
        return [known[kind]]
    if getattr(kind, "__origin__", None) is None and not hasattr(kind, "__args__"):
        return []
    return [word for each in kind.__args__ for word in ([each] if isinstance(each, str) else _choices(each)) if word]
