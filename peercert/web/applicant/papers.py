"""Papers of a draft: given, looked at while they are judged, taken out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from peercert import words
from peercert.gateways.sanitise import Unacceptable
from peercert.program.applications.models import Application
from peercert.program.applications.queries import documents_of
from peercert.program.applications.sections import sections_of
from peercert.program.casework.models import Document, DocumentPage
from peercert.program.errors import Refused
from peercert.program.journey import documents
from peercert.rules.figures import figure
from peercert.web.applicant.groups import PAPERS, Group, page_slug
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_draft, section_of, today
from peercert.web.doors import as_applicant, now, signed_in


@dataclass(frozen=True)
class Sheet:
    """A document in words: what it is called, where it stands, and the sentence that goes with it."""

    document: Document
    kind: str
    word: str
    says: str
    pages: list[DocumentPage]
    more: int


@dataclass(frozen=True)
class Paper:
    """One kind of document on a page: what is asked, what was given, what was just refused."""

    kind: str
    title: Any
    hint: Any
    sheets: list[Sheet]
    is_waiting: bool
    unusable: str
    url: str


def most_bytes() -> int:
    """The largest file that is taken."""
    return int(figure("upload_max_bytes", today()).value)


def kinds_of(application: Application, page: Group) -> tuple[str, ...]:
    """The kinds of document that a page takes; none where the person says they have no schooling to show."""
    section = section_of(application, page.slug)
    if section is None or (page.slug == "education" and application.education_kind == "none"):
        return ()
    return section.documents


def drawn(application: Application, kinds: tuple[str, ...], unusable: dict[str, str] | None = None) -> list[Paper]:
    """What to draw for these kinds, as matters stand now."""
    held = documents_of(application)
    found = []
    for kind in kinds:
        sheets = [_sheet(document) for document in held if document.kind == kind]
        found.append(
            Paper(
                kind,
                *PAPERS[kind],
                sheets,
                any(sheet.document.state == "waiting" for sheet in sheets),
                (unusable or {}).get(kind, ""),
                reverse("applicant:papers", args=[application.case.uuid, kind]),
            )
        )
    return found


#: How many pages of a document are shown small; all of them can be opened.
SHOWN = 3
#: Where a document stands: kind of its tag, its word, and the sentence that goes with it in words/documents.toml.
STATES: dict[str, tuple[str, Any]] = {
    "waiting": ("waiting", gettext_lazy("We are looking at it")),
    "passed": ("done", gettext_lazy("Received")),
    "refused": ("problem", gettext_lazy("Needs another file")),
}


def _sheet(document: Document) -> Sheet:
    kind, word = STATES[document.state]
    code = document.refusal if document.state == "refused" else document.state
    lang = (get_language() or "en")[:2]
    says = words.fill("documents", code, lang=lang)
    if document.state == "passed" and document.is_scanned is False:
        says = f"{says} {words.fill('documents', 'not_scanned', lang=lang)}"
    pages = list(document.pages.order_by("number")) if document.state == "passed" else []
    return Sheet(document, kind, str(word), says, pages[:SHOWN], max(0, len(pages) - SHOWN))


def act(request: HttpRequest, application: Application, kinds: tuple[str, ...]) -> dict[str, str]:
    """Take the file that came with a page, or take one out; gives a sentence per kind for what could not be used."""
    unusable: dict[str, str] = {}
    actor, at = as_applicant(request), now()
    if leaving := request.POST.get("remove"):
        own = Document.objects.filter(case=application.case_id, uuid=_uuid(leaving)).first()
        if own is not None:
            documents.take_document_away(own.pk, actor=actor, now=at)
    for kind in kinds:
        for file in request.FILES.getlist(f"paper_{kind}"):
            try:
                if not file.size:
                    raise Unacceptable("empty")
                if file.size > most_bytes():
                    raise Unacceptable("too_large")
                documents.give_document(
                    application.case_id, kind=kind, name=str(file.name), content=file.read(), actor=actor, now=at
                )
            except Unacceptable as why:
                unusable[kind] = words.fill("documents", why.code, lang=(get_language() or "en")[:2])
            except Refused as refused:
                unusable[kind] = said(refused)
    return unusable


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("not_yours") from None


@signed_in
def given_papers(request: HttpRequest, case: UUID, kind: str) -> HttpResponse:
    """The fragment of one kind: what was given and where it stands. Asks for itself while something waits."""
    application = own_draft(request, case)
    if kind not in PAPERS:
        raise Http404
    unusable = act(request, application, (kind,)) if request.method == "POST" else {}
    if request.headers.get("HX-Request") != "true":
        return redirect(reverse("applicant:question_group", args=[case, _page_of(application, kind)]))
    paper = drawn(application, (kind,), unusable)[0]
    return render(request, "applicant/_papers.html", {"paper": paper}, status=422 if unusable else 200)


def _page_of(application: Application, kind: str) -> str:
    for section in sections_of(application.pathway):
        if kind in section.documents:
            return page_slug(section.slug)
    raise Http404
