"""The task list of a draft: what is done, what is next, what to have at hand."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from peercert.program.applications.models import Application
from peercert.program.applications.queries import (
    SectionState,
    missing,
    orientation_gaps,
    section_states,
    self_assessment_of,
)
from peercert.program.people.models import Demographics
from peercert.rules.figures import figure
from peercert.web.applicant.groups import GROUPS, page_slug, page_url, task_of
from peercert.web.applicant.own import case_url, own_application, today
from peercert.web.doors import signed_in
from peercert.web.ui.parts import Task


@signed_in
def tasks(request: HttpRequest, case: UUID) -> HttpResponse:
    """Where a draft stands, section by section, with one way on."""
    application = own_application(request, case)
    if application.case.stage != "draft":
        return redirect(case_url(application))
    states = section_states(application)
    gaps = missing(application, on=today())
    counted = [state for state in states if not state.section.is_optional]
    done = sum(1 for state in counted if state.state == "complete")
    given = {
        "application": application,
        "case": application.case,
        "orientation": _orientation(application),
        "sections": [task_of(application, state) for state in states],
        "last": [_about_you(application), _check(application, len(gaps))],
        "done": done,
        "total": len(counted),
        "is_complete": not gaps,
        "go_on": page_url(application, gaps[0].section) if gaps else reverse("applicant:check", args=[case]),
        "at_hand": at_hand(states),
        "minutes": minutes(states),
    }
    return render(request, "applicant/tasks.html", given)


def minutes(states: list[SectionState]) -> int:
    """How long what is left takes, by our own estimate, to the next five."""
    left = sum(GROUPS[page_slug(state.section.slug)].minutes for state in states if state.state != "complete")
    return max(5, -(-left // 5) * 5)


def at_hand(states: list[SectionState]) -> list[str]:
    """What to have ready for the sections that are not complete."""
    groups = [GROUPS[page_slug(state.section.slug)] for state in states if state.state != "complete"]
    return [str(group.at_hand) for group in groups if group.at_hand]


def _orientation(application: Application) -> list[Task]:
    """The first task, where the figure of the day asks for it or the person did it anyway."""
    own = self_assessment_of(application.person)
    is_required = bool(figure("orientation_required", today()).value)
    gaps = {gap.name for gap in orientation_gaps(application.person, on=today())}
    first_done, then_done = own.orientation_done_at is not None, own.assessed_at is not None
    begun = own.chapter > 0
    return [
        Task(
            _("Watch or read the orientation"),
            "done" if first_done else "yours" if begun else "neutral",
            _("Complete")
            if first_done
            else _("Started")
            if begun
            else _("Not started")
            if is_required
            else _("Optional"),
            reverse("applicant:orientation"),
            "" if first_done else _("about %(minutes)d min") % {"minutes": 10},
        ),
        Task(
            _("Ask yourself a few questions"),
            "done" if then_done else "neutral",
            _("Complete") if then_done else _("Not started") if "assessed_at" in gaps else _("Optional"),
            reverse("applicant:self_assessment"),
            _("Your answers are yours alone. No officer ever sees them."),
        ),
    ]


def _about_you(application: Application) -> Task:
    answered = Demographics.objects.filter(person=application.person).exclude(answered_at=None).exists()
    return Task(
        str(GROUPS["about-you"].title),
        "done" if answered else "neutral",
        _("Answered") if answered else _("Optional"),
        reverse("applicant:question_group", args=[application.case.uuid, "about-you"]),
        _("Only counted, never seen by officers."),
    )


def _check(application: Application, gaps: int) -> Task:
    url = reverse("applicant:check", args=[application.case.uuid])
    if gaps:
        return Task(
            _("Check your answers and send"), "neutral", _("Not yet"), url, _("When everything above is complete.")
        )
    return Task(_("Check your answers and send"), "yours", _("Ready"), url)
