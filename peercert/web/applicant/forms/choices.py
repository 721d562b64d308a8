"""The answers to choose from, by the codes of the law's facts, in words.

Which IDs and which schooling are accepted is a figure; here stand only the words for every code it may name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as __

from peercert.rules.figures import figure

ID_KINDS = {
    "driver_license": __("Driver's license"),
    "state_id": __("State ID card"),
    "us_passport": __("U.S. passport or passport card"),
    "foreign_passport": __("Passport of another country"),
    "consular_id": __("Consular ID card (matrícula consular)"),
    "tribal_id": __("Tribal ID card"),
    "military_id": __("U.S. military ID"),
    "permanent_resident_card": __("Permanent resident card or employment authorization card"),
    "other": __("Another government photo ID"),
}
EDUCATION = {
    "diploma": __("High school diploma"),
    "ged": __("GED, HiSET or another equivalency certificate"),
    "degree": __("College degree"),
    "transcript": __("Transcript of high school or college that shows completion"),
    "foreign_equivalent": __("Diploma or degree from another country"),
    "none": __("None of these"),
}
ROLES = (
    ("consumer", __("Someone who has lived with a mental health or substance use challenge")),
    ("parent", __("Parent of someone who has")),
    ("family", __("Family member of someone who has")),
    ("caregiver", __("Caregiver of someone who has")),
)
SERVICE = (
    ("member", __("I am a service member")),
    ("spouse", __("My spouse is a service member")),
)
ORDERS = (
    ("orders", __("Military orders")),
    ("commander_letter", __("Letter from the commanding officer")),
)
LETTERS = (
    ("supervisor", __("A supervisor, on the agency's letterhead")),
    ("colleague", __("A professional colleague")),
    ("self", __("You yourself: your role and your duties")),
)


def id_kinds(on: date) -> list[tuple[str, Any]]:
    """The photo IDs that are accepted on that day, and "another"."""
    return _named(figure("accepted_ids", on).value, ID_KINDS, "other")


def education_kinds(on: date) -> list[tuple[str, Any]]:
    """What is accepted on that day as a high school education, and "none of these"."""
    return _named(figure("accepted_education", on).value, EDUCATION, "none")


def _named(codes: list[str], names: Mapping[str, Any], last: str) -> list[tuple[str, Any]]:
    return [(code, names.get(code, code)) for code in [*codes, last]]
