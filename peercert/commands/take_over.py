"""`peercert import KIND FILE`: take over what an earlier register holds, row by row, with an answer for each.

KIND is holders, spans, approvals or providers; docs/import.md says what the columns mean. The same file again changes
nothing; a row that differs from what was taken over is refused. `--dry-run` does everything and undoes it.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peercert.config.ready import program
from peercert.gateways import tables

if TYPE_CHECKING:
    from peercert.program.people.actor import Actor

_WHOM = {
    "number": ["old number", "certificate number", "application number"],
    "first_name": ["first"], "middle_name": ["middle"], "last_name": ["last"],
    "born_on": ["date of birth", "birth date"], "email": ["e-mail"], "language": [],
}  # fmt: skip
COLUMNS: dict[str, dict[str, list[str]]] = {
    "holders": {**_WHOM, "pathway": [], "issued_on": ["issued"], "last_on": ["good through", "expires"]},
    "spans": {"number": _WHOM["number"], "state": ["standing"], "first_on": ["from"], "last_on": ["through"]},
    "approvals": {
        **_WHOM, "pathway": [], "approved_on": ["approved"], "last_on": ["good through"],
        "attempts": ["failed sittings"], "training_on": ["training completed"], "exam_fee_receipt": [],
    },
    "providers": {
        "name": ["provider"], "website": [], "contact": [], "type": [], "language": [], "approved_on": ["approved"],
        "contract_executed_on": ["contract executed"], "until_on": ["until"],
    },
}  # fmt: skip
REQUIRED = {
    "holders": ("number", "first_name", "last_name", "issued_on", "last_on"),
    "spans": ("number", "state", "first_on"),
    "approvals": ("number", "first_name", "last_name", "approved_on", "last_on"),
    "providers": ("name", "type", "language", "approved_on"),
}
MOST_LETTERS = {
    "number": 60, "first_name": 100, "middle_name": 100, "last_name": 100, "email": 254, "exam_fee_receipt": 60,
    "name": 200, "website": 200, "contact": 200,
}  # fmt: skip
PATHWAYS = ("initial", "grandparenting", "reciprocity", "portability")


class BadRow(Exception):
    """A row that cannot be read: one sentence with the column."""


class _Undo(Exception):
    """Takes everything of a dry run back."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is taken over, from which file, by whom."""
    parser.add_argument("kind", choices=list(COLUMNS), help="what the rows are")
    parser.add_argument("file", metavar="FILE", help="CSV or XLSX")
    parser.add_argument("--as", dest="email", metavar="EMAIL", required=True, help="the manager who does it")
    parser.add_argument("--dry-run", action="store_true", help="say what would become of each row and change nothing")
    parser.add_argument("--answers", metavar="OUT.csv", help="write the file's rows with their answers here")


def command(options: argparse.Namespace) -> int:
    """Exit 0 where every row is on record, 1 where some were refused, 2 with one sentence where nothing could begin."""
    try:
        rows = tables.read(Path(options.file).read_bytes(), COLUMNS[options.kind], REQUIRED[options.kind])
    except OSError as wrong:
        sys.stderr.write(f"{options.file} cannot be read: {wrong.strerror}.\n")
        return 2
    except tables.BadTable as bad:
        sys.stderr.write(f"{options.file}: {_SENTENCES[bad.code].format(**bad.values)}\n")
        return 2
    with program():
        return take(options, rows)


def take(options: argparse.Namespace, rows: list[tables.Row]) -> int:
    """Take the rows over one by one and tell what became of them."""
    actor = _manager(options.email)
    if actor is None:
        sys.stderr.write(f"--as: no program manager signs in with {options.email}.\n")
        return 2
    answers: list[tuple[tables.Row, str, str]] = []
    with _perhaps(dry=options.dry_run):
        try:
            for row in rows:
                answers.append((row, *_answer(options.kind, row, actor)))
                if sys.stderr.isatty():
                    sys.stderr.write(f"\r{len(answers)} of {len(rows)} rows " + "\n" * (len(answers) == len(rows)))
        except KeyboardInterrupt:
            sys.stderr.write(f"Stopped after {len(answers)} of {len(rows)} rows. Give the same file again.\n")
        _tell(options, answers)
    if len(answers) < len(rows):
        return 130
    return 1 if any(became == "refused" for _, became, _ in answers) else 0


