"""Whether the person needs an accommodation for the exam, and what became of it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from peercert import words
from peercert.program.casework.models import Case
from peercert.program.casework.queries import running_clock
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import Accommodation
from peercert.program.journey import accommodate
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.applicant.exam_papers import Kept, keep_paper
from peercert.web.applicant.forms.answers import YesNoField
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_application, today
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.fields import DayField, UploadField

_NEEDS_MOST = 4000


class AccommodationForm(forms.Form):
    """Yes or no; with a yes what is needed, from which day, and the provider's form where it is there already."""

    is_needed = YesNoField(
        label=__("Do you need an accommodation for the exam?"),
        help_text=__("For example more time, extra breaks, a separate room, a person or a program that reads aloud."),
    )
    needs = forms.CharField(
        label=__("If yes: what do you need?"),
        help_text=__("In your own words. You do not have to name a diagnosis. Only exam officers read this."),
        required=False,
        max_length=_NEEDS_MOST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    wanted_on = DayField(
        label=__("If yes: when would you like to sit the exam?"),
        help_text=__("The earliest day you have in mind. You can leave this empty."),
        required=False,
    )
    form = UploadField(
        label=__("If yes: the accommodation form, filled in by a licensed medical provider"),
        help_text=__("JPEG, PNG, HEIC or PDF, up to 15 MB. You can send it later, too; we decide once it is here."),
        required=False,
    )
    paper = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, on: date, through: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted: Any = self.fields["wanted_on"]
        wanted.earliest, wanted.latest = on, through
        wanted.earliest_words = _("This day has passed. Choose a later one.")
        wanted.latest_words = _("Your approval ends before this day. Choose an earlier one.")

    def clean(self) -> dict[str, Any]:
        """A yes says what is needed."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("is_needed") and not (given.get("needs") or "").strip():
            self.add_error("needs", _("Tell us in a few words what you need."))
        return given


@signed_in
def accommodation(request: HttpRequest, case: UUID) -> HttpResponse:
    """Ask the question, show what was answered and what became of it."""
    application = own_application(request, case)
    the_case = application.case
    if the_case.stage != "approved":
        return redirect(reverse("applicant:exam", args=[case]))
    answer = queries.accommodation(the_case)
    through, on = queries.approval_through(the_case), today()
    kept, refused, status = Kept(), "", 200
    if request.method == "POST":
        form = AccommodationForm(request.POST, request.FILES, on=on, through=through)
        is_valid = form.is_valid()
        kept = keep_paper(request, form, "form", the_case, "accommodation_form")
        if is_valid and not form.errors:
            try:
                _answer(request, the_case, form.cleaned_data, kept)
                return redirect(reverse("applicant:exam", args=[case]))
            except Refused as why:
                refused, status = said(why), 409
        else:
            status = 422
    else:
        form = AccommodationForm(on=on, through=through, initial=_initial(answer))
    given = {
        "case": the_case,
        "form": form,
        "kept": kept,
        "refused": refused,
        "answer": answer,
        "outcome": _outcome(answer),
        "asked": _asked(the_case, answer),
        "asked_by": _asked_by(the_case),
        "clock": running_clock(the_case, "accommodation"),
        "form_given": answer.form if answer else None,
        "through": through,
        "lead_days": figure("accommodation_lead_days", on).value,
        "latest_on": queries.latest_day_for_form(through, int(figure("accommodation_lead_days", on).value)),
        "is_tight": queries.latest_day_for_form(through, int(figure("accommodation_lead_days", on).value)) < on,
    }
    return render(request, "applicant/accommodation.html", given, status=status)


def _answer(request: HttpRequest, case: Case, given: dict[str, Any], kept: Kept) -> None:
    earlier = queries.accommodation(case)
    form = kept.document.uuid if kept.document else earlier.form.uuid if earlier and earlier.form else None
    accommodate.answer_accommodation(
        case.pk,
        is_needed=given["is_needed"],
        needs=given["needs"] or "",
        wanted_on=given["wanted_on"],
        form=form,
        actor=as_applicant(request),
        now=now(),
    )
    if given["is_needed"]:
        messages.success(
            request, _("An exam officer looks at what you need. Wait with booking until we have written to you.")
        )
    else:
        messages.success(request, _("Saved: you need no accommodation. You can change this until you book."))


def _initial(answer: Accommodation | None) -> dict[str, Any]:
    if answer is None:
        return {}
    return {"is_needed": answer.is_needed, "needs": queries.needs(answer), "wanted_on": answer.wanted_on}


def _outcome(answer: Accommodation | None) -> str:
    if answer is None or not answer.is_needed:
        return ""
    return answer.outcome or "asked"


def _asked(case: Case, answer: Accommodation | None) -> str:
    """What the exam officer asked for about this answer, in words; "" where nothing is asked."""
    asked = queries.asked_about(case)
    if answer is None or asked is None or answer.outcome or asked.at < answer.answered_at:
        return ""
    return words.fill("exams", str(asked.values["reason"]), lang=(get_language() or "en")[:2])


def _asked_by(case: Case) -> date | None:
    """The last day for an answer about the form, where one was asked for."""
    asked = queries.asked_about(case)
    return queries.answer_by(day_of(asked.at)) if asked else None
