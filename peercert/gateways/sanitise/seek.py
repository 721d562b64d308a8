"""The child that looks for a credential in a picture or a PDF: a file embedded, a badge's own text, or a QR code.

Run as `python -I -m peercert.gateways.sanitise.seek KIND`, the file on standard input. Standard output is JSON:
`refused`, and the texts `found`, what was embedded first. Exit 1: the file cannot be read. Any other death: limits.
"""

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

from peercert.gateways.sanitise.child import Refusal, limit, opened

#: No credential and no code of ours is longer.
_LONGEST = 512 * 1024
_MOST = 8
#: Somebody waits for the answer, and whoever sends what takes longer wants to keep us busy.
_CPU_SECONDS = 20
#: A credential is printed on the first pages of a document.
_PAGES = 3
_PDF_DPI = 200
#: The chunk of a PNG in which Open Badges travel.
_BADGE = "openbadgecredential"


def in_image(content: bytes, kind: str) -> Iterator[str]:
    """A badge's own text, then what QR codes in the picture say."""
    with opened(content, kind) as image:
        if isinstance(badge := image.info.get(_BADGE), str):
            yield badge
        yield from codes(image)


def in_pdf(content: bytes) -> Iterator[str]:
    """Embedded files that may be credentials, then what QR codes on the first pages say."""
    import pikepdf
    import pypdfium2

    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            for attached in pdf.attachments.values():
                text = _text(attached.get_file().read_bytes())
                if text.lstrip().startswith(("{", "ey")):
                    yield text
    except pikepdf.PasswordError:
        raise Refusal("encrypted") from None
    for number, page in enumerate(pypdfium2.PdfDocument(content)):
        if number < _PAGES:
            yield from codes(page.render(scale=_PDF_DPI / 72).to_pil())


def codes(image: Any) -> Iterator[str]:
    """What the QR codes of a picture say."""
    import zxingcpp

    plain = image.convert("L")
    for found in zxingcpp.read_barcodes(plain, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)):
        yield found.text


def _text(content: bytes) -> str:
    try:
        return content.decode() if len(content) <= _LONGEST else ""
    except UnicodeDecodeError:
        return ""


def main() -> int:
    """Look through standard input; see the module."""
    limit(_CPU_SECONDS)
    kind, content = sys.argv[1], sys.stdin.buffer.read()
    refused = ""
    found: list[str] = []
    try:
        for text in in_pdf(content) if kind == "pdf" else in_image(content, kind):
            if len(text) <= _LONGEST and len(found) < _MOST:
                found.append(text)
    except Refusal as why:
        refused = str(why)
    except MemoryError:
        refused = "too_complex"
    except Exception as broken:  # noqa: BLE001 - a decoder's own complaint, of whatever type: it cannot be read
        sys.stderr.write(f"{type(broken).__name__}\n")
        return 1
    sys.stdout.write(json.dumps({"refused": refused, "found": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
