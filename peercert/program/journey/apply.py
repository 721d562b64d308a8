"""The applicant's way to submission: start, answer, send, and the ways out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from random import SystemRandom
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from peercert import words
from peercert.gateways import printer
from peercert.program.access import require
from peercert.program.applications import actions
from peercert.program.applications.models import Application
from peercert.program.applications.queries import missing, open_application, snapshot
from peercert.program.applications.sections import SECTIONS
from peercert.program.casework.actions import end_clocks, keep_sort_name
from peercert.program.casework.documents import open_original
from peercert.program.casework.models import Case, Document, Request
from peercert.program.casework.moves import lock, lock_with_others, move, tell
from peercert.program.certificates.queries import certificates_of
from peercert.program.errors import Refused
from peercert.program.exams.actions import cancel_open
from peercert.program.journey.documents import destroy_document, give_document
from peercert.program.journey.oneself import person_of
from peercert.program.journey.settle import begin_if_ready
from peercert.program.journey.standing_changed import name_changed
from peercert.program.journey.step import step
from peercert.program.money.actions import owe
from peercert.program.money.models import Due
from peercert.program.money.queries import balance
from peercert.program.notices.actions import write_letter
from peercert.program.people import actions as people
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.models import Person
from peercert.program.people.queries import current_name
from peercert.program.review.actions import make_checklist
from peercert.program.review.matching import find_matches
from peercert.program.review.queries import id_reading
from peercert.rules import names, numbers
from peercert.rules.days import day_of
from peercert.rules.figures import figure

#: Kinds of document that an application asks for; only these are carried into a new one.
DRAFT_DOCUMENTS = frozenset(kind for section in SECTIONS for kind in section.documents)
#: How often a number that is already taken is drawn anew before something else must be wrong.
TRIES = 5


@step
def start(
    pathway: str,
    *,
    actor: Actor,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    rows: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
) -> Case:
    """Open a draft by a pathway, with the answers and begun lists of an eligibility check that the person brings.

    Raises Refused("already_open") where a draft or an application by this pathway is not over, and
    Refused("grandparenting_closed") for the pathway that the law has closed.
    """
    require(actor, "start")
    person = person_of(actor)
    if pathway == "grandparenting" and day_of(now) > figure("grandparenting_deadline", day_of(now)).value:
        raise Refused("grandparenting_closed", closed_on=figure("grandparenting_deadline", day_of(now)).value)
    Person.objects.select_for_update().get(pk=person.pk)
    if (there := open_application(person, pathway)) is not None:
        raise Refused("already_open", pathway=pathway, case=str(there.case.uuid))
    case = _open_case(person, pathway, actor=actor, now=now)
    application = actions.new_application(person, case, pathway, now=now)
    if answers:
        actions.write_answers(application, answers, seen=None, now=now)
    for name, entries in (rows or {}).items():
        for entry in entries:
            actions.new_row(application, name, entry, now=now)
    return case


def reapply(case_id: int, *, actor: Actor, now: datetime) -> Case:
    """Open a draft filled with the answers and documents of one's own earlier application that is over.

    Raises Refused as `start` does. Documents are given anew one by one, so that one cut off leaves only itself to give.
    """
    draft = _reapply(case_id, actor=actor, now=now)
    held = Document.objects.filter(case=case_id, state="passed", replaced_at=None, destroyed_at=None)
    for document in held.exclude(sealed_path=""):
        if document.kind in DRAFT_DOCUMENTS:
            content = open_original(document)
            give_document(draft.pk, kind=document.kind, name=document.name, content=content, actor=actor, now=now)
    return draft


@step
def _reapply(case_id: int, *, actor: Actor, now: datetime) -> Case:
    earlier = Case.objects.get(pk=case_id)
    require(actor, "start", earlier)
    source = Application.objects.get(case=earlier)
    if source.closed_at is None:
        raise Refused("already_open", pathway=source.pathway, case=str(earlier.uuid))
    person = person_of(actor)
    Person.objects.select_for_update().get(pk=person.pk)
    if (there := open_application(person, source.pathway)) is not None:
        raise Refused("already_open", pathway=source.pathway, case=str(there.case.uuid))
    if source.pathway == "grandparenting" and day_of(now) > figure("grandparenting_deadline", day_of(now)).value:
        raise Refused("grandparenting_closed", closed_on=figure("grandparenting_deadline", day_of(now)).value)
    case = _open_case(person, source.pathway, actor=actor, now=now)
    draft = actions.new_application(person, case, source.pathway, now=now, copied_from=source)
    actions.copy_answers(source, draft, now=now)
    return case


def _open_case(person: Person, pathway: str, *, actor: Actor, now: datetime) -> Case:
    case = Case.objects.create(topic=pathway, person=person, opened_at=now, is_demo=person.is_demo)
    tell(case, "started", actor=actor, now=now, pathway=pathway)
    return case


@step
def save_answers(
    case_id: int, changes: Mapping[str, Any], *, seen: Mapping[str, str] | None = None, actor: Actor, now: datetime
) -> actions.Saved:
    """Save answers of a draft as they are given (see applications.actions.write_answers).

    Another lived-experience role asks for the attestation anew, since the attestation is about that role.
    """
    application = _draft(case_id, "save", actor)
    saved = actions.write_answers(application, changes, seen=seen, now=now)
    if "lived_experience_role" in saved.written:
        actions.take_back_attestation(application, now=now)
    return saved


@step
def add_row(case_id: int, rows: str, values: Mapping[str, Any] | None = None, *, actor: Actor, now: datetime) -> Any:
    """A row at the end of one of a draft's lists (a job, a course, a letter)."""
    return actions.new_row(_draft(case_id, "save", actor), rows, values or {}, now=now)


