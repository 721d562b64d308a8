"""The viewer of page images beside the facts: which document and page is open, and the ways to the next ones."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from peercert import words
from peercert.program.casework.models import Case, Document
from peercert.web.staff.case_frame import language, said


@dataclass(frozen=True)
class Viewer:
    """One open page. `image` is empty where there is nothing to show, and `why` then says why not."""

    document: Document
    kind: str
    page: int
    pages: int
    image: str = ""
    width: int = 0
    height: int = 0
    before: str = ""
    after: str = ""
    why: str = ""
    position: int = 1
    total: int = 1
    next_document: str = ""
    needs_purpose: bool = False
    purpose: str = ""


def viewer(request: HttpRequest, case: Case, *, needs_purpose: bool) -> Viewer | None:
    """What the address asks to see (`?document=…&page=…`), or None."""
    try:
        wanted = UUID(request.GET.get("document", ""))
    except ValueError:
        return None
    # An accommodation form is opened by exam officers from its own page; nobody steps on it here.
    given = Document.objects.filter(case=case, replaced_at=None).exclude(kind="accommodation_form")
    documents = list(given.order_by("received_at", "pk"))
    at = next((at for at, one in enumerate(documents) if one.uuid == wanted), None)
    if at is None:
        return None
    one = documents[at]
    pages = list(one.pages.order_by("number"))
    number = min(max(_number(request.GET.get("page", "1")), 1), max(len(pages), 1))
    purpose = request.GET.get("purpose", "").strip()[:200]
    shown = {
        "document": one,
        "kind": said(f"document_{one.kind}"),
        "page": number,
        "pages": len(pages),
        "position": at + 1,
        "total": len(documents),
        "needs_purpose": needs_purpose and not purpose,
        "purpose": purpose,
        "next_document": address(case, documents[(at + 1) % len(documents)]) if len(documents) > 1 else "",
    }
    if one.destroyed_at is not None:
        return Viewer(**shown, why=words.fill("refusals", "document_destroyed", lang=language()))
    if one.state == "refused":
        return Viewer(**shown, why=words.fill("documents", one.refusal, lang=language()))
    if one.state != "passed" or not pages:
        return Viewer(**shown, why=words.fill("refusals", "document_not_passed", lang=language()))
    page = pages[number - 1]
    image = reverse("staff:document_page", args=[one.uuid, number])
    return Viewer(
        **shown,
        image=f"{image}?{urlencode({'purpose': purpose})}" if purpose else image,
        width=page.width,
        height=page.height,
        before=address(case, one, number - 1, purpose) if number > 1 else "",
        after=address(case, one, number + 1, purpose) if number < len(pages) else "",
    )


def address(case: Case, document: Document, page: int = 1, purpose: str = "") -> str:
    """The case page with this page open in its viewer."""
    query = {"document": str(document.uuid), "page": page} | ({"purpose": purpose} if purpose else {})
    return f"{reverse('staff:case', args=[case.number])}?{urlencode(query)}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