@contextmanager
def _perhaps(*, dry: bool) -> Iterator[None]:
    from django.db import transaction

    if not dry:
        yield
        return
    try:
        with transaction.atomic():
            yield
            raise _Undo
    except _Undo:
        return


def _manager(email: str) -> "Actor | None":
    from peercert.program.access import may, roles_of
    from peercert.program.people.actor import Actor
    from peercert.program.people.queries import person_by_email
    from peercert.web.doors import now

    person = person_by_email(email)
    actor = Actor(person, "program_manager", roles_of(person, now()))
    return actor if person is not None and may(actor, "take_over") else None


def _answer(kind: str, row: tables.Row, actor: "Actor") -> tuple[str, str]:
    """What became of one row, and why where it was refused."""
    from peercert import words
    from peercert.program.errors import Refused
    from peercert.web.doors import now

    try:
        return _TAKE[kind](_fitting(row), actor, now()), ""
    except BadRow as bad:
        return "refused", str(bad)
    except Refused as refusal:
        return "refused", words.fill("refusals", refusal.reason, refusal.values)


def _fitting(row: tables.Row) -> tables.Row:
    """The row without the blanks that nobody sees. Raises BadRow for what has no room or cannot be read by anybody."""
    cells = {column: " ".join(said.split()) for column, said in row.cells.items()}
    for column, said in cells.items():
        most = MOST_LETTERS.get(column, tables.MOST_CELL)
        if len(said) > most:
            raise BadRow(f"{column}: longer than {most} letters.")
        if not said.isprintable():
            raise BadRow(f"{column}: it holds a character that cannot be seen or printed; type it again.")
    return tables.Row(row.line, cells)


def _tell(options: argparse.Namespace, answers: list[tuple[tables.Row, str, str]]) -> None:
    """The answers into their file, refusals to standard error, the sums and what the register holds now."""
    from peercert.program.journey.take_over import taken_over

    if options.answers:
        columns = list(COLUMNS[options.kind])
        lines = ((row.line, *(row[name] for name in columns), became, why) for row, became, why in answers)
        Path(options.answers).write_bytes(b"".join(tables.write(["line", *columns, "answer", "why"], lines)))
    for row, became, why in answers:
        if became == "refused":
            sys.stderr.write(f"line {row.line}: {why}\n")
    sums = Counter(became for _, became, _ in answers)
    told = ", ".join(f"{sums[became]} {became}" for became in ("made", "same", "refused"))
    sys.stdout.write(f"{'Dry run: ' if options.dry_run else ''}{len(answers)} rows: {told}.\n")
    there = sum(became != "refused" for _, became, _ in answers)
    kept = "on record" if options.kind == "providers" else "imported"
    sys.stdout.write(f"On record from this file: {there}; {kept} in all: {taken_over(options.kind)}.\n")


def _holder(row: tables.Row, actor: "Actor", at: datetime) -> str:
    from peercert.program.journey.take_over import take_over_holder

    return take_over_holder(
        _whom(row), pathway=_pathway(row), issued_on=_day(row, "issued_on"), last_on=_day(row, "last_on"),
        actor=actor, now=at,
    )  # fmt: skip


def _span(row: tables.Row, actor: "Actor", at: datetime) -> str:
    from peercert.program.journey.take_over import take_over_span

    state = row["state"].strip().lower().replace(" ", "_")
    return take_over_span(
        row["number"], state=state, first_on=_day(row, "first_on"), last_on=_perhaps_day(row, "last_on"),
        actor=actor, now=at,
    )  # fmt: skip


