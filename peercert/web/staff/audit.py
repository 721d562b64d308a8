"""The audit: what was done outside any one case, and refusals for an interest. By key, the latest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from peercert import words
from peercert.program.casework.models import AuditEntry
from peercert.web.doors import officer
from peercert.web.staff.case_frame import happened, named_all, said

PAGE = 50


@officer("see_audit")
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Entries, filtered by what happened; the next page begins below the last entry of this one."""
    verb = request.GET.get("what", "")
    before = request.GET.get("before", "")
    found = AuditEntry.objects.select_related("actor").order_by("-pk")
    if verb:
        found = found.filter(verb=verb[:40])
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    page = rows[:PAGE]
    names = named_all(one.actor for one in page)
    here = reverse("staff:audit")
    query = {"what": verb} if verb else {}
    context = {
        "rows": [(one, happened(one.verb), _who(one, names), _values(one)) for one in page],
        "verb": verb,
        "verbs": [
            (code, happened(code))
            for code in AuditEntry.objects.order_by("verb").values_list("verb", flat=True).distinct()
        ],
        "next_url": f"{here}?{urlencode({**query, 'before': page[-1].pk})}" if len(rows) > PAGE else "",
        "first_url": f"{here}?{urlencode(query)}" if before else "",
    }
    return render(request, "staff/audit.html", context)


def _who(entry: AuditEntry, names: dict[int | None, str]) -> str:
    role = said(f"role_{entry.role}") if words.has("casework", f"role_{entry.role}") else entry.role
    return f"{names[entry.actor_id]} ({role})" if entry.actor else role


def _values(entry: AuditEntry) -> str:
    """The values as they were kept: codes, numbers and filters."""
    return ", ".join(f"{name}: {value}" for name, value in entry.values.items() if value not in ("", None, [], {}))
