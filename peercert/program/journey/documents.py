"""Documents given, judged, opened and taken away again."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from peercert.gateways import files, scanner
from peercert.gateways.sanitise import PageImage, Unacceptable, sanitise
from peercert.program.access import require
from peercert.program.casework import documents
from peercert.program.casework.models import Document, DocumentPage, Opening
from peercert.program.casework.moves import lock, tell
from peercert.program.casework.queue import defer
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.people.actor import PROGRAM, Actor
from peercert.rules.days import day_of
from peercert.rules.figures import figure


class ToPages(Protocol):
    """What turns a file's bytes into page images (see gateways.sanitise)."""

    def __call__(self, content: bytes, *, most_pages: int) -> list[PageImage]: ...


def give_document(case_id: int, *, kind: str, name: str, content: bytes, actor: Actor, now: datetime) -> Document:
    """Take a file for a case: sealed, recorded as waiting, and queued to be judged.

    The same bytes given twice for the same thing are one document (a double tap, a retry). Raises Unacceptable
    for what can be told at once (empty, too large, unknown type), and Refused.
    """
    sealed = documents.seal(content, most_bytes=int(figure("upload_max_bytes", day_of(now)).value))
    try:
        document = _record(case_id, sealed, kind=kind, name=name[:200], actor=actor, now=now)
    except BaseException:
        files.remove(sealed.path)
        raise
    if document.uuid != sealed.uuid:
        files.remove(sealed.path)
    return document


@step
def _record(case_id: int, sealed: documents.Sealed, *, kind: str, name: str, actor: Actor, now: datetime) -> Document:
    case = lock(case_id)
    require(actor, "give_document", case)
    if case.stage in {"denied", "withdrawn", "certified"} or actor.person is None:
        raise Refused("case_is_over")
    same = Document.objects.filter(
        case=case, kind=kind, digest=sealed.digest, replaced_at=None, destroyed_at=None
    ).exclude(state="refused")
    if (again := same.first()) is not None:
        return again
    document = documents.record(case, sealed, kind=kind, name=name, given_by=actor.person, now=now)
    tell(case, "document_given", actor=actor, now=now, kind=kind, document=str(document.uuid))
    defer("files.judge", document_id=document.pk)
    return document


@step
def take_document_away(document_id: int, *, actor: Actor, now: datetime) -> Document:
    """The person takes a document out of their application. What officers already used stays where it is."""
    document = Document.objects.get(pk=document_id)
    case = lock(document.case_id)
    require(actor, "give_document", case)
    document.refresh_from_db()
    if document.replaced_at is None:
        if case.stage not in {"draft", "submitted"} and document.state != "refused":
            raise Refused("document_in_use")
        document.replaced_at = now
        document.save(update_fields=["replaced_at"])
        tell(case, "document_taken_away", actor=actor, now=now, kind=document.kind, document=str(document.uuid))
    return document


def judge(document_id: int, *, now: datetime, to_pages: ToPages = sanitise) -> Document:
    """Scan and sanitise one waiting document, then record what came of it. Safe to run twice and at once.

    `to_pages` turns its bytes into page images or raises Unacceptable: the sanitiser's child process.

    Raises scanner.ScannerUnavailable where a scanner is set and does not answer: the document stays waiting.
    """
    document = Document.objects.get(pk=document_id)
    if document.state != "waiting" or document.destroyed_at is not None:
        return document
    original = documents.open_original(document)
    try:
        if scanner.is_set() and scanner.scan(original) is not None:
            raise Unacceptable("infected")
        pages = to_pages(original, most_pages=int(figure("upload_max_pages", day_of(now)).value))
    except Unacceptable as unacceptable:
        return _judged(document_id, [], refusal=unacceptable.code, now=now)
    return _judged(document_id, documents.store_pages(document, pages), refusal="", now=now)


@step
def _judged(document_id: int, pages: list[DocumentPage], *, refusal: str, now: datetime) -> Document:
    case = lock(Document.objects.values_list("case_id", flat=True).get(pk=document_id))
    document = Document.objects.select_for_update().get(pk=document_id)
    if document.state != "waiting":
        return document
    document.state = "refused" if refusal else "passed"
    document.refusal = refusal
    document.is_scanned = scanner.is_set()
    document.judged_at = now
    document.save(update_fields=["state", "refusal", "is_scanned", "judged_at"])
    DocumentPage.objects.bulk_create(pages)
    happened = "document_refused" if refusal else "document_passed"
    tell(case, happened, actor=PROGRAM, now=now, kind=document.kind, document=str(document.uuid), reason=refusal)
    return document


@step
def open_page(document_uuid: UUID, number: int, *, actor: Actor, now: datetime, purpose: str = "") -> bytes:
    """One page of a document that passed, as JPEG, to its giver or to an officer; every officer's opening is recorded.

    An auditor names a purpose first; the purpose of those who weigh the case is the stage in which they weigh it.
    Accommodation forms open for exam officers alone, and papers of a draft for nobody.
    """
    document = Document.objects.select_related("case").filter(uuid=document_uuid).first()
    if document is None:
        raise Refused("not_yours")
    case = document.case
    if actor.person is not None and actor.role == "applicant" and case.person_id == actor.person.pk:
        return documents.open_page(document, number)
    if case.stage == "draft":
        raise Refused("not_yours")
    if document.kind == "accommodation_form":
        require(actor, "see_accommodation", case)
        purpose = "accommodation"
    elif actor.roles == frozenset({"auditor"}):
        require(actor, "see_evidence_for_purpose", case)
        if not purpose.strip():
            raise Refused("purpose_needed")
    else:
        require(actor, "see_evidence", case)
        purpose = case.stage
    page = documents.open_page(document, number)
    assert actor.person is not None
    Opening.objects.create(case=case, document=document, person=actor.person, at=now, purpose=purpose[:200])
    return page


@step
def destroy_document(document_id: int, *, now: datetime) -> Document:
    """Mark a document as destroyed and queue the removal of its bytes; the row and what was read on it stay."""
    case = lock(Document.objects.values_list("case_id", flat=True).get(pk=document_id))
    document = Document.objects.select_for_update().get(pk=document_id)
    if document.destroyed_at is None:
        document.destroyed_at = now
        document.save(update_fields=["destroyed_at"])
        tell(case, "document_destroyed", actor=PROGRAM, now=now, kind=document.kind, document=str(document.uuid))
        defer("files.destroy", document_id=document.pk)
    return document
