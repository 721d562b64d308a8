"""A session's half hour, and what a browser may keep of it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

#: The header of a request that a page makes by itself, to see whether something is done (hx-headers in the templates).
BY_ITSELF = "By-Itself"


class HalfHour:
    """Each request of a person starts the half hour anew; one that a page makes by itself does not.

    What was shown in a session is kept by no cache, so that after signing out the Back button shows nothing. What is
    the same for everybody, and kept between us and others, carries nobody's session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Inside the session's middleware, which saves what is marked here."""
        response = self.get_response(request)
        is_for_everybody = "public" in response.get("Cache-Control", "")
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not is_for_everybody:
            if BY_ITSELF not in request.headers:
                request.session.modified = True
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
