"""Answering what was asked: item by item, each answer kept at once, sent when every item has one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from peercert import words
from peercert.gateways.sanitise import Unacceptable
from peercert.program.casework.models import Document, Request, RequestItem
from peercert.program.errors import Refused
from peercert.program.journey import answer, documents
from peercert.program.journey.ask import asked_words
from peercert.program.review.queries import check_of_item
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_application
from peercert.web.applicant.papers import STATES, most_bytes
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.parts import Kind


@dataclass
class Asked:
    """One item with its words: what we found, what we ask, an example; the answer so far and what is wrong with it."""

    item: RequestItem
    says: str
    asks: str
    example: str
    error: str = ""

    @property
    def wants_document(self) -> bool:
        """Whether a document is asked for (words are welcome, too)."""
        return bool(self.item.document_kind)

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
    errors = _keep(request, there) if request.method == "POST" else {}
    refused = ""
    if request.method == "POST" and not errors and "send" in request.POST:
        try:
            answer.send_answers(there.pk, actor=as_applicant(request), now=now())
            messages.success(request, _("Your answers are here. Our review goes on."))
            return redirect("applicant:status", case=case)
        except Refused as why:
            refused = said(why)
    elif request.method == "POST" and not errors:
        messages.success(request, _("Saved. Send your answers when every item has one."))
        return redirect("applicant:request", case=case)
    items = _asked(there, errors)
    given = {
        "case": application.case,
        "there": there,
        "items": items,
        "refused": refused,
        "errors": [one for one in items if one.error],
        "open": sum(1 for one in items if not one.is_answered),
    }
    return render(request, "applicant/request.html", given, status=422 if errors else 409 if refused else 200)


def _asked(there: Request, errors: dict[int, str]) -> list[Asked]:
    found = []
    for item in there.items.select_related("document").order_by("position"):
        check = check_of_item(item)
        says, asks, example = asked_words(check, item.reason, _lang()) if check else ("", "", "")
        found.append(Asked(item, says, asks, example, errors.get(item.pk, "")))
    return found


def _keep(request: HttpRequest, there: Request) -> dict[int, str]:
    """Keep each item's answer by itself, so that one that cannot be kept loses none of the others."""
    errors: dict[int, str] = {}
    actor, at = as_applicant(request), now()
    for item in there.items.all():
        try:
            document = None
            file = request.FILES.get(f"file_{item.pk}")
            if file is not None:
                if (file.size or 0) > most_bytes():
                    raise Unacceptable("too_large")
                document = documents.give_document(
                    there.case_id, kind=item.document_kind or "answer", name=str(file.name), content=file.read(),
                    actor=actor, now=at,
                )  # fmt: skip
            answer.answer_item(
                item.pk, text=request.POST.get(f"text_{item.pk}", ""), cannot_give=f"cannot_{item.pk}" in request.POST,
                document=document, actor=actor, now=at,
            )  # fmt: skip
        except Unacceptable as why:
            errors[item.pk] = words.fill("documents", why.code, lang=_lang())
        except Refused as why:
            errors[item.pk] = said(why)
    return errors


def _lang() -> str:
    return (get_language() or "en")[:2]
