"""Behind the link that warns an old address: one button stops a recovery, without a sign-in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.program.journey import recover
from peercert.web.doors import now, public


@never_cache
@public
@require_http_methods(["GET", "HEAD", "POST"])
def stop_recovery(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and stop. Programs that open links in mails do not press buttons, so looking changes nothing."""
    found = recover.recovery_of(token)
    if found is None:
        raise Http404
    if request.method == "POST" and found.done_at is None and found.stopped_at is None:
        found = recover.stop_recovery(found.pk, "by the link in the warning", now=now())
    return render(request, "account/stop_recovery.html", {"recovery": found})
