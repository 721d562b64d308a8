"""One tap that keeps an idle session: the request itself starts the time anew."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from peercert.web.doors import signed_in


@signed_in
@require_POST
def still_here(request: HttpRequest) -> HttpResponse:
    """Nothing to show: 204 leaves the page as it is, with a script and without one."""
    return HttpResponse(status=204)
