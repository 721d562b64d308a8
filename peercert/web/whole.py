"""A body is read whole or not at all: to the web server, a connection that was cut looks like the end of what was sent.

With a length announced, what is missing is seen here. A stream announces none: where one is taken, it says at its own
end that this is the end (web.api.verifications), and everything else is asked for its length.
"""

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest


class CutShort(BadRequest):
    """Less arrived than was announced."""


class Whole(LimitedStream):
    """A body that ends where it was announced to end. Raises CutShort where it ends before."""

    def read(self, size: int | None = -1, /) -> bytes:
        """As of a file that waits for all it is asked for: less than that is the end."""
        left = self.limit - self._pos
        got: bytes = super().read(size)
        if len(got) < (left if size is None or size < 0 else min(size, left)):
            raise CutShort
        return got

    def readline(self, size: int | None = -1, /) -> bytes:
        """As of a file."""
        left = self.limit - self._pos
        line: bytes = super().readline(size)
        if left and not line and size != 0:
            raise CutShort
        return line


def take_whole(request: HttpRequest) -> None:
    """Let the body of this request be read whole or not at all."""
    length = request.META.get("CONTENT_LENGTH") or ""
    request._stream = Whole(request.META["wsgi.input"], int(length) if length.isdecimal() else 0)


def is_stream(request: HttpRequest) -> bool:
    """Whether the body comes in chunks, with no length announced."""
    return "HTTP_TRANSFER_ENCODING" in request.META


def take_stream(request: HttpRequest, most: int) -> None:
    """Let a body without a length be read, at most one byte more than `most`, which tells that it is too large."""
    request._stream = LimitedStream(request.META["wsgi.input"], most + 1)
