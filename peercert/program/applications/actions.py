"""Writes of applications that move no case: answers merged, rows kept, drafts copied, closed and emptied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model

from peercert.program.applications.models import (
    Application,
    ContinuingEducation,
    Employment,
    LetterOfSupport,
    SelfAssessment,
    Training,
)
from peercert.program.applications.queries import plain
from peercert.program.applications.sections import ROW_FIELDS, savable
from peercert.program.errors import Refused
from peercert.program.people.models import Demographics, Person

#: The model behind each list of an application.
ROWS: dict[str, type[Model]] = {
    "employments": Employment,
    "trainings": Training,
    "continuing_education": ContinuingEducation,
    "letters_of_support": LetterOfSupport,
}
#: The most rows of one list: enough for any working life, and a bound on what one request can make us keep.
MOST_ROWS = 40


@dataclass(frozen=True)
class Conflict:
    """An answer that someone saved elsewhere after this page was drawn: what is saved, and what was given here."""

    name: str
    saved: Any
    given: Any


@dataclass
class Saved:
    """What came of saving: the columns written, and the ones left alone because another save came first."""

    written: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def trace(value: Any) -> str:
    """A short fingerprint of a column's value: by it a page remembers what it showed without repeating it."""
    return blake2b(repr(plain(value)).encode(), digest_size=6).hexdigest()


def new_application(
    person: Person, case: Any, pathway: str, *, now: datetime, copied_from: Application | None = None
) -> Application:
    """A draft. Raises Refused("already_open") where the person has one by this pathway that is not over."""
    try:
        with transaction.atomic():
            return Application.objects.create(
                case=case, person=person, pathway=pathway, started_at=now, saved_at=now, copied_from=copied_from
            )
    except IntegrityError as error:
        if "one_open_application_per_pathway" in str(error):
            raise Refused("already_open", pathway=pathway) from None
        raise


def write_answers(
    application: Application, changes: Mapping[str, Any], *, seen: Mapping[str, str] | None, now: datetime
) -> Saved:
    """Merge `changes` (column → value) into a locked draft, answer by answer.

    `seen` holds the `trace` of each value that the page showed. An answer is written unless the column now holds
    something that the page neither showed nor gives: that is a conflict, told with both values. A page that gives back
    what it showed changes nothing, so an older tab never undoes a newer answer. Raises Refused("not_an_answer").
    """
    saved = Saved()
    allowed = savable(application.pathway)
    for name, given in changes.items():
        if name not in allowed:
            raise Refused("not_an_answer", name=name)
        _merge(application, name, _clean(application, name, given), seen, saved)
    if saved.written:
        application.version += 1
        application.saved_at = now
        application.save(update_fields=[*saved.written, "version", "saved_at"])
    return saved


def write_row(
    application: Application,
    rows: str,
    uuid: UUID,
    changes: Mapping[str, Any],
    *,
    seen: Mapping[str, str] | None,
    now: datetime,
) -> Saved:
    """The same merge for one row of a list. Raises Refused("row_gone") where it was taken out meanwhile."""
    row = row_of(application, rows, uuid)
    saved = Saved()
    for name, given in changes.items():
        if name not in ROW_FIELDS[rows]:
            raise Refused("not_an_answer", name=name)
        _merge(row, name, _clean(row, name, given), seen, saved)
    if saved.written:
        row.save(update_fields=saved.written)
        touch(application, now=now)
    return saved


def write_demographics(
    person: Person, changes: Mapping[str, Any], *, seen: Mapping[str, str] | None, now: datetime
) -> Saved:
    """The same merge for a person's optional answers about themselves, which are kept apart from every case."""
    about, _ = Demographics.objects.select_for_update().get_or_create(person=person)
    saved = Saved()
    for name, given in changes.items():
        _merge(about, name, _clean(about, name, given), seen, saved)
    about.answered_at = now
    about.save(update_fields=[*saved.written, "answered_at"])
    return saved


def row_of(application: Application, rows: str, uuid: UUID) -> Any:
    """One row of one of the application's lists; raises Refused("row_gone")."""
    if rows not in ROWS:
        raise Refused("not_an_answer", name=rows)
    row = getattr(application, rows).filter(uuid=uuid).first()
    if row is None:
        raise Refused("row_gone")
    return row


def new_row(application: Application, rows: str, values: Mapping[str, Any], *, now: datetime) -> Any:
    """A row at the end of a list; an empty one is reused, so that two taps on "add" make one. Raises Refused."""
    if rows not in ROWS:
        raise Refused("not_an_answer", name=rows)
    there = getattr(application, rows)
    fixed = {name: value for name, value in values.items() if name in ROW_FIELDS[rows]}
    if not fixed:
        for row in there.order_by("pk"):
            if all(getattr(row, name) in (None, "", False) for name in ROW_FIELDS[rows]):
                return row
    if there.count() >= MOST_ROWS:
        raise Refused("too_many_rows", most=MOST_ROWS)
    row = there.model(application=application)
    for name, value in fixed.items():
        setattr(row, name, _clean(row, name, value))
    row.save()
    touch(application, now=now)
    return row


def delete_row(application: Application, rows: str, uuid: UUID, *, now: datetime) -> None:
    """Take a row out of a draft. One that is already gone stays gone."""
    if rows not in ROWS:
        raise Refused("not_an_answer", name=rows)
    if getattr(application, rows).filter(uuid=uuid).delete()[0]:
        touch(application, now=now)


