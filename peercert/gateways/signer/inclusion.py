"""The proof that an entry stands in the log, as a credential carries it: C2SP tlog-proof, behind the # of an address.

The address leads to the register's own answer, which is always fresh; what stands behind its # is never sent anywhere
and is checked without any network: the entry is the digest of what it was made from, so nobody can lend it to other
words, and the path leads from it to the root of a head that the log's key signed.
"""

import base64
import hashlib
from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from peercert.gateways.signer import note
from peercert.gateways.signer.keys import PublicKey
from peercert.gateways.signer.strict import read

_FORMAT = "c2sp.org/tlog-proof@v1"
#: A tree that one program can fill has fewer levels.
_MOST_LEVELS = 63
_DIGEST = 32
#: What an entry is made from begins with its salt and the seal on what stays with the register.
_SEALED = 2 * _DIGEST
#: What strangers are told of a certificate is a few hundred bytes.
_MOST_OPENED = 4096


class NotAProof(ValueError):
    """An address that carries no proof in this form."""


@dataclass(frozen=True)
class Inclusion:
    """What an entry is made from (salt, seal, and what it says), its place counted from 0, the hashes from its leaf to
    the root (lowest first), and the signed head."""

    opened: bytes
    position: int
    path: tuple[bytes, ...]
    checkpoint: str

    @cached_property
    def entry(self) -> bytes:
        """The entry as it stands in the log."""
        return hashlib.sha256(self.opened).digest()

    @cached_property
    def says(self) -> dict[str, Any]:
        """What the entry says. Raises ValueError for what no log of ours says."""
        said = read(self.opened[_SEALED:])
        if len(self.opened) > _MOST_OPENED or type(said) is not dict:
            raise NotAProof
        return said

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
    opened = b2a_base64(proof.opened, newline=False).decode()
    path = b"".join([b2a_base64(one, newline=False) + b"%0A" for one in proof.path]).decode()
    # Of the letters of such a text an address can hold all but these.
    head = proof.checkpoint.replace("\n", "%0A").replace(" ", "%20").replace("—", "%E2%80%94")
    text = f"{_FORMAT}%0Aextra%20{opened}%0Aindex%20{proof.position}%0A{path}%0A{head}"
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
        opened = base64.b64decode(named[0], validate=True)
        found = Inclusion(opened, int(named[1]), tuple(map(_digest, path)), checkpoint)
        _ = _head(checkpoint), found.says
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
