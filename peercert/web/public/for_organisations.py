"""What counties, employers, training providers and state agencies get here, and how they get in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.web.doors import public


@public
@require_safe
def for_organisations(request: HttpRequest) -> HttpResponse:
    """Without an account, with one, and the four steps to it."""
    return render(request, "public/for_organisations.html")
