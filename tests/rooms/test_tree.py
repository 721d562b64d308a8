"""The log's tree, judged by pymerkle: roots, inclusion and consistency, whatever way it grew."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion
from pymerkle.core import _consistency_path_layout
from pymerkle.proof import ConsistencyProof, InclusionProof, InvalidProof

from peercert.program.certificates import tree
from tests.witness import witness

MOST = 1200
ENTRIES = [hashlib.sha256(number.to_bytes(4)).digest() for number in range(MOST)]
#: Sizes around which tiles, subtrees and levels begin and end.
EDGES = [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 767, 1023, 1024, 1025, MOST]
sizes = st.sampled_from(EDGES) | st.integers(1, MOST)


@pytest.fixture(scope="module")
def judge() -> InmemoryTree:
    made = InmemoryTree(algorithm="sha256")
    made.append_entries(ENTRIES)
    return made


def built(*steps: int) -> dict[tree.Place, bytes]:
    """The tiles of a tree that grew to each of these sizes in turn."""
    tiles: dict[tree.Place, bytes] = {}
    size = 0
    for step in steps:
        known = {place: tiles[place] for place in tree.edge(size)}
        for place, tile in tree.grown(size, known, [tree.leaf(entry) for entry in ENTRIES[size:step]]).items():
            assert len(tiles.get(place, b"")) < tree.FULL, "a full tile was written again"
            assert tile.startswith(tiles.get(place, b"")), "a hash of a tile changed"
            tiles[place] = tile
        size = step
    return tiles


WHOLE = built(MOST)


@given(st.lists(st.integers(1, MOST), max_size=6))
def test_however_it_grows_the_tiles_are_the_same(steps: list[int]) -> None:
    assert built(*sorted({*steps, MOST})) == WHOLE


@given(sizes)
def test_the_root_of_every_size_is_the_judges(judge: InmemoryTree, size: int) -> None:
    assert tree.root((0, size), WHOLE) == judge.get_root(size)


def test_the_empty_tree_has_the_root_of_nothing(judge: InmemoryTree) -> None:
    assert tree.root((0, 0), {}) == judge.get_root(0) == hashlib.sha256(b"").digest()


@given(st.data())
def test_the_judge_accepts_each_inclusion_proof_and_refuses_it_for_another_leaf(
    judge: InmemoryTree, data: st.DataObject
) -> None:
    size = data.draw(sizes)
    position = data.draw(st.integers(0, size - 1))
    path = hashes(tree.inclusion(position, size))
    wanted = judge.prove_inclusion(position + 1, size)
    # The judge's path begins with the leaf itself.
    assert [tree.leaf(ENTRIES[position]), *path] == wanted.path
    proof = InclusionProof("sha256", True, size, position + 1, wanted.rule, [tree.leaf(ENTRIES[position]), *path])
    verify_inclusion(tree.leaf(ENTRIES[position]), tree.root((0, size), WHOLE), proof)
    with pytest.raises(InvalidProof):
        verify_inclusion(tree.leaf(b"another"), judge.get_root(size), proof)


@given(sizes, sizes)
def test_each_consistency_proof_leads_to_the_judges_roots(judge: InmemoryTree, one: int, other: int) -> None:
    first, second = sorted((one, other))
    path = hashes(tree.consistency(first, second))
    roots = judge.get_root(first), judge.get_root(second)
    assert witness.continues(first, roots[0], second, roots[1], path)
    assert not witness.continues(first, tree.leaf(b"another"), second, roots[1], path)
    assert not witness.continues(first, roots[0], second, tree.leaf(b"another"), path)
    assert not witness.continues(first, roots[0], second, roots[1], [*path, roots[0]])
    assert not path or not witness.continues(first, roots[0], second, roots[1], path[:-1])


@given(sizes, sizes)
def test_the_judge_accepts_its_own_way_from_one_size_to_another_with_our_hashes(
    judge: InmemoryTree, one: int, other: int
) -> None:
    # Its paths go down to a leaf where RFC 9162 stops at a whole subtree, so it is given the runs that it asks for.
    first, second = sorted((one, other))
    rule, subset, runs = _consistency_path_layout(first, second)
    proof = ConsistencyProof("sha256", True, second, first, rule, subset, hashes(runs))
    verify_consistency(tree.root((0, first), WHOLE), tree.root((0, second), WHOLE), proof)
    with pytest.raises(InvalidProof):
        verify_consistency(tree.leaf(b"another"), judge.get_root(second), proof)


def hashes(runs: list[tree.Run]) -> list[bytes]:
    """What the runs hash to, from the tiles that they name and no others."""
    return [tree.root(run, {place: WHOLE[place] for place in tree.places([run])}) for run in runs]


@pytest.mark.parametrize(
    ("place", "address"),
    [(0, "000"), (5, "005"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067")],
)
def test_a_tile_has_the_address_that_tlog_tiles_gives_it(place: int, address: str) -> None:
    assert tree.address(place) == address
