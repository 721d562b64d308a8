"""The ways out of an application, and back in: throw a draft away, withdraw, begin again from earlier answers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from peercert.program.applications.queries import open_application
from peercert.program.errors import Refused
from peercert.program.journey import apply
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import case_url, own_application, own_draft
from peercert.web.doors import as_applicant, now, signed_in


@signed_in
def discard(request: HttpRequest, case: UUID) -> HttpResponse:
    """Throw a draft away, after asking once."""
    application = own_draft(request, case)
    if request.method == "POST":
        apply.discard(application.case_id, actor=as_applicant(request), now=now())
        messages.success(request, _("Your draft is gone. You can start again at any time."))
        return redirect("applicant:home")
    return render(request, "applicant/discard.html", {"case": application.case, "application": application})


@signed_in
def withdraw(request: HttpRequest, case: UUID) -> HttpResponse:
    """Take an application back, after saying what that means."""
    application = own_application(request, case)
    refused = ""
    if request.method == "POST":
        try:
            apply.withdraw(application.case_id, actor=as_applicant(request), now=now())
            messages.success(request, _("You took your application back. We closed it and sent you a letter about it."))
            return redirect("applicant:home")
        except Refused as why:
            refused = said(why)
    given = {
        "case": application.case,
        "application": application,
        "refused": refused,
        "case_url": case_url(application),
        "may_withdraw": application.case.stage in {"submitted", "review", "recommended", "approved"},
    }
    return render(request, "applicant/withdraw.html", given, status=409 if refused else 200)


@signed_in
def reapply(request: HttpRequest, case: UUID) -> HttpResponse:
    """Begin again from the answers of an application that is over."""
    application = own_application(request, case)
    if request.method != "POST":
        return redirect("applicant:home")
    try:
        draft = apply.reapply(application.case_id, actor=as_applicant(request), now=now())
    except Refused as why:
        messages.warning(request, said(why))
        there = open_application(application.person, application.pathway)
        return redirect(case_url(there) if there else reverse("applicant:home"))
    messages.success(request, _("Your earlier answers are here. Check each of them, and sign again at the end."))
    return redirect(reverse("applicant:tasks", args=[draft.uuid]))
