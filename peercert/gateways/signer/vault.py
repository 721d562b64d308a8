"""Keys that an outside signer holds: the transit engine of HashiCorp Vault, or of OpenBao, which speaks the same.

The private half never enters this program. A key is named `NAME:VERSION`, so that a key rotated in the vault is another
key here too. Whatever goes wrong on the way, a timeout as well as an answer that makes no sense, is one exception:
SignerDown; the job tries again.
"""

import base64
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from peercert.gateways.signer.keys import Algorithm, PublicKey, Signer, SignerDown, kid_of

_TYPES: dict[str, Algorithm] = {"ed25519": "ed25519", "ecdsa-p256": "p256"}
_MOST = 1 << 16


@dataclass(frozen=True)
class Vault:
    """Where the signer is and how it lets us in. `seconds` bounds connecting, and then the whole talk."""

    address: str
    token: str = field(repr=False)
    namespace: str = ""
    mount: str = "transit"
    seconds: float = 5.0

    def newest(self, name: str) -> tuple[str, PublicKey]:
        """The key of that name as it is now: its name with the version, and its public half. Raises SignerDown."""
        found = self._ask("GET", f"keys/{quote(name, safe='')}")
        try:
            algorithm, version = _TYPES[found["type"]], int(found["latest_version"])
            public = _public(algorithm, found["keys"][str(version)]["public_key"])
        except (KeyError, TypeError, ValueError) as wrong:
            raise SignerDown(f"the outside signer has no key {name} that we can use: {wrong!r}") from None
        return f"{name}:{version}", PublicKey(kid_of(public), algorithm, public)

    def signer(self, name: str, key: PublicKey) -> Signer:
        """A signer by the key `NAME:VERSION`, whose public half is known. Its `sign` raises SignerDown."""

        def sign(data: bytes) -> bytes:
            return self._sign(name, key.algorithm, data)

        return Signer(key.kid, key.algorithm, key.public, sign)

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
        """The `data` of an answer. Redirects are not followed: they would carry the token elsewhere."""
        where = urlsplit(self.address)
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        line = kind(where.netloc, timeout=self.seconds)
        headers = {"X-Vault-Token": self.token, "X-Vault-Request": "true", "Content-Type": "application/json"}
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        path = f"{where.path.rstrip('/')}/v1/{self.mount}/{path}"
        try:
            line.connect()
            with _cut_off(line.sock, self.seconds):
                line.request(method, path, orjson.dumps(body) if body else None, headers)
                answer = line.getresponse()
                text = answer.read(_MOST)
            if answer.status != 200:
                raise SignerDown(f"the outside signer answered {answer.status}: {text[:200]!r}")
            data = orjson.loads(text)["data"]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as wrong:
            raise SignerDown(f"the outside signer cannot be reached or understood: {type(wrong).__name__}") from wrong
        finally:
            line.close()
        if not isinstance(data, dict):
            raise SignerDown("the outside signer answered something else")
        return data


@contextmanager
def _cut_off(line: socket.socket, seconds: float) -> Iterator[None]:
    """Ends the talk when the time is up: a socket's own timeout starts anew with every byte that drips in."""

    def end() -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


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
