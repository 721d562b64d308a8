"""A person's own letters: the list, and one letter to read or print. Opening it is notice, and is kept."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from peercert.program.errors import Refused
from peercert.program.journey import notice
from peercert.program.notices.models import Letter
from peercert.program.notices.queries import letters_to
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.find import page_key

#: How many letters a page shows.
PAGE = 30


@signed_in
def letters(request: HttpRequest) -> HttpResponse:
    """Every letter to the signed-in person, the newest first; unread ones are marked."""
    person = as_applicant(request).person
    rows = letters_to(person).order_by("-pk") if person else Letter.objects.none()
    before = page_key(request)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    here = reverse("applicant:letters")
    page = {
        "letters": found[:PAGE],
        "next_url": f"{here}?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "first_url": here if before else "",
    }
    return render(request, "applicant/letters.html", page)


@signed_in
def letter(request: HttpRequest, letter: UUID) -> HttpResponse:
    """One letter in full, also a sealed one. Anyone else's, or none, is refused with the same answer."""
    actor = as_applicant(request)
    found = Letter.objects.filter(uuid=letter, person=actor.person).select_related("case").first()
    if found is None:
        raise Refused("not_yours")
    notice.opened(found.pk, actor=actor, now=now())
    return render(request, "applicant/letter.html", {"letter": found, "case": found.case})
