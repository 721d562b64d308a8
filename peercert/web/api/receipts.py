"""Receipts over the API: asked for, fetched again, listed; and the keys that anybody checks them with."""

from collections.abc import Collection
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema
from ninja.params import Body, Path, Query

from peercert.gateways.signer import receipt as jws
from peercert.gateways.signer.keys import SignerDown
from peercert.program.certificates import receipts
from peercert.program.certificates.locate import locate
from peercert.program.certificates.models import Receipt
from peercert.program.certificates.signing import leaked, public_keys
from peercert.program.errors import Refused
from peercert.program.journey.attest import give_receipt
from peercert.web.api.answers import LIMIT, USUAL, Link, absolute, answer, opened, paged
from peercert.web.api.certificates import no_certificate
from peercert.web.api.keys import Asking, Key, KeyIfAny
from peercert.web.api.problems import Problem, mistake
from peercert.web.api.route import reads, writes

router = Router(tags=["receipts"])
#: Which field a refusal is about.
_FIELDS = {"day_in_future": ("on", "future_day"), "known_in_future": ("as_known_on", "future_day")}


class Question(Schema, extra="forbid"):
    """Certified on that day?"""

    number: str = Field(max_length=60, description="As printed; old numbers are understood.")
    on: date = Field(description="The day in question, in California.")
    as_known_on: date | None = Field(
        None, description="Answer from what was known at the end of this day. Default: from what is known now."
    )


class ReceiptAnswer(Schema):
    """A receipt. What counts is what is signed; the rest is there to be read at a glance."""

    id: UUID
    number: str | None = Field(description="The number that answers; null where none does.")
    asked: str = Field(description="The number that was asked about.")
    on: date
    known_at: datetime = Field(description="The answer is what was known at this moment.")
    made_at: datetime
    receipt: str = Field(description="JWS compact, EdDSA. Keep it: it can be checked without asking here again.")
    sha256: str = Field(description="Of the receipt as text.")
    is_trusted: bool = Field(description="False where the key that signed it leaked: it proves nothing any more.")
    replaced_by: UUID | None = Field(description="The id of the same answer, signed anew where the key leaked.")


class ReceiptRecord(Schema):
    """That we gave a receipt."""

    sha256: str
    made_at: datetime
    is_trusted: bool = Field(
        description="False where the key that signed it leaked: this record is all that speaks for it."
    )
    is_replaced: bool = Field(description="Whether the same answer was signed anew. Ask whoever handed it to you.")


class ReceiptPage(Link):
    """Receipts, newest first."""

    items: list[ReceiptAnswer]


@writes(router, "/receipts", {201: ReceiptAnswer}, auth=Key("receipts", "receipt"), operation="createReceipt")
def create(request: HttpRequest, question: Question = Body(...)) -> HttpResponse:
    """Was this certificate in force on that day? A signed answer

    For any day through today, from what is known now or from what was known at the end of a past day. The receipt says
    certified or not and since when that was known, never a reason and never a name. It is kept and can be fetched
    again. Check it with any JOSE library and the keys at `/api/v1/receipt-keys`, or by `peercert receipt verify`.

    Where no certificate answers for the number, the answer stays the problem that it is, 404 for a number that nobody
    has and 410 for a record that was withdrawn, and carries as `receipt` what an audit needs: a receipt whose `answer`
    says `is_certified: false` and `number: null`. A mistyped number (422) has none: its check character says as much.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    located = locate(question.number)
    if located.how in {"mistyped", "no_number"}:
        raise no_certificate(located)
    asking.spend()
    try:
        made = give_receipt(
            asking.organisation, located, question.on, question.as_known_on, issuer=settings.ENVIRONMENT.origin,
            now=asking.moment,
        )  # fmt: skip
    except Refused as refusal:
        if refusal.reason == "day_in_future" and question.on <= asking.today:
            raise Problem(422, "invalid", errors=[mistake("as_known_on", "known_before_the_day")]) from None
        if refusal.reason in _FIELDS:
            raise Problem(422, "invalid", errors=[mistake(*_FIELDS[refusal.reason])]) from None
        raise
    except SignerDown:
        asking.give_back()
        raise
    asking.number = made.certificate.number if made.certificate else ""
    if made.certificate is None:
        is_unknown = located.how == "unknown"
        asking.number = located.number if is_unknown else ""  # a withdrawn one may be called by an old, long number
        status, code = (404, "unknown_number") if is_unknown else (410, "retired_number")
        raise Problem(status, code, more={"receipt": _shown(made, leaked("receipt"))})
    response = _told(request, made, status=201)
    response["Location"] = absolute(f"/api/v1/receipts/{made.uuid}")
    return response


@reads(router, "/receipts", ReceiptPage, auth=Key("receipts", "own"), operation="listReceipts")
def listed(
    request: HttpRequest,
    cursor: str | None = Query(None, max_length=2_000, description="From `next` of the page before."),
    limit: int = Query(USUAL, **LIMIT),
) -> HttpResponse:
    """Your organization's receipts"""
    asking: Asking = request.asking  # type: ignore[attr-defined]
    filters, after = opened(request, cursor, {})
    kept = receipts.receipts_of(asking.organisation, after).select_related("certificate", "replaced_by")
    show = partial(_shown, out=leaked("receipt"))
    return paged(request, list(kept[: limit + 1]), show, filters=filters, key=lambda row: row.pk, limit=limit)


