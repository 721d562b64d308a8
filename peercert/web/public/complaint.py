"""The page that says how a complaint reaches the program."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.web.doors import public


@public
@require_safe
def complaint(request: HttpRequest) -> HttpResponse:
    """Words alone: nothing is asked here."""
    return render(request, "public/complaint.html")
