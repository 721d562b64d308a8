"""Up to 100,000 certificates in one file: read whole, counted, answered whole, and only then sent line by line."""

import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router
from ninja.params import Query

from peercert.gateways import tables
from peercert.program.certificates import many
from peercert.program.people.quotas import names_answered
from peercert.rules.names import fold
from peercert.web.api.certificates import day_asked
from peercert.web.api.keys import Asking, Key, missing_scope
from peercert.web.api.problems import Problem, mistake
from peercert.web.api.route import writes
from peercert.web.whole import is_stream

router = Router(tags=["certificates"])

MOST_ROWS, MOST_BYTES = 100_000, 32 * 1024 * 1024
#: Mistakes told of one file; whoever mends these is told the next.
MOST_TOLD = 100
CSV, LINES = "text/csv", "application/jsonl"
_LINES_TOO = {"application/x-ndjson", "application/x-jsonlines", "application/ndjson", LINES}
COLUMNS = {
    "reference": ("id",),
    "number": ("certificate", "certificate_number"),
    "first": ("first_name",),
    "last": ("last_name",),
    "born_on": ("date_of_birth", "birth_date", "dob"),
    "on": ("day", "date_of_service"),
}
#: What an asker may call a row by: nothing that a spreadsheet would run.
_REFERENCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z ._:/-]{0,63}").fullmatch


@dataclass
class Asked:
    """A file's rows, once each has the shape of a question; all of one kind."""

    by_name: bool
    lines: list[int] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    people: list[many.Person] = field(default_factory=list)
    days: list[date] = field(default_factory=list)


_LINE = {
    "type": "object",
    "required": ["row", "result"],
    "properties": {
        "row": {"type": "integer", "description": "The line of the file, as a person counts."},
        "reference": {"type": "string", "description": "As it was sent."},
        "result": {
            "enum": [
                "found",
                "moved",
                "retired",
                "unknown",
                "mistyped",
                "no_number",
                "matched",
                "not_matched",
                "asked_too_often",
            ],
            "description": "`moved`: another number answers now, the one given. `asked_too_often`: that name was "
            "asked for with too many other dates of birth that day, so it was not looked for.",
        },
        "number": {"type": ["string", "null"]},
        "on": {"type": "string", "format": "date"},
        "is_certified": {"type": ["boolean", "null"]},
        "standing": {"type": ["string", "null"], "description": "Of today alone."},
    },
}
_TEXT = {"schema": {"type": "string"}}
_EXAMPLE = "reference,number,on\nA-17,C-7K3M-9QXF,2026-05-18\nA-18,C-0000-0000,\n"
DESCRIBED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A CSV file with a header, or one JSON object a line, in UTF-8; at most 100,000 rows.",
        "content": {CSV: {**_TEXT, "example": _EXAMPLE}, LINES: _TEXT},
    },
    "responses": {
        200: {
            "description": "One row for each that was asked, in order.",
            "content": {LINES: {"schema": _LINE}, CSV: _TEXT},
        }
    },
}


