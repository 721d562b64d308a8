"""The facts of one question: what is known about a person, by pathway. Nothing else is ever asked of the law.

A field that is absent is *not yet known*; it is never a "no". Facts come from JSON, from TOML or from the program's
rows; unknown fields are refused, so that a misspelt fact cannot pass as a missing one.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

Question = Literal["apply", "sit", "certify"]
Pathway = Literal["initial", "grandparenting", "reciprocity", "portability"]

Text = Annotated[str, Meta(max_length=200)]
Hours = Annotated[float, Meta(ge=0, le=100_000)]
WeeklyHours = Annotated[float, Meta(ge=0, le=168)]
Cents = Annotated[int, Meta(ge=0, le=100_000_000)]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What every part of the facts shares: it cannot be changed, and it knows no other fields."""


class Evidence(Part, frozen=True, kw_only=True):
    """Something shown or stated. Without `review` it counts as stated; while `waiting` for an officer not yet."""

    review: Literal["waiting", "accepted", "refused"] | None = None


class Name(Part, frozen=True, kw_only=True):
    """A legal name. `middle` is optional; "" says that there is none."""

    first: Text
    last: Text
    middle: Text | None = None


class IdentityDocument(Evidence, frozen=True, kw_only=True):
    """A photo ID as read on the document. `kind` is one of the figure `accepted_ids`, else "other"."""

    kind: Literal[
        "driver_license", "state_id", "us_passport", "foreign_passport", "consular_id", "tribal_id", "military_id",
        "permanent_resident_card", "other",
    ]  # fmt: skip
    name: Name | None = None
    born_on: date | None = None
    expires_on: Annotated[date | None, Meta(description="the last day on which the ID is good")] = None
    never_expires: bool | None = None
    has_photo: bool | None = None


class Education(Evidence, frozen=True, kw_only=True):
    """What shows a high-school education; "none" says that there is none."""

    kind: Literal["diploma", "ged", "degree", "transcript", "foreign_equivalent", "none", "other"]
    completed_on: date | None = None


class LivedExperience(Part, frozen=True, kw_only=True):
    """The self-identification, as attested. The story is never asked."""

    attested_on: date | None = None
    wording: Text | None = None
    role: Literal["consumer", "parent", "family", "caregiver"] | None = None
    is_attested: Annotated[bool | None, Meta(description="false: the person says it is not so")] = None


class Agreement(Part, frozen=True, kw_only=True):
    """A written agreement to one version of the code of ethics."""

    version: Text
    agreed_on: date


class Span(Part, frozen=True, kw_only=True):
    """A run of days, first and last included. Without `until_on` it still runs."""

    from_on: date
    until_on: date | None = None

    def __post_init__(self) -> None:
        if self.until_on is not None and self.until_on < self.from_on:
            raise ValueError("until_on is before from_on")


class Employment(Evidence, frozen=True, kw_only=True):
    """A span of peer work, paid or not. Give hours a week, or the span's hours where only these are known."""

    employer: Text
    from_on: date | None = None
    to_on: Annotated[date | None, Meta(description="absent and is_current: still working there")] = None
    is_current: bool | None = None
    hours_per_week: WeeklyHours | None = None
    hours_total: Hours | None = None
    is_paid: bool | None = None
    is_peer_work: Annotated[bool | None, Meta(description="false: the employer says it was not peer work")] = None

    def __post_init__(self) -> None:
        if self.from_on is not None and self.to_on is not None and self.to_on < self.from_on:
            raise ValueError("to_on is before from_on")


class Authorisation(Span, frozen=True, kw_only=True):
    """Days on which a provider may teach one type in one language: approved, and the contract executed."""

    type: Text
    language: Text


class Training(Evidence, frozen=True, kw_only=True):
    """A course, and the days on which its provider might teach it."""

    provider: Text | None = None
    type: Text = "core"
    language: Text | None = None
    hours: Hours | None = None
    started_on: date | None = None
    completed_on: date | None = None
    authorisations: Annotated[
        tuple[Authorisation, ...] | None, Meta(description="absent: the provider's approvals are not known yet")
    ] = None

    def __post_init__(self) -> None:
        if self.started_on is not None and self.completed_on is not None and self.completed_on < self.started_on:
            raise ValueError("completed_on is before started_on")


class ContinuingEducation(Evidence, frozen=True, kw_only=True):
    """A course of continuing education. Law-and-ethics hours count inside `hours`."""

    hours: Hours
    law_and_ethics_hours: Hours = 0
    completed_on: date | None = None
    title: Text | None = None

    def __post_init__(self) -> None:
        if self.law_and_ethics_hours > self.hours:
            raise ValueError("law_and_ethics_hours is more than hours, and counts inside it")


class Letter(Evidence, frozen=True, kw_only=True):
    """A letter of recommendation; "self" is the person's own description of role and duties."""

    kind: Literal["supervisor", "colleague", "self"]
    is_on_letterhead: bool | None = None
    describes_duties: bool | None = None
    dated_on: date | None = None


