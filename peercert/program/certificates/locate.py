"""Which certificate a number leads to: its own, one it was merged into, one whose old paper carries it, or none."""

from dataclasses import dataclass
from typing import Literal

from peercert.program.certificates.models import Certificate, OldNumber
from peercert.rules import numbers

How = Literal["here", "moved", "retired", "unknown", "mistyped", "no_number"]


@dataclass(frozen=True)
class Located:
    """Where a number leads.

    `here`: `certificate` has it. `moved`: another number answers for it, that of `certificate`. `retired`: the record
    should never have been, and nothing answers for it. Else there is no certificate, and `how` says why. `number` is
    the number as we write it, or as it was typed where it is none of ours.
    """

    how: How
    number: str
    certificate: Certificate | None = None


def locate(typed: str) -> Located:
    """Where the number leads, however it is typed. A wrong check character is a typing mistake, not an unknown number.

    Numbers of before this register have no check character; whatever is not one of ours is looked up among them.
    """
    key = number_key(typed)
    try:
        number = numbers.read(typed, "C")
    except numbers.TypingMistake:
        return _by_old(key) or Located("mistyped", typed)
    except numbers.NotANumber:
        return _by_old(key) or Located("no_number", typed)
    certificate = Certificate.objects.select_related("merged_into").filter(number=number).first()
    if certificate is not None:
        return at(certificate, number)
    return _by_old(key) or Located("unknown", number)


def at(certificate: Certificate, number: str) -> Located:
    """Where a number that names this certificate leads. A merged record leads to the one that answers for it, at once.

    Whoever is merged takes along what was merged into it before: there is never a second step.
    """
    if (into := certificate.merged_into) is not None and into.retired_at is None:
        return Located("moved", number, into)
    if certificate.retired_at is not None:
        return Located("retired", number)
    return Located("here" if certificate.number == number else "moved", number, certificate)


def number_key(typed: str) -> str:
    """What two spellings of one old number have in common: its letters and digits, in capitals."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())[:60]


def _by_old(key: str) -> Located | None:
    old = OldNumber.objects.select_related("certificate__merged_into").filter(key=key).first() if key else None
    return at(old.certificate, old.number) if old is not None else None
