"""Ends every other session of an account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from peercert.program.people.actions import end_sessions
from peercert.web.doors import signed_in


@signed_in
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Every session but this one; back to the account."""
    end_sessions(request.user, but=request.session.session_key)  # type: ignore[arg-type]
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account:home")
