"""The first page: what this is in one sentence, and the doors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.web.doors import public


@public
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The same for everyone, so that nothing on it tells who is looking."""
    return render(request, "public/front.html")
