"""Right after sending: the number, and what happens next."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from peercert.program.casework.queries import running_clock
from peercert.program.money.queries import balance, due_for
from peercert.rules.figures import figure
from peercert.web.applicant.own import case_url, own_application, today
from peercert.web.doors import signed_in


@signed_in
def submitted(request: HttpRequest, case: UUID) -> HttpResponse:
    """The receipt of an application that was sent."""
    application = own_application(request, case)
    if application.submitted_at is None:
        return redirect(case_url(application))
    due = due_for(application.case, "application")
    given = {
        "application": application,
        "case": application.case,
        "owed": balance(due) if due else 0,
        "review": running_clock(application.case, "review"),
        "review_days": figure("review_days", today()).value,
        "case_url": case_url(application),
    }
    return render(request, "applicant/submitted.html", given)
