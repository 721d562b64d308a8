"""The child that unpacks a workbook: the rows of the first sheet that is shown, as text, cell by cell.

Run as `python -I -m peercert.gateways.sanitise.sheet`, the file on standard input. Standard output is JSON: `refused`,
and `rows`, each a line and its cells. Formulas count as what they showed when the workbook was saved, and how large a
sheet says that it is counts for nothing. Exit 1: the file cannot be read. Any other death: limits.
"""

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from peercert.gateways.sanitise.child import Refusal, limit
from peercert.gateways.tables import MOST_CELL, MOST_COLUMNS, MOST_LINES, MOST_ROWS, MOST_UNPACKED

#: Letters of all cells together: more than any table that is taken.
_MOST_LETTERS = 100_000_000


def rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Every row that holds something. One column and one letter more than is taken tell that there were too many."""
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            raise Refusal("too_complex")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), book.worksheets[0])
    sheet.reset_dimensions()
    count = letters = 0
    for line, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        if line > MOST_LINES or count > MOST_ROWS + 1:
            raise Refusal("too_many_rows")
        cells = [_text(cell) for cell in row] if any(cell.value is not None for cell in row) else []
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        count, letters = count + 1, letters + sum(map(len, cells))
        if letters > _MOST_LETTERS:
            raise Refusal("too_complex")
        yield line, cells


def _text(cell: Any) -> str:
    """A cell as a person reads it: a number that its format fills up with zeros has them."""
    text = _cell(cell.value)
    if text.isdecimal() and len(text) < len(zeros := cell.number_format) <= MOST_CELL and not zeros.strip("0"):
        return text.zfill(len(zeros))
    return text


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()[: MOST_CELL + 1]


def main() -> int:
    """Unpack standard input; see the module."""
    limit()
    refused, found = "", []
    try:
        found = list(rows(sys.stdin.buffer.read()))
    except Refusal as why:
        refused, found = str(why), []
    except MemoryError:
        refused, found = "too_complex", []
    except Exception as broken:  # noqa: BLE001 - a broken workbook fails in a hundred ways; each means the same
        sys.stderr.write(f"{type(broken).__name__}\n")
        return 1
    json.dump({"refused": refused, "rows": found}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
