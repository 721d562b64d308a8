"""Where signing in leads: officers to their desk, members to their organisations, others to their application."""

from datetime import datetime

from django.urls import NoReverseMatch, reverse

from peercert.program.access import MAY, roles_of
from peercert.program.people.models import Person
from peercert.program.people.queries import memberships_of
from peercert.web.frame import STAFF


def landing(person: Person | None, at: datetime) -> str:
    """The first page of the desk that this person's roles open; without one, their organisations or applications."""
    roles = roles_of(person, at)
    for name, _label, verb in STAFF:
        if MAY[verb] & roles:
            try:
                return reverse(name)
            except NoReverseMatch:
                continue
    serves = person is not None and memberships_of(person).exists() and not person.cases.exists()
    return reverse("partner:home" if serves else "applicant:home")
