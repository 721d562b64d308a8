"""Tables that people send: CSV or XLSX in, rows of text out; and CSV that a spreadsheet can open without running it.

Text only: what a cell means is for the reader of the table. A workbook's days come as YYYY-MM-DD. Whatever can be wrong
with a file as a whole is one `BadTable` with a code; nothing is guessed, nothing half read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from peercert.gateways import sanitise

#: The largest file taken, and what a workbook may unpack to.
MOST_BYTES = 30_000_000
MOST_UNPACKED = 300_000_000
MOST_ROWS = 200_000
#: Lines of a file, empty ones too: as many as a sheet can have.
MOST_LINES = 1_048_576
MOST_COLUMNS = 100
MOST_CELL = 1_000
#: How a cell begins that a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class BadTable(Exception):
    """A file that is no table: `code` says why, `values` where."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True)
class Row:
    """One row: its line in the file, as a person counts, and its cells by column."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read(
    content: bytes, columns: Mapping[str, Iterable[str]], required: Iterable[str] = (), *, workbooks: bool = True,
    others: bool = True,
) -> list[Row]:  # fmt: skip
    """The rows of a CSV or, but for `workbooks` being false, XLSX file; empty ones are left out.

    `columns` names each column with the headings it may carry, in any case, with spaces, hyphens or underscores.
    Other columns are passed over or, but for `others`, refused. Raises BadTable: `empty`, `too_large`, `not_a_table`,
    `too_many_rows`, `too_many_columns`, `cell_too_long` (line), `column_twice` (column), `column_unknown` (column),
    `columns_missing` (columns).
    """
    if not content.strip():
        raise BadTable("empty")
    if len(content) > MOST_BYTES:
        raise BadTable("too_large")
    header: list[str] | None = None
    rows: list[Row] = []
    for line, cells in _lines(content, workbooks=workbooks):
        if line > MOST_LINES:
            raise BadTable("too_many_rows", most=MOST_ROWS)
        if not any(cells):
            continue
        if len(cells) > MOST_COLUMNS:
            raise BadTable("too_many_columns", line=line)
        if any(len(cell) > MOST_CELL for cell in cells):
            raise BadTable("cell_too_long", line=line, most=MOST_CELL)
        if header is None:
            header = _header(cells, columns, required, others=others)
            continue
        if len(rows) == MOST_ROWS:
            raise BadTable("too_many_rows", most=MOST_ROWS)
        rows.append(Row(line, {name: cell for name, cell in zip(header, cells, strict=False) if name}))
    if not rows:
        raise BadTable("empty")
    return rows


def write(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A CSV file in pieces, with the mark that lets a spreadsheet read it as UTF-8 and no cell that it would run."""
    piece = io.StringIO()
    writer = csv.writer(piece, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe(cell) for cell in row])
        if number % 500 == 0:
            yield _taken(piece)
    yield _taken(piece)


def safe(cell: object) -> str:
    """A cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _taken(piece: io.StringIO) -> bytes:
    content = piece.getvalue().encode()
    piece.seek(0)
    piece.truncate()
    return content


def _header(
    cells: list[str], columns: Mapping[str, Iterable[str]], required: Iterable[str], *, others: bool
) -> list[str]:
    names = {_plain(heading): name for name, headings in columns.items() for heading in (name, *headings)}
    header = [names.get(_plain(cell), "") for cell in cells]
    for name in header:
        if name and header.count(name) > 1:
            raise BadTable("column_twice", column=name)
    missing = [name for name in required if name not in header]
    if missing or not any(header):
        raise BadTable("columns_missing", columns=", ".join(missing or list(columns)))
    unknown = next((cell for cell, name in zip(cells, header, strict=True) if cell and not name), None)
    if unknown is not None and not others:
        raise BadTable("column_unknown", column=unknown[:60])
    return header


def _plain(heading: str) -> str:
    return "".join(letter for letter in heading.casefold() if letter.isalnum())


def _lines(content: bytes, *, workbooks: bool) -> Iterator[tuple[int, list[str]]]:
    if content[:4] != b"PK\x03\x04":
        return _text(content)
    if not workbooks:
        raise BadTable("not_a_table")
    return _workbook(content)


def _text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    if "\x00" in text:
        raise BadTable("not_a_table")
    first = next((line for line in io.StringIO(text, newline=None) if line.strip()), "")
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error:
        raise BadTable("not_a_table", line=reader.line_num) from None


def _decoded(content: bytes) -> str:
    """Text with a mark of its own, else UTF-8, else what older spreadsheets write."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    else:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            encoding = "cp1252"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise BadTable("not_a_table") from None


def _workbook(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The first sheet of a workbook, unpacked where it can do no harm."""
    try:
        yield from sanitise.rows_in(content)
    except sanitise.Unacceptable as why:
        codes = {"too_many_rows": {"most": MOST_ROWS}, "too_complex": {}}
        code = why.code if why.code in codes else "not_a_table"
        raise BadTable("too_large" if code == "too_complex" else code, **codes.get(code, {})) from None
