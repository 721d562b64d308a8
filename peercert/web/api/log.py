"""The transparency log for whoever keeps an eye on us: signed heads, and proofs that nothing before was changed."""

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema
from ninja.params import Path, Query

from peercert.program.certificates import log
from peercert.program.certificates.locate import locate
from peercert.web.api.answers import answer
from peercert.web.api.certificates import elsewhere
from peercert.web.api.keys import Asking, KeyIfAny
from peercert.web.api.problems import Problem, mistake
from peercert.web.api.route import reads

router = Router(tags=["log"])
MOST = 2**53


class Checkpoint(Schema):
    """The signed head of the log."""

    size: int
    root: str = Field(description="Hex.")
    note: str = Field(description="A signed note (C2SP): keep it, and ask for the proof from it to a later one.")
    keys: list[str] = Field(description="What the note is verified with, the key in use first.")


class ProofBetween(Schema):
    """That one tree continues another, or that an entry stands in one (RFC 9162)."""

    path: list[str] = Field(description="Hashes in hex.")


class ProofOfAnswer(Schema):
    """That today's answer stands in the log; docs/log.md says how to compute it again. Bytes are hex."""

    says: str = Field(description="JSON. It is hashed as it stands here, letter by letter.")
    salt: str
    sealed: str
    entry: str
    leaf: str
    position: int = Field(description="The entry, counted from 0.")
    size: int = Field(description="Of the head.")
    root: str
    path: list[str]
    checkpoint: str = Field(description="The head as a signed note.")
    keys: list[str]


@reads(router, "/log/checkpoint", Checkpoint, auth=KeyIfAny("", "own"), operation="getCheckpoint")
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed head of the log

    Every public fact of a certificate's life is a salted hash in this log; it reveals nobody.
    """
    head = log.newest_checkpoint()
    if head is None:
        raise Problem(404, "nothing_logged")
    root = bytes(head.root).hex()
    return answer(request, {"size": head.size, "root": root, "note": head.note, "keys": log.verifiers()})


@reads(router, "/log/consistency", ProofBetween, auth=KeyIfAny("", "own"), operation="getConsistency")
def consistency(
    request: HttpRequest,
    first: int = Query(..., ge=0, le=MOST, description="The size of the earlier head."),
    second: int = Query(..., ge=0, le=MOST, description="The size of the later one."),
) -> HttpResponse:
    """That a later head continues an earlier one

    A consistency proof of RFC 9162: whoever kept an old checkpoint sees that nothing in it was changed or removed.
    """
    try:
        return answer(request, {"path": [one.hex() for one in log.consistency(first, second)]})
    except log.OutOfRange:
        raise Problem(422, "invalid", errors=[mistake("second", "beyond_the_log")]) from None


@reads(router, "/log/inclusion", ProofBetween, auth=KeyIfAny("", "own"), operation="getInclusion")
def inclusion(
    request: HttpRequest,
    position: int = Query(..., ge=0, le=MOST, description="The entry, counted from 0."),
    size: int = Query(..., ge=0, le=MOST, description="The size of the head."),
) -> HttpResponse:
    """That an entry stands in the log

    An inclusion proof of RFC 9162 for a head of this size.
    """
    try:
        return answer(request, {"path": [one.hex() for one in log.inclusion(position, size)]})
    except log.OutOfRange:
        raise Problem(422, "invalid", errors=[mistake("position", "beyond_the_log")]) from None


@reads(router, "/certificates/{number}/proof", ProofOfAnswer, auth=KeyIfAny("", "verify"), operation="getProof")
def proof(request: HttpRequest, number: str = Path(..., max_length=60, description="As printed.")) -> HttpResponse:
    """That today's answer about a certificate stands in the log

    404 while the newest change waits for its place there, which takes moments.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    located = locate(number)
    if located.how != "here" or located.certificate is None:
        return elsewhere(located, request)
    asking.number = located.number
    found = log.proof_of(located.certificate, today=asking.today)
    if found is None:
        raise Problem(404, "nothing_logged")
    return answer(request, found.document())
