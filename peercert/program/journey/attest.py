"""Giving receipts: what was certified on a day, as known now or on a past day, signed for whoever must prove it.

Where a key of theirs leaks, whoever holds receipts of it is told, and the same answers are signed anew.
"""

from datetime import date, datetime

from peercert.program.casework.models import AuditEntry
from peercert.program.certificates import receipts
from peercert.program.certificates.locate import Located
from peercert.program.certificates.models import Certificate, Receipt
from peercert.program.certificates.receipts import record_receipt
from peercert.program.certificates.signing import leaked
from peercert.program.errors import Refused
from peercert.program.journey.organisations import locked, tell_about, tell_administrators
from peercert.program.journey.step import step
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.organisations import Organisation
from peercert.program.people.queries import agreement_in_force
from peercert.rules.days import day_of, end_of

#: Receipts that are signed anew before the next ones are looked for.
MANY = 500
#: What organisations are told and their record says when receipts that they hold prove nothing any more.
LOST_TRUST = "receipts_lost_trust"


def give_receipt(
    organisation: Organisation, located: Located, on: date, as_known_on: date | None, *, issuer: str, now: datetime
) -> Receipt:
    """A receipt for an organisation whose agreement is in force: one row, written once it is signed, and no transaction
    before that in which an outside signer would be waited for.

    `as_known_on`: what was known at the end of that day. A record that was withdrawn since is answered for as it was
    known then: whoever relied on it must be able to show so. Where no certificate answers for the number, the receipt
    says that: it names none, and `certificate` is None. Raises Refused: `no_agreement`, `day_in_future`,
    `known_in_future`; and keys.SignerDown, with nothing written.
    """
    today = day_of(now)
    if agreement_in_force(organisation, today) is None:
        raise Refused("no_agreement")
    if as_known_on is not None and as_known_on > today:
        raise Refused("known_in_future")
    if on > (as_known_on or today):
        raise Refused("day_in_future")
    known_at = now if as_known_on in {None, today} else end_of(as_known_on)
    certificate = located.certificate
    if located.how == "retired" and known_at < now:
        certificate = Certificate.objects.filter(number=located.number, retired_at__gt=known_at).first()
    return record_receipt(organisation, certificate, located.number, on, known_at, issuer=issuer, now=now)


def follow_leak(*, now: datetime) -> int:
    """Tell the organisations that hold receipts of a leaked key, then sign the same answers anew; how many.

    Cut off, the next run goes on. Raises keys.SignerDown, when everybody has been told.
    """
    holders = receipts.untrusted().order_by("organisation").values_list("organisation", flat=True).distinct()
    for organisation_id in list(holders):
        _tell_of_leak(organisation_id, now=now)
    count = last = 0
    while some := list(receipts.untrusted().filter(pk__gt=last).order_by("pk")[:MANY]):
        receipts.trusted(some, now=now)
        count, last = count + len(some), some[-1].pk
    return count


@step
def _tell_of_leak(organisation_id: int, *, now: datetime, actor: Actor = PROGRAM) -> None:
    """Once for each organisation and leak, however often it runs."""
    organisation, keys = locked(organisation_id), sorted(leaked("receipt"))
    told = AuditEntry.objects.filter(verb=LOST_TRUST, values__organisation=str(organisation.uuid), values__keys=keys)
    if told.exists():
        return
    count = receipts.untrusted().filter(organisation=organisation).count()
    tell_about(organisation, LOST_TRUST, actor=actor, now=now, receipts=count, keys=keys)
    tell_administrators(
        organisation, LOST_TRUST, key=f"{LOST_TRUST}:{organisation.pk}:{len(keys)}", now=now, count=count
    )
