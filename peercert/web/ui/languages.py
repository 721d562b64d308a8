"""Addresses of one page in the other language: English has no prefix, every other language has its own."""

from __future__ import annotations

PREFIXES = {"es": "/es"}


def page_in(path: str, language: str) -> str:
    """Return the address of the same page in `language`; `path` may carry a query string.

    Works on the text alone, so that it also holds for a page that was not found.
    """
    plain = path
    for prefix in PREFIXES.values():
        if path == prefix or path.startswith((prefix + "/", prefix + "?")):
            plain = path[len(prefix) :]
            break
    if not plain.startswith("/") or plain.startswith("//"):
        plain = "/" + plain.lstrip("/")
    return PREFIXES.get(language, "") + plain
