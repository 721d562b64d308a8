"""The check digit of an NPI, against an arithmetic of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peercert.rules import npi

NINE = st.builds("{}{:08d}".format, st.sampled_from("12"), st.integers(0, 99_999_999))


def luhn(digits: str) -> bool:
    """Luhn's sum as its patent tells it, digit by digit from the right."""
    total = 0
    for place, digit in enumerate(digits[::-1]):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


@pytest.mark.parametrize("typed", ["1234567893", " 1234567893", "123-456-7893", "80840 1234567893", "1 234 567 893"])
def test_the_example_of_the_standard_is_read_however_it_was_typed(typed: str) -> None:
    assert npi.read(typed) == "1234567893"


@pytest.mark.parametrize(
    "typed", ["", "123456789", "12345678931", "3234567893", "0234567893", "12345678a3", "१२३४५६७८९३"]
)
def test_another_shape_is_no_npi(typed: str) -> None:
    with pytest.raises(npi.NotAnNpi):
        npi.read(typed)


@given(NINE)
def test_the_tenth_digit_is_the_one_that_luhn_wants(nine: str) -> None:
    assert [digit for digit in "0123456789" if luhn(f"80840{nine}{digit}")] == [npi.check_digit(nine)]


@given(NINE, st.integers(1, 9), st.integers(1, 9))
def test_any_single_wrong_digit_is_told_as_a_typing_mistake(nine: str, place: int, more: int) -> None:
    right = nine + npi.check_digit(nine)
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]
    with pytest.raises(npi.TypingMistake):
        npi.read(wrong)


@given(NINE, st.integers(1, 8))
def test_a_swap_of_neighbours_is_found_but_for_nine_and_nought(nine: str, place: int) -> None:
    right = nine + npi.check_digit(nine)
    pair = right[place : place + 2]
    wrong = right[:place] + pair[::-1] + right[place + 2 :]
    assert (npi.checks(wrong)) == (pair[0] == pair[1] or {*pair} == {"0", "9"})
