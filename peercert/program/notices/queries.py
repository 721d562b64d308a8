"""Reads of the notices room: where a letter may go, and which letters need an officer."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from peercert.program.casework.models import Case
from peercert.program.notices.models import Letter
from peercert.program.people.models import Person, RetiredAddress
from peercert.program.people.queries import current_name


def confirmed_address(person: Person) -> str | None:
    """The e-mail address that letters may go to: confirmed by the person, their main one, and not retired."""
    main = _confirmed(person).order_by("-primary", "pk").first()
    return main.email if main else None


def confirmed_addresses(person: Person) -> list[str]:
    """Every address that the person confirmed and has not retired, in lower case: those that are theirs."""
    return [address.email.lower() for address in _confirmed(person)]


def _confirmed(person: Person) -> QuerySet[EmailAddress]:
    retired = RetiredAddress.objects.filter(person=person, email=Lower(OuterRef("email")))
    every: QuerySet[EmailAddress] = EmailAddress.objects.exclude(user=None)
    return every.filter(~Exists(retired), user=person.account_id, verified=True)


def postal_address(person: Person) -> str:
    """Name and postal address as lines, "" where the street or the city is not known."""
    if not (person.street and person.city):
        return ""
    place = f"{person.city}, {person.state} {person.postal_code}".replace(",  ", " ").strip(" ,")
    return "\n".join(line for line in (name_on_envelope(person), person.street, place) if line)


def name_on_envelope(person: Person) -> str:
    """The chosen name, with the last name where it is a single word; without one, the legal name."""
    name = current_name(person)
    if not person.chosen_name:
        return name.full if name else ""
    alone = len(person.chosen_name.split()) == 1
    return f"{person.chosen_name} {name.last}" if alone and name else person.chosen_name


#: How the code of every letter about an accommodation begins: only exam officers and the person read those.
ABOUT_ACCOMMODATION = "accommodation_"


def letters_of(case: Case) -> QuerySet[Letter]:
    """Every letter of the case, the newest first."""
    return Letter.objects.filter(case=case).order_by("-written_at", "-pk")


def letters_to(person: Person) -> QuerySet[Letter]:
    """Every letter to this person, the newest first."""
    return Letter.objects.filter(person=person).select_related("case").order_by("-written_at", "-pk")


def letter_of_moment(case: Case, code: str, written_at: datetime) -> Letter | None:
    """The letter whose code begins so and that the step of that moment wrote: a request and its letter share it."""
    return Letter.objects.filter(case=case, code__startswith=code, written_at=written_at).order_by("pk").first()


def letters_in_trouble() -> QuerySet[Letter]:
    """Letters that could not be sent, came back, or wait to be posted on paper; the oldest first."""
    return (
        Letter.objects.filter(Q(state__in=["failed", "bounced"]) | Q(state="waiting", channel="paper"))
        .select_related("case", "person")
        .order_by("written_at", "pk")
    )
