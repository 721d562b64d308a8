"""Turns what people send into plain page images, texts and rows, in a child process with limits of memory and time.

The parent never decodes anything. It looks at the first bytes (`kind_of`), hands the rest to the child, and reads plain
answers back; a child that dies, hangs or eats too much says the same as one that could not read the file.
"""

import json
import struct
import subprocess
import sys
from dataclasses import dataclass

#: Seconds that a child may take; of its processor it has fewer, which it counts itself.
SECONDS, SECONDS_TO_SEEK = 90.0, 30.0
_HEIC = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}


class Unacceptable(Exception):
    """A file that cannot be taken; `code` has its sentence and mend in words/documents.toml."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class PageImage:
    """One page as a JPEG."""

    jpeg: bytes
    width: int
    height: int


def kind_of(start: bytes) -> str | None:
    """jpeg, png, heic or pdf by the first bytes, whatever the name says; None for anything else."""
    if start.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if start.startswith(b"%PDF-"):
        return "pdf"
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC:
        return "heic"
    return None


def sanitise(content: bytes, *, most_pages: int) -> list[PageImage]:
    """The pages of an image or a PDF as fresh JPEGs.

    Raises Unacceptable: corrupt, encrypted, script_inside, file_inside, two_kinds, too_many_pages, too_complex.
    """
    kind = kind_of(content[:32])
    if kind is None:
        raise Unacceptable("unknown_type")
    return _read(_child("child", kind, str(most_pages), content=content, seconds=SECONDS))


def texts_in(content: bytes) -> list[str]:
    """What may be a credential in a picture or a PDF: embedded texts first, then what its QR codes say.

    Raises Unacceptable: unknown_type, corrupt, encrypted, too_complex.
    """
    kind = kind_of(content[:32])
    if kind is None:
        raise Unacceptable("unknown_type")
    answer = json.loads(_child("seek", kind, content=content, seconds=SECONDS_TO_SEEK))
    if answer["refused"]:
        raise Unacceptable(answer["refused"])
    return list(answer["found"])


def rows_in(content: bytes) -> list[tuple[int, list[str]]]:
    """The rows of a workbook's first sheet, but for empty ones: the line as a person counts, and its cells as text.

    Raises Unacceptable: corrupt, too_complex, too_many_rows.
    """
    answer = json.loads(_child("sheet", content=content, seconds=SECONDS))
    if answer["refused"]:
        raise Unacceptable(answer["refused"])
    return [(line, cells) for line, cells in answer["rows"]]


def _child(module: str, *arguments: str, content: bytes, seconds: float) -> bytes:
    child = [sys.executable, "-I", "-m", f"{__package__}.{module}", *arguments]
    try:
        # Without our environment: whoever breaks a decoder finds no key in it.
        done = subprocess.run(  # noqa: S603 - our own module, fixed arguments
            child, input=content, capture_output=True, timeout=seconds, start_new_session=True, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        raise Unacceptable("too_complex") from None
    if done.returncode != 0:
        raise Unacceptable("corrupt" if done.returncode == 1 else "too_complex")
    return done.stdout


def _read(answer: bytes) -> list[PageImage]:
    (length,) = struct.unpack_from("!L", answer)
    head = json.loads(answer[4 : 4 + length])
    if head["refused"]:
        raise Unacceptable(head["refused"])
    pages, at = [], 4 + length
    for width, height, size in head["pages"]:
        pages.append(PageImage(jpeg=answer[at : at + size], width=width, height=height))
        at += size
    return pages
