"""Takes out of every request what no page reads and scripts send: NULs, which no database keeps, and odd letters."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from peercert.web.whole import is_stream, take_whole

NUL = "\x00"


class Readable:
    """What was typed arrives in UTF-8 and without its NULs, the rest as it is; an address with a NUL leads nowhere.

    Forms refuse a NUL by themselves, but not every door reads every value through a form. Our pages are in UTF-8 and
    so is what browsers send from them; of what else a request says of itself, some is no encoding of letters at all.
    A body of which a part is missing is none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Before sessions are looked up: a cookie is a key of a table."""
        if not is_stream(request):
            take_whole(request)
        if "charset" in (request.content_params or {}):
            request.encoding = "utf-8"
        if any(NUL in value for value in request.COOKIES.values()):
            request.COOKIES = {name: value for name, value in request.COOKIES.items() if NUL not in value}
        if _has_nul(request.GET):
            request.GET = _cleaned(request.GET)  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """The body is read only once the view is known: by now the check of the token has read it, too."""
        if NUL in request.path_info:
            raise Http404
        if request.method == "POST" and _has_nul(request.POST):
            request.POST = _cleaned(request.POST)  # type: ignore[assignment]


def _has_nul(given: QueryDict) -> bool:
    return any(NUL in key or any(NUL in value for value in values) for key, values in given.lists())


def _cleaned(given: QueryDict) -> QueryDict:
    cleaned = QueryDict(mutable=True, encoding=given.encoding)
    for key, values in given.lists():
        cleaned.setlist(key.replace(NUL, ""), [value.replace(NUL, "") for value in values])
    cleaned._mutable = False
    return cleaned
