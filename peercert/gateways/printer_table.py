"""Prints a table: values in, a tagged PDF out (PDF/UA-1, also PDF/A-3). Knows no room, no database, no clock."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import resources

import typst

from peercert.gateways.printer import FONTS

_SOURCE = resources.files(__package__).joinpath("table.typ").read_bytes()
#: What stands for a letter that no font of typst's has.
_NO_GLYPH = "?"


@dataclass(frozen=True)
class Sheet:
    """A title, some lines above the table, its head and its rows; all in one language."""

    language: str
    title: str
    lines: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    by: str = "Medi-Cal Peer Support Specialist Certification"


def pdf(sheet: Sheet, *, made_at: datetime) -> bytes:
    """The document. Where a letter has no glyph, every word beyond Latin, Greek and Cyrillic is shown by marks."""
    try:
        return _compiled(sheet, made_at)
    except typst.TypstError:
        plain = tuple(tuple(_plain(cell) for cell in row) for row in sheet.rows)
        told = Sheet(sheet.language, _plain(sheet.title), tuple(map(_plain, sheet.lines)), sheet.head, plain, sheet.by)
        return _compiled(told, made_at)


def _compiled(sheet: Sheet, made_at: datetime) -> bytes:
    widths = [max(len(row[at]) for row in (sheet.head, *sheet.rows)) for at in range(len(sheet.head))]
    told = asdict(sheet) | {"fonts": FONTS, "widths": [min(max(width, 10), 40) for width in widths]}
    # Compiled from its source every time: a typst compiler is not to be shared between threads.
    return typst.compile(
        _SOURCE,
        format="pdf",
        sys_inputs={"told": json.dumps(told)},
        ignore_system_fonts=True,
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(made_at.timestamp()),
    )


def _plain(text: str) -> str:
    return "".join(letter if letter < "\u0530" and letter.isprintable() else _NO_GLYPH for letter in text)
