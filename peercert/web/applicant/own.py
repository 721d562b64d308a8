"""What a person's own pages have in common: finding their application, and where to go from here."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from peercert.program.applications.models import Application
from peercert.program.applications.sections import Section, section_named, sections_of
from peercert.program.errors import Refused
from peercert.rules.days import day_of
from peercert.web.applicant.groups import page_url, section_slug
from peercert.web.doors import as_applicant, now


def today() -> date:
    """The Pacific day of this request."""
    return day_of(now())


def own_application(request: HttpRequest, case: UUID) -> Application:
    """The signed-in person's own application; anyone else's, or none, is refused with the same answer."""
    person = as_applicant(request).person
    found = Application.objects.filter(case__uuid=case, person=person).select_related("case", "person").first()
    if found is None:
        raise Refused("not_yours")
    return found


def own_draft(request: HttpRequest, case: UUID) -> Application:
    """The same while it can still be answered; raises Refused("already_sent") or ("draft_discarded")."""
    application = own_application(request, case)
    if application.case.stage != "draft":
        raise Refused("already_sent" if application.submitted_at else "draft_discarded")
    return application


def section_of(application: Application, page: str) -> Section | None:
    """The section behind a page, where this application's pathway has it."""
    return section_named(section_slug(page), application.pathway)


def after(application: Application, page: str, *, back_to_check: bool) -> str:
    """Where "Save and continue" leads: back to the check page if the person came from there, else the next group."""
    check = reverse("applicant:check", args=[application.case.uuid])
    if back_to_check:
        return check
    slugs = [section.slug for section in sections_of(application.pathway)]
    at = slugs.index(section_slug(page)) if section_slug(page) in slugs else len(slugs)
    if page == "about-you":
        return check
    if at + 1 < len(slugs):
        return page_url(application, slugs[at + 1])
    return reverse("applicant:question_group", args=[application.case.uuid, "about-you"])


def case_url(application: Application) -> str:
    """The page of an application as it stands: its task list while a draft, then its status."""
    case = application.case
    if case.stage == "draft":
        return reverse("applicant:tasks", args=[case.uuid])
    return reverse("applicant:status", args=[case.uuid])
