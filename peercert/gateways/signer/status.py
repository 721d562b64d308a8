"""Bitstring status lists: bits set and read, and the credential that carries them.

Bit 0 is the left-most; the list is compressed with gzip without a time, so the same bits give the same text.
"""

import base64
import binascii
import zlib
from datetime import datetime
from typing import Any

from peercert.gateways.signer.terms import V2, utc

#: The fewest entries a list may have, so that one index says nothing about whose it is.
SIZE = 131_072
#: The most bytes that a list is unpacked to: eight million entries. A bomb is cut off there.
_MOST = 1 << 20
_GZIP = 31


class CannotRead(ValueError):
    """An encoded list that is no list, is shorter than SIZE or longer than anyone's."""


def empty(size: int = SIZE) -> bytearray:
    """A list in which nothing is set."""
    if size < SIZE or size % 8:
        raise ValueError(f"a status list has at least {SIZE} entries and whole bytes, not {size}")
    return bytearray(size // 8)


def set_bit(bits: bytearray, index: int) -> None:
    """Set the bit of one credential. There is no way back: bits are never cleared."""
    _inside(bits, index)
    bits[index >> 3] |= 0x80 >> (index & 7)


def is_set(bits: bytes | bytearray, index: int) -> bool:
    """Whether the bit of one credential is set. Raises IndexError outside the list."""
    _inside(bits, index)
    return bool(bits[index >> 3] & (0x80 >> (index & 7)))


def encode(bits: bytes | bytearray) -> str:
    """The list as `encodedList`: `u`, then base64url without padding of the gzip of the bits."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    return "u" + base64.urlsafe_b64encode(packer.compress(bytes(bits)) + packer.flush()).rstrip(b"=").decode()


def decode(encoded: str) -> bytes:
    """The bits of an `encodedList`. Raises CannotRead, also for what would unpack to more than any list."""
    if not encoded.startswith("u") or not encoded.isascii():
        raise CannotRead("not base64url")
    try:
        packed = base64.b64decode(encoded[1:] + "=" * (-(len(encoded) - 1) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj(_GZIP)
        bits = unpacker.decompress(packed, _MOST)
    except (binascii.Error, zlib.error):
        raise CannotRead("not gzip in base64url") from None
    if not unpacker.eof or unpacker.unused_data:
        raise CannotRead("cut off, too long or followed by something")
    if len(bits) * 8 < SIZE:
        raise CannotRead("too short")
    return bits


def document(
    address: str, issuer: str, bits: bytes | bytearray, *, valid_from: datetime, valid_until: datetime
) -> dict[str, Any]:
    """The status list as a credential, not yet signed. Readers may keep it for a minute (`ttl`)."""
    return {
        "@context": [V2],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": utc(valid_from),
        "validUntil": utc(valid_until),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode(bits),
            "ttl": 60_000,
        },
    }


def _inside(bits: bytes | bytearray, index: int) -> None:
    if not 0 <= index < len(bits) * 8:
        raise IndexError(f"no entry {index} in a status list of {len(bits) * 8}")