def _approval(row: tables.Row, actor: "Actor", at: datetime) -> str:
    from peercert.program.journey.take_over import take_over_approval

    approved_on = _day(row, "approved_on")
    return take_over_approval(
        _whom(row), pathway=_pathway(row), approved_on=approved_on, last_on=_day(row, "last_on"),
        attempts=_attempts(row, approved_on), training_on=_perhaps_day(row, "training_on"),
        exam_fee_reference=row["exam_fee_receipt"], actor=actor, now=at,
    )  # fmt: skip


def _provider(row: tables.Row, actor: "Actor", at: datetime) -> str:
    from peercert.program.journey.take_over import take_over_provider

    return take_over_provider(
        row["name"], website=_website(row), contact=row["contact"], type=row["type"].lower().replace(" ", "_"),
        language=row["language"].lower(), approved_on=_day(row, "approved_on"),
        contract_executed_on=_perhaps_day(row, "contract_executed_on"), until_on=_perhaps_day(row, "until_on"),
        actor=actor, now=at,
    )  # fmt: skip


_TAKE: dict[str, Callable[[tables.Row, Any, datetime], str]] = {
    "holders": _holder, "spans": _span, "approvals": _approval, "providers": _provider
}  # fmt: skip


def _whom(row: tables.Row) -> Any:
    from peercert.program.journey.take_over import Whom

    if not any(letter.isalnum() for letter in row["number"]):
        raise BadRow("number: write the number of the earlier register.")
    if row["email"] and (row["email"].count("@") != 1 or " " in row["email"]):
        raise BadRow(f"email: {row['email']} is no e-mail address.")
    language = (row["language"] or "en").lower()[:2]
    if language not in {"en", "es"}:
        raise BadRow(f"language: {row['language']} is neither en nor es.")
    return Whom(
        number=row["number"], first=row["first_name"], middle=row["middle_name"], last=row["last_name"],
        born_on=_perhaps_day(row, "born_on"), email=row["email"], language=language,
    )  # fmt: skip


def _website(row: tables.Row) -> str:
    from django import forms
    from django.core.exceptions import ValidationError

    try:
        return str(forms.URLField(required=False, assume_scheme="https").clean(row["website"]))
    except ValidationError:
        raise BadRow(f"website: {row['website']} is no address of a website.") from None


def _pathway(row: tables.Row) -> str:
    pathway = (row["pathway"] or "initial").lower()
    if pathway not in PATHWAYS:
        raise BadRow(f"pathway: {row['pathway']} is none of {', '.join(PATHWAYS)}.")
    return pathway


def _attempts(row: tables.Row, approved_on: date) -> list[date]:
    """The days of failed sittings, divided by semicolons or spaces; a bare count puts them on the day of approval."""
    told = row["attempts"].replace(";", " ").split()
    if len(told) == 1 and told[0].isdigit() and int(told[0]) <= 9:
        return [approved_on] * int(told[0])
    return sorted(_read(part, "attempts") for part in told)


def _day(row: tables.Row, column: str) -> date:
    found = _perhaps_day(row, column)
    if found is None:
        raise BadRow(f"{column}: write a day, like 2026-05-01.")
    return found


def _perhaps_day(row: tables.Row, column: str) -> date | None:
    return _read(row[column], column) if row[column] else None


def _read(text: str, column: str) -> date:
    """A day as YYYY-MM-DD, or as M/D/YYYY; anything else could be read in two ways."""
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if 1900 <= found.year <= 2100:
            return found
    raise BadRow(f"{column}: {text} is no day; write it like 2026-05-01.")


_SENTENCES = {
    "empty": "there is no row in it.",
    "too_large": "it is too large; divide it.",
    "not_a_table": "it is neither CSV nor XLSX; save it from the spreadsheet again.",
    "too_many_rows": "it has more than {most} rows; divide it.",
    "too_many_columns": "line {line} has too many columns.",
    "cell_too_long": "line {line} has a cell of more than {most} letters.",
    "column_twice": "the column {column} is there twice; leave one.",
    "columns_missing": "these columns are missing: {columns}.",
}
