"""Keys as an issuer publishes them in its DID document, read by whoever verifies without our database."""

import base64
import binascii
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from peercert.gateways.signer import base58
from peercert.gateways.signer.keys import Algorithm, PublicKey

_MULTICODEC: dict[bytes, tuple[Algorithm, int]] = {b"\xed\x01": ("ed25519", 32), b"\x80\x24": ("p256", 33)}
#: An issuer of ours has a handful of keys.
_MOST = 200


class NotADocument(ValueError):
    """What was given is no DID document with keys that we can read."""


def keys_in(document: object) -> tuple[str, dict[str, PublicKey]]:
    """The issuer's DID, and its keys for assertions by their absolute ids, without keys of kinds unknown to us.

    Raises NotADocument.
    """
    return _sorted(document)[:2]


def log_keys_in(document: object) -> list[PublicKey]:
    """The keys of the issuer's log: those that may assert nothing. Raises NotADocument."""
    return [key for key in _sorted(document)[2].values() if key.algorithm == "ed25519"]


def _sorted(document: object) -> tuple[str, dict[str, PublicKey], dict[str, PublicKey]]:
    """The DID, its keys for assertions, and its others."""
    if not isinstance(document, dict) or not str(document.get("id", "")).startswith("did:web:"):
        raise NotADocument("it has no `id` of the form did:web:…")
    did = str(document["id"])
    methods, asserted = document.get("verificationMethod"), document.get("assertionMethod")
    if not isinstance(methods, list) or not isinstance(asserted, list) or len(methods) > _MOST:
        raise NotADocument("it has no list of `verificationMethod` and `assertionMethod`")
    asserting: dict[str, PublicKey] = {}
    others: dict[str, PublicKey] = {}
    for method in methods:
        if not isinstance(method, dict) or "id" not in method:
            continue
        name, key = str(method["id"]), _key(method)
        if key is not None and name.startswith(f"{did}#") and method.get("controller") == did:
            (asserting if name in asserted else others)[name] = key
    return did, asserting, others


def _key(method: dict[str, Any]) -> PublicKey | None:
    kid = str(method["id"]).partition("#")[2]
    try:
        if isinstance(text := method.get("publicKeyMultibase"), str) and text.startswith("z") and len(text) < 100:
            raw = base58.decode(text[1:])
            algorithm, size = _MULTICODEC[raw[:2]]
            return PublicKey(kid, algorithm, raw[2:]) if len(raw) == size + 2 else None
        if isinstance(jwk := method.get("publicKeyJwk"), dict) and (jwk.get("kty"), jwk.get("crv")) == ("EC", "P-256"):
            point = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()).public_key()
            return PublicKey(kid, "p256", point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    except (KeyError, ValueError, TypeError, binascii.Error):
        return None
    return None


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
