"""Finding a person by e-mail address, application number or name, where no case is asked for."""

from uuid import UUID

from django.http import Http404

from peercert.program.casework.models import Case
from peercert.program.people.models import Person
from peercert.program.people.queries import people_called, person_by_email
from peercert.rules import numbers

MOST = 10


def people_meant(text: str) -> list[Person]:
    """Who may be meant, the closest first, ten at most; an address or a number means one."""
    text = text.strip()[:200]
    if not text:
        return []
    if "@" in text:
        found = person_by_email(text)
        return [found] if found else []
    number = _number(text)
    if number:
        return list(Person.objects.filter(cases__number=number).select_related("account")[:1])
    wanted = people_called(text, MOST)
    people = Person.objects.select_related("account").in_bulk(wanted)
    return [people[pk] for pk in wanted]


def uuid_given(text: str) -> UUID:
    """The identifier that a form carries; raises Http404 where it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def key_given(text: str) -> int:
    """The key of a row that a form carries; raises Http404 where it is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


def _number(text: str) -> str:
    try:
        read = numbers.read(text, "A")
    except ValueError:
        return ""
    return read if Case.objects.filter(number=read).exists() else ""
