"""Reads of applications: a person's own, what is still missing before one can be sent, what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from peercert.program.applications.models import Application, SelfAssessment
from peercert.program.applications.sections import ROW_FIELDS, ROW_NEEDS, Section, sections_of
from peercert.program.casework.models import Document
from peercert.program.people.models import Person
from peercert.rules.figures import figure


@dataclass(frozen=True)
class Missing:
    """One thing without which an application cannot be sent.

    `name` is a column; or `document:<kind>`; or `rows` where the section's list is too short; or `<column>` of the row
    `row` with its `label`.
    """

    section: str
    name: str
    row: UUID | None = None
    label: str = ""


@dataclass(frozen=True)
class SectionState:
    """Where a section stands: `not_started`, `started`, `complete`, or `skippable` (optional and empty)."""

    section: Section
    state: str
    missing: tuple[Missing, ...]


def applications_of(person: Person) -> QuerySet[Application]:
    """A person's own applications, the newest first."""
    return Application.objects.filter(person=person).select_related("case").order_by("-started_at", "-pk")


def open_application(person: Person, pathway: str) -> Application | None:
    """The one application by this pathway that is not over, if there is one."""
    return Application.objects.filter(person=person, pathway=pathway, closed_at=None).select_related("case").first()


def self_assessment_of(person: Person) -> SelfAssessment:
    """The person's orientation and self-assessment; unsaved where they have not begun."""
    return SelfAssessment.objects.filter(person=person).first() or SelfAssessment(person=person)


def documents_of(application: Application) -> list[Document]:
    """The documents that count for this application now: not replaced, not destroyed; oldest first."""
    held = Document.objects.filter(case=application.case_id, replaced_at=None, destroyed_at=None)
    return list(held.order_by("received_at", "pk"))


def section_states(application: Application) -> list[SectionState]:
    """Where every section of this application stands, in the order in which they are asked."""
    documents = documents_of(application)
    return [_state(application, section, documents) for section in sections_of(application.pathway)]


def missing(application: Application, *, on: date) -> list[Missing]:
    """Everything that keeps this application from being sent on that day, in the order in which it is asked.

    Nothing here weighs an answer: what the law would deny may be sent, what was not answered may not.
    """
    gaps = [one for state in section_states(application) for one in state.missing]
    return [*orientation_gaps(application.person, on=on), *gaps]


def orientation_gaps(person: Person, *, on: date) -> list[Missing]:
    """What is still to do of the orientation and the self-assessment, where the figure of that day asks for them."""
    if not figure("orientation_required", on).value:
        return []
    own = self_assessment_of(person)
    return [
        Missing("orientation", name) for name in ("orientation_done_at", "assessed_at") if getattr(own, name) is None
    ]


def _state(application: Application, section: Section, documents: list[Document]) -> SectionState:
    rows: list[Any] = list(getattr(application, section.rows).order_by("pk")) if section.rows else []
    given = [document for document in documents if document.kind in section.documents]
    gaps = tuple(_gaps(application, section, rows, given))
    touched = bool(rows or given or any(is_given(getattr(application, name)) for name in _columns(section)))
    if not touched and section.is_optional:
        return SectionState(section, "skippable", ())
    if not gaps:
        return SectionState(section, "complete", ())
    return SectionState(section, "started" if touched else "not_started", gaps)


def _columns(section: Section) -> tuple[str, ...]:
    return (*section.fields, *section.needs)


def _gaps(application: Application, section: Section, rows: list[Any], given: list[Document]) -> Iterable[Missing]:
    for name in section.needs:
        if not is_given(getattr(application, name)):
            yield Missing(section.slug, name)
    for name in _CONDITIONAL.get(section.slug, _nothing)(application):
        yield Missing(section.slug, name)
    if len(rows) < section.least:
        yield Missing(section.slug, "rows")
    for row in rows:
        for name in row_gaps(section.rows, row):
            yield Missing(section.slug, name, row.uuid, row_label(row))
    held = {document.kind for document in given if document.state != "refused"}
    for kind in section.needs_documents:
        if kind not in held and not (kind == "education" and application.education_kind == "none"):
            yield Missing(section.slug, f"document:{kind}")


def row_gaps(rows: str, row: Any) -> list[str]:
    """What this row of the list still needs: its columns, and for a job when it ended and how many hours."""
    gaps = [name for name in ROW_NEEDS[rows] if not is_given(getattr(row, name))]
    if rows == "employments":
        if not row.is_current and row.ended_on is None:
            gaps.append("ended_on")
        if row.hours_per_week is None and row.hours_total is None:
            gaps.append("hours_per_week")
    if rows == "trainings" and row.provider_id is not None:
        gaps = [name for name in gaps if name != "provider_name"]
    return gaps


def row_label(row: Any) -> str:
    """The words by which a person knows a row again: an employer, a course, a writer."""
    for name in ("employer", "title", "writer", "provider_name"):
        if hasattr(row, name):
            return str(getattr(row, name)) or str(getattr(row, "provider", None) or "")
    return ""


def is_given(value: object) -> bool:
    """Whether a column holds an answer: false and zero are answers, null, blank and an empty list are not."""
    return value is not None and value != "" and value != []


def _nothing(application: Application) -> list[str]:
    return []


def _contact_gaps(application: Application) -> list[str]:
    if application.has_no_fixed_address:
        return []
    return [name for name in ("street", "city", "state", "postal_code") if not getattr(application, name)]


def _place_gaps(application: Application) -> list[str]:
    lives = (
        application.county_of_residence_id or application.lives_outside_california or application.has_no_fixed_address
    )
    works = application.county_of_work_id or application.works_outside_california or application.is_not_working
    return [name for name, known in (("county_of_residence", lives), ("county_of_work", works)) if not known]


_CONDITIONAL = {"contact": _contact_gaps, "places": _place_gaps}


def snapshot(application: Application) -> dict[str, Any]:
    """What the application says, as plain JSON, with its lists in the order in which they were given."""
    kept = {
        field.attname: plain(getattr(application, field.attname))
        for field in Application._meta.concrete_fields
        if field.name not in {"id", "case", "person", "facts", "submit_key", "copied_from"}
    }
    for rows, names in ROW_FIELDS.items():
        kept[rows] = [
            {"uuid": str(row.uuid), **{name: plain(getattr(row, name)) for name in names}}
            for row in getattr(application, rows).order_by("pk")
        ]
    return kept


def plain(value: Any) -> Any:
    """A column's value as JSON can hold it, without loss: days and moments in ISO form, decimals as text."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value
