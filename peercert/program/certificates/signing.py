"""The keys that certificates, the log, receipts and messages are signed with: in use, made anew, retired.

A key is made when it is first needed. `sealed` may be written again when the settings' keys change; nothing else of a
key ever changes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction

from peercert.gateways import keys as sealing
from peercert.gateways.signer import did, jwt, keys, proof
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

    Raises gateways.keys.CannotOpen where the settings no longer hold the key that sealed it.
    """
    row = _in_use(purpose)
    if row is None:
        try:
            with transaction.atomic():
                row = _make(purpose)
        except IntegrityError:  # somebody else made it at the same moment
            row = SigningKey.objects.get(purpose=purpose, retired_at=None)
    return _open(row)


def public_keys(*purposes: Purpose) -> list[keys.PublicKey]:
    """Every key of these purposes that still verifies something, the one in use first: retired ones too."""
    rows = SigningKey.objects.filter(purpose__in=purposes, is_compromised=False).order_by("-id")
    return [keys.PublicKey(row.kid, row.algorithm, bytes(row.public)) for row in rows]  # type: ignore[arg-type]


@transaction.atomic
def rotate(purpose: Purpose, *, compromised: bool, now: datetime) -> SigningKey:
    """Retire the key in use and make the next. A compromised key verifies nothing from now on.

    Two rotations at once give one new key each, one after the other; both are recorded.
    """
    row = SigningKey.objects.select_for_update().filter(purpose=purpose, retired_at=None).first()
    if row is not None:
        row.retired_at, row.is_compromised = now, compromised
        row.save(update_fields=["retired_at", "is_compromised"])
    return _make(purpose)


def _in_use(purpose: Purpose) -> SigningKey | None:
    return SigningKey.objects.filter(purpose=purpose, retired_at=None).first()


def _make(purpose: Purpose) -> SigningKey:
    private = keys.new(ALGORITHMS[purpose])
    made = keys.local(ALGORITHMS[purpose], private)
    return SigningKey.objects.create(
        purpose=purpose, algorithm=made.algorithm, kid=made.kid, public=made.public,
        sealed=sealing.encrypt(private, _about(made.kid)),
    )  # fmt: skip


def _open(row: SigningKey) -> keys.Signer:
    assert row.sealed is not None
    return keys.local(row.algorithm, sealing.decrypt(bytes(row.sealed), _about(row.kid)), row.kid)  # type: ignore[arg-type]


def _about(kid: str) -> str:
    return f"signing key {kid}"
