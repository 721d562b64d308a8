"""Which application gets which checks, in the order in which an officer goes through them.

`requirement` is the law's reason code that the check bears on; words stand in words/checks.toml.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Spec:
    """One check of the list. `rows` names the application's list that gets one check per row."""

    code: str
    requirement: str
    document_kind: str = ""
    rows: str = ""


#: Every pathway: identity, education, attestation, ethics.
EVERYONE = (
    Spec("id_photo", "name_matches_id", "photo_id"),
    Spec("id_name_matches", "name_matches_id", "photo_id"),
    Spec("id_born_on", "adult", "photo_id"),
    Spec("id_unexpired", "id_accepted", "photo_id"),
    Spec("education_shown", "education", "education"),
    Spec("lived_experience_attested", "lived_experience"),
    Spec("ethics_agreed", "ethics"),
)
#: Those who show peer work instead of the core course.
EXPERIENCED = (
    Spec("employment_span", "experience_hours", "employment_verification", rows="employments"),
    Spec("experience_hours", "experience_hours", "employment_verification"),
    Spec("continuing_education_row", "continuing_education_hours", "continuing_education", rows="continuing_education"),
    Spec("letter_supervisor", "letters", "letter_supervisor"),
    Spec("letter_colleague", "letters", "letter_colleague"),
    Spec("letter_self", "letters", "letter_self"),
)
CERTIFIED_ELSEWHERE = (
    Spec("other_certificate_verified", "other_certificate", "other_certificate"),
    Spec("other_discipline", "other_discipline", "other_certificate"),
)
SERVICE = (
    Spec("orders_shown", "military_orders", "military_orders"),
    Spec("orders_person", "military_service", "military_orders"),
)
#: Added when a training certificate is given.
TRAINING = (
    Spec("training_certificate", "core_training", "training_certificate"),
    Spec("training_hours", "core_training", "training_certificate"),
    Spec("training_dates", "core_training", "training_certificate"),
    Spec("training_provider", "core_training_provider", "training_certificate"),
)

#: The day that grandparenting counts from.
ON_THE_DAY = (Spec("employed_on_the_day", "employed_on_the_day", "employment_verification"),)

PATHWAYS: dict[str, tuple[Spec, ...]] = {
    "initial": EVERYONE,
    "grandparenting": EVERYONE + ON_THE_DAY + EXPERIENCED,
    "reciprocity": EVERYONE + CERTIFIED_ELSEWHERE + EXPERIENCED,
    "portability": EVERYONE + CERTIFIED_ELSEWHERE + SERVICE,
}

#: Every check there is, by code.
SPECS: dict[str, Spec] = {spec.code: spec for specs in (*PATHWAYS.values(), TRAINING) for spec in specs}
