"""The address a request came from, as far as proxies of our own can be believed."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class TrustedProxies:
    """Puts the client's address into REMOTE_ADDR, counted from the right of X-Forwarded-For.

    With PEERCERT_PROXIES=0 the header is dropped: anybody can write it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Middleware of Django."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with the address put right."""
        said = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        trusted = settings.ENVIRONMENT.proxies
        chain = [part.strip() for part in said.split(",") if part.strip()]
        request.META["PEERCERT_FORWARDED"] = bool(chain)
        if trusted and len(chain) >= trusted:
            request.META["REMOTE_ADDR"] = chain[-trusted]
        return self.get_response(request)