@step
def change_row(
    case_id: int,
    rows: str,
    uuid: UUID,
    changes: Mapping[str, Any],
    *,
    seen: Mapping[str, str] | None = None,
    actor: Actor,
    now: datetime,
) -> actions.Saved:
    """Save answers of one row of a draft's list."""
    return actions.write_row(_draft(case_id, "save", actor), rows, uuid, changes, seen=seen, now=now)


@step
def remove_row(case_id: int, rows: str, uuid: UUID, *, actor: Actor, now: datetime) -> Application:
    """Take a row out of one of a draft's lists."""
    application = _draft(case_id, "save", actor)
    actions.delete_row(application, rows, uuid, now=now)
    return application


@step
def attest(case_id: int, is_attested: bool, *, actor: Actor, now: datetime) -> Application:
    """Attest lived experience in the wording in force, or take it back. The story is neither asked nor kept."""
    application = _draft(case_id, "save", actor)
    if not is_attested:
        return actions.take_back_attestation(application, now=now)
    wording = str(figure("lived_experience_wording", day_of(now)).value)
    return actions.attest(application, wording=wording, now=now)


@step
def agree_to_code(case_id: int, name: str, *, version: str, actor: Actor, now: datetime) -> Application:
    """Agree to the code of ethics by typing one's legal name.

    `version` is the version that the page showed. Raises Refused("code_changed") where another is in force since,
    Refused("name_first") before a legal name is given, Refused("signature_differs") where the names do not agree.
    """
    application = _draft(case_id, "save", actor)
    in_force = str(figure("ethics_code_version", day_of(now)).value)
    if version != in_force:
        raise Refused("code_changed")
    if not application.first_name or not application.last_name:
        raise Refused("name_first")
    typed = " ".join(name.split())
    if not signs_for(typed, application):
        raise Refused("signature_differs", name=f"{application.first_name} {application.last_name}")
    return actions.sign_ethics(application, name=typed[:200], version=in_force, now=now)


def signs_for(typed: str, application: Application) -> bool:
    """Whether a typed name is this applicant's legal name, with or without the middle one; folded as for an ID."""
    first, middle, last = application.first_name or "", application.middle_name or "", application.last_name or ""
    return names.fold(typed) in {names.fold(f"{first} {last}"), names.fold(f"{first} {middle} {last}")}


@step
def submit(case_id: int, key: UUID, *, actor: Actor, now: datetime) -> Case:
    """Send a draft, once: two clicks, two tabs and a retried request all get the one case that was sent.

    Raises Refused("incomplete") where required answers are missing, Refused("stale_page") for a key of another
    application. From the submission follow: the number, the legal name on record, the fee owed by the law of the day,
    the checklist, the search for the same person on record, the receipt, and review where nothing is owed.
    """
    case = lock_with_others(case_id)
    require(actor, "submit", case)
    application = Application.objects.select_for_update().get(case=case)
    if application.submitted_at is not None:
        return case
    if case.stage != "draft":
        raise Refused("not_in_this_stage", stage=case.stage, verb="submit")
    if Application.objects.filter(submit_key=key).exists():
        raise Refused("stale_page")
    on = day_of(now)
    gaps = missing(application, on=on)
    if gaps:
        raise Refused("incomplete", count=len(gaps))
    application.submitted_at = now
    application.submit_key = key
    application.facts = snapshot(application)
    application.save(update_fields=["submitted_at", "submit_key", "facts"])
    case.person = application.person
    _put_on_record(application, now=now)
    case.received_on = on
    give_number(case)
    move(case, "submit", actor=actor, now=now, pathway=application.pathway)
    due = owe(case, "application", on=on, now=now)
    make_checklist(case, now=now)
    find_matches(case, now=now)
    write_letter(
        case,
        "receipt",
        key=f"receipt:{case.pk}",
        now=now,
        values={"received_on": on},
        paragraphs=[_about_the_fee(case, due)],
    )
    begin_if_ready(case, actor=actor, now=now)
    case.refresh_from_db()
    return case


