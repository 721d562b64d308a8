"""Roles: who works for the program and as what. Administrators grant, second where two must agree, and end."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from peercert.program.access import NEEDS_SECOND
from peercert.program.journey import accounts as journey
from peercert.program.people.models import ROLES, Person, RoleGrant
from peercert.web.doors import now, officer, tried
from peercert.web.find import typed
from peercert.web.staff.case_frame import named_all, said
from peercert.web.staff.find_person import key_given, people_meant, uuid_given

#: How many ended grants the page still shows.
ENDED = 30


@officer("see_accounts")
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """Everyone who holds a role, those who wait for a second administrator first; and the search for someone new."""
    refusal = tried(lambda: _take(request)) if request.method == "POST" else ""
    if request.method == "POST" and not refusal:
        return redirect("staff:accounts")
    found = people_meant(typed(request))
    every = RoleGrant.objects.select_related("person__account", "granted_by__account", "seconded_by__account")
    held = list(every.filter(ended_at=None).order_by("role", "granted_at"))
    ended = list(every.exclude(ended_at=None).order_by("-ended_at")[:ENDED])
    people = [p for one in held + ended for p in (one.person, one.granted_by, one.seconded_by)]
    names = named_all([*found, *people])
    me = request.actor.person  # type: ignore[attr-defined]
    rows = [_row(one, names) | {"may_second": one.granted_by != me and one.person != me} for one in held]
    context = {
        "refusal": refusal, "q": typed(request), "found": [(one, names[one.pk]) for one in found],
        "roles": [(code, said(f"role_{code}"), code in NEEDS_SECOND) for code, _name in ROLES],
        "waiting": [row for row in rows if row["waits"]], "held": [row for row in rows if not row["waits"]],
        "ended": [_row(one, names) for one in ended],
    }  # fmt: skip
    return render(request, "staff/accounts.html", context, status=409 if refusal else 200)


def _take(request: HttpRequest) -> None:
    """Grant, agree or end, as the button says."""
    who = {"actor": request.actor, "now": now()}  # type: ignore[attr-defined]
    step, chosen = request.POST.get("step", ""), request.POST.get("chosen", "")
    if step == "grant":
        person = get_object_or_404(Person, uuid=uuid_given(chosen))
        grant = journey.grant_role(person.pk, request.POST.get("role", ""), **who)
        waits = grant.role in NEEDS_SECOND
        messages.success(
            request, _("Granted. It counts once another administrator agrees.") if waits else _("Granted.")
        )
        return
    grant = get_object_or_404(RoleGrant, pk=key_given(chosen))
    if step == "second":
        journey.second_role(grant.pk, **who)
        messages.success(request, _("You agreed. The role counts from now on."))
    elif step == "end":
        journey.end_role(grant.pk, **who)
        messages.success(request, _("The role has ended."))


def _row(grant: RoleGrant, names: dict[int | None, str]) -> dict[str, object]:
    return {
        "grant": grant, "name": names[grant.person_id], "role": said(f"role_{grant.role}"),
        "granted_by": names[grant.granted_by_id] if grant.granted_by_id else _("set up by the operator"),
        "seconded_by": names[grant.seconded_by_id] if grant.seconded_by_id else "",
        "waits": grant.role in NEEDS_SECOND and grant.seconded_at is None,
    }  # fmt: skip
