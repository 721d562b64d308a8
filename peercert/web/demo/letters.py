"""Every letter of the demonstration, readable without a sign-in: no letter leaves here."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from peercert.program.notices.models import Letter
from peercert.web.doors import public
from peercert.web.find import find_cases, page_key, typed

#: How many letters a page shows.
PAGE = 40


@public
def letters(request: HttpRequest) -> HttpResponse:
    """Letters as written, the newest first; found by application number or name."""
    rows = Letter.objects.select_related("case").order_by("-pk")
    text = typed(request)
    if text:
        rows = rows.filter(case__in=[case.pk for case in find_cases(text, None).cases])
    before = page_key(request)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    here = reverse("demo:letters")
    page = {
        "letters": found[:PAGE], "q": text, "first_url": here if before else "",
        "next_url": f"{here}?q={text}&before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
    }  # fmt: skip
    return render(request, "demo/letters.html", page)


@public
def letter(request: HttpRequest, letter: UUID) -> HttpResponse:
    """One letter, and what its e-mail says."""
    found = get_object_or_404(Letter.objects.select_related("case"), uuid=letter)
    return render(request, "demo/letter.html", {"letter": found})