def _about_the_fee(case: Case, due: Due) -> str:
    """What the receipt says about the fee, in the person's language."""
    owed = balance(due)
    code = "fee_owed" if owed else "fee_unknown" if due.amount_cents is None else "fee_settled"
    return words.fill("receipt", code, {"owed": words.Money(owed), "number": case.number}, case.person.language)


def _put_on_record(application: Application, *, now: datetime) -> None:
    """The person's legal name, birth date and way to be reached are from now on what they gave us.

    Who holds an approval or a certificate keeps the name and birth date that an officer compared with an ID: another
    application changes them when it is approved, not by being sent. Else anyone could rename their own certificate.
    """
    person = application.person
    known = current_name(person)
    if known and person.cases.filter(stage__in=["approved", "certified"]).exists():
        keep_sort_name(person)
    else:
        put_identity_on_record(application, now=now)
    person.chosen_name = application.chosen_name or ""
    person.language = application.written_language or person.language
    person.phone = application.phone or ""
    at_home = not application.has_no_fixed_address
    person.street = (application.street or "") if at_home else ""
    person.city = (application.city or "") if at_home else ""
    person.state = (application.state or "") if at_home else ""
    person.postal_code = (application.postal_code or "") if at_home else ""
    person.wants_paper = bool(application.wants_paper) and at_home
    person.save(
        update_fields=[
            "chosen_name", "language", "phone", "street", "city", "state", "postal_code", "wants_paper",
        ]
    )  # fmt: skip


def put_identity_on_record(application: Application, *, now: datetime) -> None:
    """The person's legal name and birth date are from now on those of this application."""
    person = application.person
    before = current_name(person)
    name = people.set_legal_name(person, *name_for_record(application), now=now)
    if before != name:
        name_changed(certificates_of(person), actor=PROGRAM, now=now)
    keep_sort_name(person)
    person.born_on = application.born_on
    person.save(update_fields=["born_on"])


def name_for_record(application: Application) -> tuple[str, str, str]:
    """First, middle and last name as given; as an officer read them on the ID where only those can be printed."""
    given = (application.first_name or "", application.middle_name or "", application.last_name or "")
    if not printer.prints(" ".join(given)) and (read := id_reading(application.case)) is not None:
        on_id = (read.first, read.middle, read.last)
        if printer.prints(" ".join(on_id)):
            return on_id
    return given


def give_number(case: Case) -> None:
    """A number nobody else has; it reveals no order, and a drawn one that is taken is drawn anew."""
    draw = SystemRandom()
    for _ in range(TRIES):
        case.number = numbers.make("A", draw)
        try:
            with transaction.atomic():
                case.save(update_fields=["number", "received_on"])
            return
        except IntegrityError:
            continue
    raise RuntimeError("no free application number was drawn")


@step
def discard(case_id: int, *, actor: Actor, now: datetime) -> Case:
    """Throw a draft away: its answers and files are forgotten, that it was begun is kept."""
    application = _draft(case_id, "discard", actor)
    case = application.case
    move(case, "discard", actor=actor, now=now)
    actions.empty_draft(application)
    actions.close_application(case.pk, now=now)
    for document in case.documents.filter(destroyed_at=None):
        destroy_document(document.pk, now=now)
    return case


@step
def withdraw(case_id: int, *, actor: Actor, now: datetime) -> Case:
    """Take an application back after it was sent. Not a denial; nothing keeps the person from applying again."""
    case = lock(case_id)
    require(actor, "withdraw", case)
    if case.stage == "withdrawn":
        return case
    move(case, "withdraw", actor=actor, now=now)
    actions.close_application(case.pk, now=now)
    Request.objects.filter(case=case, closed_at=None).update(closed_at=now, outcome="taken_back")
    cancel_open(case, because="withdrawn", now=now)
    end_clocks(case, now=now, because="withdrawn")
    write_letter(case, "withdrawn", key=f"withdrawn:{case.pk}", now=now, values={"number": case.number})
    return case


def _draft(case_id: int, verb: str, actor: Actor) -> Application:
    """The application of a locked case that is still a draft; raises Refused("already_sent") or ("draft_discarded")."""
    case = lock(case_id)
    require(actor, verb, case)
    if case.stage != "draft":
        raise Refused("draft_discarded" if case.number is None else "already_sent")
    application = Application.objects.select_for_update().get(case=case)
    application.case = case
    return application
