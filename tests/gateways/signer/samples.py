"""A site that signs: its keys, one certificate's content, its documents, and the official contexts."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pyld import jsonld

from peercert.gateways.signer import achievement, canonical, did, inclusion, jwt, keys, note, proof, status
from peercert.gateways.signer.terms import BADGES, V2

ORIGIN = "https://certify.example.org"
DID = did.of(ORIGIN)
KEY = keys.local("ed25519", bytes(range(32)))
JWT_KEY = keys.local("p256", bytes(range(1, 33)))
OTHER_KEY = keys.local("ed25519", bytes(range(2, 34)))
LOG_KEY = keys.local("ed25519", bytes(range(6, 38)))
LOG = "certify.example.org/log"
METHOD, JWT_METHOD = did.key_id(DID, KEY.kid), did.key_id(DID, JWT_KEY.kid)
LIST = f"{ORIGIN}/status/1"
NOW = datetime(2026, 6, 1, 17, 30, tzinfo=UTC)


SAID: dict[str, Any] = {
    "certificate": "C-7K2M-9QXD", "name": 'María "Lupe" García-López \\ 王', "issued_on": "2026-05-01",
    "standing": "in_force", "last_on": "2028-05-01", "areas": ["crisis", "justice"],
}  # fmt: skip


def logged(
    position: int = 4, size: int = 7, *, key: keys.Signer = LOG_KEY, origin: str = LOG, **says: Any
) -> inclusion.Inclusion:
    """The proof of an entry of a log of `size` entries, by the definitions of RFC 9162 and nothing else."""
    told = {name: value for name, value in (SAID | says).items() if value is not None}
    opened = bytes(range(64)) + json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    entries = [hashlib.sha256(str(number).encode()).digest() for number in range(size)]
    entries[position] = hashlib.sha256(opened).digest()

    def root(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return hashlib.sha256(b"\x00" + part[0]).digest()
        half = 1 << (len(part) - 1).bit_length() - 1
        return hashlib.sha256(b"\x01" + root(part[:half]) + root(part[half:])).digest()

    def path(place: int, part: list[bytes]) -> tuple[bytes, ...]:
        if len(part) == 1:
            return ()
        half = 1 << (len(part) - 1).bit_length() - 1
        if place < half:
            return (*path(place, part[:half]), root(part[half:]))
        return (*path(place - half, part[half:]), root(part[:half]))

    head = f"{origin}\n{size}\n{base64.b64encode(root(entries)).decode()}\n"
    return inclusion.Inclusion(opened, position, path(position, entries), note.written(head, origin, key))


CONTENT = achievement.Content(
    origin=ORIGIN,
    issuer="California Peer Certification",
    uuid=UUID("0b0b7c62-4b8f-4a6e-9f0d-0f4f3d1a2b3c"),
    number="C-7K2M-9QXD",
    name='María "Lupe" García-López \\ 王',
    issued_on=date(2026, 5, 1),
    first_day=date(2026, 5, 1),
    last_day=date(2028, 5, 1),
    valid_from=datetime(2026, 5, 1, 17, tzinfo=UTC),
    areas=("justice", "crisis"),
    status_list=LIST,
    status_index=94_567,
    words=achievement.words_of_record(),
    proof=logged(),
)

_DIST = Path(__file__).parents[3] / "assets/dist/contexts"
CONTEXTS = {
    V2: json.loads((_DIST / "credentials-v2.json").read_text()),
    BADGES: json.loads((_DIST / "ob-3.0.3.json").read_text()),
}


def signed(content: achievement.Content = CONTENT, *, key: keys.Signer = KEY, **changes: Any) -> dict[str, Any]:
    """A signed credential; `changes` are the content's."""
    unsigned = achievement.document(changed(content, **changes))
    return proof.signed(unsigned, key, did.key_id(DID, key.kid), now=NOW, form=canonical.credential)


def token(content: achievement.Content = CONTENT, *, key: keys.Signer = JWT_KEY, **changes: Any) -> str:
    """The same as a VC-JWT."""
    return jwt.signed(achievement.document(changed(content, **changes)), key, did.key_id(DID, key.kid))


def changed(content: achievement.Content = CONTENT, **changes: Any) -> achievement.Content:
    """The content with changes; the log says the same, unless they have a proof of their own."""
    made = replace(content, **changes)
    if not changes or "proof" in changes:
        return made
    said = {
        "certificate": made.number, "name": made.name, "issued_on": str(made.issued_on),
        "last_on": str(made.last_day), "areas": sorted(made.areas) or None,
    }  # fmt: skip
    return replace(made, proof=logged(**said))


def status_list(*indexes: int, **changes: Any) -> dict[str, Any]:
    """The signed status list with these bits set; `changes` are the document's own."""
    bits = status.empty()
    for index in indexes:
        status.set_bit(bits, index)
    unsigned = {**_list(bits), **changes}
    return proof.signed(unsigned, KEY, METHOD, now=NOW, form=canonical.status_list)


def _list(bits: bytearray) -> dict[str, Any]:
    days = {"valid_from": datetime(2026, 5, 1, tzinfo=UTC), "valid_until": datetime(2028, 12, 31, tzinfo=UTC)}
    return status.document(LIST, DID, bits, **days)


def resolve_key(method: str) -> keys.PublicKey | None:
    """The site's keys by their absolute ids."""
    return {METHOD: KEY, JWT_METHOD: JWT_KEY}.get(method)


def by_pyld(document: dict[str, Any]) -> str:
    """The canonical form as PyLD makes it with the official contexts."""

    def load(url: str, _: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": CONTEXTS[url], "contentType": "application/ld+json"}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    made: str = jsonld.normalize(document, options)
    return made
