"""The same credential as a VC-JWT (VC-JOSE-COSE): the document is the payload, signed with ES256.

Open Badges asks for the registered claims beside it; each says what the document says, or the token is refused. The
signature may come from an outside signer, so the token is put together here; readers judge it in tests with jose, PyJWT
and others.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from peercert.gateways.signer import canonical
from peercert.gateways.signer.canonical import CannotSign
from peercert.gateways.signer.keys import Signer
from peercert.gateways.signer.proof import Claim, NotOurs
from peercert.gateways.signer.strict import NotJson, read

MEDIA_TYPE = "application/vc+jwt"
_TOKEN = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)


@dataclass(frozen=True)
class Token:
    """A token taken apart; nothing of it is believed yet."""

    header: dict[str, Any]
    payload: dict[str, Any]
    signed: bytes
    signature: bytes


def signed(document: dict[str, Any], signer: Signer, method: str) -> str:
    """The document as a token, checked with the public key. `method` is the key's absolute id.

    Raises canonical.CannotSign for a document that is not of our shape, SignerDown from an outside signer, and NotOurs.
    """
    canonical.credential(document)
    header, payload = _header(method), {**claims(document), **document}
    token = b".".join((_encoded(orjson.dumps(header)), _encoded(orjson.dumps(payload))))
    whole = b".".join((token, _encoded(signer.sign(token)))).decode()
    if not claim(taken_apart(whole)).holds(signer):
        raise NotOurs(f"the signature by {method} does not verify with its public key")
    return whole


def taken_apart(token: str) -> Token:
    """The parts of a token. Raises NotJson for what is none."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise NotJson("not_a_jwt")
    header, payload = read(_decoded(parts[1])), read(_decoded(parts[2]))
    if type(header) is not dict or type(payload) is not dict:
        raise NotJson("not_a_jwt")
    return Token(header, payload, token[: parts.end(2)].encode(), _decoded(parts[3]))


def claim(token: Token) -> Claim:
    """The token's signature, ready to be held against a key.

    Raises canonical.CannotSign for a header, a claim or a document that is not of our shape.
    """
    method = token.header.get("kid")
    if type(method) is not str:
        raise CannotSign("term_missing" if method is None else "wrong_type", "header.kid")
    _equal(token.header, _header(method), "header.")
    document = document_of(token)
    canonical.credential(document)
    _equal({name: value for name, value in token.payload.items() if name in _CLAIMS}, claims(document), "")
    return Claim(method, "p256", token.signed, token.signature)


def document_of(token: Token) -> dict[str, Any]:
    """The credential in a token, whatever it is."""
    return {name: value for name, value in token.payload.items() if name not in _CLAIMS}


def _equal(given: dict[str, Any], wanted: dict[str, Any], where: str) -> None:
    for name, value in given.items():
        if name not in wanted:
            raise CannotSign("unknown_term", f"{where}{name}")
        if type(value) is not type(wanted[name]) or value != wanted[name]:
            raise CannotSign("wrong_value", f"{where}{name}")
    for name in wanted:
        if name not in given:
            raise CannotSign("term_missing", f"{where}{name}")


_CLAIMS = frozenset({"iss", "jti", "sub", "nbf", "exp"})


def claims(document: dict[str, Any]) -> dict[str, Any]:
    """The registered claims, each made from the document that stands beside them."""
    return {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": _seconds(document, "validFrom"),
        "exp": _seconds(document, "validUntil"),
    }


def _header(method: str) -> dict[str, str]:
    return {"alg": "ES256", "typ": "vc+jwt", "cty": "vc", "kid": method}


def _seconds(document: dict[str, Any], name: str) -> int:
    try:
        return int(datetime.fromisoformat(document[name]).timestamp())
    except (ValueError, OverflowError):
        raise CannotSign("wrong_value", name) from None


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _decoded(text: str) -> bytes:
    """The bytes of base64url without padding; only the one way to write them is taken."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise NotJson("not_a_jwt") from None
    if _encoded(raw).decode() != text:
        raise NotJson("not_a_jwt")
    return raw
