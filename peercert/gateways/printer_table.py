"""Prints a table: values in, a tagged PDF out (PDF/UA-1, also PDF/A-3). Knows no room, no database, no clock."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib import resources

import typst

from peercert.gateways.printer import FONTS

_SOURCE = resources.files(__package__).joinpath("table.typ").read_bytes()
#: What stands for a letter that no font of typst's has.
_NO_GLYPH = "?"
_SECONDS = 300


@dataclass(frozen=True)
class Sheet:
    """A title, some lines above the table, its head and its rows; all in one language.

    `whole`: columns whose cells are never broken, such as numbers that people compare.
    """

    language: str
    title: str
    lines: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    whole: tuple[int, ...] = ()
    by: str = "Medi-Cal Peer Support Specialist Certification"


def pdf(sheet: Sheet, *, made_at: datetime) -> bytes:
    """The document. Where a letter has no glyph, every word beyond Latin, Greek and Cyrillic is shown by marks.

    Set by a child process: typst keeps what it laid out for as long as its process lives.
    """
    given = json.dumps({"sheet": asdict(sheet), "made_at": made_at.timestamp()})
    child = [sys.executable, "-I", "-m", __name__]
    return subprocess.run(child, input=given.encode(), stdout=subprocess.PIPE, timeout=_SECONDS, check=True).stdout  # noqa: S603 - our own module


def _set(sheet: Sheet, made_at: float) -> bytes:
    try:
        return _compiled(sheet, made_at)
    except typst.TypstError:
        plain = tuple(tuple(_plain(cell) for cell in row) for row in sheet.rows)
        lines = tuple(map(_plain, sheet.lines))
        return _compiled(replace(sheet, title=_plain(sheet.title), lines=lines, rows=plain), made_at)


def _compiled(sheet: Sheet, made_at: float) -> bytes:
    widths = [max(len(row[at]) for row in (sheet.head, *sheet.rows)) for at in range(len(sheet.head))]
    shares = [0 if at in sheet.whole else min(max(width, 10), 40) for at, width in enumerate(widths)]
    told = asdict(sheet) | {"fonts": FONTS, "widths": shares}
    return typst.compile(
        _SOURCE,
        format="pdf",
        sys_inputs={"told": json.dumps(told)},
        ignore_system_fonts=True,
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(made_at),
    )


def _plain(text: str) -> str:
    return "".join(letter if letter < "\u0530" and letter.isprintable() else _NO_GLYPH for letter in text)


if __name__ == "__main__":
    given = json.load(sys.stdin)
    sys.stdout.buffer.write(_set(Sheet(**given["sheet"]), given["made_at"]))
