"""Signed notes (C2SP signed-note): a text, and under it one line per signature that names who signed.

Ed25519 alone. `name` is the log's origin; a key is told as the verifier string `name+hash+key` that witnesses take in.
"""

import base64
import hashlib
from collections.abc import Iterable

from peercert.gateways.signer.keys import PublicKey, Signer

#: The type byte of Ed25519 in a signed note's keys.
_ED25519 = b"\x01"


def written(text: str, name: str, signer: Signer) -> str:
    """The note: `text` (lines, the last one ended too), an empty line, and the signature."""
    signature = _hash(name, signer) + signer.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(signature).decode()}\n"


def signed_by(note: str, name: str, keys: Iterable[PublicKey]) -> PublicKey | None:
    """Which of these keys signed the note under this name; None where none did."""
    text, found, below = note.rpartition("\n\n")
    if not found:
        return None
    for line in below.splitlines():
        dash, _, rest = line.partition(" ")
        who, _, encoded = rest.partition(" ")
        if dash != "—" or who != name:
            continue
        try:
            signature = base64.b64decode(encoded, validate=True)
        except ValueError:
            continue
        for key in keys:
            if signature[:4] == _hash(name, key) and key.verifies(signature[4:], f"{text}\n".encode()):
                return key
    return None


def verifier(name: str, key: PublicKey) -> str:
    """A key as a verifier string."""
    return f"{name}+{_hash(name, key).hex()}+{base64.b64encode(_ED25519 + key.public).decode()}"


def _hash(name: str, key: PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key.public).digest()[:4]
