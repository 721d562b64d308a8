"""The Merkle tree of RFC 9162 over tiles of 256 hashes: roots, proofs and growth. Pure; judged by pymerkle in tests.

A tile at `level` L holds hashes of whole subtrees of 256^L leaves; the `place` of a tile counts from the left. Every
hash of the tree is that of a run of leaves, and each run that a root or a proof asks for is made of whole subtrees
that lie inside one tile each.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from peercert.gateways.signer.inclusion import leaf as leaf
from peercert.gateways.signer.inclusion import node as node

#: Hashes in a full tile, and bytes in a hash.
WIDTH, BYTES = 256, 32
FULL = WIDTH * BYTES
#: The root of the tree without leaves.
EMPTY = hashlib.sha256().digest()

#: Leaves from the first number up to, but without, the second.
Run = tuple[int, int]
#: Level and place of a tile.
Place = tuple[int, int]


def inclusion(position: int, size: int) -> list[Run]:
    """The runs whose hashes lead from the leaf at `position` to the root of the first `size` leaves, lowest first."""
    start, end, runs = 0, size, []
    while end - start > 1:
        middle = start + _half(end - start)
        if position < middle:
            runs.append((middle, end))
            end = middle
        else:
            runs.append((start, middle))
            start = middle
    return runs[::-1]


def consistency(first: int, second: int) -> list[Run]:
    """The runs whose hashes show that the tree of `second` leaves continues that of `first`; none where it is that."""
    if first == 0:
        return []
    start, end, whole, runs = 0, second, True, []
    while end != first:
        middle = start + _half(end - start)
        if first <= middle:
            runs.append((middle, end))
            end = middle
        else:
            runs.append((start, middle))
            start, whole = middle, False
    return (runs if whole else [*runs, (start, end)])[::-1]


def places(runs: Sequence[Run]) -> set[Place]:
    """The tiles in which the hashes of these runs are found."""
    return {(level, first // WIDTH) for run in runs for level, first, _ in _pieces(run)}


def root(run: Run, tiles: Mapping[Place, bytes]) -> bytes:
    """The hash of a run of leaves. Raises KeyError for a tile that is missing or too short."""
    hashes = [_piece(*piece, tiles) for piece in _pieces(run)]
    if not hashes:
        return EMPTY
    found = hashes.pop()
    while hashes:
        found = node(hashes.pop(), found)
    return found


def edge(size: int) -> set[Place]:
    """The tiles that a tree of `size` leaves has begun and not filled."""
    return {(level, count // WIDTH) for level, count in _counts(size) if count % WIDTH}


def grown(size: int, tiles: Mapping[Place, bytes], leaves: list[bytes]) -> dict[Place, bytes]:
    """Every tile that becomes new or longer by more leaves; `tiles` holds at least those of `edge(size)`."""
    made: dict[Place, bytes] = {}
    level, count, hashes = 0, size, leaves
    while hashes:
        place, begun = divmod(count, WIDTH)
        line = (tiles[level, place] if begun else b"") + b"".join(hashes)
        hashes = []
        for at in range(0, len(line), FULL):
            tile = made[level, place] = line[at : at + FULL]
            if len(tile) == FULL:
                hashes.append(_fold(tile))
            place += 1
        level, count = level + 1, count // WIDTH
    return made


def address(place: int) -> str:
    """A tile's place as tlog-tiles writes it: groups of three digits, all but the last behind an x."""
    digits = str(place)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def _half(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _counts(size: int) -> Iterator[tuple[int, int]]:
    """Each level with how many hashes it has in a tree of this size."""
    level = 0
    while size:
        yield level, size
        level, size = level + 1, size // WIDTH


def _pieces(run: Run) -> Iterator[tuple[int, int, int]]:
    """A run as whole subtrees: the level of their tile, the first of its hashes, and how many of them (2^n < 256)."""
    start, end = run
    while start < end:
        height = (end - start).bit_length() - 1
        level, rest = divmod(height, 8)
        yield level, start >> (8 * level), 1 << rest
        start += 1 << height


def _piece(level: int, first: int, count: int, tiles: Mapping[Place, bytes]) -> bytes:
    at = first % WIDTH * BYTES
    part = tiles[level, first // WIDTH][at : at + count * BYTES]
    if len(part) < count * BYTES:
        raise KeyError((level, first // WIDTH))
    return _fold(part)


def _fold(line: bytes) -> bytes:
    """The root over hashes that lie side by side, a power of two of them."""
    new = hashlib.sha256
    while len(line) > BYTES:
        line = b"".join([new(b"\x01" + line[at : at + 2 * BYTES]).digest() for at in range(0, len(line), 2 * BYTES)])
    return line
