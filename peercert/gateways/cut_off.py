"""Ends a talk with another machine when its time is up: a socket's own timeout begins anew with every byte."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from http.client import HTTPException
from typing import Any


def left(ends: float) -> float:
    """Seconds until that moment of the monotonic clock. Raises TimeoutError where it is past."""
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


@contextmanager
def cut_off(line: socket.socket, ends: float) -> Iterator[None]:
    """Hang up at that moment. Whatever comes of that, also what looks like an answer that ended, is TimeoutError."""
    is_late = threading.Event()

    def hang_up() -> None:
        is_late.set()
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # not TLS' own, which takes its state from whoever reads

    timer = threading.Timer(left(ends), hang_up)
    timer.start()
    try:
        yield
    except (OSError, HTTPException, ValueError) as trouble:
        raise (TimeoutError() if is_late.is_set() else trouble) from None
    finally:
        timer.cancel()
    if is_late.is_set():
        raise TimeoutError


def looked_up(host: str, port: int, ends: float) -> list[tuple[Any, ...]]:
    """What a name stands for. Raises OSError, of the kind TimeoutError where nobody said so until that moment.

    Nothing ends a look-up that hangs but whoever it hangs on: it keeps a thread of its own, never ours.
    """
    found: Future[list[tuple[Any, ...]]] = Future()

    def ask() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as trouble:
            found.set_exception(trouble)

    threading.Thread(target=ask, daemon=True).start()
    return found.result(left(ends))
