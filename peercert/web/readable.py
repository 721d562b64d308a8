"""Takes out of every request the one character that no database keeps: NUL, which nobody types and scripts send."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict

NUL = "\x00"


class WithoutNul:
    """What was typed arrives without its NULs, the rest as it is; an address with one leads nowhere.

    Forms refuse a NUL by themselves, but not every door reads every value through a form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info:
            raise Http404
        if _has_nul(request.GET):
            request.GET = _cleaned(request.GET)  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """The body is read only once the view is known: by now the check of the token has read it, too."""
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
