"""Words and names on this door's pages."""

from collections.abc import Iterable

from django.utils.translation import get_language

from peercert import words
from peercert.program.people.models import LegalName, Person
from peercert.web.ui.parts import Kind

#: How the state of an account looks.
STATES: dict[str, Kind] = {"asked": "waiting", "open": "done", "declined": "neutral", "ended": "neutral"}


def language() -> str:
    """The reader's language as the catalogues know it."""
    return "es" if (get_language() or "en").startswith("es") else "en"


def said(code: str) -> str:
    """A short word about organisations in the reader's language."""
    return words.fill("organisations", code, lang=language())


def called(people: Iterable[Person | None]) -> dict[int | None, str]:
    """How colleagues call each other, by key: the chosen name, else the legal one, else the address of the account."""
    known = {one.pk: one for one in people if one is not None}
    names = {name.person_id: name for name in LegalName.objects.filter(person__in=known, until_at=None)}
    found: dict[int | None, str] = {None: words.fill("casework", "role_program", lang=language())}
    for pk, one in known.items():
        name = names.get(pk)
        if one.chosen_name and name and len(one.chosen_name.split()) == 1:
            found[pk] = f"{one.chosen_name} {name.last}"
        else:
            found[pk] = one.chosen_name or (name.full if name else one.account.email if one.account else "")
    return found
