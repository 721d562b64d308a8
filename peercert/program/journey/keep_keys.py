"""Keeping the keys that sign: retired and made anew by the operator alone, on record."""

from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError

from peercert.program.casework.moves import tell_audit
from peercert.program.casework.queue import defer
from peercert.program.certificates import outside, signing
from peercert.program.certificates.models import SigningKey
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor

#: How often another key is looked for where somebody else takes the one that was found.
_TRIES = 3


def rotate_key(purpose: signing.Purpose, *, compromised: bool, actor: Actor, now: datetime) -> SigningKey:
    """Retire the key in use for `purpose` and put the next to use; what the old one signed stays verifiable.

    The next is made here, or by the outside signer that the settings name (keys.SignerDown where it makes none).
    A compromised key verifies nothing any more: whatever it signed is signed again.
    """
    outside.look()
    for _ in range(_TRIES - 1):
        with suppress(IntegrityError):
            return _rotate(purpose, signing.next_key(purpose), compromised=compromised, actor=actor, now=now)
    return _rotate(purpose, signing.next_key(purpose), compromised=compromised, actor=actor, now=now)


def follow_outside(*, actor: Actor, now: datetime) -> list[SigningKey]:
    """Put to use what was rotated in the outside signer; answers the keys that are new. Raises keys.SignerDown."""
    outside.look()
    followed = []
    for row in SigningKey.objects.filter(retired_at=None).exclude(outside_name="").order_by("id"):
        _, key = outside.newest(row.purpose, row.algorithm)  # type: ignore[arg-type]
        if not signing.is_known(key):
            followed.append(rotate_key(row.purpose, compromised=False, actor=actor, now=now))  # type: ignore[arg-type]
    return followed


@step
def _rotate(
    purpose: signing.Purpose, key: signing.Next, *, compromised: bool, actor: Actor, now: datetime
) -> SigningKey:  # fmt: skip
    made = signing.rotate(purpose, key, compromised=compromised, now=now)
    if compromised:
        follower = "receipts.follow_leak" if purpose == "receipt" else "certificates.sign_missing"
        defer(follower, once=follower, timestamp=int(now.timestamp()))
    where = "outside" if made.outside_name else "here"
    tell_audit("key_rotated", actor=actor, now=now, purpose=purpose, kid=made.kid, compromised=compromised, held=where)
    return made
