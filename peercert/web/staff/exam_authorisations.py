"""Every authorisation to test: filtered, searched, paged by key."""

import contextlib
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from peercert.program.access import within_reach
from peercert.program.exams.models import ExamAuthorisation
from peercert.rules import numbers
from peercert.web.doors import now, officer
from peercert.web.find import find_cases, page_key, typed
from peercert.web.staff.exam_words import condition, telling
from peercert.web.ui.parts import Chip

#: How many rows a page shows; counts stop there, too, and say so.
PAGE, MOST = 50, 1_000


@officer("see_exams")
@require_safe
def exam_authorisations(request: HttpRequest) -> HttpResponse:
    """The list, the newest first."""
    show, text = request.GET.get("show", "open"), typed(request)
    before = page_key(request)
    rows = within_reach(_found(request, text) if text else _shown(show), request.actor, "case__person")
    count = len(rows.values_list("pk")[: MOST + 1])
    if before:
        rows = rows.filter(pk__lt=before)
    page = list(rows.select_related("case").order_by("-pk")[: PAGE + 1])
    given = {
        "rows": [_row(one) for one in page[:PAGE]],
        "count": f"{MOST}+" if count > MOST else str(count),
        "q": text,
        "filters": [Chip(label, _address(show=code), is_on=code == show and not text) for code, label in _labels()],
        "next_url": _address(show=show, q=text, before=page[PAGE - 1].pk) if len(page) > PAGE else "",
        "first_url": _address(show=show, q=text) if before else "",
    }
    return render(request, "staff/exam_authorisations.html", given)


def _labels() -> list[tuple[str, str]]:
    return [
        ("open", _("Open")),
        ("booked", _("Booked")),
        ("result", _("Waits for a result")),
        ("untold", _("To tell the vendor")),
        ("used", _("Used")),
        ("cancelled", _("Canceled")),
        ("all", _("All authorizations")),
    ]


def _shown(show: str) -> QuerySet[ExamAuthorisation]:
    rows = ExamAuthorisation.objects.annotate(
        booked_at=Max("appointments__starts_at", filter=Q(appointments__state="booked"))
    )
    still_open = Q(used_at=None, cancelled_at=None)
    filters = {
        "open": still_open,
        "booked": still_open & Q(booked_at__gt=now()),
        "result": still_open & Q(booked_at__lte=now()),
        "untold": Q(told="", cancelled_at=None) | (~Q(told="") & Q(changed_at__gt=F("told_at"))),
        "used": Q(used_at__isnull=False),
        "cancelled": Q(cancelled_at__isnull=False),
    }
    return rows.filter(filters.get(show, Q()))


def _found(request: HttpRequest, text: str) -> QuerySet[ExamAuthorisation]:
    """By its own number, the candidate's, the application's, or a name."""
    rows = _shown("all")
    numbered = Q(candidate_id="".join(letter for letter in text.upper() if letter.isalnum()))
    with contextlib.suppress(ValueError):
        numbered |= Q(number=numbers.read(text, "E"))
    found = rows.filter(numbered)
    return (
        found if found.exists() else rows.filter(case__in=[case.pk for case in find_cases(text, request.actor).cases])
    )


def _row(one: Any) -> dict[str, Any]:
    kind, word = condition(one, one.booked_at)
    told_kind, told = telling(one)
    return {"held": one, "kind": kind, "word": word, "told_kind": told_kind, "told": told, "booked_at": one.booked_at}


def _address(**query: Any) -> str:
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse('staff:exam_authorisations')}?{given}"
