"""The pages that a credential's ids point at: what was achieved, by which criteria, with which competencies and areas.

For people in both languages; for software, where it asks for JSON, the achievement as it is signed.
"""

from typing import Any

import orjson
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from peercert import words
from peercert.gateways.signer import achievement as signed
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import now, public
from peercert.web.public.published import published
from peercert.web.standing import area_words
from peercert.web.ui.templatetags.ui import reader

#: The code of the certificate itself; areas of specialization follow it, joined by `+`, in the order of the alphabet.
CERTIFIED = "certified"


@public
@require_safe
def achievements(request: HttpRequest) -> HttpResponse:
    """What is certified, by which criteria (`#criteria`), and in which areas."""
    return render(request, "public/achievements.html", _said() | {"areas": _areas(_codes())})


@public
@require_safe
def achievement(request: HttpRequest, code: str) -> HttpResponse:
    """One combination of areas."""
    first, *areas = code.split("+")
    if first != CERTIFIED or set(areas) - set(_codes()):
        raise Http404
    written = "+".join([CERTIFIED, *sorted(set(areas))])
    if written != code:
        return redirect("public:achievement", code=written, permanent=True)
    answer = _as_json(request, areas) if _wants_json(request) else _as_page(request, code, areas)
    patch_vary_headers(answer, ["Accept"])
    return answer


@public
@require_safe
def competencies(request: HttpRequest) -> HttpResponse:
    """The 17 core competencies; each has an anchor that credentials name."""
    codes = words.catalogue("competencies")
    listed = [(code, words.fill("competencies", code, lang=reader())) for code in codes]
    return render(request, "public/competencies.html", {"listed": listed})


@public
@require_safe
def areas(request: HttpRequest) -> HttpResponse:
    """The areas of specialization; each has an anchor that credentials name."""
    hours = words.shown(figure("specialization_hours", day_of(now())).value, reader())
    return render(request, "public/areas.html", {"listed": _areas(_codes()), "hours": hours})


def _wants_json(request: HttpRequest) -> bool:
    preferred = request.get_preferred_type(["text/html", "application/json", "application/ld+json"])
    return preferred in {"application/json", "application/ld+json"}


def _as_json(request: HttpRequest, areas: list[str]) -> HttpResponse:
    told = signed.definition(settings.ENVIRONMENT.origin, frozenset(areas), signed.words_of_record())
    return published(request, orjson.dumps(told), "application/ld+json")


def _as_page(request: HttpRequest, code: str, areas: list[str]) -> HttpResponse:
    return render(request, "public/achievement.html", _said() | {"code": code, "areas": _areas(areas)})


def _said() -> dict[str, Any]:
    codes = ("title", "description", "criteria")
    return {code: words.fill("achievement", code, lang=reader()) for code in codes}


def _areas(codes: list[str]) -> list[tuple[str, str]]:
    return list(zip(codes, area_words(codes), strict=True))


def _codes() -> list[str]:
    found: list[str] = figure("specializations", day_of(now())).value
    return found
