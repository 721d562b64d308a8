"""Lines to the outside signer that stay open between two talks, in this process: TLS is agreed on once, not each time.

A line that the other side closed meanwhile is noticed before it is used, or as it is used: then the same is asked again
on a fresh one, where asking twice does no more than asking once.
"""

import os
import select
import ssl
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import SplitResult, urlsplit

from peercert.gateways import lines

#: Seconds after which an idle line is not trusted any more: what stands between may have forgotten it without a word.
#: And how many lie idle at most for one address.
IDLE, MOST_IDLE = 50.0, 8
#: Of an answer no more than this is read; a line with more on it is closed.
_MOST_READ = 1 << 16


@dataclass(frozen=True)
class Where:
    """Whom a line leads to, and by whose certificates that is believed."""

    address: str
    ca: str


@dataclass(frozen=True)
class Request:
    """What is asked. `may_repeat`: asking it twice does no more than asking it once."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    may_repeat: bool


@dataclass(frozen=True)
class Answer:
    """What was answered. `rest`: seconds for which the other side wants to be left alone."""

    status: int
    text: bytes
    rest: int


_idle: dict[Where, list[tuple[float, HTTPConnection]]] = {}
_lock = threading.Lock()


def ask(where: Where, request: Request, seconds: float) -> Answer:
    """Ask, and read the answer, in so many seconds all in all. Raises OSError, HTTPException, ValueError."""
    ends = time.monotonic() + seconds
    line = _taken(where) if request.may_repeat else None
    if line is not None:
        try:
            return _asked(where, line, request, ends)
        except (ConnectionError, ssl.SSLError):  # it was closed while it lay idle, or as we began to speak
            pass
    return _asked(where, _fresh(where, ends), request, ends)


def _asked(where: Where, line: HTTPConnection, request: Request, ends: float) -> Answer:
    is_good = False
    try:
        with lines.cut_off(line.sock, ends):
            line.request(request.method, request.path, request.body, request.headers)
            answer = line.getresponse()
            text = answer.read(_MOST_READ)
        is_good = answer.isclosed() and not answer.will_close
    finally:
        if is_good:
            _keep(where, line)
        else:
            line.close()
    rest = answer.headers.get("Retry-After", "")
    return Answer(answer.status, text, int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 9 else 0)


def _fresh(where: Where, ends: float) -> HTTPConnection:
    parts: SplitResult = urlsplit(where.address)
    is_tls = parts.scheme == "https"
    host, port = str(parts.hostname), parts.port or (443 if is_tls else 80)
    found = lines.looked_up(host, port, ends)
    return lines.opened(host, port, found, lines.trusted(where.ca) if is_tls else None, ends)


def _taken(where: Where) -> HTTPConnection | None:
    """The idle line that was used last, so that those too many grow old; older ones, and closed ones, go."""
    while True:
        with _lock:
            kept = _idle.get(where)
            if not kept:
                return None
            since, line = kept.pop()
        if time.monotonic() - since < IDLE and not _has_word(line):
            return line
        line.close()


def _has_word(line: HTTPConnection) -> bool:
    """Whether something waits to be read where nothing was asked: as a rule that the other side hung up."""
    waits = select.poll()
    waits.register(line.sock, select.POLLIN)
    return bool(waits.poll(0))


def _keep(where: Where, line: HTTPConnection) -> None:
    with _lock:
        kept = _idle.setdefault(where, [])
        kept.append((time.monotonic(), line))
        too_many = kept.pop(0)[1] if len(kept) > MOST_IDLE else None
    if too_many is not None:
        too_many.close()


def _begin_anew() -> None:
    """In a child process: what its parent keeps open is the parent's to speak on."""
    global _idle, _lock
    _idle, _lock = {}, threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
