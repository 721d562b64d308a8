"""The orientation: chapters of captioned slides, to watch or to read, resumed where one left off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from peercert import words
from peercert.program.applications.queries import self_assessment_of
from peercert.program.journey import oneself
from peercert.rules.figures import figure
from peercert.web.applicant.own import today
from peercert.web.doors import as_applicant, now, signed_in


@dataclass(frozen=True)
class Slide:
    """One slide: its heading, its caption in full, and the drawing beside it."""

    code: str
    name: str
    says: str
    drawing: str


#: Figures that the captions name.
FIGURES = (
    "minimum_age",
    "core_training_hours",
    "grandparenting_deadline",
    "review_days",
    "approval_months",
    "sittings_allowed",
    "accommodation_lead_days",
    "certificate_years",
    "continuing_education_hours",
    "law_and_ethics_hours",
)
FEES = ("application_fee", "exam_fee")


@cache
def chapters() -> tuple[tuple[str, ...], ...]:
    """The codes of the slides, chapter by chapter, in the order of the catalogue."""
    found: dict[str, list[str]] = {}
    for code, entry in words.catalogue("orientation").items():
        found.setdefault(entry["chapter"], []).append(code)
    return tuple(tuple(codes) for codes in found.values())


@signed_in
def orientation(request: HttpRequest) -> HttpResponse:
    """On to the chapter after the last one read; from the end, the first again."""
    person = as_applicant(request).person
    assert person is not None
    read = self_assessment_of(person).chapter
    chapter = read + 1 if read < len(chapters()) else 1
    return redirect(reverse("applicant:chapter", args=[chapter]))


@signed_in
def chapter(request: HttpRequest, chapter: int) -> HttpResponse:
    """One chapter; "next" notes that it was read."""
    last = len(chapters())
    if not 1 <= chapter <= last:
        raise Http404
    if request.method == "POST":
        oneself.read_chapter(chapter, last=last, actor=as_applicant(request), now=now())
        if chapter == last:
            return redirect(reverse("applicant:self_assessment"))
        return redirect(reverse("applicant:chapter", args=[chapter + 1]))
    person = as_applicant(request).person
    assert person is not None
    own = self_assessment_of(person)
    given = {
        "slides": [_slide(code) for code in chapters()[chapter - 1]],
        "chapter": chapter,
        "last": last,
        "before": chapter - 1,
        "is_done": own.orientation_done_at is not None,
        "contents": [
            (number, _slide(codes[0]).name, number <= own.chapter) for number, codes in enumerate(chapters(), 1)
        ],
    }
    return render(request, "applicant/chapter.html", given)


def _slide(code: str) -> Slide:
    lang = (get_language() or "en")[:2]
    given = _values()
    return Slide(
        code,
        words.fill("orientation", code, given, lang, "name"),
        words.fill("orientation", code, given, lang),
        f"applicant/drawings/{words.catalogue('orientation')[code]['drawing']}.html",
    )


def _values() -> dict[str, Any]:
    on = today()
    plain = {name: figure(name, on).value for name in FIGURES}
    return plain | {name: words.Money(round(figure(name, on).value * 100)) for name in FEES}
