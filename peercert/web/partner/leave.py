"""Leaving an organisation: said once more, since it counts at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from peercert.program.journey import members
from peercert.web.doors import member, now, tried


@member("leave_organisation")
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Leave now; the last administrator names a successor first."""
    row = request.organisation  # type: ignore[attr-defined]
    refusal = ""
    if request.method == "POST":
        refusal = tried(lambda: members.leave(row.pk, actor=request.actor, now=now()))  # type: ignore[attr-defined]
        if not refusal:
            messages.success(request, _("You no longer act for %(name)s.") % {"name": row.name})
            return redirect("partner:home")
    return render(request, "partner/leave.html", {"refusal": refusal}, status=409 if refusal else 200)