@reads(router, "/receipts/{uuid:id}", ReceiptAnswer, auth=Key("receipts", "own"), operation="getReceipt")
def one(request: HttpRequest, id: UUID = Path(..., description="The receipt's id.")) -> HttpResponse:
    """One receipt again

    With `Accept: application/jose` the signed text alone. Where the key that signed it leaked, `is_trusted` is false
    and `replaced_by` is the id of the same answer, signed anew.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    kept = receipts.receipts_of(asking.organisation).select_related("certificate", "replaced_by")
    row = kept.filter(uuid=id).first()
    if row is None:
        raise Problem(404, "no_such_address")
    return _told(request, row)


@reads(router, "/receipt-keys", dict, auth=None, operation="getReceiptKeys")
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys that receipts are checked with

    A JSON Web Key Set: the key in use and retired ones, whose receipts stay good. A key that somebody else may know is
    not among them: its name stands in `leaked`, and what it signed proves nothing.
    """
    return answer(request, jws.key_set(public_keys("receipt"), leaked("receipt")))


@reads(
    router, "/receipt-records/{sha256}", ReceiptRecord, auth=KeyIfAny("", "own"), operation="getReceiptRecord",
)  # fmt: skip
def record(
    request: HttpRequest,
    sha256: str = Path(..., pattern="^[0-9a-f]{64}$", description="SHA-256 of the receipt as text, in hex."),
) -> HttpResponse:
    """Did you give this receipt?

    For whoever was handed one. Every receipt that was ever given is on record by the SHA-256 of its text; 404 says that
    this one never was, whatever its signature says.
    """
    found = receipts.of_digest(sha256)
    if found is None:
        raise Problem(404, "no_such_receipt")
    return answer(
        request,
        {"sha256": found.digest, "made_at": found.made_at, "is_trusted": receipts.is_trusted(found, leaked("receipt")),
         "is_replaced": Receipt.objects.filter(replaces=found).exists()},
    )  # fmt: skip


def _told(request: HttpRequest, row: Receipt, status: int = 200) -> HttpResponse:
    if request.get_preferred_type(["application/json", jws.MEDIA_TYPE]) == jws.MEDIA_TYPE:
        return HttpResponse(row.text, jws.MEDIA_TYPE, status)
    return answer(request, _shown(row, leaked("receipt")), status=status)


def _shown(row: Receipt, out: Collection[str]) -> dict[str, object]:
    after: Receipt | None = getattr(row, "replaced_by", None)
    return receipts.told(row, row.certificate.number if row.certificate else None) | {
        "is_trusted": receipts.is_trusted(row, out), "replaced_by": after and after.uuid,
    }  # fmt: skip