@writes(
    router, "/verifications", {200: None}, auth=Key("", "verify_file"), operation="verifyFile", openapi_extra=DESCRIBED
)
def verify_file(
    request: HttpRequest,
    on: date | None = Query(None, description="The day of rows that name none. Default: today."),
) -> HttpResponseBase:
    """Verify up to 100,000 certificates

    Columns: `number`, or `first`, `last` and `born_on`; and for either `on` (a day) and `reference` (yours, given
    back). One file asks by numbers or by names, not both. The whole file is checked first: where a row has not the
    shape of a question, nothing is answered and every such row is named. Then each row is counted against the day's
    quota, all are answered from what is known at one moment, and the answers come in order. Whoever is asked for by
    name is matched or not matched, and it is never said what differed; with one name about five dates of birth a day
    are answered, over all your keys and rosters together. Scope `verify` for numbers, `match` for names.

    JSON Lines may come as a stream, without Content-Length, where their last line is `{"rows": …}` with the number of
    questions before it: only so is a stream that was cut told from one that has ended.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    answers_in_csv = _form_of(request)
    default = day_asked(on, asking)
    asked = _read(request, asking.today, default)
    scope = "match" if asked.by_name else "verify"
    if not asking.has(scope):
        raise missing_scope(scope)
    asking.kind = "match" if asked.by_name else "verify_file"
    asking.spend(len(asked.lines))
    if asked.by_name:
        answered = names_answered(asking.organisation.pk, asked.people, now=asking.moment)
        rows = many.by_name(asked.people, asked.days, answered, today=asking.today)
    else:
        rows = many.by_number(asked.numbers, asked.days, today=asking.today)
    pieces = _in_csv(asked, rows) if answers_in_csv else _in_lines(asked, rows)
    return StreamingHttpResponse(pieces, content_type=f"{CSV}; charset=utf-8" if answers_in_csv else LINES)


def _form_of(request: HttpRequest) -> bool:
    """Whether the answer is CSV: what Accept prefers of the two, else the form of the question. Raises Problem."""
    if request.content_type not in {CSV, *_LINES_TOO}:
        raise Problem(415, "wrong_media_type")
    is_csv = request.content_type == CSV
    wanted = request.get_preferred_type([CSV, *sorted(_LINES_TOO)] if is_csv else [*sorted(_LINES_TOO), CSV])
    if wanted is None:
        raise Problem(406, "not_acceptable")
    if is_csv and is_stream(request):
        raise Problem(411, "length_needed")
    return wanted == CSV


def _read(request: HttpRequest, today: date, default: date) -> Asked:
    """The rows of the file. Raises Problem with every mistake of shape that it holds, or as many as one can mend."""
    content = request.read()
    if len(content) > MOST_BYTES:
        raise Problem(413, "too_large")
    rows = _table(content) if request.content_type == CSV else _objects(content, needs_end=is_stream(request))
    first = next(rows, None)
    if first is None:
        raise _wrong([mistake("file", "empty")])
    asked, wrong = Asked(by_name=not first[1].get("number") and "number" not in first[1]), list[dict[str, Any]]()
    days: dict[str, date] = {}
    for line, cells in _after(first, rows):
        if len(asked.lines) == MOST_ROWS:
            raise _wrong([mistake("file", "too_many_rows", most=MOST_ROWS)])
        faults = _take(asked, line, cells, days, today, default)
        wrong += [mistake(f"row {line}: {at}", code) for at, code in faults]
        if len(wrong) >= MOST_TOLD:
            break
    if wrong:
        raise _wrong(wrong[:MOST_TOLD])
    return asked


def _after(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _take(
    asked: Asked, line: int, cells: dict[str, str], days: dict[str, date], today: date, default: date
) -> list[tuple[str, str]]:
    """Add a row; what is wrong with it by column, where something is."""
    faults: list[tuple[str, str]] = []
    reference, on = cells.get("reference", ""), cells.get("on", "")
    if reference and not _REFERENCE(reference):
        faults.append(("reference", "bad_reference"))
    day = _day(on, days) if on else default
    if day is None:
        faults.append(("on", "not_a_day"))
    elif day > today:
        faults.append(("on", "future_day"))
    if asked.by_name:
        faults += _take_name(asked, cells, days)
    else:
        number = cells.get("number", "")
        if not number or len(number) > 60:
            faults.append(("number", "too_long" if number else "missing"))
        faults += [(name, "number_or_name") for name in ("first", "last", "born_on") if cells.get(name)]
        asked.numbers.append(number)
    asked.lines.append(line)
    asked.references.append(reference)
    asked.days.append(day or default)
    return faults


def _take_name(asked: Asked, cells: dict[str, str], days: dict[str, date]) -> list[tuple[str, str]]:
    faults = [("number", "number_or_name")] if cells.get("number") else []
    keys = {name: fold(cells.get(name, "")) for name in ("first", "last")}
    for name, key in keys.items():
        if not key:
            faults.append((name, "missing"))
        elif len(cells[name]) > 100:
            faults.append((name, "too_long"))
    said = cells.get("born_on", "")
    born_on = _day(said, days) if said else None
    if born_on is None:
        faults.append(("born_on", "not_a_day" if said else "missing"))
    asked.people.append(many.Person(keys["first"], keys["last"], born_on or date.min))
    return faults


def _day(said: str, known: dict[str, date]) -> date | None:
    if said not in known:
        try:
            day = date.fromisoformat(said) if len(said) == 10 else None
        except ValueError:
            day = None
        if day is None or len(known) > 50_000:
            return day
        known[said] = day
    return known[said]


def _table(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        rows = tables.read(content, COLUMNS, workbooks=False, others=False)
    except tables.BadTable as bad:
        line = bad.values.get("line")
        raise _wrong([mistake(f"row {line}" if line else "file", bad.code, **bad.values)]) from None
    return ((row.line, dict(row.cells)) for row in rows)


def _objects(content: bytes, *, needs_end: bool) -> Iterator[tuple[int, dict[str, str]]]:
    """The questions of JSON Lines; the line that closes them counts them, and none comes after it."""
    count, has_ended = 0, False
    for line, text in enumerate(io.BytesIO(content.removeprefix(BOM_UTF8)), start=1):
        if not text.strip():
            continue
        if has_ended:
            raise _wrong([mistake(f"row {line}", "after_the_end")])
        try:
            row = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise _wrong([mistake(f"row {line}", "not_an_object")]) from None
        if isinstance(row, dict) and row.keys() == {"rows"}:
            if type(row["rows"]) is not int or row["rows"] != count:
                raise _wrong([mistake(f"row {line}: rows", "wrong_count", count=count)])
            has_ended = True
            continue
        count += 1
        if not isinstance(row, dict) or not all(type(said) is str for said in row.values()):
            raise _wrong([mistake(f"row {line}", "not_an_object")])
        unknown = row.keys() - COLUMNS.keys()
        if unknown:
            raise _wrong([mistake(f"row {line}: {min(unknown)[:60]}", "unknown_field")])
        if any("\x00" in said for said in row.values()):
            raise _wrong([mistake(f"row {line}", "wrong_value")])
        yield line, {name: said.strip() for name, said in row.items()}
    if needs_end and not has_ended:
        raise _wrong([mistake("stream", "no_end")])


def _wrong(errors: list[dict[str, Any]]) -> Problem:
    return Problem(422, "invalid", errors=errors)


def _in_lines(asked: Asked, rows: list[many.Row]) -> Iterator[bytes]:
    piece: list[bytes] = []
    for line, reference, day, row in zip(asked.lines, asked.references, asked.days, rows, strict=True):
        told: dict[str, Any] = {"row": line, "reference": reference} if reference else {"row": line}
        told |= {"result": row.result, "number": row.number, "on": day, "is_certified": row.is_certified,
                 "standing": row.standing}  # fmt: skip
        piece.append(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
        if len(piece) == 1_000:
            yield b"".join(piece)
            piece.clear()
    yield b"".join(piece)


def _in_csv(asked: Asked, rows: list[many.Row]) -> Iterator[bytes]:
    yes_no = {True: "yes", False: "no", None: ""}
    return tables.write(
        ["row", "reference", "result", "number", "on", "is_certified", "standing"],
        (
            (line, reference, row.result, row.number, day, yes_no[row.is_certified], row.standing)
            for line, reference, day, row in zip(asked.lines, asked.references, asked.days, rows, strict=True)
        ),
    )
