"""What surrounds every answer of the API: errors in one form, the count and the log, and headers for caches."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from peercert.program.people.quotas import MOST_A_DAY
from peercert.web.api import problems
from peercert.web.api.keys import Asking, seconds_left, too_much

#: A body that is no file is small.
MOST_BYTES, MOST_BYTES_OF_A_FILE = 64 * 1024, 32 * 1024 * 1024


class Frame:
    """The outermost middleware for addresses of the API; it touches no other."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/v"):
            return self.get_response(request)
        # A browser's cookies open nothing here and are kept alive by nothing here.
        request.META.pop("HTTP_COOKIE", None)
        without_body = request.method == "HEAD"
        if without_body:
            request.method = request.META["REQUEST_METHOD"] = "GET"
        response = problems.retold(request, self._answered(request))
        asking: Asking | None = getattr(request, "asking", None)
        if asking is not None and asking.key is not None:
            response = _counted(request, response, asking)
        _finish(request, response, asking)
        if without_body and isinstance(response, HttpResponse):
            length = len(response.content)
            response.content = b""
            response["Content-Length"] = str(length)
        return response

    def _answered(self, request: HttpRequest) -> HttpResponseBase:
        most = MOST_BYTES_OF_A_FILE if request.path_info in {"/api/v1/verifications", "/api/v1/roster"} else MOST_BYTES
        if "HTTP_TRANSFER_ENCODING" in request.META and "CONTENT_LENGTH" not in request.META:
            return problems.told(request, problems.Problem(411, "length_needed"))
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > most:
            return problems.told(request, problems.Problem(413, "too_large"))
        return self.get_response(request)


def _counted(request: HttpRequest, response: HttpResponseBase, asking: Asking) -> HttpResponseBase:
    """The answer, counted and logged; another one where the day's quota is spent."""
    left = asking.settle(response.status_code)
    if left is None:
        response = problems.told(request, too_much(asking))
        left = 0
    if left >= 0:
        response["RateLimit-Policy"] = f'"day";q={MOST_A_DAY[asking.kind]};w=86400'
        response["RateLimit"] = f'"day";r={left};t={seconds_left(asking)}'
    return response


def _finish(request: HttpRequest, response: HttpResponseBase, asking: Asking | None) -> None:
    """Headers that caches, browsers and search engines go by. Only what is public is open to pages of other sites."""
    response["Vary"] = "Accept, Accept-Language, Authorization"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    is_public = "HTTP_AUTHORIZATION" not in request.META and (asking is None or asking.key is None)
    if is_public and request.method == "GET" and response.status_code not in {401, 403}:
        response["Access-Control-Allow-Origin"] = "*"
        response.setdefault("Cache-Control", "no-cache")
    else:
        response.setdefault("Cache-Control", "private, no-cache")
    if isinstance(response, StreamingHttpResponse):
        response["Cache-Control"] = "no-store"
