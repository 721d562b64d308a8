"""A person's own place: their applications and certificates, and what comes next. For strangers: how to begin."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from peercert.program.applications.models import Application
from peercert.program.applications.queries import applications_of
from peercert.program.certificates.models import Certificate
from peercert.program.people.models import Person
from peercert.rules.figures import figure
from peercert.web.applicant.own import case_url, today
from peercert.web.doors import as_applicant, public
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
    found = []
    for certificate in Certificate.objects.filter(person=person).order_by("-pk"):
        try:
            url = reverse("applicant:certificate", args=[certificate.number])
        except NoReverseMatch:
            url = f"{reverse('public:verify')}{certificate.number}/"
        found.append((certificate, url))
    return found


def _line(application: Application, open_pathways: set[str]) -> Line:
    stage = application.case.stage
    kind, word, what, action = {
        "draft": ("yours", _("Draft"), _("Go on with your answers; everything so far is saved."), _("Continue")),
        "submitted": ("yours", _("Sent"), _("We wait for your payment, or for a payer."), _("See where it stands")),
        "review": ("waiting", _("In review"), _("It is with us."), _("See where it stands")),
        "recommended": ("waiting", _("In review"), _("It is with us."), _("See where it stands")),
        "approved": ("yours", _("Approved"), _("Training, exam fee and exam come next."), _("See what comes next")),
        "certified": ("done", _("Certified"), _("You hold a certificate."), _("See this application")),
        "denied": ("neutral", _("Decided"), _("There is a decision about this application."), _("Read it")),
        "not_completed": (
            "problem",
            _("Not completed"),
            _("We closed it because something was missing."),
            _("See why"),
        ),
        "withdrawn": ("neutral", _("Withdrawn"), _("You took this application back."), _("See this application")),
        "ended": (
            "neutral",
            _("Approval ended"),
            _("The months after your approval are over."),
            _("See this application"),
        ),
    }[stage]
    is_over = application.closed_at is not None and application.pathway != "grandparenting"
    return Line(
        application,
        case_url(application) if application.submitted_at or stage == "draft" else "",
        kind,  # type: ignore[arg-type]
        word,
        what,
        action,
        is_over and application.submitted_at is not None and application.pathway not in open_pathways,
    )
