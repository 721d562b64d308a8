"""The application and its lists. Null means not yet given; the database says that submitted means complete."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from peercert.program.casework.models import Case, Document
from peercert.program.counties.models import County
from peercert.program.people.models import LANGUAGES, Person
from peercert.program.training.models import Provider

__all__ = ["Application", "ContinuingEducation", "Employment", "LetterOfSupport", "SelfAssessment", "Training"]

PATHWAYS = [
    ("initial", "Initial"),
    ("grandparenting", "Grandparenting"),
    ("reciprocity", "Reciprocity"),
    ("portability", "Portability"),
]


def _given(*names: str) -> Q:
    condition = Q()
    for name in names:
        condition &= (
            Q(**{f"{name}__isnull": False}) & ~Q(**{name: ""}) if name in _TEXT else Q(**{f"{name}__isnull": False})
        )
    return condition


_TEXT = {
    "first_name", "last_name", "phone", "written_language", "id_kind", "education_kind", "lived_experience_role",
    "lived_experience_wording", "ethics_version", "ethics_name", "other_state", "service_role", "orders_kind",
}  # fmt: skip

#: What every submitted application holds, whatever its pathway.
COMPLETE = (
    "first_name", "last_name", "born_on", "phone", "written_language", "id_kind", "education_kind",
    "lived_experience_role", "lived_experience_attested_at", "lived_experience_wording", "is_willing_to_share",
    "is_dedicated", "ethics_version", "ethics_name", "ethics_agreed_at",
)  # fmt: skip
#: What a submitted application by reciprocity or portability holds besides.
COMPLETE_ELSEWHERE = (
    "other_state",
    "other_in_good_standing",
    "other_has_pending_discipline",
    "other_has_open_complaint",
)
COMPLETE_PORTABILITY = ("service_role", "orders_kind")


class Application(models.Model):
    """One person's application by one pathway. Saved at every answer; `version` counts the saves.

    `id_*` and `education_*` are what the applicant says; what an officer read on the papers is in review.
    `submit_key` is the key of the request that submitted it, so that a retried request gets the same receipt.
    `facts` is the applicant's part of the facts as they stood at submission.
    """

    holds = "legal name, birth date, contact, counties, education, attestations"

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="application")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="applications")
    pathway = models.CharField(max_length=20, choices=PATHWAYS)
    version = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    submit_key = models.UUIDField(null=True, blank=True, unique=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField(null=True, blank=True)

    # name and birth date, as on the ID
    first_name = models.CharField(max_length=100, null=True, blank=True)
    middle_name = models.CharField(max_length=100, null=True, blank=True)
    last_name = models.CharField(max_length=100, null=True, blank=True)
    chosen_name = models.CharField(max_length=100, null=True, blank=True)
    born_on = models.DateField(null=True, blank=True)

    # contact and languages
    phone = models.CharField(max_length=40, null=True, blank=True)
    street = models.CharField(max_length=200, null=True, blank=True)
    city = models.CharField(max_length=100, null=True, blank=True)
    state = models.CharField(max_length=40, null=True, blank=True)
    postal_code = models.CharField(max_length=20, null=True, blank=True)
    has_no_fixed_address = models.BooleanField(null=True)
    wants_paper = models.BooleanField(null=True)
    written_language = models.CharField(max_length=2, choices=LANGUAGES, null=True, blank=True)
    other_languages = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    # where they live and work; neither is asked as a condition
    county_of_residence = models.ForeignKey(County, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lives_outside_california = models.BooleanField(null=True)
    county_of_work = models.ForeignKey(County, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    works_outside_california = models.BooleanField(null=True)
    is_not_working = models.BooleanField(null=True)

    # identity document and education
    id_kind = models.CharField(max_length=40, null=True, blank=True)
    id_expires_on = models.DateField(null=True, blank=True)
    education_kind = models.CharField(max_length=40, null=True, blank=True)

    # lived experience: that it was attested, when and in which words; never the story
    lived_experience_role = models.CharField(max_length=20, null=True, blank=True)
    lived_experience_attested_at = models.DateTimeField(null=True, blank=True)
    lived_experience_wording = models.CharField(max_length=20, null=True, blank=True)
    is_willing_to_share = models.BooleanField(null=True)
    is_dedicated = models.BooleanField(null=True)

    # code of ethics: version, the name as typed, the moment; again before the exam if the code changed
    ethics_version = models.CharField(max_length=20, null=True, blank=True)
    ethics_name = models.CharField(max_length=200, null=True, blank=True)
    ethics_agreed_at = models.DateTimeField(null=True, blank=True)

    # certificate of another state (reciprocity, portability)
    other_state = models.CharField(max_length=40, null=True, blank=True)
    other_number = models.CharField(max_length=60, null=True, blank=True)
    other_issued_on = models.DateField(null=True, blank=True)
    other_expires_on = models.DateField(null=True, blank=True)
    other_in_good_standing = models.BooleanField(null=True)
    other_has_pending_discipline = models.BooleanField(null=True)
    other_has_open_complaint = models.BooleanField(null=True)

    # military service (portability)
    service_role = models.CharField(max_length=10, null=True, blank=True)
    orders_kind = models.CharField(max_length=20, null=True, blank=True)
    orders_from = models.DateField(null=True, blank=True)
    orders_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "pathway"], condition=Q(closed_at=None), name="one_open_application_per_pathway"
            ),
            models.CheckConstraint(condition=Q(submitted_at=None) | _given(*COMPLETE), name="submitted_means_complete"),
            models.CheckConstraint(
                condition=Q(submitted_at=None)
                | ~Q(pathway__in=["reciprocity", "portability"])
                | _given(*COMPLETE_ELSEWHERE),
                name="submitted_elsewhere_means_complete",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | ~Q(pathway="portability") | _given(*COMPLETE_PORTABILITY),
                name="submitted_portability_means_complete",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(has_no_fixed_address=True) | (Q(city__isnull=False) & ~Q(city="")),
                name="submitted_means_reachable",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None)
                | Q(lives_outside_california=True)
                | Q(county_of_residence__isnull=False)
                | Q(has_no_fixed_address=True),
                name="submitted_means_placed",
            ),
        ]
        indexes = [models.Index(fields=["person", "pathway"], name="application_of_person")]

    @property
    def full_name(self) -> str:
        """First, middle and last name as given."""
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)


class Employment(models.Model):
    """A span of peer work, paid or not. `hours_total` where the person knows the sum instead of hours a week."""

    holds = "employer and supervisor's contact"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="employments")
    employer = models.CharField(max_length=200)
    role = models.CharField(max_length=200, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    is_current = models.BooleanField(default=False)
    hours_per_week = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    hours_total = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    is_paid = models.BooleanField(null=True)
    supervisor_name = models.CharField(max_length=200, blank=True)
    supervisor_contact = models.CharField(max_length=200, blank=True)


class Training(models.Model):
    """A core course as the applicant states it; counts when its certificate is accepted (review.Mark)."""

    holds = "where a person trained"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="trainings")
    provider = models.ForeignKey(Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    provider_name = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=30, default="core")
    language = models.CharField(max_length=2, blank=True)
    hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    completed_on = models.DateField(null=True, blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)


class ContinuingEducation(models.Model):
    """Hours of continuing education; `law_and_ethics_hours` count inside `hours`."""

    holds = "courses a person took"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="continuing_education")
    title = models.CharField(max_length=200)
    hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    law_and_ethics_hours = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    completed_on = models.DateField(null=True, blank=True)


class LetterOfSupport(models.Model):
    """A letter about the applicant's work, or their own description of it."""

    holds = "who recommends whom"

    KINDS = [("supervisor", "supervisor"), ("colleague", "colleague"), ("self", "self-recommendation")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="letters_of_support")
    kind = models.CharField(max_length=20, choices=KINDS)
    writer = models.CharField(max_length=200, blank=True)
    dated_on = models.DateField(null=True, blank=True)
    is_on_letterhead = models.BooleanField(null=True)


class SelfAssessment(models.Model):
    """Orientation and the self-assessment after it. The answers are the person's own: no officer's page reads them."""

    holds = "a person's private reflections (answer codes)"

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="self_assessment")
    chapter = models.PositiveSmallIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    orientation_done_at = models.DateTimeField(null=True, blank=True)
    answers = models.JSONField(default=dict)
    assessed_at = models.DateTimeField(null=True, blank=True)
