"""The page that says how accessible the site is and whom to tell where it is not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.web.doors import public


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Words alone: nothing is asked here."""
    return render(request, "public/accessibility.html")
