"""Asking us a question about one's application."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from peercert.program.errors import Refused
from peercert.program.journey import answer
from peercert.rules.figures import figure
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_application, today
from peercert.web.doors import as_applicant, now, signed_in


class QuestionForm(forms.Form):
    """A question in the person's own words."""

    text = forms.CharField(
        label=__("Your question"),
        help_text=__("An officer answers in the language of this page. Please leave out health and treatment."),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=answer.MOST,
        error_messages={
            "required": __("Write your question first, in your own words."),
            "max_length": __("Use at most 4,000 characters."),
        },
    )


@signed_in
def ask(request: HttpRequest, case: UUID) -> HttpResponse:
    """Ask; afterwards back to the status page, where the question and its answer stand."""
    application = own_application(request, case)
    if application.submitted_at is None:
        return redirect("applicant:tasks", case=case)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer.ask_question(
                application.case_id, form.cleaned_data["text"], language=(get_language() or "en")[:2],
                actor=as_applicant(request), now=now(),
            )  # fmt: skip
            messages.success(request, _("Your question is here. The answer comes by letter and stands on this page."))
            return redirect("applicant:status", case=case)
        except Refused as why:
            form.add_error("text", said(why))
    given = {
        "form": form,
        "case": application.case,
        "days": figure("question_answer_days", today()).value,
    }
    return render(request, "applicant/ask.html", given, status=422 if form.errors else 200)
