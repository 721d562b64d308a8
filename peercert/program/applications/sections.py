"""The sections of an application: what each asks by each pathway, and what it needs before it can be sent.

Pure data and the reading of an Application's own columns; pages, completeness and the snapshot all go by this list.
"""

from dataclasses import dataclass

ALL = frozenset({"initial", "grandparenting", "reciprocity", "portability"})
ELSEWHERE = frozenset({"reciprocity", "portability"})
WORKED = frozenset({"reciprocity", "grandparenting"})


@dataclass(frozen=True)
class Section:
    """One question group.

    `fields` are the columns of Application it asks; `needs` those without which it is not complete. `rows` names the
    related list it keeps, `least` how many of them are needed. `documents` are the kinds it takes, `needs_documents`
    those it cannot do without. An `optional` section never keeps an application from being sent.
    """

    slug: str
    fields: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    rows: str = ""
    least: int = 0
    documents: tuple[str, ...] = ()
    needs_documents: tuple[str, ...] = ()
    pathways: frozenset[str] = ALL
    is_optional: bool = False


SECTIONS: tuple[Section, ...] = (
    Section(
        "name",
        fields=("first_name", "middle_name", "last_name", "chosen_name", "born_on"),
        needs=("first_name", "last_name", "born_on"),
    ),
    Section(
        "contact",
        fields=("phone", "has_no_fixed_address", "street", "city", "state", "postal_code", "wants_paper"),
        needs=("phone",),
    ),
    Section("languages", fields=("written_language", "other_languages"), needs=("written_language",)),
    Section(
        "places",
        fields=(
            "county_of_residence",
            "lives_outside_california",
            "county_of_work",
            "works_outside_california",
            "is_not_working",
        ),
    ),
    Section(
        "photo-id",
        fields=("id_kind", "id_expires_on"),
        needs=("id_kind",),
        documents=("photo_id",),
        needs_documents=("photo_id",),
    ),
    Section(
        "education",
        fields=("education_kind",),
        needs=("education_kind",),
        documents=("education",),
        needs_documents=("education",),
    ),
    Section(
        "other-state",
        fields=(
            "other_state",
            "other_number",
            "other_issued_on",
            "other_expires_on",
            "other_in_good_standing",
            "other_has_pending_discipline",
            "other_has_open_complaint",
        ),
        needs=("other_state", "other_in_good_standing", "other_has_pending_discipline", "other_has_open_complaint"),
        documents=("other_certificate",),
        needs_documents=("other_certificate",),
        pathways=ELSEWHERE,
    ),
    Section(
        "service",
        fields=("service_role", "orders_kind", "orders_from", "orders_until"),
        needs=("service_role", "orders_kind"),
        documents=("military_orders",),
        needs_documents=("military_orders",),
        pathways=frozenset({"portability"}),
    ),
    Section(
        "work",
        rows="employments",
        least=1,
        documents=("employment_verification",),
        pathways=WORKED,
    ),
    Section(
        "continuing-education",
        rows="continuing_education",
        least=1,
        documents=("continuing_education",),
        pathways=WORKED,
    ),
    Section(
        "letters",
        rows="letters_of_support",
        documents=("letter_supervisor", "letter_colleague", "letter_self"),
        pathways=WORKED,
        is_optional=True,
    ),
    Section("training", rows="trainings", pathways=frozenset({"initial"}), is_optional=True),
    Section(
        "lived-experience",
        fields=("lived_experience_role", "is_willing_to_share", "is_dedicated"),
        needs=("lived_experience_role", "lived_experience_attested_at", "is_willing_to_share", "is_dedicated"),
    ),
    Section("ethics", needs=("ethics_name", "ethics_version", "ethics_agreed_at")),
)

#: What a row of each list needs before its application can be sent.
ROW_NEEDS: dict[str, tuple[str, ...]] = {
    "employments": ("employer", "started_on", "is_paid"),
    "continuing_education": ("title", "hours", "completed_on"),
    "letters_of_support": ("kind", "writer"),
    "trainings": ("provider_name",),
}

#: What may be written into a row of each list by the person themselves.
ROW_FIELDS: dict[str, tuple[str, ...]] = {
    "employments": (
        "employer",
        "role",
        "started_on",
        "ended_on",
        "is_current",
        "hours_per_week",
        "hours_total",
        "is_paid",
        "supervisor_name",
        "supervisor_contact",
    ),
    "continuing_education": ("title", "hours", "law_and_ethics_hours", "completed_on"),
    "letters_of_support": ("kind", "writer", "dated_on", "is_on_letterhead"),
    "trainings": ("provider", "provider_name", "language", "hours", "started_on", "completed_on"),
}


def sections_of(pathway: str) -> tuple[Section, ...]:
    """The sections of an application by this pathway, in the order in which they are asked."""
    return tuple(section for section in SECTIONS if pathway in section.pathways)


def section_named(slug: str, pathway: str) -> Section | None:
    """The section of this name where the pathway has it."""
    return next((section for section in sections_of(pathway) if section.slug == slug), None)


def savable(pathway: str) -> frozenset[str]:
    """The columns a person may write by answering, by this pathway. Attestations have steps of their own."""
    return frozenset(name for section in sections_of(pathway) for name in section.fields)
