"""Tables that people send: CSV or XLSX in, rows of text out; and CSV that a spreadsheet can open without running it.

Text only: what a cell means is for the reader of the table. A workbook's days come as YYYY-MM-DD. Whatever can be wrong
with a file as a whole is one `BadTable` with a code; nothing is guessed, nothing half read.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

#: The largest file taken, and what a workbook may unpack to.
MOST_BYTES = 30_000_000
MOST_UNPACKED = 300_000_000
MOST_ROWS = 200_000
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


def read(content: bytes, columns: Mapping[str, Iterable[str]], required: Iterable[str] = ()) -> list[Row]:
    """The rows of a CSV or XLSX file; empty ones are left out.

    `columns` names each column with the headings it may carry, in any case, with spaces, hyphens or underscores.
    Raises BadTable: `empty`, `too_large`, `not_a_table`, `too_many_rows`, `too_many_columns`, `cell_too_long` (line),
    `column_twice` (column), `columns_missing` (columns).
    """
    if not content.strip():
        raise BadTable("empty")
    if len(content) > MOST_BYTES:
        raise BadTable("too_large")
    lines = _workbook(content) if content[:4] == b"PK\x03\x04" else _text(content)
    header: list[str] | None = None
    rows: list[Row] = []
    for line, cells in lines:
        if not any(cells):
            continue
        if len(cells) > MOST_COLUMNS:
            raise BadTable("too_many_columns", line=line)
        if any(len(cell) > MOST_CELL for cell in cells):
            raise BadTable("cell_too_long", line=line, most=MOST_CELL)
        if header is None:
            header = _header(cells, columns, required)
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


def _header(cells: list[str], columns: Mapping[str, Iterable[str]], required: Iterable[str]) -> list[str]:
    names = {_plain(heading): name for name, headings in columns.items() for heading in (name, *headings)}
    header = [names.get(_plain(cell), "") for cell in cells]
    for name in header:
        if name and header.count(name) > 1:
            raise BadTable("column_twice", column=name)
    missing = [name for name in required if name not in header]
    if missing or not any(header):
        raise BadTable("columns_missing", columns=", ".join(missing or list(columns)))
    return header


def _plain(heading: str) -> str:
    return "".join(letter for letter in heading.casefold() if letter.isalnum())


def _text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    if "\x00" in text:
        raise BadTable("not_a_table")
    first = next((line for line in text.splitlines() if line.strip()), "")
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
    """The first sheet of a workbook, read cell by cell; its formulas count as what they showed when it was saved."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise BadTable("too_large")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for line, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), start=1):
            cells = [_cell(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            yield line, cells
    except BadTable:
        raise
    except Exception:  # noqa: BLE001 - a broken workbook fails in a hundred ways; each means the same
        raise BadTable("not_a_table") from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
