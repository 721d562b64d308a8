"""One page of the person's own document, as we will show it to the officer."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from peercert.program.journey import documents
from peercert.web.doors import as_applicant, now, signed_in


@signed_in
def document_page(request: HttpRequest, document: UUID, number: int) -> HttpResponse:
    """The JPEG of one page of a document of one's own."""
    jpeg = documents.open_page(document, number, actor=as_applicant(request), now=now())
    return HttpResponse(jpeg, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})
