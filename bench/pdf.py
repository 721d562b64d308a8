"""Certificates printed per second, beside WeasyPrint making the same page from HTML (both tagged, PDF/UA-1)."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from peercert.gateways import printer

SECONDS = 5.0
MADE = datetime(2026, 5, 1, 18, tzinfo=UTC)
_TEXTS = ("program", "heading", "certifies", "is", "profession", "check", "qr")
PAGE = printer.Page(
    title="Certificate C-7K3M-9QXF",
    description="Certified Medi-Cal Peer Support Specialist, certificate C-7K3M-9QXF",
    program="Medi-Cal Peer Support Specialist Certification",
    name="María García-López",
    address="https://peercert.example.org/verify/C-7K3M-9QXF/",
    shown_address="peercert.example.org/verify/C-7K3M-9QXF",
    code="PC1" + "7KQ2MZ4A" * 22,
    lines=(printer.Line("Certificate number", "Número de certificado", "C-7K3M-9QXF"),
           printer.Line("Issued", "Fecha de emisión", "May 1, 2026", "1 de mayo de 2026"),
           printer.Line("Good through", "Válido hasta", "May 1, 2028", "1 de mayo de 2028")),
    en={name: f"The {name} of the page" for name in _TEXTS},
    es={name: f"Lo mismo en español: {name}" for name in _TEXTS},
)  # fmt: skip


def run() -> dict[str, Any]:
    """Documents per second and their size; each has another name, so that nothing is made twice."""
    return {"typst": _rate(_typst), "weasyprint": _rate(_weasyprint)}


def _rate(make: Callable[[int], bytes]) -> dict[str, float]:
    size, count, start = len(make(0)), 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        count += 1
        make(count)
    return {"documents a second": round(count / spent, 1), "bytes": size}


def _typst(number: int) -> bytes:
    return printer.pdf(replace(PAGE, name=f"{PAGE.name} {number}"), made_at=MADE)


def _weasyprint(number: int) -> bytes:
    import base64

    from weasyprint import HTML

    drawn = base64.b64encode(printer._qr(PAGE.address, PAGE.code).encode()).decode()
    lines = "".join(f"<dt>{one.en} <i lang=es>{one.es}</i></dt><dd>{one.value}</dd>" for one in PAGE.lines)
    texts = "".join(f"<p>{PAGE.en[name]}<br><i lang=es>{PAGE.es[name]}</i></p>" for name in _TEXTS)
    html = (
        f"<html lang=en><head><title>{PAGE.title}</title><style>@page {{size: letter landscape; margin: 0.8in}} "
        f"body {{text-align: center}} img {{width: 1.05in}}</style></head><body><h1>{PAGE.en['heading']}</h1>{texts}"
        f"<h2>{PAGE.name} {number}</h2><dl>{lines}</dl>"
        f'<a href="{PAGE.address}"><img alt="QR code" src="data:image/svg+xml;base64,{drawn}"></a></body></html>'
    )
    made: bytes = HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
    return made
