"""The page that says how a complaint reaches the program; complaints are taken by mail."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import now, public


@public
@require_safe
def complaint(request: HttpRequest) -> HttpResponse:
    """Words and the days that figures promise; nothing is asked here."""
    today = day_of(now())
    days = {
        name: figure(name, today).value
        for name in ("acknowledge_days", "complaint_review_days", "complaint_extension_days", "complaint_years")
    }
    return render(request, "public/complaint.html", days)
