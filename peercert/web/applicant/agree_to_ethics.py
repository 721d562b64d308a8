"""The code of ethics once more, where it changed between the application and the exam."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.journey import sit
from peercert.web.applicant.ethics_code import principles
from peercert.web.applicant.forms.answers import text
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_application, today
from peercert.web.doors import as_applicant, now, signed_in


class AgreeForm(forms.Form):
    """The signature, and the version that the page showed."""

    name = text(
        __("Sign with your legal name"),
        most=200,
        help_text=__("Type your first and last name as you gave them. This is your written agreement."),
        required=__("Type your legal name to sign."),
        autocomplete="name",
    )
    version = forms.CharField(widget=forms.HiddenInput, required=False)


@signed_in
def agree_to_ethics(request: HttpRequest, case: UUID) -> HttpResponse:
    """Read the code in force and agree to it."""
    application = own_application(request, case)
    version = queries.ethics_version(today())
    is_due = application.case.stage == "approved" and queries.must_agree_again(application.case, today())
    form, status = AgreeForm(initial={"version": version}), 200
    if request.method == "POST":
        form = AgreeForm(request.POST)
        status = 422
        if form.is_valid():
            refused = _agree(request, application.case_id, form.cleaned_data)
            if refused is None:
                messages.success(request, _("You agreed to the code of ethics."))
                return redirect(reverse("applicant:exam", args=[case]))
            form.add_error("name", refused)
            form.data = {**form.data.dict(), "version": version}
            status = 409
    given = {
        "case": application.case,
        "form": form,
        "is_due": is_due,
        "principles": principles(),
        "code_version": version,
        "has_name": True,
    }
    return render(request, "applicant/agree_to_ethics.html", given, status=status)


def _agree(request: HttpRequest, case_id: int, given: dict[str, Any]) -> str | None:
    """Sign; what was refused, in words."""
    try:
        sit.agree_to_ethics(case_id, given["name"], version=given["version"], actor=as_applicant(request), now=now())
    except Refused as why:
        return said(why)
    return None
