"""Giving receipts: what was certified on a day, as known now or on a past day, signed for whoever must prove it."""

from datetime import date, datetime

from peercert.program.certificates.locate import Located
from peercert.program.certificates.models import Certificate, Receipt
from peercert.program.certificates.receipts import record_receipt
from peercert.program.errors import Refused
from peercert.program.people.organisations import Organisation
from peercert.program.people.queries import agreement_in_force
from peercert.rules.days import day_of, end_of


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
