"""What an organisation's keys asked: every request, the newest first, and today's sums; keys that were refused, too."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from peercert import words
from peercert.program.people.organisations import ApiKey, ApiUse, Organisation
from peercert.program.people.quotas import KINDS, REFUSED, kept_years, most_agreed
from peercert.rules.days import day_of
from peercert.web.doors import member, now
from peercert.web.find import paged
from peercert.web.partner.words import language
from peercert.web.ui.parts import Chip


@member("see_api_use")
@require_safe
def api_use(request: HttpRequest) -> HttpResponse:
    """Requests of one key, the one made last where none is chosen, or those that any key of theirs was refused."""
    row = request.organisation  # type: ignore[attr-defined]
    keys = list(row.api_keys.order_by("-last_used_on", "-pk")[:50])
    refused = "refused" in request.GET
    chosen = None if refused else next((one for one in keys if one.uuid == _uuid(request)), keys[0] if keys else None)
    found, ways = paged(request, _uses(row, chosen, refused=refused))
    today = day_of(now())
    counted = dict(row.tallies.filter(on=today).values_list("kind", "count"))
    chips = [Chip(_name(one), f"?key={one.uuid}", is_on=one == chosen) for one in keys]
    context = {
        "rows": [(one, asked(one.kind)) for one in found], "chosen": chosen, "refused": refused,
        "chips": [*chips, Chip(_("Refused"), "?refused=yes", is_on=refused)] if keys else [],
        "today": [
            (asked(kind), written(counted[kind]), written(most_agreed(row.quotas, kind, today)))
            for kind in KINDS if kind in counted
        ],
        "empty": _("Nothing was refused") if refused else _("Nothing was asked yet"),
        "refused_today": counted.get(REFUSED, 0), "years": kept_years(today),
        **ways,
    }  # fmt: skip
    return render(request, "partner/api_use.html", context)


def _uses(row: Organisation, chosen: ApiKey | None, *, refused: bool) -> QuerySet[ApiUse]:
    uses = ApiUse.objects.select_related("key")
    return uses.filter(key__organisation=row, status=401) if refused else uses.filter(key=chosen)


def asked(kind: str) -> str:
    """What a request asked, in words; one that has none says itself."""
    code = f"asked_{kind}"
    return words.fill("organisations", code, lang=language()) if words.has("organisations", code) else kind


def written(number: int) -> str:
    """A great number as people of the reader's language write it."""
    return words.shown(number, language())


def _name(key: ApiKey) -> str:
    return _("%(name)s (%(prefix)s…)") % {"name": key.name, "prefix": key.prefix}


def _uuid(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("key", ""))
    except ValueError:
        return None
