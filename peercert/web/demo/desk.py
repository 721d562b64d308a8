"""The page that shows the parts as officers meet them: dense, facts left and work right (demo mode only)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.web.demo.parts import examples
from peercert.web.doors import public


@public
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """A queue with rows to choose, and a case in two columns."""
    return render(request, "demo/desk.html", examples())
