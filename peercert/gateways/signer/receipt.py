"""Signed answers that anybody can check for years: JWS in its compact form, EdDSA, which stock tools verify."""

import base64
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from peercert.gateways.signer.jwt import taken_apart
from peercert.gateways.signer.keys import PublicKey, Signer

TYPE = "receipt+jwt"
MEDIA_TYPE = "application/jose"


class NotGenuine(Exception):
    """A receipt that is none of ours: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def signed(claims: dict[str, Any], signer: Signer) -> str:
    """The claims as a JWS by the key, checked with its public half before anybody gets it."""
    header = {"alg": "EdDSA", "kid": signer.kid, "typ": TYPE}
    told = b".".join(_encoded(orjson.dumps(part, option=orjson.OPT_SORT_KEYS)) for part in (header, claims))
    signature = signer.sign(told)
    if not signer.verifies(signature, told):
        raise NotGenuine("wrong_signature")
    return b".".join((told, _encoded(signature))).decode()


def opened(text: str, key_of: Callable[[str], PublicKey | None]) -> dict[str, Any]:
    """The claims of a receipt whose signature holds.

    Raises NotGenuine: `not_a_receipt`, `unknown_key`, `wrong_signature`; strict.NotJson for what is no JWS at all.
    """
    token = taken_apart(text.strip())
    header = token.header
    if header.keys() != {"alg", "kid", "typ"} or header["alg"] != "EdDSA" or header["typ"] != TYPE:
        raise NotGenuine("not_a_receipt")
    key = key_of(str(header["kid"]))
    if key is None or key.algorithm != "ed25519":
        raise NotGenuine("unknown_key")
    if not key.verifies(token.signature, token.signed):
        raise NotGenuine("wrong_signature")
    return token.payload


def key_set(keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Public keys as a JSON Web Key Set."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": _encoded(key.public).decode(), "kid": key.kid, "use": "sig",
             "alg": "EdDSA"}
            for key in keys
        ]
    }  # fmt: skip


def keys_in(text: bytes) -> dict[str, PublicKey]:
    """The Ed25519 keys of a JSON Web Key Set by their names. Raises ValueError for what is none."""
    found = {}
    try:
        for key in orjson.loads(text)["keys"]:
            if key["crv"] == "Ed25519":
                public = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
                found[key["kid"]] = PublicKey(key["kid"], "ed25519", public)
    except (KeyError, TypeError) as wrong:
        raise ValueError("not a key set") from wrong
    return found


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
