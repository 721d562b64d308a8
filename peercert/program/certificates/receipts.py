"""Receipts: a signed answer to "was this number certified on that day?", from what was known at one moment.

It says certified or not, never a reason and never a name, so that it can lie in an audit's file for ever.
"""

import hashlib
import uuid
from datetime import UTC, date, datetime
from typing import Any

from peercert.gateways.signer.receipt import signed
from peercert.program.certificates.models import Certificate, Receipt
from peercert.program.certificates.queries import standing_on
from peercert.program.certificates.signing import signer_for
from peercert.program.people.organisations import Organisation


def record_receipt(
    organisation: Organisation, certificate: Certificate, asked_as: str, on: date, known_at: datetime, *, issuer: str,
    now: datetime,
) -> Receipt:  # fmt: skip
    """Answer, sign and keep. `asked_as` is the number as it was asked: another one may answer for it today."""
    standing = standing_on(certificate, on, known_at)
    name = uuid.uuid4()
    claims: dict[str, Any] = {
        "iss": issuer,
        "jti": f"urn:uuid:{name}",
        "iat": int(now.timestamp()),
        "aud": f"urn:uuid:{organisation.uuid}",
        "question": {"certified_on": on.isoformat(), "number": asked_as},
        "answer": {"is_certified": standing is not None and standing.state == "in_force", "number": certificate.number},
        "known_at": known_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    text = signed(claims, signer_for("receipt"))
    return Receipt.objects.create(
        uuid=name, organisation=organisation, certificate=certificate, on=on, known_at=known_at, made_at=now, text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip


def receipts_of(organisation: Organisation, after: int | None = None) -> Any:
    """An organisation's receipts, newest first, from the one after `after` on."""
    rows = Receipt.objects.filter(organisation=organisation).order_by("-id")
    return rows if after is None else rows.filter(pk__lt=after)
