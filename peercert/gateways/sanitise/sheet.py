"""The child that unpacks a workbook: the first sheet's rows as text, cell by cell.

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
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    count = letters = 0
    for line, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), start=1):
        if line > MOST_LINES or count > MOST_ROWS + 1:
            raise Refusal("too_many_rows")
        cells = [_cell(value) for value in row] if any(value is not None for value in row) else []
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        count, letters = count + 1, letters + sum(map(len, cells))
        if letters > _MOST_LETTERS:
            raise Refusal("too_complex")
        yield line, cells


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
