"""Keys that an outside signer holds: the transit engine of HashiCorp Vault, or of OpenBao, which speaks the same.

The private half never enters this program. A key is named `NAME:VERSION`, so that a key rotated in the vault is another
key here too. Whatever goes wrong on the way, a timeout as well as an answer that makes no sense or a signature that
does not hold, is one exception: SignerDown; the job tries again.
"""

import base64
import http.client
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from peercert.gateways.signer.kept import Request, Where, ask
from peercert.gateways.signer.keys import Algorithm, PublicKey, SignerDown, kid_of

_TYPES: dict[str, Algorithm] = {"ed25519": "ed25519", "ecdsa-p256": "p256"}
_KINDS = {algorithm: kind for kind, algorithm in _TYPES.items()}


class NoSuchKey(SignerDown):
    """The signer answers, and has no key of this name that we may see."""


@dataclass(frozen=True)
class Vault:
    """Where the signer is and how it lets us in. `seconds` bounds a whole talk, from looking up its name on.

    `ca` is a file of certificates that its TLS is believed by; "" for those of the system.
    """

    address: str
    token: str = field(repr=False)
    namespace: str = ""
    mount: str = "transit"
    ca: str = ""
    seconds: float = 5.0

    def newest(self, name: str) -> tuple[str, PublicKey]:
        """The key of that name as it is now: its name with the version, and its public half.

        Raises SignerDown, of the kind NoSuchKey where only the key is missing.
        """
        found = self._ask("GET", f"keys/{quote(name, safe='')}")
        try:
            algorithm, version = _TYPES[found["type"]], int(found["latest_version"])
            public = _public(algorithm, found["keys"][str(version)]["public_key"])
        except (KeyError, TypeError, ValueError) as wrong:
            raise SignerDown(f"the outside signer has no key {name} that we can use: {wrong!r}") from None
        return f"{name}:{version}", PublicKey(kid_of(public), algorithm, public)

    def make(self, name: str, algorithm: Algorithm) -> None:
        """Have a key of that name made; one that is there stays as it is. Raises SignerDown, also where we may not."""
        self._talk("POST", f"keys/{quote(name, safe='')}", {"type": _KINDS[algorithm]})

    def rotate(self, name: str) -> None:
        """Have the next version of a key made. Raises SignerDown, also where we may not."""
        self._talk("POST", f"keys/{quote(name, safe='')}/rotate", {}, may_repeat=False)

    def sign(self, name: str, key: PublicKey, data: bytes) -> bytes:
        """A signature by the key `NAME:VERSION` that holds by its public half, which we know. Raises SignerDown."""
        signature = self._sign(name, key.algorithm, data)
        if not key.verifies(signature, data):
            raise SignerDown(f"the outside signer signed as {name} with another key than the one that we know")
        return signature

    def _sign(self, name: str, algorithm: Algorithm, data: bytes) -> bytes:
        bare, _, version = name.rpartition(":")
        asked: dict[str, Any] = {"input": base64.b64encode(data).decode(), "key_version": int(version)}
        if algorithm == "p256":
            asked |= {"hash_algorithm": "sha2-256", "marshaling_algorithm": "jws"}
        found = self._ask("POST", f"sign/{quote(bare, safe='')}", asked)
        try:
            prefix, _, signature = found["signature"].rpartition(":")
            raw = base64.b64decode(
                signature + "=" * (-len(signature) % 4), b"-_" if algorithm == "p256" else None, True
            )
        except (KeyError, TypeError, AttributeError, ValueError):
            raise SignerDown("the outside signer answered without a signature") from None
        if prefix != f"vault:v{version}" or len(raw) != 64:
            raise SignerDown(f"the outside signer answered with another key than {name}, or another kind of signature")
        return raw

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of an answer."""
        try:
            data = orjson.loads(self._talk(method, path, body))["data"]
        except (ValueError, KeyError, TypeError) as wrong:
            raise SignerDown(f"the outside signer cannot be understood: {type(wrong).__name__}") from wrong
        if not isinstance(data, dict):
            raise SignerDown("the outside signer answered something else")
        return data

    def _talk(self, method: str, path: str, body: dict[str, Any] | None = None, *, may_repeat: bool = True) -> bytes:
        """An answer that says yes. Redirects are not followed: they would carry the token elsewhere."""
        headers = {"X-Vault-Token": self.token, "X-Vault-Request": "true", "Content-Type": "application/json"}
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        path = f"{urlsplit(self.address).path.rstrip('/')}/v1/{self.mount}/{path}"
        request = Request(method, path, headers, None if body is None else orjson.dumps(body), may_repeat)
        try:
            answer = ask(Where(self.address, self.ca), request, self.seconds)
        except (OSError, http.client.HTTPException, ValueError) as wrong:
            raise SignerDown(f"the outside signer cannot be reached: {_why(wrong)}") from wrong
        if answer.status == 404 and method == "GET":
            raise NoSuchKey(f"the outside signer knows nothing at {path}")
        if answer.status not in {200, 204}:
            raise SignerDown(f"the outside signer answered {answer.status}: {_errors(answer.text)}", answer.rest)
        return answer.text


def _errors(text: bytes) -> str:
    """What an answer says that is no yes, in one line."""
    try:
        said = " ".join(orjson.loads(text)["errors"])
    except (ValueError, KeyError, TypeError):
        said = text[:200].decode(errors="replace")
    return " ".join(said.split())[:200]


def _why(wrong: Exception) -> str:
    """What the system or the TLS said; of another trouble only its kind, since its text may hold the token."""
    said = " ".join(str(wrong).split())[:200] if isinstance(wrong, OSError) else ""
    return said or type(wrong).__name__


def _public(algorithm: Algorithm, written: str) -> bytes:
    """A public key as the engine writes it: base64 of an Ed25519 one, PEM of a P-256 one."""
    if algorithm == "ed25519":
        raw = base64.b64decode(written, validate=True)
        if len(raw) != 32:
            raise ValueError("not 32 bytes")
        return raw
    loaded = load_pem_public_key(written.encode())
    if not isinstance(loaded, ec.EllipticCurvePublicKey) or not isinstance(loaded.curve, ec.SECP256R1):
        raise ValueError("not on P-256")
    return loaded.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
