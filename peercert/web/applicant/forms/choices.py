"""The answers to choose from, by the codes of the law's facts, in words.

Which IDs and which schooling are accepted is a figure; here stand only the words for every code it may name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from peercert.rules.figures import figure

ID_KINDS = {
    "driver_license": gettext_lazy("Driver's license"),
    "state_id": gettext_lazy("State ID card"),
    "us_passport": gettext_lazy("U.S. passport or passport card"),
    "foreign_passport": gettext_lazy("Passport of another country"),
    "consular_id": gettext_lazy("Consular ID card (matrícula consular)"),
    "tribal_id": gettext_lazy("Tribal ID card"),
    "military_id": gettext_lazy("U.S. military ID"),
    "permanent_resident_card": gettext_lazy("Permanent resident card or employment authorization card"),
    "other": gettext_lazy("Another government photo ID"),
}
EDUCATION = {
    "diploma": gettext_lazy("High school diploma"),
    "ged": gettext_lazy("GED, HiSET or another equivalency certificate"),
    "degree": gettext_lazy("College degree"),
    "transcript": gettext_lazy("Transcript of high school or college that shows completion"),
    "foreign_equivalent": gettext_lazy("Diploma or degree from another country"),
    "none": gettext_lazy("None of these"),
}
ROLES = (
    ("consumer", gettext_lazy("Someone who has lived with a mental health or substance use challenge")),
    ("parent", gettext_lazy("Parent of someone who has")),
    ("family", gettext_lazy("Family member of someone who has")),
    ("caregiver", gettext_lazy("Caregiver of someone who has")),
)
SERVICE = (
    ("member", gettext_lazy("I am a service member")),
    ("spouse", gettext_lazy("My spouse is a service member")),
)
ORDERS = (
    ("orders", gettext_lazy("Military orders")),
    ("commander_letter", gettext_lazy("Letter from the commanding officer")),
)
LETTERS = (
    ("supervisor", gettext_lazy("A supervisor, on the agency's letterhead")),
    ("colleague", gettext_lazy("A professional colleague")),
    ("self", gettext_lazy("You yourself: your role and your duties")),
)


def id_kinds(on: date) -> list[tuple[str, Any]]:
    """The photo IDs that are accepted on that day, and "another"."""
    return _named(figure("accepted_ids", on).value, ID_KINDS, "other")


def education_kinds(on: date) -> list[tuple[str, Any]]:
    """What is accepted on that day as a high school education, and "none of these"."""
    return _named(figure("accepted_education", on).value, EDUCATION, "none")


def _named(codes: list[str], names: Mapping[str, Any], last: str) -> list[tuple[str, Any]]:
    return [(code, names.get(code, code)) for code in [*codes, last]]
