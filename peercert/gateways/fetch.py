"""Fetches what an issuer publishes about itself: from its own host alone, by https, small, soon, never led elsewhere.

For whoever verifies on a computer of their own. The site itself fetches nothing that a stranger's file names.
"""

import threading
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.parse import urlsplit

#: All of it, however it comes.
SECONDS = 15.0
_MOST = 4 * 1024 * 1024
#: Where no https is needed: one's own machine.
_HERE = {"localhost", "127.0.0.1"}


class CannotFetch(OSError):
    """It did not come, or may not be fetched; the text says why."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise CannotFetch("it leads to another address")


_opener = urllib.request.build_opener(_NoRedirect)


def fetched(address: str, *, origin: str) -> bytes:
    """What lies at an address of this origin. Raises CannotFetch."""
    _refuse(address, origin)
    came: list[bytes | CannotFetch] = []
    # A thread, since a site may send a byte now and then for ever: no timeout of a socket ends that.
    thread = threading.Thread(target=lambda: came.append(_read(address)), daemon=True)
    thread.start()
    thread.join(SECONDS)
    found = came[0] if came else CannotFetch(f"it did not come within {SECONDS:g} seconds")
    if isinstance(found, CannotFetch):
        raise found
    return found


def _refuse(address: str, origin: str) -> None:
    try:
        parts, own = urlsplit(address), urlsplit(origin)
    except ValueError:
        raise CannotFetch("its address cannot be read") from None
    if (parts.scheme, parts.netloc.lower()) != (own.scheme, own.netloc.lower()):
        raise CannotFetch("it lies on another site than the issuer's")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise CannotFetch("its address does not begin with https")


def _read(address: str) -> bytes | CannotFetch:
    try:
        with _opener.open(urllib.request.Request(address, headers={"Accept": "*/*"}), timeout=SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read(_MOST + 1)
    except urllib.error.HTTPError as wrong:
        return CannotFetch(f"the site answers {wrong.code}")
    except CannotFetch as why:
        return why
    except (OSError, HTTPException, ValueError) as wrong:
        reason = getattr(wrong, "reason", wrong)
        return CannotFetch(getattr(reason, "strerror", None) or str(reason) or type(wrong).__name__)
    return content if len(content) <= _MOST else CannotFetch("it is larger than such a document can be")
