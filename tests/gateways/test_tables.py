"""Tables that people send, as their spreadsheets write them; and files that are no table."""

import csv
import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peercert.gateways import tables

COLUMNS = {"number": ["certificate number", "número de certificado"], "born_on": ["date of birth"]}


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"number,born_on\r\nC-1,1990-02-03\r\n",
        b"Certificate Number;Date of birth\nC-1;1990-02-03\n",
        "Número de certificado\tDATE_OF_BIRTH\tnotes\nC-1\t1990-02-03\tx\n".encode("utf-16"),
        "Número de certificado,date of birth\nC-1,1990-02-03".encode("cp1252"),
        "\ufeff\n\n number , born-on \n C-1 , 1990-02-03 \n,\n".encode(),
        b'"number","born_on"\n"C-1","1990-02-03"\n',
        workbook(["Number", "Born on"], ["C-1", date(1990, 2, 3)]),
        workbook([None, None], ["number", "x", "born_on"], ["C-1", 5, datetime(1990, 2, 3)], [None, None, None]),
    ],
)
def test_a_table_is_read_however_it_was_written(content: bytes) -> None:
    (row,) = tables.read(content, COLUMNS, required=["number"])
    assert (row["number"], row["born_on"], row["else"]) == ("C-1", "1990-02-03", "")


def test_the_sheet_and_the_numbers_are_those_that_a_person_sees() -> None:
    book = openpyxl.Workbook()
    book.active.append(["number"])
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Shown")
    for value, form in (("number", "General"), (417, "000000"), (417, "0"), (1234567, "000000"), (417, "General")):
        sheet.append([value])
        sheet.cell(sheet.max_row, 1).number_format = form
    out = io.BytesIO()
    book.save(out)
    assert [row["number"] for row in tables.read(out.getvalue(), COLUMNS)] == ["000417", "417", "1234567", "417"]


def test_a_row_knows_its_line_as_a_person_counts() -> None:
    rows = tables.read(b'number\n\nC-1\n"C\n2"\nC-3\n', COLUMNS)
    assert [row.line for row in rows] == [3, 5, 6]


def test_numbers_of_a_workbook_are_written_without_a_point() -> None:
    (row,) = tables.read(workbook(["number"], [1234567893.0]), COLUMNS)
    assert row["number"] == "1234567893"


def spoiled() -> bytes:
    return workbook(["number"], ["C-1"])[:-40]


def swollen() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * (tables.MOST_UNPACKED + 1))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"number\n", "empty"),
        (b"name\nx\n", "columns_missing"),
        (b"born_on\n1990-01-01\n", "columns_missing"),
        (b"number,certificate number\n1,2\n", "column_twice"),
        (b'number\n"C-1\n', "not_a_table"),
        (b"number\nC\x001\n", "not_a_table"),
        (b"\xff\xfen\x00\x00\xd8", "not_a_table"),
        (b"PK\x03\x04 no workbook", "not_a_table"),
        (b"number\n" + b"x" * (tables.MOST_CELL + 1), "cell_too_long"),
        (b"number" + b"," * tables.MOST_COLUMNS + b"x\n1\n", "too_many_columns"),
        (b"number\n" + b"1\n" * (tables.MOST_ROWS + 1), "too_many_rows"),
    ],
)
def test_what_is_no_table_is_told_by_a_code(content: bytes, code: str) -> None:
    with pytest.raises(tables.BadTable) as bad:
        tables.read(content, COLUMNS, required=["number"])
    assert bad.value.code == code


def said_of_itself(sheet: bytes, made: bytes, *, instead: bytes) -> bytes:
    """A workbook of three rows, with other words in its sheet than a spreadsheet writes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as others:
        for part in parts.infolist():
            content = parts.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                assert sheet in content
                content = content.replace(sheet, instead)
            others.writestr(part.filename, content)
    return out.getvalue()


def test_a_sheet_that_says_it_is_smaller_than_it_is_is_read_to_its_end() -> None:
    made = workbook(["number"], ["C-1"], ["C-2"])
    rows = tables.read(said_of_itself(b'ref="A1:A3"', made, instead=b'ref="A1"'), COLUMNS)
    assert [(row.line, row["number"]) for row in rows] == [(2, "C-1"), (3, "C-2")]


def far_away() -> bytes:
    """A few bytes that make whoever counts rows count for hours."""
    made = said_of_itself(b'<row r="2"', workbook(["number"], ["C-1"]), instead=b'<row r="99999999999"')
    return said_of_itself(b'<dimension ref="A1:A2"/>', made, instead=b"")


def blank_lines() -> bytes:
    return b"number\n" + b"\n" * tables.MOST_LINES + b"C-1\n"


def test_a_workbook_is_unpacked_only_where_one_is_wanted() -> None:
    with pytest.raises(tables.BadTable) as bad:
        tables.read(workbook(["number"], ["C-1"]), COLUMNS, workbooks=False)
    assert bad.value.code == "not_a_table"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (spoiled, "not_a_table"),
        (swollen, "too_large"),
        (far_away, "too_many_rows"),
        (blank_lines, "too_many_rows"),
    ],
)
def test_a_workbook_that_is_broken_or_swells_is_refused(make: object, code: str) -> None:
    with pytest.raises(tables.BadTable) as bad:
        tables.read(make(), COLUMNS)  # type: ignore[operator]
    assert bad.value.code == code


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    try:
        tables.read(content, COLUMNS)
    except tables.BadTable:
        return


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=30), min_size=1))
def test_what_is_written_comes_back_and_runs_nowhere(cells: list[str]) -> None:
    content = b"".join(tables.write(["number"], [[cell] for cell in cells]))
    shown = content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(shown, newline="")))[1:]
    assert len(rows) == len(cells)
    for row, cell in zip(rows, cells, strict=True):
        text = row[0] if row else ""
        assert text in {cell, f"'{cell}"}
        assert not text.startswith(("=", "+", "-", "@", "\t"))
