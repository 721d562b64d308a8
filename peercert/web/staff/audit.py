"""The audit: what was done outside any one case, and refusals for an interest. By key, the latest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from peercert import words
from peercert.program.casework.models import AuditEntry
from peercert.program.people.models import Person
from peercert.program.people.organisations import Organisation
from peercert.web.doors import officer
from peercert.web.staff.case_frame import happened, language, named_all, said
from peercert.web.ui.templatetags.ui import money

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
    names, people = named_all(one.actor for one in page), _people(page)
    here = reverse("staff:audit")
    query = {"what": verb} if verb else {}
    context = {
        "rows": [(one, happened(one.verb), _who(one, names), _values(one, people)) for one in page],
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


def _people(page: list[AuditEntry]) -> dict[str, str]:
    """The names of the people and the organisations that entries name by their identifier."""
    wanted = {str(one.values["person"]) for one in page if "person" in one.values}
    found = list(Person.objects.filter(uuid__in=wanted).select_related("account"))
    names = named_all(found)
    wanted = {str(one.values["organisation"]) for one in page if "organisation" in one.values}
    called = Organisation.objects.filter(uuid__in=wanted).values_list("uuid", "name")
    return {str(one.uuid): names[one.pk] for one in found} | {str(uuid): name for uuid, name in called}


def _values(entry: AuditEntry, people: dict[str, str]) -> str:
    """What an entry tells, each value under its word; codes in words, identifiers of rows left out."""
    told = []
    for name, value in entry.values.items():
        if value in ("", None, False, [], {}) or name in {"payment", "letter", "verb"}:
            continue
        if name == "cents":
            text = money(value)
        elif name == "filters":
            text = ", ".join(f"{key}={one}" for key, one in value.items())
        elif name in {"because", "purpose"} and (code := _organisations(name, str(value))):
            text = words.fill("organisations", code, lang=language())
        elif name == "scopes":
            text = ", ".join(str(one) for one in value)
        elif name == "reason" and words.has("refusals", value):
            text = words.fill("refusals", value, lang=language())
        else:
            text = people.get(str(value)) or _word(f"role_{value}") or str(value)
        label = _word(f"audit_{name}")
        told.append(f"{label}: {text}" if label else text)
    return " · ".join(told)


def _organisations(name: str, value: str) -> str:
    code = f"purpose_{value}" if name == "purpose" else value
    return code if words.has("organisations", code) else ""


def _word(code: str) -> str:
    return said(code) if words.has("casework", code) else ""
