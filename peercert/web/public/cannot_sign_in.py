"""What to do when nothing opens one's account any more. Asks nothing, so that it can tell nobody who has an account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.rules.figures import figure
from peercert.web.applicant.own import today
from peercert.web.doors import public


@public
@require_safe
def cannot_sign_in(request: HttpRequest) -> HttpResponse:
    """The ways back, the easiest first."""
    hours = int(figure("recovery_delay_hours", today()).value)
    return render(request, "public/cannot_sign_in.html", {"hours": hours})
