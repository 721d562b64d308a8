"""Names and the numbers people speak."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peercert.rules import names, numbers


@pytest.mark.parametrize(
    ("given_name", "on_id"),
    [
        ("García-López", "GARCIA LOPEZ"),
        ("O'Neil", "ONEIL"),
        ("O’Neil", "O'NEIL"),
        ("Nuñez", "NUNEZ"),
        ("De La Cruz", "DELACRUZ"),
        ("Łukasz", "lukasz"),
        ("Søren", "Soren"),
        ("Strauß", "STRAUSS"),
        ("Nguyễn", "NGUYEN"),
        ("  Maria   Elena ", "Maria Elena"),
        ("ﬁona", "Fiona"),
        ("王", "王"),
        (" 王 小明", "王小明"),
        ("Gal·la", "Galla"),
        ("Олександра", "ОЛЕКСАНДРА"),
        ("Ёлкин", "Елкин"),
        ("Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("מֹשֶׁה", "משה"),
        ("مُحَمَّد", "محمد"),
        ("김영희", "김영희"),
        ("ﾊﾅｺ", "ハナコ"),
        ("ʿAlī", "Ali"),
    ],
)
def test_names_that_are_the_same(given_name: str, on_id: str) -> None:
    assert names.compare(given_name, on_id) == "same"


@pytest.mark.parametrize(
    ("given_name", "on_id"),
    [
        ("Garcia", "Garcia Lopez"),
        ("Ana Maria", "ANA"),
        ("Ana Maria", "Maria Ana"),
        ("E.", "Elena"),
        ("Elena", "e"),
        ("王", "李"),
        ("王", "Wang"),
        ("Ana 王", "Ana 李"),
        ("Əliyev", "Aliyev"),
        ("", "Ana"),
        ("...", "---"),
        ("देवी", "देव"),
        ("王", "😀"),
    ],
)
def test_names_that_an_officer_compares(given_name: str, on_id: str) -> None:
    assert names.compare(given_name, on_id) == "part"


@pytest.mark.parametrize(
    ("given_name", "on_id"), [("Garcia", "Whitfield"), ("Bob", "Robert"), ("Garcia Lopez", "Garcia Luna")]
)
def test_names_that_differ(given_name: str, on_id: str) -> None:
    assert names.compare(given_name, on_id) == "other"


@given(st.text(max_size=40))
def test_folding_leaves_letters_and_folds_no_further(text: str) -> None:
    folded = names.fold(text)
    assert all(letter.isascii() or unicodedata.category(letter)[0] in "LM" for letter in folded)
    assert folded == folded.casefold()
    assert names.fold(folded) == folded


@given(st.text(max_size=12), st.text(max_size=12))
def test_which_name_comes_first_makes_no_difference(first: str, second: str) -> None:
    assert names.compare(first, second) == names.compare(second, first)


@given(st.text(st.characters(max_codepoint=0x24F), max_size=40))
def test_latin_letters_with_accents_become_ascii(text: str) -> None:
    accented = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in accented if letter.isascii() or unicodedata.combining(letter))
    assert names.fold(plain).isascii()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  María \t José ", "María José"),
        ("Jose\u0301", "José"),
        ("\u202eaicraG\u202c", "aicraG"),
        ("\ufeffAna\u200b\u00ad", "Ana"),
        ("\u200f\u05e8\u05d7\u05dc\u200e", "\u05e8\u05d7\u05dc"),
        ("\u0645\u06cc\u200c\u0631\u0627", "\u0645\u06cc\u200c\u0631\u0627"),
        ('O\u2019Neil-D\'Angelo "Jr" \\', 'O\u2019Neil-D\'Angelo "Jr" \\'),
        ("\u2028Lu\u2029", "Lu"),
    ],
)
def test_a_name_is_kept_without_what_nobody_sees(typed: str, kept: str) -> None:
    assert names.tidy(typed) == names.tidy(f"{typed}\x07") == kept
    assert names.fold(typed) == names.fold(kept)


@pytest.mark.parametrize(("one", "other"), [("王小明", "王大明"), ("김영희", "김영미"), ("देवी", "देव"), ("が", "か")])
def test_names_in_other_scripts_are_told_apart(one: str, other: str) -> None:
    assert names.fold(one) != names.fold(other)
    assert "" not in {names.fold(one), names.fold(other)}


@given(st.integers(), st.sampled_from(numbers.PREFIXES))
def test_a_number_is_read_however_it_is_typed(seed: int, prefix: str) -> None:
    number = numbers.make(prefix, random.Random(seed))
    plain = number.replace("-", "")
    for typed in (
        number,
        number.lower(),
        plain,
        f" {plain[:5]} {plain[5:]} ",
        plain[1:],
        plain.replace("0", "O").replace("1", "l"),
    ):
        assert numbers.read(typed, prefix) == number


def test_every_single_error_and_every_swap_is_caught() -> None:
    for seed in range(20):
        number = numbers.make("A", random.Random(seed))
        body = list(number.replace("-", "")[1:])
        for place in range(8):
            for letter in numbers.ALPHABET:
                if letter != body[place]:
                    with pytest.raises(numbers.TypingMistake):
                        numbers.read("".join([*body[:place], letter, *body[place + 1 :]]), "A")
            for other in range(place):
                swapped = body.copy()
                swapped[place], swapped[other] = swapped[other], swapped[place]
                if swapped != body:
                    with pytest.raises(numbers.TypingMistake):
                        numbers.read("".join(swapped), "A")


@pytest.mark.parametrize(
    "typed", ["", "A-1234", "C-0000-0000", "A-UUUU-UUUU", "A-12345-6789", "A-1234-567é", "A-000000000"]
)
def test_what_has_not_the_shape_of_a_number_is_told_apart(typed: str) -> None:
    with pytest.raises(numbers.NotANumber):
        numbers.read(typed, "A")
