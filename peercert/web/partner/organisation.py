"""One organisation, as its people find it: whether it may watch today, why, and who administers it."""

from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from peercert.program.access import may
from peercert.program.people.actor import Actor
from peercert.program.people.organisations import Organisation
from peercert.program.people.queries import agreement_in_force
from peercert.program.rosters.models import Roster
from peercert.program.rosters.webhooks import Endpoint
from peercert.rules.days import day_of
from peercert.web.doors import member, now
from peercert.web.partner.words import called, language, said
from peercert.web.ui.parts import Row
from peercert.web.ui.templatetags.ui import day_words


@member("see_organisation")
@require_safe
def organisation(request: HttpRequest) -> HttpResponse:
    """The agreement in force or the next one, and whom to ask here."""
    row, today = request.organisation, day_of(now())  # type: ignore[attr-defined]
    in_force = agreement_in_force(row, today)
    coming = row.agreements.filter(ended_at=None, from_on__gt=today).order_by("from_on").first()
    administrators = row.memberships.filter(role="administrator", until_at=None).select_related("person__account")
    names = called(one.person for one in administrators)
    rows = []
    if in_force:
        rows = [
            Row(_("Purpose"), said(f"purpose_{in_force.purpose}")),
            Row(_("What holders read"), in_force.text(language())),
            Row(_("Signed by"), in_force.signed_by),
            Row(_("In force"), _("%(first)s to %(last)s") % _days(in_force.from_on, in_force.until_on)),
        ]
    context = {
        "in_force": in_force, "coming": coming, "rows": rows, "kind": said(f"kind_{row.kind}"),
        "administrators": sorted(names[one.person_id] for one in administrators),
        "members": row.memberships.filter(until_at=None).count(), "waits": waits(row, request.member),  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "partner/organisation.html", context)


def waits(row: Organisation, who: Actor) -> list[tuple[str, str]]:
    """What waits for this member, each with its page: lines to be confirmed, and addresses that take nothing."""
    found = []
    sent = Roster.objects.filter(organisation=row, to_confirm__gt=0).order_by("-pk")
    if may(who, "keep_roster") and (newest := sent.first()) is not None:
        count = sent.aggregate(lines=Sum("to_confirm"))["lines"]
        says = ngettext(
            "%(count)s line of a roster waits for your yes or no.",
            "%(count)s lines of rosters wait for your yes or no.", count,
        )  # fmt: skip
        page = reverse("partner:roster_answer", args=[row.uuid, newest.uuid])
        found.append((f"{page}?show=matched", says % {"count": count}))
    # Whoever paused one knows it.
    down = Q(state="paused", because__in=["down", "gone"]) | Q(state="active", failing_since__isnull=False)
    if may(who, "keep_webhooks") and (count := Endpoint.objects.filter(down, organisation=row).count()):
        says = ngettext("%(count)s address takes no messages now.", "%(count)s addresses take no messages now.", count)
        found.append((reverse("partner:webhooks", args=[row.uuid]), says % {"count": count}))
    return found


def _days(first: object, last: object) -> dict[str, str]:
    return {"first": day_words(first), "last": day_words(last)}  # type: ignore[arg-type]
