"""Prints a certificate: values in, a tagged PDF out (PDF/UA-1, also PDF/A-3). Knows no room, no database, no clock.

Fonts are typst's own, so that a certificate looks the same wherever it is made.
"""

import io
import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib import resources
from typing import Any

import segno
import typst
from segno import consts

#: Serif letters of Latin, Greek, Cyrillic and Hebrew first; what they lack is looked for in the others.
FONTS = ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono")
#: How typst says that a text holds a letter with no glyph, or one that stands for nothing.
_WITHOUT_GLYPH = ("could not be displayed", "codepoint")
#: Letters of which each has a glyph: Latin ones with the marks of Europe and Viet Nam, and signs beside them.
_SURE = re.compile("[ -~\u00a1-\u00ac\u00ae-\u017f\u1e00-\u1eff’]*")
_NAME = b'#let told = json(bytes(sys.inputs.told)); #set document(title: "-"); #set text(font: told.fonts); #told.name'
_SOURCE, _CARD = (resources.files(__package__).joinpath(f"{name}.typ").read_bytes() for name in ("certificate", "card"))
_STANDARDS = ["a-3a", "ua-1"]
#: Dots per inch of a card: sharp on a phone, and when printed.
_CARD_DOTS = 400


class CannotPrint(Exception):
    """The name holds a letter for which there is no glyph: the document would leave it out."""


@dataclass(frozen=True)
class Line:
    """A labelled value, in English and Spanish; `value_es` blank where the value is the same in both."""

    en: str
    es: str
    value: str
    value_es: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that travels inside the document: the same certificate for software to read."""

    name: str
    content: str
    media_type: str
    description: str


@dataclass(frozen=True)
class Page:
    """Everything a certificate says. `en` and `es` hold the same texts by the same names (see certificate.typ)."""

    title: str
    description: str
    program: str
    name: str
    address: str
    shown_address: str
    code: str
    lines: tuple[Line, ...]
    en: dict[str, str]
    es: dict[str, str]
    attachment: Attachment | None = None


def prints(name: str) -> bool:
    """Whether every letter of a name has a glyph, so that a document leaves none out."""
    if _SURE.fullmatch(name):
        return True
    try:
        _compiled(_NAME, {"fonts": FONTS, "name": name}, format="pdf", pdf_standards=_STANDARDS)
    except CannotPrint:
        return False
    return True


def pdf(page: Page, *, made_at: datetime) -> bytes:
    """The document. The same page and moment give the same bytes. Raises CannotPrint for a letter without a glyph."""
    return _compiled(
        _SOURCE, _told(page), format="pdf", pdf_standards=_STANDARDS, timestamp=int(made_at.timestamp())
    )  # fmt: skip


def card(page: Page) -> bytes:
    """The same in short on a card the size of a bank card, as a PNG. Raises CannotPrint."""
    return _compiled(_CARD, _told(replace(page, attachment=None)), format="png", ppi=_CARD_DOTS)


def _told(page: Page) -> dict[str, Any]:
    return asdict(page) | {"fonts": FONTS, "size": _size(page.name), "qr": _qr(page.address, page.code)}


def _compiled(source: bytes, told: dict[str, Any], **how: Any) -> bytes:
    try:
        # Compiled from its source every time: a typst compiler is not to be shared between threads.
        made: bytes = typst.compile(source, sys_inputs={"told": json.dumps(told)}, ignore_system_fonts=True, **how)
    except typst.TypstError as error:
        if any(word in str(error) for word in _WITHOUT_GLYPH):
            raise CannotPrint(told["name"]) from error
        raise
    return made


def _size(name: str) -> int:
    """Points in which a name fits on one line, or on two where it is very long."""
    return 32 if len(name) <= 30 else 26 if len(name) <= 42 else 20 if len(name) <= 60 else 16


def _qr(address: str, code: str) -> str:
    """The address with the signed code behind `#`, which no browser sends anywhere. The code is packed densely."""
    drawn = io.BytesIO()
    parts: Any = [(f"{address}#", consts.MODE_BYTE), (code, consts.MODE_ALPHANUMERIC)]
    segno.make(parts, error="m", boost_error=False).save(drawn, kind="svg", border=0, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()
