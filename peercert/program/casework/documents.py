"""Documents: the sealed original, its page images, and their keys. Moves no case.

Bytes are stored first and rows written second; bytes whose row never came are swept later (`journey.orphans`). Nothing
here decodes a file: that is the sanitiser's work, called from the queue.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from peercert.gateways import files, keys
from peercert.gateways.sanitise import PageImage, Unacceptable, kind_of
from peercert.program.casework.models import Case, Document, DocumentPage
from peercert.program.errors import Refused
from peercert.program.people.models import Person

#: Folder of the store under which every document's bytes lie.
FOLDER = "documents"


@dataclass(frozen=True)
class Sealed:
    """A file stored and sealed that has no row yet."""

    uuid: uuid.UUID
    path: str
    wrapped_key: bytes
    size: int
    digest: str
    type: str


def seal(content: bytes, *, most_bytes: int) -> Sealed:
    """Store a file's bytes sealed under a key of their own.

    Raises Unacceptable("empty" | "too_large" | "unknown_type") for what can be told without decoding.
    """
    if not content:
        raise Unacceptable("empty")
    if len(content) > most_bytes:
        raise Unacceptable("too_large")
    kind = kind_of(content[:32])
    if kind is None:
        raise Unacceptable("unknown_type")
    name = uuid.uuid4()
    key, wrapped = keys.new_file_key(about(name))
    path = files.store(f"{FOLDER}/{name}/original", keys.seal_file(key, content, about(name, "original")))
    return Sealed(
        uuid=name,
        path=path,
        wrapped_key=wrapped,
        size=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        type=kind,
    )


def record(case: Case, sealed: Sealed, *, kind: str, name: str, given_by: Person, now: datetime) -> Document:
    """The row of a sealed file: waiting to be judged."""
    return Document.objects.create(
        uuid=sealed.uuid,
        case=case,
        kind=kind,
        name=name,
        given_by=given_by,
        received_at=now,
        size=sealed.size,
        digest=sealed.digest,
        type=sealed.type,
        sealed_path=sealed.path,
        wrapped_key=sealed.wrapped_key,
        key_id=keys.current_key_id(),
    )


def open_original(document: Document) -> bytes:
    """The sealed original, for the sanitiser and the person's own copy; raises Refused("document_destroyed")."""
    return _open(document, document.sealed_path, "original")


def open_page(document: Document, number: int) -> bytes:
    """One page as JPEG. Raises Refused where the document has not passed, was destroyed, or has no such page."""
    if document.state != "passed":
        raise Refused("document_not_passed")
    page = DocumentPage.objects.filter(document=document, number=number).first()
    if page is None:
        raise Refused("no_such_page")
    return _open(document, page.path, f"page {number}")


def store_pages(document: Document, pages: Iterable[PageImage]) -> list[DocumentPage]:
    """Store page images sealed under the document's key; the rows are made, not saved."""
    key = keys.decrypt(bytes(document.wrapped_key), about(document.uuid))
    rows = []
    for number, page in enumerate(pages, start=1):
        sealed = keys.seal_file(key, page.jpeg, about(document.uuid, f"page {number}"))
        path = files.store(f"{FOLDER}/{document.uuid}/page-{number}", sealed)
        rows.append(DocumentPage(document=document, number=number, path=path, width=page.width, height=page.height))
    return rows


def destroy(document: Document) -> None:
    """Remove every stored byte of a document. The row stays, so that it is known what was shown; safe to repeat."""
    files.remove(document.sealed_path)
    for page in document.pages.all():
        files.remove(page.path)


def _open(document: Document, path: str, what: str) -> bytes:
    if document.destroyed_at is not None:
        raise Refused("document_destroyed")
    return keys.open_file(
        bytes(document.wrapped_key), files.fetch(path), about(document.uuid), about(document.uuid, what)
    )


def about(name: uuid.UUID, what: str = "key") -> str:
    """What a part of a document is sealed as belonging to; of its key too."""
    return f"document {name} {what}"
