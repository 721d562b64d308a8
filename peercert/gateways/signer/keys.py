"""Keys that sign: private ones held here in memory, and the public half that anyone verifies with.

A private key travels as its 32 raw bytes, a public one as 32 (Ed25519) or as the 33 bytes of the compressed point
(P-256): the forms that multikeys are made of.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Algorithm = Literal["ed25519", "p256"]
_ORDER = 32


class SignerDown(Exception):
    """A signer outside this program that does not answer, or not with a signature. Trying again later is safe.

    `rest`: for how many seconds it asked to be left alone, where it did.
    """

    def __init__(self, says: str = "", rest: int = 0) -> None:
        super().__init__(says)
        self.rest = rest


@dataclass(frozen=True)
class PublicKey:
    """What a signature is verified with. `kid` is its name for ever."""

    kid: str
    algorithm: Algorithm
    public: bytes

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` (64 bytes, for P-256 r and s one after the other) was made over `data` by this key."""
        if len(signature) != 2 * _ORDER:
            return False
        try:
            if self.algorithm == "ed25519":
                ed25519.Ed25519PublicKey.from_public_bytes(self.public).verify(signature, data)
            else:
                r, s = int.from_bytes(signature[:_ORDER]), int.from_bytes(signature[_ORDER:])
                point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.public)
                point.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signer(PublicKey):
    """A key that also signs; where the private half lies is the affair of `sign`."""

    sign: Callable[[bytes], bytes]


def new(algorithm: Algorithm) -> bytes:
    """A fresh private key, as its 32 raw bytes."""
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate().private_bytes_raw()
    return ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(_ORDER)


def local(algorithm: Algorithm, private: bytes, kid: str = "") -> Signer:
    """A signer of a private key in memory; without a name it is called by its public half (`kid_of`)."""
    if algorithm == "ed25519":
        key = ed25519.Ed25519PrivateKey.from_private_bytes(private)
        public = key.public_key().public_bytes_raw()
        return Signer(kid or kid_of(public), algorithm, public, key.sign)
    curve_key = ec.derive_private_key(int.from_bytes(private), ec.SECP256R1())
    public = curve_key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(curve_key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_ORDER) + s.to_bytes(_ORDER)

    return Signer(kid or kid_of(public), algorithm, public, sign)


def kid_of(public: bytes) -> str:
    """The name of a public key: `key-` and the first 16 hex digits of its SHA-256."""
    return f"key-{hashlib.sha256(public).hexdigest()[:16]}"
