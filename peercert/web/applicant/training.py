"""The certificate of the core course, given after the approval: who taught, when, in which language, and the paper."""

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
from peercert.program.applications.models import Application, Training
from peercert.program.casework.queries import running_clock
from peercert.program.errors import Refused
from peercert.program.exams.progress import progress
from peercert.program.journey import train
from peercert.program.people.models import LANGUAGES
from peercert.program.training.queries import teachers
from peercert.rules import days
from peercert.rules.figures import figure
from peercert.web.applicant.exam_papers import Kept, keep_paper
from peercert.web.applicant.forms.answers import ChoiceField, HoursField, text
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_application, today
from peercert.web.applicant.papers import STATES
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.fields import DayField, UploadField

OTHER = "other"


class TrainingForm(forms.Form):
    """What the certificate says, and its picture."""

    provider = forms.ChoiceField(
        label=__("Who taught the course?"),
        error_messages={"required": __("Choose who taught your course, or “Another provider”.")},
    )
    provider_name = text(__("If another provider: the name as it stands on the certificate"), most=200)
    language = ChoiceField(label=__("Language of the course"), choices=LANGUAGES)
    hours = HoursField(label=__("Hours"), most=500, help_text=__("As printed on the certificate."))
    started_on = DayField(label=__("First day of the course"))
    completed_on = DayField(label=__("Last day of the course"))
    file = UploadField(
        label=__("Photo or scan of the certificate"),
        help_text=__("JPEG, PNG, HEIC or PDF, up to 15 MB."),
    )
    paper = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider_name"].required = False
        # An earlier try of this page brought the paper already.
        self.fields["file"].required = not (self.data.get("paper") if self.is_bound else "")
        provider: Any = self.fields["provider"]
        listed = [(str(one.uuid), one.name) for one in teachers()]
        provider.choices = [("", _("Choose")), *listed, (OTHER, _("Another provider"))]
        for name in ("started_on", "completed_on"):
            field: Any = self.fields[name]
            field.earliest, field.latest = days.add_years(on, -30), on
            field.earliest_words = _("Check the year.")
            field.latest_words = _("This day has not come yet. Give your certificate once the course is over.")

    def clean(self) -> dict[str, Any]:
        """A course ends after it began; another provider has a name."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = given.get("started_on"), given.get("completed_on")
        if start and end and end < start:
            self.add_error("completed_on", _("The last day can't come before the first. Check both."))
        if given.get("provider") == OTHER and not (given.get("provider_name") or "").strip():
            self.add_error("provider_name", _("Write the name as it stands on the certificate."))
        return given


@signed_in
def training(request: HttpRequest, case: UUID) -> HttpResponse:
    """Give the training certificate, and see what became of it."""
    application = own_application(request, case)
    the_case = application.case
    found = progress(the_case, now=now())
    if the_case.stage != "approved" or found.training == "not_needed":
        return redirect(reverse("applicant:exam", args=[case]))
    kept, refused, status = Kept(), "", 200
    if request.method == "POST":
        form = TrainingForm(request.POST, request.FILES, on=today())
        form.is_valid()
        kept = keep_paper(request, form, "file", the_case, "training_certificate")
        if kept.document is None and "file" not in form.errors:
            form.add_error("file", _("Add a photo or a PDF of your training certificate."))
        status = 422
        if not form.errors:
            try:
                _give(request, the_case.pk, form.cleaned_data, kept)
                messages.success(request, _("Your training certificate is here. We look at it and write to you."))
                return redirect(reverse("applicant:training", args=[case]))
            except Refused as why:
                refused, status = said(why), 409
    else:
        form = TrainingForm(on=today(), initial=_initial(application))
    given = {
        "case": the_case,
        "form": form,
        "kept": kept,
        "refused": refused,
        "state": found.training,
        "given": _given(application),
        "clock": running_clock(the_case, "training_review"),
        "hours": figure("core_training_hours", today()).value,
        "through": found.through,
    }
    return render(request, "applicant/training.html", given, status=status)


def _give(request: HttpRequest, case_id: int, given: dict[str, Any], kept: Kept) -> None:
    assert kept.document is not None
    is_listed = given["provider"] != OTHER
    train.give_training(
        case_id,
        provider=UUID(given["provider"]) if is_listed else None,
        provider_name="" if is_listed else given["provider_name"],
        language=given["language"],
        hours=given["hours"],
        started_on=given["started_on"],
        completed_on=given["completed_on"],
        document=kept.document.uuid,
        actor=as_applicant(request),
        now=now(),
    )


def _initial(application: Application) -> dict[str, Any]:
    """What the application, or the certificate before, already said about the course."""
    latest = application.trainings.order_by("-given_at", "-pk").select_related("provider").first()
    if latest is None:
        return {}
    provider = str(latest.provider.uuid) if latest.provider else OTHER if latest.provider_name else ""
    return {
        "provider": provider,
        "provider_name": latest.provider_name,
        "language": latest.language,
        "hours": latest.hours,
        "started_on": latest.started_on,
        "completed_on": latest.completed_on,
    }


def _given(application: Application) -> dict[str, Any] | None:
    """The certificate that is looked at or accepted, with where its picture stands."""
    rows = Training.objects.filter(application=application, refused_at=None).exclude(given_at=None)
    latest = rows.select_related("provider", "document").order_by("-given_at").first()
    if latest is None:
        return None
    paper = latest.document
    kind, word = STATES[paper.state] if paper else ("neutral", "")
    lang = (get_language() or "en")[:2]
    refusal = words.fill("documents", paper.refusal, lang=lang) if paper and paper.state == "refused" else ""
    return {"training": latest, "paper": paper, "kind": kind, "word": word, "refusal": refusal}
