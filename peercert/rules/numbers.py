"""Numbers people speak: `A-XXXX-XXXX` in Crockford base 32, random, the last character a check character.

The check is a weighted sum over GF(32): weights are distinct powers of a generator, so that a single wrong character
always changes the sum, and so does any swap of two.
"""

import random

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIXES = ("A", "C", "K", "P", "T")
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}


class NotANumber(ValueError):
    """A text that has not the shape of a number."""


class TypingMistake(ValueError):
    """A number whose check character does not fit: a typing mistake, not an unknown number."""


def _times_two(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def _check(values: list[int]) -> int:
    total = 0
    for value in values:
        total = _times_two(total ^ value)
    return total


def make(prefix: str, source: random.Random | None = None) -> str:
    """A new random number with this prefix; `source` defaults to the system's randomness."""
    source = source or random.SystemRandom()
    values = [source.randrange(32) for _ in range(7)]
    text = "".join(ALPHABET[value] for value in [*values, _check(values)])
    return f"{prefix}-{text[:4]}-{text[4:]}"


def read(text: str, prefix: str) -> str:
    """The number as written by us, from however it was typed: lower case, spaces, O for 0, I or L for 1.

    Raises NotANumber for another shape or prefix, TypingMistake where the check character does not fit.
    """
    letters = [letter for letter in text.upper() if letter.isalnum()]
    if len(letters) == 9 and letters[0] == prefix:
        letters = letters[1:]
    if len(letters) != 8 or any(letter not in _VALUE for letter in letters):
        raise NotANumber(text)
    values = [_VALUE[letter] for letter in letters]
    if _check(values[:7]) != values[7]:
        raise TypingMistake(text)
    plain = "".join(ALPHABET[value] for value in values)
    return f"{prefix}-{plain[:4]}-{plain[4:]}"
