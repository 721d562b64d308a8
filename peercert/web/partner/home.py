"""The organisations one acts for, and the accounts one asked for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.program.people.organisations import Organisation
from peercert.program.people.queries import memberships_of
from peercert.web.account import factors
from peercert.web.doors import signed_in, to_second_factor
from peercert.web.partner.words import STATES, said

#: Nobody acts for more than this, or asked for more that is worth a look.
MOST = 100


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Choose an organisation; who acts for none sees how to ask for an account."""
    person = request.actor.person  # type: ignore[attr-defined]
    served = list(memberships_of(person)[:MOST])
    if served and factors.is_owed(request):
        return to_second_factor(request)
    asked = Organisation.objects.filter(asked_by=person, approved_at=None).order_by("-pk")[:MOST]
    context = {
        "served": [
            (one.organisation, said(f"kind_{one.organisation.kind}"), said(f"role_{one.role}")) for one in served
        ],
        "asked": [
            (one, STATES[one.state], said(f"state_{one.state}"), said(one.declined_because) if one.declined_at else "")
            for one in asked
        ],
    }
    return render(request, "partner/home.html", context)
