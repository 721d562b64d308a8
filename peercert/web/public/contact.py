"""The page that says how to reach the program."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.web.doors import public


@public
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Words alone: nothing is asked here."""
    return render(request, "public/contact.html")
