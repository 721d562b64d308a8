"""The keys that certificates, the log, receipts and messages are signed with: in use, made anew, retired.

A key is made when it is first needed: outside where the settings name an outside signer, else here, sealed. `sealed`
may be written again when the settings' keys change; nothing else of a key ever changes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction

from peercert.gateways import keys as sealing
from peercert.gateways.signer import did, jwt, keys, proof
from peercert.program.certificates import outside
from peercert.program.certificates.models import SigningKey

Purpose = Literal["credential", "jwt", "log", "receipt", "webhook"]

#: What kind of key each purpose has. VC-JWT has ES256, since wallets that read JWTs know it.
ALGORITHMS: dict[Purpose, keys.Algorithm] = {
    "credential": "ed25519", "jwt": "p256", "log": "ed25519", "receipt": "ed25519", "webhook": "ed25519"
}  # fmt: skip


@dataclass(frozen=True)
class Signed:
    """A document with its proof, as the text that is handed out, and the key that made it."""

    kid: str
    text: str


@dataclass(frozen=True)
class Next:
    """A key that may be put to use: sealed here, or held outside under a name."""

    public: keys.PublicKey
    sealed: bytes | None
    outside_name: str


def sign(document: dict[str, Any], form: proof.Form, *, now: datetime) -> Signed:
    """The document signed with the key for credentials, and verified: nothing else is ever answered.

    Raises canonical.CannotSign for what is not of our shape, and what the key's keeper raises.
    """
    signer = signer_for("credential")
    signed = proof.signed(document, signer, method_of(signer.kid), now=now, form=form)
    return Signed(signer.kid, orjson.dumps(signed).decode())


def sign_token(document: dict[str, Any]) -> str:
    """The same content as a VC-JWT, signed with the key for those, and verified. Raises what `sign` raises."""
    signer = signer_for("jwt")
    return jwt.signed(document, signer, method_of(signer.kid))


def method_of(kid: str) -> str:
    """The absolute id of one of our keys: `did:web:HOST#KID`."""
    return did.key_id(did.of(settings.ENVIRONMENT.origin), kid)


def did_document() -> dict[str, Any]:
    """Our keys for credentials, for whoever verifies one: retired ones too, none that leaked."""
    return did.document(did.of(settings.ENVIRONMENT.origin), public_keys("credential", "jwt"), public_keys("log"))


def signer_for(purpose: Purpose) -> keys.Signer:
    """The key in use for `purpose`, ready to sign; made where there is none yet.

    Raises gateways.keys.CannotOpen where the settings no longer hold the key that sealed it. Of one held outside, this
    (where it is new) and its `sign` raise keys.SignerDown: not to be called in a transaction.
    """
    row = in_use(purpose)
    if row is None:
        key = next_key(purpose)
        try:
            with transaction.atomic():
                row = _put_to_use(purpose, key)
        except IntegrityError:  # somebody else made it at the same moment
            row = SigningKey.objects.get(purpose=purpose, retired_at=None)
    return _open(row)


def next_key(purpose: Purpose) -> Next:
    """A key that was not in use yet: fresh, or the newest that an outside signer has.

    That one makes another where its newest has been in use. Raises keys.SignerDown: not to be called in a transaction.
    """
    algorithm = ALGORITHMS[purpose]
    if not outside.is_set():
        private = keys.new(algorithm)
        made = keys.local(algorithm, private)
        return Next(made, sealing.encrypt(private, about(made.kid)), "")
    name, key = outside.newest(purpose, algorithm)
    if is_known(key):
        name, key = outside.rotated(purpose, algorithm)
    return Next(key, None, name)


def is_known(key: keys.PublicKey) -> bool:
    """Whether a key is or was in use, for whatever purpose."""
    return SigningKey.objects.filter(kid=key.kid).exists()


def public_keys(*purposes: Purpose) -> list[keys.PublicKey]:
    """Every key of these purposes that still verifies something, the one in use first: retired ones too."""
    rows = SigningKey.objects.filter(purpose__in=purposes, is_compromised=False).order_by("-id")
    return [public_half(row) for row in rows]


def leaked(purpose: Purpose) -> frozenset[str]:
    """The names of the keys of this purpose that somebody else may know: what they signed proves nothing."""
    rows = SigningKey.objects.filter(purpose=purpose, is_compromised=True)
    return frozenset(rows.values_list("kid", flat=True))


def has_leaked_between(purpose: Purpose, first: datetime, last: datetime) -> bool:
    """Whether a key of this purpose that leaked was in use at some moment between these two."""
    rows = SigningKey.objects.filter(purpose=purpose, is_compromised=True)
    return rows.filter(made_at__lte=last, retired_at__gte=first).exists()


@transaction.atomic
def rotate(purpose: Purpose, key: Next, *, compromised: bool, now: datetime) -> SigningKey:
    """Retire the key in use and put another to use. A compromised key verifies nothing from now on.

    Two rotations at once give one new key each, one after the other; both are recorded. Raises IntegrityError where the
    other took this very key.
    """
    row = SigningKey.objects.select_for_update().filter(purpose=purpose, retired_at=None).first()
    if row is not None:
        row.retired_at, row.is_compromised = now, compromised
        row.save(update_fields=["retired_at", "is_compromised"])
    return _put_to_use(purpose, key)


def in_use(purpose: Purpose) -> SigningKey | None:
    """The key that signs now; None before the first one."""
    return SigningKey.objects.filter(purpose=purpose, retired_at=None).first()


def about(kid: str) -> str:
    """What a sealed private key belongs to."""
    return f"signing key {kid}"


def public_half(row: SigningKey) -> keys.PublicKey:
    """What the signatures of a key are verified with."""
    return keys.PublicKey(row.kid, row.algorithm, bytes(row.public))  # type: ignore[arg-type]


def _put_to_use(purpose: Purpose, key: Next) -> SigningKey:
    return SigningKey.objects.create(
        purpose=purpose, algorithm=key.public.algorithm, kid=key.public.kid, public=key.public.public,
        sealed=key.sealed, outside_name=key.outside_name,
    )  # fmt: skip


def _open(row: SigningKey) -> keys.Signer:
    if row.sealed is None:
        return outside.signer(row.outside_name, public_half(row))
    return keys.local(row.algorithm, sealing.decrypt(bytes(row.sealed), about(row.kid)), row.kid)  # type: ignore[arg-type]
