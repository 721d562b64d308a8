"""What surrounds every answer of the API: errors in one form, the count and the log, and headers for caches."""

from collections.abc import Callable

from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import resolve

from peercert.config.proxies import TrustedProxies
from peercert.web.api import problems, verifications
from peercert.web.api.keys import Asking, seconds_left, too_much
from peercert.web.readable import NUL, Readable
from peercert.web.whole import is_stream, take_stream

#: A body that is no file is small.
MOST_BYTES, MOST_BYTES_OF_A_FILE = 64 * 1024, verifications.MOST_BYTES
FILES = frozenset({"/api/v1/verifications", "/api/v1/roster"})
#: Where a body may come as a stream, without its length. A roster may not: half a roster would end watches.
STREAMS = frozenset({"/api/v1/verifications"})


#: What a request of a machine passes before its view, the outermost first: no session, no form, no language.
_PASSED = (TrustedProxies, Readable, SecurityMiddleware, GZipMiddleware)


class Frame:
    """The outermost middleware, which answers addresses of the API by itself and passes on all others.

    Machines have a short way in: what belongs to browsers, cookies first of all, is not there to be got wrong.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.answered = convert_exception_to_response(_viewed)
        for passed in reversed(_PASSED):
            self.answered = convert_exception_to_response(passed(self.answered))  # type: ignore[arg-type]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/v"):
            return self.get_response(request)
        without_body = request.method == "HEAD"
        if without_body:
            request.method = request.META["REQUEST_METHOD"] = "GET"
        response = problems.retold(request, _too_large(request) or self.answered(request))
        asking: Asking | None = getattr(request, "asking", None)
        if asking is not None and asking.key is not None:
            response = _counted(request, response, asking)
        _finish(request, response, asking)
        if isinstance(response, HttpResponse):
            response["Content-Length"] = str(len(response.content))
            if without_body:
                response.content = b""
        return response


def _viewed(request: HttpRequest) -> HttpResponseBase:
    request.get_host()  # refuses hosts that are not ours
    if NUL in request.path_info:
        raise Http404
    match = resolve(request.path_info)
    request.resolver_match = match
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response


def _too_large(request: HttpRequest) -> HttpResponse | None:
    most = MOST_BYTES_OF_A_FILE if request.path_info in FILES else MOST_BYTES
    if is_stream(request):
        if request.path_info not in STREAMS:
            return problems.told(request, problems.Problem(411, "length_needed"))
        take_stream(request, most)
        return None
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > most:
        return problems.told(request, problems.Problem(413, "too_large"))
    return None


def _counted(request: HttpRequest, response: HttpResponseBase, asking: Asking) -> HttpResponseBase:
    """The answer, counted and logged; another one where the day's quota is spent."""
    left = asking.settle(response.status_code)
    if left is None:
        response = problems.told(request, too_much(asking))
        left = asking.remaining
    response["RateLimit-Policy"] = f'"day";q={asking.most};w=86400'
    response["RateLimit"] = f'"day";r={left};t={seconds_left(asking)}'
    return response


def _finish(request: HttpRequest, response: HttpResponseBase, asking: Asking | None) -> None:
    """Headers that caches, browsers and search engines go by. Only what is public is open to pages of other sites."""
    response["Vary"] = "Accept, Accept-Encoding, Accept-Language, Authorization"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    is_public = "HTTP_AUTHORIZATION" not in request.META and (asking is None or asking.key is None)
    if is_public and request.method == "GET" and response.status_code not in {401, 403}:
        response["Access-Control-Allow-Origin"] = "*"
        response.setdefault("Cache-Control", "no-cache")
    else:
        response.setdefault("Cache-Control", "private, no-cache")
    if isinstance(response, StreamingHttpResponse):
        response["Cache-Control"] = "no-store"
