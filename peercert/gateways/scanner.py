"""The virus scanner: clamd's INSTREAM over a TCP or Unix socket, where the settings name one."""

import socket
import struct

from django.conf import settings

_PIECE = 1 << 16


class ScannerUnavailable(Exception):
    """The scanner is set but did not answer. The document stays waiting and is tried again."""


def is_set() -> bool:
    """Whether the settings name a scanner."""
    return settings.ENVIRONMENT.scanner is not None


def scan(content: bytes) -> str | None:
    """The name of what clamd found in `content`, or None where it found nothing; raises ScannerUnavailable."""
    answer = _ask(b"zINSTREAM\0", content)
    if answer == "stream: OK":
        return None
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerUnavailable(f"the scanner said: {answer}")


def signatures() -> str:
    """Which signatures the scanner has, in its own words ("ClamAV 1.4.3/27800/…"); raises ScannerUnavailable."""
    return _ask(b"zVERSION\0")


def _ask(command: bytes, content: bytes | None = None) -> str:
    try:
        with _connect() as connection:
            connection.sendall(command)
            if content is not None:
                for start in range(0, len(content), _PIECE):
                    piece = content[start : start + _PIECE]
                    connection.sendall(struct.pack("!L", len(piece)) + piece)
                connection.sendall(struct.pack("!L", 0))
            answer = b""
            while chunk := connection.recv(4096):
                answer += chunk
            return answer.rstrip(b"\0\n").decode("utf-8", "replace")
    except OSError as wrong:
        raise ScannerUnavailable(f"the scanner does not answer: {wrong}") from wrong


def _connect() -> socket.socket:
    where = settings.ENVIRONMENT.scanner
    if where is None:
        raise ScannerUnavailable("no scanner is set")
    if where.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        connection.connect(where.socket)
        return connection
    return socket.create_connection((where.host, where.port), timeout=60)
