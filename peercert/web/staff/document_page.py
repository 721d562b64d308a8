"""One page of a document that passed, as an image, for officers whose work needs it. Each opening is recorded."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from peercert.program.journey import documents
from peercert.web.doors import now, officer


@officer("see_queue")
def document_page(request: HttpRequest, document: UUID, number: int) -> HttpResponse:
    """The JPEG of one page; an auditor's purpose comes in the address of the image they asked for."""
    jpeg = documents.open_page(document, number, actor=request.actor, now=now(), purpose=request.GET.get("purpose", ""))
    return HttpResponse(jpeg, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})
