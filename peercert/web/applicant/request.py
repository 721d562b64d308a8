"""Answering what was asked: item by item, each answer kept at once, sent when every item has one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from peercert import words
from peercert.gateways.sanitise import Unacceptable
from peercert.program.casework.models import Document, Request, RequestItem
from peercert.program.errors import Refused
from peercert.program.journey import answer, documents
from peercert.program.journey.ask import asked_words
from peercert.program.journey.whereabouts import whereabouts
from peercert.program.review.queries import check_of_item
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_application
from peercert.web.applicant.papers import STATES, most_bytes
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.fields import UploadField
from peercert.web.ui.parts import Kind


class AnswersForm(forms.Form):
    """A place for the answer to every item: words, "I can't give this", and a file where one is asked for."""

    use_required_attribute = False
    #: Each item has to be answered in one of these ways: none of them is called optional.
    needs_one = True

    def __init__(self, items: Iterable[RequestItem], *given: Any) -> None:
        super().__init__(*given)
        for item in items:
            if item.document_kind:
                self.fields[f"file_{item.pk}"] = UploadField(label=gettext_lazy("Photo or PDF"), required=False)
            self.fields[f"text_{item.pk}"] = forms.CharField(
                label=gettext_lazy("Anything to add (optional)") if item.document_kind else gettext_lazy("Your answer"),
                max_length=answer.MOST, required=False, initial=item.answer, widget=forms.Textarea(attrs={"rows": 5}),
            )  # fmt: skip
            self.fields[f"cannot_{item.pk}"] = forms.BooleanField(
                label=gettext_lazy("I can't give this"), required=False, initial=item.cannot_give
            )


@dataclass
class Asked:
    """One item with its words: what we found, what we ask, an example; the answer so far, and its place in the form."""

    item: RequestItem
    says: str
    asks: str
    example: str
    file: forms.BoundField | None
    text: forms.BoundField
    cannot: forms.BoundField

    @property
    def is_answered(self) -> bool:
        """Whether it can be sent."""
        return answer.is_answered(self.item)

    @property
    def document(self) -> Document | None:
        """The document given as the answer, unless it was taken out again."""
        given = self.item.document
        return given if given is not None and given.replaced_at is None else None

    @property
    def state(self) -> tuple[Kind, str]:
        """Where that document stands: colour and word."""
        kind, word = STATES[self.document.state] if self.document else ("neutral", "")
        return kind, str(word)  # type: ignore[return-value]

    @property
    def refusal(self) -> str:
        """Why the document could not be used, and the mend."""
        if self.document is None or self.document.state != "refused":
            return ""
        return words.fill("documents", self.document.refusal, lang=_lang())


@signed_in
def request(request: HttpRequest, case: UUID) -> HttpResponse:
    """What we asked in this case; GET shows, POST keeps every answer of the page and sends where that was asked."""
    application = own_application(request, case)
    there = answer.answerable(application.case, now=now())
    if there is None:
        messages.info(request, _("Nothing is asked of you in this application now."))
        return redirect("applicant:status", case=case)
    form, refused = AnswersForm(there.items.all()), ""
    if request.method == "POST":
        form = _kept(request, there)
        if not form.errors and "send" not in request.POST:
            messages.success(request, _("Saved. Send your answers when every item has one."))
            return redirect("applicant:request", case=case)
        refused = "" if form.errors else _sent(request, there)
        if not form.errors and not refused:
            messages.success(request, _("Your answers are here. Our review goes on."))
            return redirect("applicant:status", case=case)
    items = _asked(there, form)
    given = {
        "case": application.case,
        "by": whereabouts(application.case, now=now()).by,
        "items": items,
        "form": form,
        "refused": refused,
        "open": sum(1 for one in items if not one.is_answered),
    }
    return render(request, "applicant/request.html", given, status=422 if form.errors else 409 if refused else 200)


def _sent(request: HttpRequest, there: Request) -> str:
    """Send the answers; what is said where they cannot be sent yet."""
    try:
        answer.send_answers(there.pk, actor=as_applicant(request), now=now())
    except Refused as why:
        return said(why)
    return ""


def _asked(there: Request, form: AnswersForm) -> list[Asked]:
    found = []
    for item in there.items.select_related("document").order_by("position"):
        check = check_of_item(item)
        told = asked_words(check, item.reason, _lang()) if check else ("", "", "")
        file = form[f"file_{item.pk}"] if item.document_kind else None
        found.append(Asked(item, *told, file, form[f"text_{item.pk}"], form[f"cannot_{item.pk}"]))
    return found


def _kept(request: HttpRequest, there: Request) -> AnswersForm:
    """Keep each item's answer by itself, so that one that cannot be kept loses none of the others."""
    items = list(there.items.all())
    form = AnswersForm(items, request.POST, request.FILES)
    form.is_valid()
    for item in items:
        text, cannot = (form.cleaned_data.get(f"{part}_{item.pk}") for part in ("text", "cannot"))
        try:
            answer.answer_item(item.pk, text=text, cannot_give=cannot, actor=as_applicant(request), now=now())
        except Refused as why:
            form.add_error(f"text_{item.pk}", said(why))
            continue
        _keep_file(request, there, item, form)
    return form


def _keep_file(request: HttpRequest, there: Request, item: RequestItem, form: AnswersForm) -> None:
    """The file that came for an item becomes its answer; what cannot be taken becomes a sentence beside its place."""
    name = f"file_{item.pk}"
    file = form.cleaned_data.get(name)
    if file is None:
        return
    actor, at = as_applicant(request), now()
    try:
        if (file.size or 0) > most_bytes():
            raise Unacceptable("too_large")
        document = documents.give_document(
            there.case_id, kind=item.document_kind, name=str(file.name), content=file.read(), actor=actor, now=at
        )
        answer.answer_item(item.pk, document=document, actor=actor, now=at)
    except Unacceptable as why:
        form.add_error(name, words.fill("documents", why.code, lang=_lang()))
    except Refused as why:
        form.add_error(name, said(why))


def _lang() -> str:
    return (get_language() or "en")[:2]