class OtherCertificate(Evidence, frozen=True, kw_only=True):
    """A certificate of another state."""

    state: Text | None = None
    number: Text | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    never_expires: bool | None = None
    in_good_standing: bool | None = None
    has_pending_discipline: bool | None = None
    has_open_complaint: bool | None = None
    last_used_on: Annotated[date | None, Meta(description="the last day of work under it (portability to 2024)")] = None


class Orders(Evidence, frozen=True, kw_only=True):
    """Military orders that bring a person to California, and what shows them."""

    evidence: Literal["orders", "commander_letter"]
    from_on: date | None = None
    until_on: date | None = None
    to_california: bool | None = None


class Paid(Part, frozen=True, kw_only=True):
    """Money that arrived, in cents, or a payer who took the fee over (then the amount may be absent)."""

    payer: Literal["self", "scholarship", "county", "waiver"] = "self"
    cents: Cents | None = None
    paid_on: date | None = None
    reference: Text | None = None


class Sitting(Part, frozen=True, kw_only=True):
    """One try at the exam and its result in the vendor's word."""

    sat_on: date
    result: Literal["pass", "fail", "no_show", "cancelled", "vendor_failure"]


class Acceptance(Part, frozen=True, kw_only=True):
    """An officer's determination that one requirement is fulfilled where the machine could not say so."""

    code: Text
    on: date


class Common(Part, frozen=True, kw_only=True, tag_field="pathway"):
    """What is asked on every pathway."""

    pathway: ClassVar[str]

    question: Question
    submitted_on: Annotated[date | None, Meta(description="the Pacific day on which the application arrived")] = None
    asked_on: Annotated[
        date | None, Meta(description="the day of the authorisation or the issue, for sit and certify")
    ] = None

    orientation_done_on: date | None = None
    self_assessment_done_on: date | None = None
    born_on: date | None = None
    name: Annotated[Name | None, Meta(description="as in the application")] = None
    identity: tuple[IdentityDocument, ...] = ()
    education: tuple[Education, ...] = ()
    lived_experience: LivedExperience | None = None
    is_willing_to_share: bool | None = None
    is_dedicated: bool | None = None
    ethics: tuple[Agreement, ...] = ()
    application_fee: Annotated[tuple[Paid, ...], Meta(description="everything paid towards it")] = ()
    has_unanswered_match: Annotated[bool | None, Meta(description="someone on record may be the same person")] = None

    approved_on: Annotated[date | None, Meta(description="the day of the formal notice of approval")] = None
    approval_days_given: Annotated[
        int, Meta(ge=0, le=36_500, description="days given back, late by the program's doing")
    ] = 0
    exam_fee: Annotated[tuple[Paid, ...], Meta(description="everything paid towards the next sitting")] = ()
    exam_fee_owed_on: Annotated[date | None, Meta(description="the day on which that sitting was asked for")] = None
    accommodation: Literal["not_needed", "asked", "granted", "refused", "withdrawn"] | None = None
    sittings: tuple[Sitting, ...] = ()
    is_on_hold: bool | None = None

    nothing_more: Annotated[
        tuple[Text, ...],
        Meta(description="codes of requirements that were asked for and to which the person has nothing more to give"),
    ] = ()
    accepted: Annotated[tuple[Acceptance, ...], Meta(description="what an officer determined to be fulfilled")] = ()


class Initial(Common, frozen=True, kw_only=True, tag="initial"):
    """The 80-hour course and the exam."""

    pathway = "initial"

    trainings: tuple[Training, ...] = ()


class Grandparenting(Common, frozen=True, kw_only=True, tag="grandparenting"):
    """Peers who worked before the program began. Closed since July 1, 2023; still decidable for a past day."""

    pathway = "grandparenting"

    employment: tuple[Employment, ...] = ()
    continuing_education: tuple[ContinuingEducation, ...] = ()
    letters: tuple[Letter, ...] = ()


class Reciprocity(Common, frozen=True, kw_only=True, tag="reciprocity"):
    """A current certificate of another state, and experience."""

    pathway = "reciprocity"

    other_certificate: OtherCertificate | None = None
    employment: tuple[Employment, ...] = ()
    continuing_education: tuple[ContinuingEducation, ...] = ()
    letters: tuple[Letter, ...] = ()


class Portability(Common, frozen=True, kw_only=True, tag="portability"):
    """Service members and spouses who move under military orders (50 USC 4025a)."""

    pathway = "portability"

    service: Literal["member", "spouse", "neither"] | None = None
    orders: tuple[Orders, ...] = ()
    other_certificate: OtherCertificate | None = None


Facts = Initial | Grandparenting | Reciprocity | Portability
PATHWAYS: dict[str, type[Initial | Grandparenting | Reciprocity | Portability]] = {
    "initial": Initial,
    "grandparenting": Grandparenting,
    "reciprocity": Reciprocity,
    "portability": Portability,
}
