"""What stands around every page: where it lies in both languages, the ways from it, and the program's address.

A door that has a page worth a place in the navigation adds a line to one of the tables here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from peercert import words
from peercert.program.access import may
from peercert.program.people.models import LockedOut
from peercert.program.people.queries import memberships_of
from peercert.web.ui.languages import page_in

Label = str | Promise

#: Ways for everyone: URL name and label.
PUBLIC: list[tuple[str, Label]] = [
    ("public:how", _("How it works")),
    ("public:verify", _("Verify")),
    ("public:contact", _("Contact")),
]
#: Ways for someone signed in.
SIGNED_IN: list[tuple[str, Label]] = [
    ("applicant:home", _("My application")),
    ("applicant:letters", _("My letters")),
    ("account:home", _("My account")),
]
#: Ways for officers: URL name, label and the verb of access.MAY that opens it.
STAFF: list[tuple[str, Label, str]] = [
    ("staff:queue", _("Queue"), "see_queue"),
    ("staff:tasks", _("Tasks"), "close_task"),
    ("staff:exams", _("Exams"), "see_exams"),
    ("staff:money", _("Payments"), "see_money"),
    ("staff:letters", _("Letters"), "see_letters"),
    ("staff:providers", _("Training providers"), "keep_providers"),
    ("staff:organisations", _("Organizations"), "see_organisations"),
    ("staff:accounts", _("Roles"), "see_accounts"),
    ("staff:recovery", _("Recovery"), "recover_account"),
    ("staff:audit", _("Audit"), "see_audit"),
]
#: Ways within an organisation, for its people: URL name, label and the verb of access.MAY that opens it.
PARTNER: list[tuple[str, Label, str]] = [
    ("partner:organisation", _("Overview"), "see_organisation"),
    ("partner:roster", _("Roster"), "keep_roster"),
    ("partner:changes", _("Changes"), "keep_roster"),
    ("partner:people", _("People"), "see_organisation"),
    ("partner:keys", _("Keys"), "keep_api_keys"),
    ("partner:webhooks", "Webhooks", "keep_webhooks"),
    ("partner:settings", _("Settings"), "see_organisation"),
]
FOOTER: list[tuple[str, Label]] = [
    ("public:how", _("How certification works")),
    ("public:verify", _("Verify a certificate")),
    ("public:for_organisations", _("For counties and employers")),
    ("public:complaint", _("Make a complaint")),
    ("public:contact", _("Contact")),
    ("public:accessibility", _("Accessibility")),
    ("public:privacy", _("Privacy")),
    ("public:api", _("For developers")),
]


@dataclass(frozen=True, slots=True)
class Place:
    """One link of a navigation."""

    label: Label
    url: str
    is_here: bool
    waiting: int = 0


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the shells. Nothing in it asks the database until a shell draws it."""
    spanish = (get_language() or "en").startswith("es")
    env = settings.ENVIRONMENT
    return {
        "demo_mode": env.is_demo,
        "personas": env.personas and env.is_demo,
        "persona": request.session.get("persona", "") if env.is_demo and hasattr(request, "session") else "",
        "origin": env.origin,
        "other_language": "en" if spanish else "es",
        "other_language_url": page_in(request.get_full_path(), "en" if spanish else "es"),
        "english_url": page_in(request.path, "en"),
        "spanish_url": page_in(request.path, "es"),
        "idle_seconds": settings.SESSION_COOKIE_AGE,
        # The true address, not the one asked for: that is what the banner is there to compare with.
        "address_said": env.origin.partition("://")[2],
        "postal_address": words.fill("letter_frame", "postal_address").splitlines(),
        "places": lambda: places(request),
        "footer_places": lambda: _places(request, FOOTER),
        "staff_places": lambda: staff_places(request),
        "partner_places": lambda: partner_places(request),
    }


def places(request: HttpRequest) -> list[Place]:
    """The main navigation of public and applicant pages."""
    known = getattr(request, "user", None)
    if not known or not known.is_authenticated:
        return _places(request, PUBLIC)
    desk, actor = staff_places(request)[:1], getattr(request, "actor", None)
    if actor and memberships_of(actor.person).exists():
        desk = desk + _places(request, [("partner:home", _("My organizations"))])
    return desk + _places(request, (SIGNED_IN[1:] if desk else SIGNED_IN) + PUBLIC)


def partner_places(request: HttpRequest) -> list[Place]:
    """The ways within the organisation of this page that are open to its reader."""
    organisation, member = getattr(request, "organisation", None), getattr(request, "member", None)
    if organisation is None or member is None:
        return []
    return [
        Place(label, url, request.path == url)
        for name, label, verb in PARTNER
        if may(member, verb)
        for url in [reverse(name, kwargs={"organisation": organisation.uuid})]
    ]


def staff_places(request: HttpRequest) -> list[Place]:
    """The ways that this officer's roles open, with how many people wait at the one that nobody else would tell of."""
    actor = getattr(request, "actor", None)
    if not actor:
        return []
    places = _places(request, [(name, label) for name, label, verb in STAFF if may(actor, verb)])
    if not may(actor, "recover_account"):
        return places
    door, waiting = reverse("staff:recovery"), LockedOut.objects.filter(closed_at=None).count()
    return [replace(place, waiting=waiting) if place.url == door else place for place in places]


def _places(request: HttpRequest, table: Iterable[tuple[str, Label]]) -> list[Place]:
    """The places that exist, with the one that holds this page marked."""
    found = []
    for name, label in table:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        found.append(Place(label, url, request.path == url))
    return found
