"""The check digit of a National Provider Identifier: ten digits, Luhn over them with the prefix 80840 before (45 CFR
162.406; ISO 7812). A person's NPI begins with 1, as an organisation's does; 2 is set aside for the same use."""

#: What stands before an NPI where it is written as a card number: "80" for health, "840" for the United States.
PREFIX = "80840"


class NotAnNpi(ValueError):
    """A text that has not ten digits, or begins with one that no NPI begins with."""


class TypingMistake(ValueError):
    """Ten digits whose check digit does not fit."""


def read(text: str) -> str:
    """The ten digits, from however they were typed: with spaces or hyphens, with or without the prefix 80840.

    Raises NotAnNpi for another shape, TypingMistake where the check digit does not fit.
    """
    digits = "".join(letter for letter in text if letter not in " -.\u00a0\u2010\u2011\u2013")
    if not (digits.isascii() and digits.isdigit()):
        raise NotAnNpi(text)
    if len(digits) == 15 and digits.startswith(PREFIX):
        digits = digits.removeprefix(PREFIX)
    if len(digits) != 10 or digits[0] not in "12":
        raise NotAnNpi(text)
    if not checks(digits):
        raise TypingMistake(text)
    return digits


def checks(digits: str) -> bool:
    """Whether the last of ten digits is the check digit of the nine before it."""
    return check_digit(digits[:9]) == digits[9]


def check_digit(nine: str) -> str:
    """The digit that makes an NPI of nine: every second one from the right is doubled, and the sum fills up to tens."""
    values = [int(digit) for digit in reversed(PREFIX + nine)]
    total = sum(values[1::2]) + sum(value * 2 - 9 * (value > 4) for value in values[::2])
    return str(-total % 10)
