"""The page that says what is never asked, what is kept and who sees it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import now, public


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Words, and the one figure that says how long an ID is kept."""
    days = figure("id_destruction_days", day_of(now())).value
    return render(request, "public/privacy.html", {"id_days": days})
