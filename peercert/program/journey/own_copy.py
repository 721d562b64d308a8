"""Everything we hold about a person, for the person: the right to see it, in full and in plain files.

Left out are only the bytes that protect the rest (keys, paths, digests) and the names of officers: a role stands for
them. The self-assessment is in it, since it is the person's own.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Model

from peercert.program.access import require
from peercert.program.applications import models as applications
from peercert.program.casework import documents
from peercert.program.casework import models as casework
from peercert.program.casework.models import Document
from peercert.program.casework.moves import tell_audit
from peercert.program.certificates import models as certificates
from peercert.program.determinations import models as determinations
from peercert.program.errors import Refused
from peercert.program.exams import models as exams
from peercert.program.exams import queries as exam_queries
from peercert.program.journey.step import step
from peercert.program.money import models as money
from peercert.program.notices import models as notices
from peercert.program.people import models as people
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person
from peercert.program.review import models as review

#: Heading → model and the path from it to the person.
TABLES: tuple[tuple[str, type[Model], str], ...] = (
    ("person", people.Person, "pk"),
    ("account", people.Account, "person"),
    ("names", people.LegalName, "person"),
    ("retired_addresses", people.RetiredAddress, "person"),
    ("demographics", people.Demographics, "person"),
    ("self_assessment", applications.SelfAssessment, "person"),
    ("roles", people.RoleGrant, "person"),
    ("recoveries", people.Recovery, "person"),
    ("cases", casework.Case, "person"),
    ("applications", applications.Application, "person"),
    ("employment", applications.Employment, "application__person"),
    ("training", applications.Training, "application__person"),
    ("continuing_education", applications.ContinuingEducation, "application__person"),
    ("letters_of_support", applications.LetterOfSupport, "application__person"),
    ("documents", casework.Document, "case__person"),
    ("timeline", casework.TimelineEntry, "case__person"),
    ("who_looked", casework.Opening, "case__person"),
    ("clocks", casework.Clock, "case__person"),
    ("requests", casework.Request, "case__person"),
    ("request_items", casework.RequestItem, "request__case__person"),
    ("notes", casework.Note, "case__person"),
    ("questions", casework.Question, "case__person"),
    ("holds", casework.Hold, "case__person"),
    ("tasks", casework.Task, "case__person"),
    ("letters", notices.Letter, "person"),
    ("fees", money.Due, "case__person"),
    ("payments", money.Payment, "case__person"),
    ("refunds", money.Refund, "payment__case__person"),
    ("payers", money.Coverage, "due__case__person"),
    ("checks", review.Check, "case__person"),
    ("marks", review.Mark, "check_row__case__person"),
    ("id_readings", review.IdReading, "case__person"),
    ("recommendations", review.Recommendation, "case__person"),
    ("determinations", determinations.Determination, "case__person"),
    ("appeals", determinations.AppealReceived, "determination__case__person"),
    ("accommodations", exams.Accommodation, "case__person"),
    ("exam_authorisations", exams.ExamAuthorisation, "case__person"),
    ("appointments", exams.Appointment, "authorisation__case__person"),
    ("sittings", exams.Sitting, "case__person"),
    ("certificates", certificates.Certificate, "person"),
    ("terms", certificates.Term, "certificate__person"),
    ("standing", certificates.Standing, "certificate__person"),
    ("specializations", certificates.Specialization, "certificate__person"),
    ("credentials", certificates.Credential, "certificate__person"),
    ("share_links", certificates.ShareLink, "certificate__person"),
)
#: Columns that protect or order the rest and say nothing about the person.
LEFT_OUT = frozenset(
    {"id", "password", "wrapped_key", "key_id", "sealed_path", "path", "digest", "needs", "submit_key", "key", "row"}
)


@step
def own_copy(*, actor: Actor, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Every row about the signed-in person, by heading; that it was taken is recorded."""
    require(actor, "download_own")
    if actor.person is None:
        raise Refused("not_yours")
    tell_audit("own_copy_taken", actor=actor, now=now)
    found = {heading: list(_rows(model, path, actor.person)) for heading, model, path in TABLES}
    return {heading: rows for heading, rows in found.items() if rows}


def own_files(person: Person) -> Iterator[tuple[str, bytes]]:
    """The person's documents by a readable name: as they gave them or, where the original is destroyed, as pages.

    Nobody opens a document that has not passed, its giver no more than anyone; what stands about it is in the rows.
    """
    given = Document.objects.filter(case__person=person, given_by=person, destroyed_at=None, state="passed")
    for number, document in enumerate(given.select_related("case").order_by("received_at", "pk"), start=1):
        name = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in document.name)[-80:]
        place = f"documents/{number:02} {document.kind} {name}"
        if document.sealed_path:
            yield place, documents.open_original(document)
            continue
        for page in document.pages.order_by("number"):
            yield f"{place} page {page.number}.jpg", documents.open_page(document, page.number)


def _rows(model: type[Model], path: str, person: Person) -> Iterable[dict[str, Any]]:
    wanted = person.pk if path == "pk" else person
    for row in model._default_manager.filter(**{path: wanted}).order_by("pk"):
        told = {field.name: _told(row, field) for field in model._meta.concrete_fields if field.name not in LEFT_OUT}
        if isinstance(row, exams.Accommodation):
            told["needs"] = exam_queries.needs(row)
        yield told


def _told(row: Model, field: Any) -> Any:
    """A column's value; a person other than the reader is "an officer", a row of another table its spoken name."""
    if not field.is_relation:
        return getattr(row, field.name)
    other = getattr(row, field.name)
    if other is None or isinstance(other, Person | people.Account):
        return None if other is None else "a person"
    return str(getattr(other, "number", "") or getattr(other, "uuid", "") or other.pk)
