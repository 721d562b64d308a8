"""The site's name as an issuer (`did:web`), the ids of its keys, and the document in which others look them up.

A retired key stays both in `verificationMethod` and in `assertionMethod`. Data Integrity accepts a proof only by a
method that the issuer's document lists for assertion *now*, so leaving it out would undo every credential that the key
ever signed; and since its private half is no longer used, listing it lets nothing new through. A compromised key is the
opposite case: whoever knows it can sign anything with any date, so it is in neither list, and what it signed must be
signed anew.
"""

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from peercert.gateways.signer import base58
from peercert.gateways.signer.keys import PublicKey

#: Multicodec prefixes of public keys: ed25519-pub and p256-pub.
_MULTICODEC = {"ed25519": b"\xed\x01", "p256": b"\x80\x24"}
_CONTEXTS = [
    "https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1", "https://w3id.org/security/jwk/v1"
]  # fmt: skip


def of(origin: str) -> str:
    """The issuer's DID of a site: `did:web:` and its host, a port with its colon escaped."""
    return f"did:web:{quote(urlsplit(origin).netloc.lower(), safe='.-')}"


def host_of(did: str) -> str:
    """The host that a DID of a site names, with its port."""
    return unquote(did.removeprefix("did:web:"))


def key_id(did: str, kid: str) -> str:
    """The absolute id of a key, as proofs, tokens and the document name it."""
    return f"{did}#{kid}"


def document(did: str, keys: Iterable[PublicKey], log_keys: Iterable[PublicKey] = ()) -> dict[str, Any]:
    """The DID document: every key that still verifies something, retired ones too (see above), none compromised.

    The log's keys are named with the others and may assert nothing: whoever verifies a credential's proof without a
    network needs this one document.
    """
    methods = [_method(did, key) for key in keys]
    return {
        "@context": _CONTEXTS,
        "id": did,
        "verificationMethod": [*methods, *(_method(did, key) for key in log_keys)],
        "assertionMethod": [method["id"] for method in methods],
    }


def multikey(key: PublicKey) -> str:
    """A public key as `publicKeyMultibase`."""
    return "z" + base58.encode(_MULTICODEC[key.algorithm] + key.public)


def jwk(key: PublicKey) -> dict[str, str]:
    """A P-256 public key as a JSON Web Key."""
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public).public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _coordinate(point.x), "y": _coordinate(point.y)}


def _method(did: str, key: PublicKey) -> dict[str, Any]:
    """Readers of JWTs look for a JSON Web Key, readers of Data Integrity proofs for a Multikey."""
    method = {"id": key_id(did, key.kid), "controller": did}
    if key.algorithm == "p256":
        return {**method, "type": "JsonWebKey", "publicKeyJwk": jwk(key)}
    return {**method, "type": "Multikey", "publicKeyMultibase": multikey(key)}


def _coordinate(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()
