"""Where signing in leads: officers to their desk, everyone else to their application."""

from datetime import datetime

from django.urls import NoReverseMatch, reverse

from peercert.program.access import MAY, roles_of
from peercert.program.people.models import Person
from peercert.web.frame import STAFF


def landing(person: Person | None, at: datetime) -> str:
    """The first page of the desk that this person's roles open; for people without a role, their applications."""
    roles = roles_of(person, at)
    for name, _label, verb in STAFF:
        if MAY[verb] & roles:
            try:
                return reverse(name)
            except NoReverseMatch:
                continue
    return reverse("applicant:home")
