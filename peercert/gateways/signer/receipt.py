"""Signed answers that anybody can check for years: JWS in its compact form, EdDSA, which stock tools verify."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from peercert.gateways.signer.jwt import taken_apart
from peercert.gateways.signer.keys import PublicKey, Signer
from peercert.gateways.signer.strict import NotJson

TYPE = "receipt+jwt"
MEDIA_TYPE = "application/jose"


class NotGenuine(Exception):
    """A receipt that is none of ours: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Keys:
    """What receipts are checked with, by name; `leaked` are the names of keys whose signature proves nothing."""

    good: Mapping[str, PublicKey]
    leaked: frozenset[str] = frozenset()


def signed(claims: dict[str, Any], signer: Signer) -> str:
    """The claims as a JWS by the key, checked with its public half before anybody gets it."""
    told = head(signer.kid).encode() + _encoded(orjson.dumps(claims, option=orjson.OPT_SORT_KEYS))
    signature = signer.sign(told)
    if not signer.verifies(signature, told):
        raise NotGenuine("wrong_signature")
    return b".".join((told, _encoded(signature))).decode()


def head(kid: str) -> str:
    """How every receipt begins that the key of this name signed."""
    header = {"alg": "EdDSA", "kid": kid, "typ": TYPE}
    return _encoded(orjson.dumps(header, option=orjson.OPT_SORT_KEYS)).decode() + "."


def is_like(given: bytes | str) -> bool:
    """Whether this is a receipt, whoever made it."""
    try:
        text = given if isinstance(given, str) else given.decode("ascii")
        return taken_apart(text.strip()).header.get("typ") == TYPE
    except (NotJson, UnicodeDecodeError):
        return False


def opened(text: str, keys: Keys) -> dict[str, Any]:
    """The claims of a receipt whose signature holds.

    Raises NotGenuine: `not_a_receipt`, `leaked_key`, `unknown_key`, `wrong_signature`; strict.NotJson for what is no
    JWS at all.
    """
    token = taken_apart(text.strip())
    header = token.header
    if header.keys() != {"alg", "kid", "typ"} or header["alg"] != "EdDSA" or header["typ"] != TYPE:
        raise NotGenuine("not_a_receipt")
    if str(header["kid"]) in keys.leaked:
        raise NotGenuine("leaked_key")
    key = keys.good.get(str(header["kid"]))
    if key is None or key.algorithm != "ed25519":
        raise NotGenuine("unknown_key")
    if not key.verifies(token.signature, token.signed):
        raise NotGenuine("wrong_signature")
    return token.payload


def key_set(keys: Iterable[PublicKey], leaked: Iterable[str]) -> dict[str, Any]:
    """Public keys as a JSON Web Key Set. Its member `leaked`, which stock tools pass over, names those that are out."""
    return {
        "leaked": sorted(leaked),
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": _encoded(key.public).decode(), "kid": key.kid, "use": "sig",
             "alg": "EdDSA"}
            for key in keys
        ]
    }  # fmt: skip


def keys_in(text: bytes) -> Keys:
    """The Ed25519 keys of a JSON Web Key Set by their names. Raises ValueError for what is none."""
    found = {}
    try:
        given = orjson.loads(text)
        leaked = frozenset(map(str, given.get("leaked", ())))
        for key in given["keys"]:
            if key["crv"] == "Ed25519":
                public = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
                found[key["kid"]] = PublicKey(key["kid"], "ed25519", public)
    except (AttributeError, KeyError, TypeError) as wrong:
        raise ValueError("not a key set") from wrong
    return Keys(found, leaked)


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
