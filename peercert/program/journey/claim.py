"""Claiming a record that was taken over: by its number and the e-mail address on file, or by an officer."""

from datetime import datetime

from peercert.program.access import require
from peercert.program.casework.actions import keep_sort_name
from peercert.program.casework.models import Case
from peercert.program.casework.moves import lock_cases_of, tell
from peercert.program.certificates.locate import locate, number_key
from peercert.program.certificates.queries import certificates_of
from peercert.program.errors import Refused
from peercert.program.journey.oneself import person_of
from peercert.program.journey.standing_changed import name_changed
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.notices.queries import confirmed_address
from peercert.program.people import actions as people
from peercert.program.people.actor import Actor
from peercert.program.people.models import OnFile, Person
from peercert.program.people.queries import current_name, person_by_email


@step
def claim_record(number: str, *, actor: Actor, now: datetime) -> Person:
    """Take what was taken over under this number, old or new, as one's own; what belongs to it comes along.

    The confirmed address of the account must be the one on file. Raises Refused: `claim_does_not_match`, which says
    nothing about whether such a record exists, and those of `_join`.
    """
    require(actor, "claim_record")
    person = person_of(actor)
    address = confirmed_address(person)
    row = _on_file(number, address.lower()) if address else None
    if row is None:
        raise Refused("claim_does_not_match")
    return _join(row.person, person, "record_claimed", actor=actor, now=now)


@step
def link_record(case_id: int, email: str, because: str, *, actor: Actor, now: datetime) -> Person:
    """Give a record that was taken over to the account of its person, whom the officer has seen the ID of.

    Raises Refused: `reason_needed`, `no_account`, `claimed_already`, and those of `_join`.
    """
    case = Case.objects.select_related("person").get(pk=case_id)  # locked with all others of both in `_join`
    require(actor, "link_record", case)
    if not because.strip():
        raise Refused("reason_needed")
    person = person_by_email(email)
    if person is None or confirmed_address(person) is None:
        raise Refused("no_account")
    if actor.person is not None and person.pk == actor.person.pk:
        raise Refused("own_case")
    if not is_unclaimed(case.person):
        raise Refused("claimed_already")
    return _join(case.person, person, "record_linked", actor=actor, now=now, because=because.strip())


def is_unclaimed(person: Person) -> bool:
    """Whether this is someone taken over who has no account yet."""
    return person.account_id is None and OnFile.objects.filter(person=person, claimed_at=None).exists()


def _on_file(number: str, address: str) -> OnFile | None:
    """What is unclaimed under a number and an address, be it the old number or the certificate's own.

    Certificates and approvals may have been numbered alike: the address tells whose it is.
    """
    unclaimed = OnFile.objects.filter(claimed_at=None, person__account=None, email=address).select_related("person")
    row = unclaimed.filter(key=number_key(number)).first()
    if row is None and (certificate := locate(number).certificate) is not None:
        row = unclaimed.filter(person=certificate.person_id).first()
    return row


def _join(record: Person, person: Person, happened: str, *, actor: Actor, now: datetime, **values: str) -> Person:
    """Everything that names `record` names `person` from now on.

    Raises Refused: `claimed_already` (somebody was first), `claim_names_differ` (the account's person has another legal
    name or birth date on record), `claim_has_cases` (an application by the same pathway is open).
    """
    lock_cases_of(record.pk, person.pk)
    for pk in sorted((record.pk, person.pk)):
        Person.objects.select_for_update().get(pk=pk)
    if not OnFile.objects.filter(person=record, claimed_at=None).exists():
        raise Refused("claimed_already")
    here, there = current_name(person), current_name(record)
    if here and there and (here.first_key, here.last_key) != (there.first_key, there.last_key):
        raise Refused("claim_names_differ")
    if person.born_on and record.born_on and person.born_on != record.born_on:
        raise Refused("claim_names_differ")
    cases = list(Case.objects.filter(person=record).order_by("pk"))
    OnFile.objects.filter(person=record).update(claimed_at=now)
    people.become_one(record, person, now=now)
    keep_sort_name(person)
    if here is not None:  # each of both records has a name more than it had
        name_changed(certificates_of(person), actor=actor, now=now)
    for case in cases:
        case.person = person
        tell(case, happened, actor=actor, now=now, **values)
        write_letter(case, "record_claimed", key=f"record_claimed:{case.pk}", now=now, values={"number": case.number})
    return person
