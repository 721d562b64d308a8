"""Lines to other machines by HTTP: opened and spoken on until a given moment, whatever the other side does.

Moments are those of the monotonic clock; whatever is not over by then raises TimeoutError.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any


def left(ends: float) -> float:
    """Seconds until that moment."""
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


@contextmanager
def cut_off(line: socket.socket, ends: float) -> Iterator[None]:
    """Hang up at that moment: a socket's own timeout begins anew with every byte.

    Whatever comes of that, also what looks like an answer that ended, is TimeoutError.
    """
    is_late = threading.Event()

    def hang_up() -> None:
        is_late.set()
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # not TLS' own, which takes its state from whoever reads

    timer = threading.Timer(left(ends), hang_up)
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        raise (TimeoutError() if is_late.is_set() else trouble) from None
    finally:
        timer.cancel()
    if is_late.is_set():
        raise TimeoutError


def looked_up(host: str, port: int, ends: float) -> list[str]:
    """The IP addresses that a name stands for. Raises socket.gaierror, UnicodeError.

    Nothing ends a look-up that hangs but whoever it hangs on: it keeps a thread of its own, never ours.
    """
    found: Future[list[tuple[Any, ...]]] = Future()

    def ask() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as trouble:
            found.set_exception(trouble)

    threading.Thread(target=ask, daemon=True).start()
    return [str(place[0]) for *_, place in found.result(left(ends))]


def opened(
    host: str, port: int, addresses: Iterable[str], tls: ssl.SSLContext | None, ends: float
) -> http.client.HTTPConnection:
    """A line to the first of these addresses of a host that takes one, and TLS agreed on. Raises OSError.

    It has no timeout: whoever speaks on it does so inside `cut_off`.
    """
    plain = _connected(addresses, port, ends)
    # Headers and body are two packets: without this the second waits for the first to be acknowledged.
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plain.settimeout(None)
    line: http.client.HTTPConnection
    if tls is None:
        line = http.client.HTTPConnection(host, port)
        line.sock = plain
        return line
    line = http.client.HTTPSConnection(host, port, context=tls)
    secret = line.sock = tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    try:
        with cut_off(secret, ends):
            secret.do_handshake()
    except (OSError, ValueError):
        line.close()
        raise
    return line


def _connected(addresses: Iterable[str], port: int, ends: float) -> socket.socket:
    trouble: OSError = OSError("it has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=left(ends))
        except OSError as wrong:
            trouble = wrong
    raise trouble


@cache
def trusted(ca: str = "") -> ssl.SSLContext:
    """TLS that believes the certificates in a file, or those of the system; read once, since they are many."""
    return ssl.create_default_context(cafile=ca or None)
