"""Data Integrity proofs, cryptosuite `eddsa-rdfc-2022`: made, checked, and never handed out unchecked."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from peercert.gateways.signer import base58, canonical
from peercert.gateways.signer.canonical import CannotSign
from peercert.gateways.signer.keys import Algorithm, PublicKey, Signer
from peercert.gateways.signer.terms import utc

#: Of which documents: canonical.credential or canonical.status_list.
Form = Callable[[dict[str, Any]], canonical.Form]


class NotOurs(RuntimeError):
    """What a signer answered does not verify with its own public key: the signature was not handed out."""


class Claim(NamedTuple):
    """A signature as it was given: which key is said to have made it (absolute id), how, and over what."""

    method: str
    algorithm: Algorithm
    signed: bytes
    signature: bytes

    def holds(self, key: PublicKey) -> bool:
        """Whether this key made it. A key of another kind made nothing."""
        return key.algorithm == self.algorithm and key.verifies(self.signature, self.signed)


def signed(document: dict[str, Any], signer: Signer, method: str, *, now: datetime, form: Form) -> dict[str, Any]:
    """The document with its proof, checked with the public key. `method` is the key's absolute id.

    Raises canonical.CannotSign for a document that is not of our shape, SignerDown from an outside signer, and NotOurs.
    """
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": utc(now),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    signature = signer.sign(_digests(document, options, form))
    whole = {**document, "proof": {**options, "proofValue": "z" + base58.encode(signature)}}
    if not claim(whole, form=form).holds(signer):
        raise NotOurs(f"the signature by {method} does not verify with its public key")
    return whole


def claim(document: dict[str, Any], *, form: Form) -> Claim:
    """The document's proof, ready to be held against a key.

    Raises canonical.CannotSign for a document or a proof that is not of our shape.
    """
    unsigned = {**document}
    options = unsigned.pop("proof", None)
    if type(options) is not dict:
        raise CannotSign("term_missing" if options is None else "wrong_type", "proof")
    options = {**options}
    signature = _signature(options.pop("proofValue", None))
    digests = _digests(unsigned, options, form)
    return Claim(options["verificationMethod"], "ed25519", digests, signature)


def _digests(document: dict[str, Any], options: dict[str, Any], form: Form) -> bytes:
    """What is signed: the digest of the proof's own canonical form, then that of the document's."""
    try:
        of_options = _of_options(tuple(options.items()))
    except TypeError:  # a value that cannot be a key is none of ours: the form says where
        of_options = canonical.options(options).sha256()
    return of_options + form(document).sha256()


@lru_cache(maxsize=256)
def _of_options(options: tuple[tuple[str, Any], ...]) -> bytes:
    """Kept, since whatever one key signs in the same second has the same options, when it is checked as well."""
    return canonical.options(dict(options)).sha256()


def _signature(value: Any) -> bytes:
    where = "proof.proofValue"
    if type(value) is not str:
        raise CannotSign("term_missing" if value is None else "wrong_type", where)
    if not value.startswith("z") or not 64 < len(value) < 100:
        raise CannotSign("wrong_value", where)
    try:
        return base58.decode(value[1:])
    except ValueError:
        raise CannotSign("wrong_value", where) from None
