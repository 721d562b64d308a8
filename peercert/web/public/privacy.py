"""The page that says what is never asked, what is kept and who sees it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.web.doors import public


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Words alone: nothing is asked here."""
    return render(request, "public/privacy.html")
