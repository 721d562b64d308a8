"""One organisation, as its people find it: whether it may watch today, why, and who administers it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from peercert.program.people.queries import agreement_in_force
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
            Row(_("What holders read"), in_force.text_es if language() == "es" else in_force.text_en),
            Row(_("Signed by"), in_force.signed_by),
            Row(_("In force"), _("%(first)s to %(last)s") % _days(in_force.from_on, in_force.until_on)),
        ]
    context = {
        "in_force": in_force, "coming": coming, "rows": rows, "kind": said(f"kind_{row.kind}"),
        "administrators": sorted(names[one.person_id] for one in administrators),
        "members": row.memberships.filter(until_at=None).count(),
    }  # fmt: skip
    return render(request, "partner/organisation.html", context)


def _days(first: object, last: object) -> dict[str, str]:
    return {"first": day_words(first), "last": day_words(last)}  # type: ignore[arg-type]
