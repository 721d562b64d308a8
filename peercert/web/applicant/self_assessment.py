"""A few questions a person asks themselves. Nobody else ever reads the answers."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from peercert import words
from peercert.program.applications.queries import applications_of, self_assessment_of
from peercert.program.errors import Refused
from peercert.program.journey import oneself
from peercert.web.applicant.keep import is_autosave
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui import autosave

ANSWERS = (
    ("yes", gettext_lazy("Yes")),
    ("sometimes", gettext_lazy("Sometimes")),
    ("not_yet", gettext_lazy("Not yet")),
    ("skip", gettext_lazy("I'd rather not say, even to myself")),
)


class SelfAssessmentForm(forms.Form):
    """One question per statement of the catalogue; none has a right answer and none must be answered."""

    use_required_attribute = False

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        lang = (get_language() or "en")[:2]
        for code in words.catalogue("self_assessment"):
            field = forms.ChoiceField(
                label=words.fill("self_assessment", code, lang=lang),
                choices=ANSWERS,
                widget=forms.RadioSelect,
                error_messages={"required": gettext_lazy("Choose an answer; “I'd rather not say” is one too.")},
            )
            self.fields[code] = field


@signed_in
def self_assessment(request: HttpRequest) -> HttpResponse:
    """Answer for oneself; then a thought for every "not yet"."""
    actor = as_applicant(request)
    assert actor.person is not None
    own = self_assessment_of(actor.person)
    if is_autosave(request):
        return _keep_one(request)
    form = SelfAssessmentForm(request.POST if request.method == "POST" else None, initial=own.answers)
    if request.method == "POST":
        is_whole = form.is_valid()
        given = {name: value for name, value in form.cleaned_data.items() if value}
        own = oneself.assess_self(given, is_finished=is_whole, actor=actor, now=now())
        if is_whole:
            return redirect(reverse("applicant:self_assessment") + "?thoughts=1")
    lang = (get_language() or "en")[:2]
    thoughts = [
        (
            words.fill("self_assessment", code, lang=lang),
            words.fill("self_assessment", code, lang=lang, part="thinks"),
        )
        for code in words.catalogue("self_assessment")
        if own.answers.get(code) in {"not_yet", "sometimes"}
    ]
    shows_thoughts = own.assessed_at is not None and "thoughts" in request.GET
    draft = applications_of(actor.person).filter(case__stage="draft").first()
    page = {"form": form, "thoughts": thoughts, "shows_thoughts": shows_thoughts, "own": own, "draft": draft}
    return render(request, "applicant/self_assessment.html", page, status=422 if form.errors else 200)


def _keep_one(request: HttpRequest) -> HttpResponse:
    """One answer as it is given; only "Done" says that they are all there."""
    form, name = SelfAssessmentForm(request.POST), str(request.POST["field"])
    if name not in form.fields:
        raise Refused("not_an_answer", name=name)
    if name in form.errors:
        return autosave.refused(request, form[name])
    oneself.assess_self({name: form.cleaned_data[name]}, is_finished=False, actor=as_applicant(request), now=now())
    return autosave.saved(request, saved_at=now(), version="")
