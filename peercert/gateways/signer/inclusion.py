"""The proof that an entry stands in the log, as a credential carries it: C2SP tlog-proof, behind the # of an address.

The address leads to the register's own answer, which is always fresh; what stands behind its # is never sent anywhere
and is checked without any network: the path leads from the entry to the root of a head that the log's key signed.
"""

import base64
import hashlib
from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from peercert.gateways.signer import note
from peercert.gateways.signer.keys import PublicKey

_FORMAT = "c2sp.org/tlog-proof@v1"
#: A tree that one program can fill has fewer levels.
_MOST_LEVELS = 63
_DIGEST = 32


class NotAProof(ValueError):
    """An address that carries no proof in this form."""


@dataclass(frozen=True)
class Inclusion:
    """An entry, its place counted from 0, the hashes from its leaf to the root (lowest first), and the signed head."""

    entry: bytes
    position: int
    path: tuple[bytes, ...]
    checkpoint: str

    @cached_property
    def size(self) -> int:
        """How many entries the tree of the head has."""
        return _head(self.checkpoint)[1]

    def leads_to_its_head(self) -> bool:
        """Whether the path leads from the entry to the root that the head names (RFC 9162, 2.1.3.2)."""
        _, size, root = _head(self.checkpoint)
        if not 0 <= self.position < size:
            return False
        found, place, last = leaf(self.entry), self.position, size - 1
        for other in self.path:
            if last == 0:
                return False
            if place & 1 or place == last:
                found = node(other, found)
                while not place & 1 and place:
                    place, last = place >> 1, last >> 1
            else:
                found = node(found, other)
            place, last = place >> 1, last >> 1
        return last == 0 and found == root

    def is_signed_by(self, origin: str, keys: Iterable[PublicKey]) -> bool:
        """Whether one of these keys signed the head in the name of this log."""
        return _head(self.checkpoint)[0] == origin and note.signed_by(self.checkpoint, origin, keys) is not None


def leaf(entry: bytes) -> bytes:
    """The hash under which an entry stands in the tree."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def log_of(host: str) -> str:
    """The name under which the log of a host signs."""
    return f"{host}/log"


def address(origin: str, number: str, proof: Inclusion) -> str:
    """Where the register proves a certificate, with this proof behind the #, percent-encoded."""
    entry, path = b2a_base64(proof.entry).decode(), b"".join(map(b2a_base64, proof.path)).decode()
    text = f"{_FORMAT}\nextra {entry}index {proof.position}\n{path}\n{proof.checkpoint}"
    # Of the letters of such a text an address can hold all but these.
    text = text.replace("\n", "%0A").replace(" ", "%20").replace("—", "%E2%80%94")
    return f"{origin}/log/proof/{number}#{text}"


def carried_by(address: str) -> Inclusion:
    """The proof behind an address's #. Raises NotAProof for anything but what `address` writes."""
    text = unquote(address.partition("#")[2], errors="replace")
    try:
        above, _, checkpoint = text.partition("\n\n")
        form, extra, index, *path = above.split("\n")
        named = extra.removeprefix("extra "), index.removeprefix("index ")
        if form != _FORMAT or len(path) > _MOST_LEVELS or not named[1].isdecimal() or len(named[1]) > 18:
            raise NotAProof
        found = Inclusion(_digest(named[0]), int(named[1]), tuple(map(_digest, path)), checkpoint)
        _head(checkpoint)
    except ValueError:
        raise NotAProof from None
    return found


def _head(checkpoint: str) -> tuple[str, int, bytes]:
    """The log's name, the size and the root. Raises ValueError."""
    origin, size, root, *_ = checkpoint.split("\n", 3)
    if not size.isdecimal() or len(size) > 18:
        raise NotAProof
    return origin, int(size), _digest(root)


def _digest(encoded: str) -> bytes:
    found = base64.b64decode(encoded, validate=True)
    if len(found) != _DIGEST:
        raise NotAProof
    return found
