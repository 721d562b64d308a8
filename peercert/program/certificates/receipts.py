"""Receipts: a signed answer to "was this number certified on that day?", from what was known at one moment.

It says certified or not, never a reason and never a name, so that it can lie in an audit's file for ever. Of a number
for which no certificate answers it says just that: its answer names no number. Numbers are never removed, so what is
unknown now was unknown before.

Every receipt that was ever given is kept. So where its key leaks, the register goes on knowing which ones it gave, and
signs their answers anew; one that is not kept was never given, whatever its signature says.
"""

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from peercert.gateways.signer.jwt import taken_apart
from peercert.gateways.signer.keys import Signer
from peercert.gateways.signer.receipt import head, signed
from peercert.program.certificates.models import Certificate, Receipt
from peercert.program.certificates.queries import known_since, standing_on
from peercert.program.certificates.signing import leaked, signer_for
from peercert.program.people.organisations import Organisation


@dataclass(frozen=True)
class Answered:
    """What a receipt says of one number: `number` is the one that answers for `asked_as`, that of the certificate.

    `known_since`: since when that is known, without a break; None where nothing of the certificate was.
    """

    asked_as: str
    certificate_id: int | None
    number: str | None
    is_certified: bool
    known_since: datetime | None


def record_receipt(
    organisation: Organisation, certificate: Certificate | None, asked_as: str, on: date, known_at: datetime, *,
    issuer: str, now: datetime,
) -> Receipt:  # fmt: skip
    """Answer, sign and keep. `asked_as` is the number as it was asked: another one may answer for it today."""
    answered = Answered(asked_as, None, None, is_certified=False, known_since=None)
    if certificate is not None:
        standing = standing_on(certificate, on, known_at)
        is_certified = standing is not None and standing.state == "in_force"
        since = known_since(certificate, on, known_at)
        answered = Answered(asked_as, certificate.pk, certificate.number, is_certified, since)
    made = _made(uuid.uuid4(), organisation, answered, on, known_at, issuer, now, signer_for("receipt"))
    made.save(force_insert=True)
    return made


def record_receipts(
    organisation: Organisation, answers: Sequence[Answered], on: date, known_at: datetime, *, asked_with: uuid.UUID,
    issuer: str, now: datetime,
) -> list[Receipt]:  # fmt: skip
    """Sign and keep these answers, a few statements for all of them; one receipt for each, in their order.

    A receipt is named by its question and its number: whoever asks for the same again, after a cut or years later, is
    given the one that was kept, or the one that was signed anew in its place.
    """
    names = [uuid.uuid5(asked_with, answer.asked_as) for answer in answers]
    kept = set(Receipt.objects.filter(uuid__in=names).values_list("uuid", flat=True))
    signer = signer_for("receipt")
    Receipt.objects.bulk_create(
        [
            _made(name, organisation, answer, on, known_at, issuer, now, signer)
            for name, answer in zip(names, answers, strict=True)
            if name not in kept
        ],
        ignore_conflicts=True,
    )
    found = Receipt.objects.in_bulk(names, field_name="uuid")
    return trusted([found[name] for name in names], now=now)


def untrusted() -> QuerySet[Receipt]:
    """Receipts of a key that leaked, which were not signed anew yet."""
    begins = [Q(text__startswith=head(kid)) for kid in leaked("receipt")]
    if not begins:
        return Receipt.objects.none()
    return Receipt.objects.filter(Q(*begins, _connector=Q.OR), replaced_by=None)


def trusted(receipts: Sequence[Receipt], *, now: datetime) -> list[Receipt]:
    """These receipts; in the place of one whose key leaked the same answer, signed anew.

    The answer is not looked up again: the one that was given stands in a row that nobody can change.
    """
    found, out = list(receipts), leaked("receipt")
    while wrong := [one for one in found if not is_trusted(one, out)]:
        signer = signer_for("receipt")
        fresh = set(Receipt.objects.filter(replaces__in=wrong).values_list("replaces_id", flat=True))
        missing = [one for one in wrong if one.pk not in fresh]
        Receipt.objects.bulk_create([_anew(one, now, signer) for one in missing], ignore_conflicts=True)
        after = {one.replaces_id: one for one in Receipt.objects.filter(replaces__in=wrong)}
        found = [after.get(one.pk, one) for one in found]
    return found


def is_trusted(receipt: Receipt, out: Collection[str]) -> bool:
    """Whether its signature still proves something; `out` are the names of the keys that leaked."""
    return not out or taken_apart(receipt.text).header["kid"] not in out


def given(text: str) -> Receipt | None:
    """The receipt with exactly this text, if we ever gave it."""
    return of_digest(hashlib.sha256(text.strip().encode()).hexdigest())


def of_digest(digest: str) -> Receipt | None:
    """The receipt whose text has this SHA-256, in hex, if we ever gave one."""
    return Receipt.objects.filter(digest=digest).first()


def asked_as(receipt: Receipt) -> str:
    """The number that a receipt was asked by, which it says itself."""
    return str(taken_apart(receipt.text).payload["question"]["number"])


def receipts_of(organisation: Organisation, after: int | None = None) -> Any:
    """An organisation's receipts, newest first, from the one after `after` on."""
    rows = Receipt.objects.filter(organisation=organisation).order_by("-id")
    return rows if after is None else rows.filter(pk__lt=after)


def told(receipt: Receipt, number: str | None) -> dict[str, Any]:
    """A receipt as machines read it, the same by API and in files. `number` is the one that answers."""
    return {
        "id": receipt.uuid, "number": number, "asked": asked_as(receipt), "on": receipt.on,
        "known_at": receipt.known_at.astimezone(UTC), "made_at": receipt.made_at, "receipt": receipt.text,
        "sha256": receipt.digest,
    }  # fmt: skip


def _made(
    name: uuid.UUID, organisation: Organisation, answered: Answered, on: date, known_at: datetime, issuer: str,
    now: datetime, signer: Signer,
) -> Receipt:  # fmt: skip
    """A receipt, signed and not yet kept."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "jti": f"urn:uuid:{name}",
        "iat": int(now.timestamp()),
        "aud": f"urn:uuid:{organisation.uuid}",
        "question": {"certified_on": on.isoformat(), "number": answered.asked_as},
        "answer": {"is_certified": answered.is_certified, "number": answered.number},
        "known_at": _moment(known_at),
        "known_since": _moment(answered.known_since) if answered.known_since else None,
    }
    return _row(claims, signer, uuid=name, organisation=organisation, certificate_id=answered.certificate_id, on=on,
                known_at=known_at, made_at=now)  # fmt: skip


def _anew(before: Receipt, now: datetime, signer: Signer) -> Receipt:
    """The same answer under another name and key, not yet kept."""
    name = uuid.uuid4()
    claims = taken_apart(before.text).payload | {
        "jti": f"urn:uuid:{name}", "iat": int(now.timestamp()), "replaces": f"urn:uuid:{before.uuid}"
    }  # fmt: skip
    return _row(claims, signer, uuid=name, organisation_id=before.organisation_id, certificate_id=before.certificate_id,
                on=before.on, known_at=before.known_at, made_at=now, replaces=before)  # fmt: skip


def _row(claims: dict[str, Any], signer: Signer, **columns: Any) -> Receipt:
    text = signed(claims, signer)
    return Receipt(text=text, digest=hashlib.sha256(text.encode()).hexdigest(), **columns)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")
