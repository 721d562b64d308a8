"""What an officer without a second factor in this session meets before any officer's page."""

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from peercert.web.account import factors
from peercert.web.account.landing import landing
from peercert.web.doors import now, signed_in


@signed_in
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set one up, or show the one there is; who has shown it goes on to where they wanted."""
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        wanted = landing(request.actor.person, now())  # type: ignore[attr-defined]
    if not factors.is_owed(request):
        return redirect(wanted)
    context = {"has_one": is_mfa_enabled(request.user), "wanted": wanted}  # type: ignore[arg-type]
    return render(request, "account/second_factor.html", context)
