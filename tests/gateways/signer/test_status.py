"""A status list holds what was set and nothing else, and is written as the standard says."""

import base64
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openvc.status import bitstring

from peercert.gateways.signer import status


@settings(max_examples=25)
@given(indexes=st.sets(st.integers(0, status.SIZE - 1), max_size=40))
def test_what_was_set_is_set_and_its_neighbours_are_not(indexes: set[int]) -> None:
    bits = status.empty()
    for index in indexes:
        status.set_bit(bits, index)
    assert all(status.is_set(bits, index) for index in indexes)
    near = {index + step for index in indexes for step in (-8, -1, 1, 8)} - indexes
    assert not any(status.is_set(bits, index) for index in near if 0 <= index < status.SIZE)
    encoded = status.encode(bits)
    assert status.decode(encoded) == bits == bitstring.decode_bitstring(encoded)
    assert all(bitstring.get_status_bit(bytes(bits), index) for index in indexes)


def test_the_first_bit_is_the_left_most_and_the_same_bits_give_the_same_text() -> None:
    bits = status.empty()
    status.set_bit(bits, 0)
    status.set_bit(bits, 0)
    assert bits[:2] == b"\x80\0"
    encoded = status.encode(bits)
    assert encoded == status.encode(bytes(bits))
    packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
    assert packed[:8] == b"\x1f\x8b\x08\0\0\0\0\0"  # gzip, no name, no time
    assert gzip.decompress(packed) == bits
    assert encoded[0] == "u"
    assert "=" not in encoded


@pytest.mark.parametrize("size", [0, 8, status.SIZE - 8, status.SIZE + 1])
def test_a_list_is_never_too_short_to_hide_in(size: int) -> None:
    with pytest.raises(ValueError):
        status.empty(size)
    assert len(status.empty(status.SIZE * 2)) * 8 == 262_144


@pytest.mark.parametrize("index", [-1, status.SIZE])
def test_an_entry_outside_the_list_is_an_error(index: int) -> None:
    bits = status.empty()
    with pytest.raises(IndexError):
        status.set_bit(bits, index)
    with pytest.raises(IndexError):
        status.is_set(bits, index)


@pytest.mark.parametrize("text", ["", "u", "z6Mk", "H4sI", "uÀ", "u====", "uAAAA", "u H4sI", "uH4sIAAAAAAAAA"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(status.CannotRead):
        status.decode(text)
