"""A person's own place: their applications and certificates, and what comes next. For strangers: how to begin."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from peercert.program.applications.models import Application
from peercert.program.applications.queries import applications_of
from peercert.program.certificates.models import Certificate
from peercert.program.journey.whereabouts import whereabouts
from peercert.program.people.models import Person
from peercert.rules.figures import figure
from peercert.web.applicant.own import case_url, today
from peercert.web.doors import as_applicant, now, public
from peercert.web.ui.parts import Kind


@dataclass(frozen=True)
class Line:
    """One application as it stands, in one sentence with one way on."""

    application: Application
    url: str
    kind: Kind
    word: str
    next: str
    action: str
    may_begin_again: bool


@public
def home(request: HttpRequest) -> HttpResponse:
    """The signed-in person's applications and certificates, or for a stranger the way in."""
    if not request.actor:  # type: ignore[attr-defined]
        return render(request, "applicant/welcome.html", _fees())
    person = as_applicant(request).person
    assert person is not None
    # A draft that was thrown away is gone for the person, too.
    applications = [one for one in applications_of(person) if one.submitted_at or one.closed_at is None]
    open_pathways = {one.pathway for one in applications if one.closed_at is None}
    given = {
        "person": person,
        "lines": [_line(one, open_pathways) for one in applications],
        "certificates": _certificates(person),
    }
    return render(request, "applicant/home.html", given)


def _fees() -> dict[str, object]:
    on = today()
    fees = {name: round(figure(name, on).value * 100) for name in ("application_fee", "exam_fee")}
    return {**fees, **{name: figure(name, on).value for name in ("review_days", "approval_months")}}


def _certificates(person: Person) -> list[tuple[Certificate, str]]:
    held = Certificate.objects.filter(person=person).order_by("-pk")
    return [(one, reverse("applicant:certificate", args=[one.number])) for one in held]


#: Stage → the word of its tag. What to do, by whom and by when is asked of `whereabouts`, as on the status page.
WORDS = {
    "draft": gettext_lazy("Draft"),
    "submitted": gettext_lazy("Sent"),
    "review": gettext_lazy("In review"),
    "recommended": gettext_lazy("In review"),
    "approved": gettext_lazy("Approved"),
    "certified": gettext_lazy("Certified"),
    "denied": gettext_lazy("Decided"),
    "not_completed": gettext_lazy("Not completed"),
    "withdrawn": gettext_lazy("Withdrawn"),
    "ended": gettext_lazy("Approval ended"),
}
KINDS: dict[str, Kind] = {"person": "yours", "us": "waiting", "vendor": "waiting", "nobody": "neutral"}


def _line(application: Application, open_pathways: set[str]) -> Line:
    case = application.case
    lang = (get_language() or "en")[:2]
    where = whereabouts(case, now=now())
    is_over = application.closed_at is not None and application.pathway != "grandparenting"
    return Line(
        application,
        case_url(application),
        "done" if case.stage == "certified" else KINDS[where.who],
        str(WORDS[case.stage]),
        where.says(lang),
        _("Continue") if case.stage == "draft" else _("See where it stands"),
        is_over and case.stage != "certified" and application.pathway not in open_pathways,
    )
