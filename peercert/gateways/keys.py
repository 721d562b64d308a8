"""Encryption at rest: AES-256-GCM under keys of the settings, each known by an id, the first used for what is new.

Sealed bytes are `id (8) + nonce (12) + ciphertext`; `about` (what the bytes belong to) is authenticated with them, so
that a file moved to another record no longer opens. Files get a key of their own, wrapped by the settings' key.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_ID = 8
_NONCE = 12


class CannotOpen(Exception):
    """Sealed bytes that no key of the settings opens, or that belong to something else."""


def key_id(key: bytes) -> bytes:
    """The public id of a key: the first 8 bytes of its SHA-256."""
    return hashlib.sha256(key).digest()[:_ID]


def current_key_id() -> str:
    """The id, in hex, of the key that new data is sealed with."""
    return key_id(settings.ENVIRONMENT.keys[0]).hex()


def encrypt(plain: bytes, about: str) -> bytes:
    """`plain` sealed with the current key and bound to `about`."""
    return _seal(settings.ENVIRONMENT.keys[0], plain, about)


def decrypt(sealed: bytes, about: str) -> bytes:
    """What was sealed about `about`; raises CannotOpen where no key fits."""
    sealed = bytes(sealed)
    for key in settings.ENVIRONMENT.keys:
        if key_id(key) == sealed[:_ID]:
            return _open(key, sealed, about)
    raise CannotOpen(f"no key of the settings has the id {sealed[:_ID].hex()}")


def is_current(sealed: bytes) -> bool:
    """Whether the current key sealed these bytes; their first eight are enough to know."""
    return bytes(sealed[:_ID]) == key_id(settings.ENVIRONMENT.keys[0])


def sealed_anew(sealed: bytes, about: str) -> bytes:
    """The same, sealed with the current key; raises CannotOpen where no key fits."""
    return encrypt(decrypt(sealed, about), about)


def new_file_key(about: str) -> tuple[bytes, bytes]:
    """A fresh key for one file, and the same key wrapped by the current key of the settings."""
    key = AESGCM.generate_key(bit_length=256)
    return key, encrypt(key, about)


def seal_file(key: bytes, plain: bytes, about: str) -> bytes:
    """A file's bytes under its own key."""
    return _seal(key, plain, about)


def open_file(wrapped: bytes, sealed: bytes, about_key: str, about: str) -> bytes:
    """A file's bytes back, from its wrapped key; raises CannotOpen."""
    return _open(decrypt(wrapped, about_key), sealed, about)


def _seal(key: bytes, plain: bytes, about: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return key_id(key) + nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def _open(key: bytes, sealed: bytes, about: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[_ID : _ID + _NONCE], sealed[_ID + _NONCE :], about.encode())
    except (InvalidTag, ValueError) as wrong:
        raise CannotOpen(f"sealed bytes do not open as {about}") from wrong
