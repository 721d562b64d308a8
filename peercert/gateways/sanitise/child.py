"""The child that decodes: limits first, then images by Pillow or PDF pages by PDFium, out as JPEG.

Run as `python -I -m peercert.gateways.sanitise.child KIND MOST_PAGES`, the file on standard input. Standard output is
a length, a JSON head, then the pages' bytes. Exit 1: the file cannot be read. Any other death: limits.
"""

import io
import json
import resource
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MEMORY = 2 << 30
_CPU_SECONDS = 60
PIXELS = 80_000_000
_LONG_SIDE = 2600
_PDF_DPI = 170
#: No page needs objects within objects as deep as this.
_NESTED = 100
#: Keys under which a PDF carries other files.
_FILES = frozenset({"/EmbeddedFiles", "/EF", "/RichMediaContent"})


class Refusal(Exception):
    """A file that must not be taken, with its code."""


def limit(seconds: int = _CPU_SECONDS) -> None:
    """Bound this process before a single byte is decoded: memory, seconds, no files to write, no core."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def refuse_two_kinds(content: bytes, kind: str) -> None:
    """Refuse a file that another program would read as something else (polyglots), or that carries a script.

    What phones append to a photo (a motion clip) is none of these.
    """
    if kind != "pdf" and b"%PDF-" in content:
        raise Refusal("two_kinds")
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 66_000))
    if end != -1 and content.rfind(b"PK\x01\x02", 0, end) != -1:
        raise Refusal("two_kinds")
    lower = content.lower()
    if any(sign in lower for sign in (b"<script", b"<?php", b"<svg ", b"<!doctype html")):
        raise Refusal("script_inside")


@contextmanager
def opened(content: bytes, kind: str) -> Iterator[Any]:
    """A picture with its pixels read, inside the limits. Raises Refusal("too_complex") where it has too many."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = PIXELS
    if kind == "heic":
        import pi_heif

        pi_heif.register_heif_opener()
    try:
        found = Image.open(io.BytesIO(content), formats=[{"heic": "HEIF"}.get(kind, kind.upper())])
    except Image.DecompressionBombError:
        raise Refusal("too_complex") from None
    with found as image:
        if image.width * image.height > PIXELS:
            raise Refusal("too_complex")
        image.load()
        yield image


def images(content: bytes, kind: str) -> list[tuple[bytes, int, int]]:
    """A photo, turned upright, without its metadata, as one JPEG."""
    from PIL import Image, ImageOps

    with opened(content, kind) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode in {"RGBA", "LA", "P", "PA"}:
            layered = upright.convert("RGBA")
            upright = Image.new("RGB", layered.size, "white")
            upright.paste(layered, mask=layered.getchannel("A"))
        return [jpeg(upright.convert("RGB"))]


def jpeg(image: Any) -> tuple[bytes, int, int]:
    """An image as JPEG of at most the long side, with nothing else in the file."""
    image.thumbnail((_LONG_SIDE, _LONG_SIDE))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=86, optimize=True)
    return out.getvalue(), image.width, image.height


def refuse_active_pdf(content: bytes, most_pages: int) -> None:
    """Refuse a PDF that is locked, runs something, or carries other files; count its pages."""
    import pikepdf

    try:
        pdf = pikepdf.open(io.BytesIO(content))
    except pikepdf.PasswordError:
        raise Refusal("encrypted") from None
    with pdf:
        if pdf.is_encrypted:
            raise Refusal("encrypted")
        if len(pdf.pages) > most_pages:
            raise Refusal("too_many_pages")
        if not len(pdf.pages):
            raise Refusal("corrupt")
        for item in pdf.objects:
            refuse_active(item)


def refuse_active(item: Any, depth: int = 0) -> None:
    """Refuse an object (or one nested in it) that is an action with a script, a launch, or an embedded file."""
    import pikepdf

    if depth > _NESTED:
        raise Refusal("too_complex")
    if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        keys = set(item.keys())
        kind = str(item.get("/S", ""))
        if "/JS" in keys or "/XFA" in keys or kind in {"/JavaScript", "/Launch", "/ImportData", "/Rendition"}:
            raise Refusal("script_inside")
        if not keys.isdisjoint(_FILES) or str(item.get("/Type", "")) == "/EmbeddedFile":
            raise Refusal("file_inside")
        inside = [value for _, value in item.items()]
    elif isinstance(item, pikepdf.Array):
        inside = list(item)
    else:
        return
    for each in inside:
        # What is only pointed at has its own turn.
        if isinstance(each, pikepdf.Object) and not each.is_indirect:
            refuse_active(each, depth + 1)


def pdf_pages(content: bytes, most_pages: int) -> list[tuple[bytes, int, int]]:
    """Every page drawn as an image, filled form fields included."""
    refuse_active_pdf(content, most_pages)
    import pypdfium2

    pdf = pypdfium2.PdfDocument(content)
    pdf.init_forms()
    pages = []
    for page in pdf:
        long_side = max(page.get_width(), page.get_height(), 1)
        scale = min(_PDF_DPI / 72, _LONG_SIDE / long_side)
        pages.append(jpeg(page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")))
    return pages


def main() -> int:
    """Decode standard input; see the module."""
    limit()
    kind, most_pages = sys.argv[1], int(sys.argv[2])
    content = sys.stdin.buffer.read()
    refused, pages = "", []
    try:
        refuse_two_kinds(content, kind)
        pages = pdf_pages(content, most_pages) if kind == "pdf" else images(content, kind)
    except Refusal as why:
        refused = str(why)
    except MemoryError:
        refused = "too_complex"
    except Exception as broken:  # noqa: BLE001 - a decoder's own complaint, of whatever type: it cannot be read
        sys.stderr.write(f"{type(broken).__name__}\n")
        return 1
    head = json.dumps({"refused": refused, "pages": [(w, h, len(b)) for b, w, h in pages]}).encode()
    sys.stdout.buffer.write(struct.pack("!L", len(head)) + head + b"".join(b for b, _, _ in pages))
    return 0


if __name__ == "__main__":
    sys.exit(main())
