"""What an organisation's keys asked: every request, the newest first, and today's sums."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from peercert import words
from peercert.program.people.organisations import ApiKey, ApiUse
from peercert.rules.days import day_of
from peercert.web.doors import member, now
from peercert.web.find import paged
from peercert.web.partner.words import language
from peercert.web.ui.parts import Chip


@member("see_api_use")
@require_safe
def api_use(request: HttpRequest) -> HttpResponse:
    """Requests of one key, the one made last where none is chosen; keys are the filters."""
    row = request.organisation  # type: ignore[attr-defined]
    keys = list(row.api_keys.order_by("-last_used_on", "-pk")[:50])
    chosen = next((one for one in keys if one.uuid == _uuid(request)), keys[0] if keys else None)
    found, ways = paged(request, ApiUse.objects.filter(key=chosen))
    today = day_of(now())
    context = {
        "rows": [(one, asked(one.kind)) for one in found], "chosen": chosen,
        "chips": [Chip(_name(one), f"?key={one.uuid}", is_on=one == chosen) for one in keys],
        "today": [(asked(one.kind), one.count) for one in row.tallies.filter(on=today).order_by("kind")],
        **ways,
    }  # fmt: skip
    return render(request, "partner/api_use.html", context)


def asked(kind: str) -> str:
    """What a request asked, in words; one that has none says itself."""
    code = f"asked_{kind}"
    return words.fill("organisations", code, lang=language()) if words.has("organisations", code) else kind


def _name(key: ApiKey) -> str:
    return _("%(name)s (%(prefix)s…)") % {"name": key.name, "prefix": key.prefix}


def _uuid(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("key", ""))
    except ValueError:
        return None
