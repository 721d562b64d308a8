"""Data Integrity proofs, cryptosuite `eddsa-rdfc-2022`: made, checked, and never handed out unchecked."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import base58

from peercert.gateways.signer import canonical
from peercert.gateways.signer.canonical import CannotSign
from peercert.gateways.signer.keys import Algorithm, PublicKey, Signer

Form = Callable[[dict[str, Any]], str]


class NotOurs(RuntimeError):
    """What a signer answered does not verify with its own public key: the signature was not handed out."""


@dataclass(frozen=True)
class Claim:
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
        "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    signature = signer.sign(_digests(document, options, form))
    whole = {**document, "proof": {**options, "proofValue": "z" + base58.b58encode(signature).decode()}}
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
        raise CannotSign("proof", "term_missing" if options is None else "wrong_type")
    options = {**options}
    signature = _signature(options.pop("proofValue", None))
    digests = _digests(unsigned, options, form)
    return Claim(options["verificationMethod"], "ed25519", digests, signature)


def _digests(document: dict[str, Any], options: dict[str, Any], form: Form) -> bytes:
    """What is signed: the digest of the proof's own canonical form, then that of the document's."""
    stated = canonical.options(options).encode()
    return hashlib.sha256(stated).digest() + hashlib.sha256(form(document).encode()).digest()


def _signature(value: Any) -> bytes:
    where = "proof.proofValue"
    if type(value) is not str:
        raise CannotSign(where, "term_missing" if value is None else "wrong_type")
    if not value.startswith("z") or not 64 < len(value) < 100:
        raise CannotSign(where, "wrong_value")
    try:
        return base58.b58decode(value[1:])
    except ValueError:
        raise CannotSign(where, "wrong_value") from None
