"""Keeping the keys that sign: retired and made anew by the operator alone, on record."""

from datetime import datetime

from peercert.program.casework.moves import tell_audit
from peercert.program.casework.queue import defer
from peercert.program.certificates import signing
from peercert.program.certificates.models import SigningKey
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor


@step
def rotate_key(purpose: signing.Purpose, *, compromised: bool, actor: Actor, now: datetime) -> SigningKey:
    """Retire the key in use for `purpose` and make the next; what the old one signed stays verifiable.

    A compromised key verifies nothing any more: whatever it signed has to be signed again.
    """
    key = signing.rotate(purpose, compromised=compromised, now=now)
    if compromised:
        defer("certificates.sign_missing", once="certificates.sign_missing", timestamp=int(now.timestamp()))
    tell_audit("key_rotated", actor=actor, now=now, purpose=purpose, kid=key.kid, compromised=compromised)
    return key
