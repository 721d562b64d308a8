"""Taking up an invitation: by the owner of the address that it went to, with a second factor."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from peercert.program.errors import Refused
from peercert.program.journey import members
from peercert.program.notices.queries import confirmed_addresses
from peercert.web.doors import as_applicant, now, with_second_factor
from peercert.web.partner.words import called, said


@with_second_factor
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites for what; reading it changes nothing, since mail programs open links, too."""
    actor = as_applicant(request)
    if request.method == "POST":
        made = members.accept_invitation(token, actor=actor, now=now())
        messages.success(request, _("You act for this organization from now on."))
        return redirect("partner:organisation", organisation=made.organisation.uuid)
    found = members.invitation_of(token, now())
    if found is None:
        raise Refused("invitation_over")
    if actor.person is None or found.email not in confirmed_addresses(actor.person):
        raise Refused("invitation_for_another")
    by = called([found.invited_by])[found.invited_by_id]
    context = {"one": found, "role": said(f"role_{found.role}"), "by": by}
    return render(request, "partner/invitation.html", context)
