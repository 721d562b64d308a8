"""Answer a person's question, in the language in which they asked: by a phrase or in a person's own words."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from peercert import words
from peercert.program.errors import Refused
from peercert.program.journey import review
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import frame, language, said, the_case
from peercert.web.staff.letter_preview import preview


class AnswerForm(forms.Form):
    """A phrase of the list, or own words with the language in which they are written."""

    phrase = forms.ChoiceField(label=_("A phrase that answers it"), required=False)
    text = forms.CharField(
        label=_("Or your own words, in that language"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
    )
    language = forms.ChoiceField(
        label=_("Your words are written in"),
        choices=[("en", _("English")), ("es", _("Spanish"))],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: object, asked_in: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.asked_in = asked_in
        phrases = [
            (code, words.fill("phrases", code, lang=language(), part="about")) for code in words.catalogue("phrases")
        ]
        self.fields["phrase"].choices = [("", _("none of these")), *phrases]

    def answer(self) -> tuple[str, str]:
        """The answer and its language: a phrase comes in the asker's."""
        given = self.cleaned_data
        if given["phrase"]:
            text = words.fill("phrases", given["phrase"], lang=self.asked_in)
            if given["text"].strip() and given["language"] == self.asked_in:
                text = f"{text}\n\n{given['text'].strip()}"
            return text, self.asked_in
        return given["text"].strip(), given["language"]

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if not given.get("phrase") and not (given.get("text") or "").strip():
            self.add_error("text", _("Choose a phrase or write an answer."))
        elif given.get("text") and not given.get("language"):
            self.add_error("language", _("Say in which language you wrote."))
        return given


@officer("answer_question")
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, number: str, question: int) -> HttpResponse:
    """The question, the answer's form, the letter as it will be sent."""
    case = the_case(request, number)
    asked = get_object_or_404(case.questions, pk=question)
    form = AnswerForm(request.POST or None, asked_in=asked.language)
    refusal, letter = "", None
    if request.method == "POST" and form.is_valid():
        text, written_in = form.answer()
        if "send" in request.POST:
            try:
                review.answer_question(asked.pk, text, language=written_in, actor=request.actor, now=now())
            except Refused as refused:
                refusal = sentence(refused)
            else:
                return redirect("staff:case", number=case.number)
        letter = preview(case, "question_answered", {}, lambda lang: [text])[:1]
    context = frame(request, case, "question") | {
        "asked": asked,
        "asked_in": said(f"language_{asked.language}"),
        "form": form,
        "refusal": refusal,
        "letter": letter,
    }
    return render(request, "staff/question.html", context, status=409 if refusal else 422 if form.errors else 200)
