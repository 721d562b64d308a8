"""How certification works: steps, fees and times, drawn from the figures in force today."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.web.doors import public


@public
@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """The way from a first question to a certificate."""
    return render(request, "public/how.html")
