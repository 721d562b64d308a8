"""Taking over what an earlier register decided: holders, where they stood on which days, approvals that still run.

Each function takes one row and answers what became of it: "made", "same" (this very row was taken over before), or a
Refused says why not. Nobody is written to: people learn of the new register from the program, and claim their record.
A decision that is taken over is on record as such: what the law cannot see stands accepted by the officer who took it
over, and it is not ours to judge again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import msgspec

from peercert.program.access import require
from peercert.program.applications.models import Application, Training
from peercert.program.casework.actions import extend_clock, sort_name, start_clock
from peercert.program.casework.models import Case, TimelineEntry
from peercert.program.casework.moves import lock, move, tell
from peercert.program.certificates import actions, queries
from peercert.program.certificates.locate import locate, number_key
from peercert.program.certificates.models import Certificate, OldNumber, Standing, Term
from peercert.program.determinations.actions import record_determination
from peercert.program.determinations.models import Determination
from peercert.program.errors import Refused
from peercert.program.exams.actions import take_over_attempt
from peercert.program.journey import partner
from peercert.program.journey.apply import give_number
from peercert.program.journey.certify import print_later
from peercert.program.journey.determine import WITH_TRAINING
from peercert.program.journey.law import facts_for
from peercert.program.journey.standing_changed import announce
from peercert.program.journey.step import step
from peercert.program.money.actions import cover, owe
from peercert.program.people import actions as people
from peercert.program.people.actor import Actor
from peercert.program.people.models import LANGUAGES, LegalName, OnFile, Person
from peercert.program.people.queries import current_name
from peercert.program.training.models import Provider, ProviderApproval
from peercert.rules.days import add_months, add_years, day_of, start_of
from peercert.rules.decide import decide
from peercert.rules.figures import figure, in_force
from peercert.rules.names import fold

Became = Literal["made", "same"]
#: States that an earlier register's days may have. "not_certified" takes days out of a term.
STATES = ("in_force", "suspended", "revoked", "surrendered", "not_certified")
BECAUSE = "Taken over from the register before this one."


@dataclass(frozen=True)
class Whom:
    """A person as the earlier register names them; `number` is theirs there."""

    number: str
    first: str
    middle: str
    last: str
    born_on: date | None
    email: str
    language: str


@step
def take_over_holder(
    whom: Whom, *, pathway: str, issued_on: date, last_on: date, actor: Actor, now: datetime
) -> Became:
    """A certificate of the earlier register, good from `issued_on` through `last_on`, under a number of ours.

    The old number finds it for ever. Raises Refused: `take_over_differs` (the number was taken over with other words),
    `take_over_ours` (it is the number of a certificate here), `take_over_days`, `day_in_future`, and those of `_case`.
    """
    require(actor, "take_over")
    if known := _known("holder", whom, pathway, issued_on, last_on):
        return known
    if issued_on > day_of(now):
        raise Refused("day_in_future")
    if not _may_run(issued_on, last_on, day_of(now)):
        raise Refused("take_over_days")
    if locate(whom.number).how in {"here", "moved", "retired"}:
        raise Refused("take_over_ours", number=whom.number)
    case = _case(whom, pathway, received_on=issued_on, actor=actor, now=now)
    decision = _decision(case, "certify", actor=actor, now=now)
    name = current_name(case.person)
    assert name is not None
    certificate = actions.take_over(case, decision, name, issued_on=issued_on, last_on=last_on, now=now)
    OldNumber.objects.create(key=number_key(whom.number), number=whom.number, certificate=certificate)
    move(case, "take_over_certificate", actor=actor, now=now, number=certificate.number, old_number=whom.number)
    Application.objects.filter(case=case).update(closed_at=now)
    print_later(certificate)
    announce(certificate, "issued", actor=actor, now=now)
    _put_on_file("holder", whom, case.person, pathway, issued_on, last_on, now=now)
    return "made"


@step
def take_over_span(
    number: str, *, state: str, first_on: date, last_on: date | None, actor: Actor, now: datetime
) -> Became:
    """Days of its term on which a certificate that was taken over stood otherwise than in force.

    Days that were taken over once are the same ever after, whatever was corrected here since. Raises Refused:
    `no_such_certificate`, `no_such_standing`, `take_over_days`, `last_day_needed`, `day_in_future`.
    """
    require(actor, "take_over")
    found = locate(number)
    if found.certificate is None or not Standing.objects.filter(certificate=found.certificate, cause="taken_over"):
        raise Refused("no_such_certificate", number=number)
    if state not in STATES:
        raise Refused("no_such_standing")
    case = lock(found.certificate.case_id)
    certificate = Certificate.objects.get(pk=found.certificate.pk)
    days = {"first_on": first_on.isoformat(), "last_on": last_on.isoformat() if last_on else ""}
    if case.timeline.filter(verb="standing_taken_over", values={"state": state, **days}).exists():
        return "same"
    for_good = state in actions.FOR_GOOD
    if last_on is None and not for_good:
        raise Refused("last_day_needed")
    ends_on = Term.objects.filter(certificate=certificate).latest("last_on").last_on
    if not certificate.issued_on <= first_on <= (last_on or first_on) or (last_on and (for_good or last_on > ends_on)):
        raise Refused("take_over_days")
    if for_good and first_on > day_of(now):
        raise Refused("day_in_future")
    if queries.stands_so(certificate, None if state == "not_certified" else state, first_on, last_on):
        return "same"
    stands = None if state == "not_certified" else state
    actions.correct_standing(certificate, stands, first_on, last_on, cause="taken_over", actor=actor, now=now)
    tell(case, "standing_taken_over", actor=actor, now=now, state=state, **days)
    announce(certificate, "corrected", actor=actor, now=now)
    return "made"


@step
def take_over_approval(
    whom: Whom, *, pathway: str, approved_on: date, last_on: date, attempts: Sequence[date], training_on: date | None,
    exam_fee_reference: str, actor: Actor, now: datetime,
) -> Became:  # fmt: skip
    """An approval of the earlier register that still runs through `last_on`, with the attempts that were used.

    `attempts` are the days of failed sittings; `training_on` the day on which a core course that was accepted ended;
    `exam_fee_reference` the receipt of the exam fee, "" where none was paid; a sitting that was used was paid for.
    Raises Refused: `take_over_differs`, `take_over_days`, `take_over_over` (the approval has ended), `name_needed`.
    """
    require(actor, "take_over")
    given = (pathway, approved_on, last_on, *attempts, training_on, exam_fee_reference)
    if known := _known("approval", whom, *given):
        return known
    if last_on < day_of(now):
        raise Refused("take_over_over")
    tried_in_time = all(approved_on <= on <= day_of(now) for on in attempts)
    if not (approved_on <= day_of(now) and tried_in_time and _may_run(approved_on, last_on, day_of(now))):
        raise Refused("take_over_days")
    case = _case(whom, pathway, received_on=approved_on, actor=actor, now=now)
    made = _decision(case, "apply", approved_on=approved_on, through=last_on, actor=actor, now=now)
    move(case, "take_over_approval", actor=actor, now=now, determination=str(made.uuid), old_number=whom.number)
    start_clock(case, "approval", owed_by="person", starts_on=approved_on, figure="approval_months", now=now)
    usual = add_months(approved_on, int(figure("approval_months", approved_on).value))
    if last_on > usual:
        extend_clock(case, "approval", (last_on - usual).days, BECAUSE)
    for sitting, on in enumerate(attempts, start=1):
        take_over_attempt(case, sitting=sitting, sat_on=on, approved_on=approved_on, last_on=last_on, now=now)
    if training_on is not None:
        Training.objects.create(
            application=case.application, provider_name=BECAUSE, completed_on=training_on, given_at=now, accepted_at=now
        )
    if exam_fee_reference or training_on or pathway not in WITH_TRAINING:
        due = owe(case, "exam", on=approved_on, now=now, sitting=1)
        if exam_fee_reference or attempts:
            number = exam_fee_reference or whom.number
            cover(due, kind="waiver", number=number, payer=BECAUSE, on=day_of(now), actor=actor, now=now)
    _put_on_file("approval", whom, case.person, *given, now=now)
    return "made"


@step
def take_over_provider(
    name: str, *, website: str, contact: str, type: str, language: str, approved_on: date,
    contract_executed_on: date | None, until_on: date | None, actor: Actor, now: datetime,
) -> Became:  # fmt: skip
    """A provider, by name, and one of its spans of authorisation. Raises Refused as `partner.record_authorisation`.

    Also `no_such_type` and `no_such_language`.
    """
    require(actor, "keep_providers")
    if type not in dict(ProviderApproval.TYPES):
        raise Refused("no_such_type", type=type)
    if language not in dict(LANGUAGES):
        raise Refused("no_such_language", language=language)
    if not name.strip():
        raise Refused("name_needed")
    provider = Provider.objects.filter(name__iexact=name.strip()).first()
    if provider is None:
        provider = partner.record_provider(name.strip(), website=website, contact=contact, actor=actor, now=now)
    span = {"type": type, "language": language, "approved_on": approved_on,
            "contract_executed_on": contract_executed_on, "until_on": until_on}  # fmt: skip
    if provider.approvals.filter(taken_back_at=None, **span).exists():
        return "same"
    partner.record_authorisation(provider.uuid, **span, actor=actor, now=now)  # type: ignore[arg-type]
    return "made"


def taken_over(kind: str) -> int:
    """How many records of a kind of file were taken over in all, to hold against the earlier register's own count.

    Of providers: how many spans of authorisation are on record, those that were typed in here too.
    """
    if kind in {"holders", "approvals"}:
        return OnFile.objects.filter(kind=kind.rstrip("s")).count()
    if kind == "spans":
        return TimelineEntry.objects.filter(verb="standing_taken_over").count()
    return ProviderApproval.objects.filter(taken_back_at=None).count()


def _may_run(first_on: date, last_on: date, today: date) -> bool:
    """Whether a term or an approval can have these days: others are typing mistakes.

    No program certified anybody before the law's own first figure, and none, renewed early, for more than a term and a
    year to come.
    """
    years = in_force().entries["certificate_years"]
    return years[0].since <= first_on <= last_on <= add_years(today, int(figure("certificate_years", today).value) + 1)


def _known(kind: str, whom: Whom, *given: object) -> Became | None:
    row = OnFile.objects.filter(kind=kind, key=number_key(whom.number)).first()
    if row is None:
        return None
    if row.digest != _digest(whom, *given):
        raise Refused("take_over_differs", number=whom.number)
    return "same"


def _put_on_file(kind: str, whom: Whom, person: Person, *given: object, now: datetime) -> None:
    OnFile.objects.create(
        person=person, kind=kind, key=number_key(whom.number), number=whom.number, email=whom.email.lower(),
        digest=_digest(whom, *given), taken_over_at=now,
    )  # fmt: skip


def _digest(whom: Whom, *given: object) -> str:
    told = msgspec.json.encode([*msgspec.to_builtins(whom).values(), *given])
    return hashlib.sha256(told).hexdigest()


def _case(whom: Whom, pathway: str, *, received_on: date, actor: Actor, now: datetime) -> Case:
    """A case with its application as far as it is known, of the person who may be on file already.

    Raises Refused: `name_needed`, `name_unreadable` (a character in it is none), `take_over_born`.
    """
    if not fold(whom.first) or not fold(whom.last):
        raise Refused("name_needed")
    if not all(name.isprintable() for name in (whom.first, whom.middle, whom.last)):
        raise Refused("name_unreadable")
    if whom.born_on is not None and whom.born_on >= received_on:
        raise Refused("take_over_born")
    person = _person(whom, now=now)
    case = Case.objects.create(
        topic=pathway, person=person, opened_at=now, received_on=received_on, sort_name=sort_name(person)
    )
    give_number(case)
    Application.objects.create(
        case=case, person=person, pathway=pathway, started_at=now, saved_at=now, born_on=whom.born_on,
        first_name=whom.first, middle_name=whom.middle, last_name=whom.last,
    )  # fmt: skip
    case.refresh_from_db()
    return case


def _person(whom: Whom, *, now: datetime) -> Person:
    """The person of an earlier row with the same address, name and birth date; else a new one."""
    if whom.email and whom.born_on:
        there = OnFile.objects.filter(email=whom.email.lower(), person__born_on=whom.born_on)
        for row in there.select_related("person"):
            name = current_name(row.person)
            if name is not None and _same(name, whom):
                return row.person
    person = people.new_person(born_on=whom.born_on, language=whom.language)
    people.set_legal_name(person, whom.first, whom.middle, whom.last, now=now, because="taken_over")
    return person


def _same(name: LegalName, whom: Whom) -> bool:
    return (name.first_key, name.last_key) == (fold(whom.first), fold(whom.last))


def _decision(
    case: Case, question: Literal["apply", "certify"], *, approved_on: date | None = None, through: date | None = None,
    actor: Actor, now: datetime,
) -> Determination:  # fmt: skip
    facts = facts_for(case, question, now=now)
    finding = decide(facts)
    return record_determination(
        case, question=question, outcome="approve",
        facts=msgspec.to_builtins(facts), finding=msgspec.to_builtins(finding),
        law_outcome=finding.outcome, governed_on=finding.governed_on, release=finding.release, because=BECAUSE,
        approval_through=through, decided_by=actor.person, decided_at=start_of(approved_on) if approved_on else now,
    )  # fmt: skip