def touch(application: Application, *, now: datetime) -> None:
    """Count a save."""
    application.version += 1
    application.saved_at = now
    application.save(update_fields=["version", "saved_at"])


def _merge(record: Any, name: str, given: Any, seen: Mapping[str, str] | None, saved: Saved) -> None:
    current = getattr(record, name)
    if plain(current) == plain(given):
        return
    if seen is not None and name in seen and seen[name] != trace(current):
        if seen[name] != trace(given):
            saved.conflicts.append(Conflict(name, current, given))
        return
    setattr(record, name, given)
    saved.written.append(name)


def _clean(record: Any, name: str, given: Any) -> Any:
    """The value as its column keeps it; raises Refused("not_an_answer") for what the column cannot hold."""
    column = record._meta.get_field(name)
    if isinstance(given, str):
        given = given.strip()
        if "\x00" in given or any("\ud800" <= letter <= "\udfff" for letter in given):
            raise Refused("not_an_answer", name=name)
        if given == "":
            return None if column.null else ""
    if given is None and not column.null:
        return column.get_default()
    if given is None or isinstance(given, Model):
        return given
    try:
        return column.clean(given, record)
    except ValidationError:
        raise Refused("not_an_answer", name=name) from None


def attest(application: Application, *, wording: str, now: datetime) -> Application:
    """Keep that lived experience was attested, when, and in which wording; never the story."""
    if application.lived_experience_attested_at is None or application.lived_experience_wording != wording:
        application.lived_experience_attested_at = now
        application.lived_experience_wording = wording
        application.save(update_fields=["lived_experience_attested_at", "lived_experience_wording"])
        touch(application, now=now)
    return application


def take_back_attestation(application: Application, *, now: datetime) -> Application:
    """The attestation is withdrawn while the application is a draft."""
    if application.lived_experience_attested_at is not None:
        application.lived_experience_attested_at = None
        application.lived_experience_wording = None
        application.save(update_fields=["lived_experience_attested_at", "lived_experience_wording"])
        touch(application, now=now)
    return application


def sign_ethics(application: Application, *, name: str, version: str, now: datetime) -> Application:
    """Keep the agreement to the code of ethics: the name as typed, the code's version, the moment.

    The same name under the same version keeps the first moment, so that a repeated save changes nothing.
    """
    if (application.ethics_name, application.ethics_version) != (name, version):
        application.ethics_name = name
        application.ethics_version = version
        application.ethics_agreed_at = now
        application.save(update_fields=["ethics_name", "ethics_version", "ethics_agreed_at"])
        touch(application, now=now)
    return application


#: What is never carried into a new application: each is given anew, in today's words.
_NOT_COPIED = frozenset({"lived_experience_role", "is_willing_to_share", "is_dedicated"})


def copy_answers(source: Application, target: Application, *, now: datetime) -> Application:
    """Fill a new draft with an earlier application's answers and lists; attestations and signatures are given anew."""
    names = sorted((savable(target.pathway) & savable(source.pathway)) - _NOT_COPIED)
    for name in names:
        setattr(target, name, getattr(source, name))
    target.saved_at = now
    target.save(update_fields=[*names, "saved_at"])
    for rows, columns in ROW_FIELDS.items():
        model: Any = ROWS[rows]
        model.objects.bulk_create(
            model(application=target, **{name: getattr(row, name) for name in columns})
            for row in getattr(source, rows).order_by("pk")
        )
    return target


def close_application(case_id: int, *, now: datetime) -> None:
    """The application is over: another by the same pathway may be opened. Called by every step that ends a case."""
    Application.objects.filter(case_id=case_id, closed_at=None).update(closed_at=now)


def reopen_application(case_id: int) -> None:
    """The application is open again; raises Refused("another_is_open") where the person has begun a new one since."""
    try:
        with transaction.atomic():
            Application.objects.filter(case_id=case_id).update(closed_at=None)
    except IntegrityError as error:
        if "one_open_application_per_pathway" in str(error):
            raise Refused("another_is_open") from None
        raise


def empty_draft(application: Application) -> None:
    """Forget every answer of a draft that the person threw away; that it existed stays."""
    for name in sorted(savable(application.pathway)):
        column: Any = application._meta.get_field(name)
        setattr(application, name, None if column.null else column.get_default())
    application.lived_experience_attested_at = None
    application.lived_experience_wording = None
    application.ethics_version = application.ethics_name = application.ethics_agreed_at = None
    application.save()
    for rows in ROWS:
        getattr(application, rows).all().delete()


def keep_orientation(person: Person, *, chapter: int, last: int, now: datetime) -> SelfAssessment:
    """The furthest chapter read; after the last one the orientation is done, once."""
    kept, _ = SelfAssessment.objects.select_for_update().get_or_create(person=person)
    kept.chapter = max(kept.chapter, min(chapter, last))
    if kept.chapter >= last and kept.orientation_done_at is None:
        kept.orientation_done_at = now
    kept.save(update_fields=["chapter", "orientation_done_at"])
    return kept


def keep_self_assessment(
    person: Person, answers: Mapping[str, str], *, is_finished: bool, now: datetime
) -> SelfAssessment:
    """The person's own answers, merged with the earlier ones; `is_finished` once they say that they are done."""
    kept, _ = SelfAssessment.objects.select_for_update().get_or_create(person=person)
    kept.answers = {**kept.answers, **answers}
    if is_finished and kept.assessed_at is None:
        kept.assessed_at = now
    kept.save(update_fields=["answers", "assessed_at"])
    return kept
