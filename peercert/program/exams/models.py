"""Accommodations, authorisations, appointments, sittings, vendor files and their rows."""

import uuid

from django.db import models
from django.db.models import Q

from peercert.program.casework.models import Case, Document
from peercert.program.people.models import Person

__all__ = [
    "Accommodation",
    "Appointment",
    "ExamAuthorisation",
    "ExamFile",
    "ExamFileRow",
    "RetakeRequest",
    "Sitting",
]


class Accommodation(models.Model):
    """Whether the person needs an accommodation for the exam, and what became of it.

    `is_needed` false is an answer too. `needs` is encrypted with the settings' key and read by exam officers alone.
    """

    holds = "accommodation needs (encrypted), vendor codes"

    OUTCOMES = [("granted", "granted"), ("refused", "refused"), ("withdrawn", "withdrawn")]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="accommodations")
    is_needed = models.BooleanField()
    needs = models.BinaryField(null=True, blank=True)
    form = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    wanted_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=OUTCOMES, blank=True)
    vendor_codes = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    decided_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(replaced_at=None), name="one_accommodation_answer"),
        ]


class RetakeRequest(models.Model):
    """That a person asked for another sitting. Processed when its fee is settled."""

    holds = "nothing of its own"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="retake_requests")
    sitting = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sitting"], name="one_request_per_sitting")]


class ExamAuthorisation(models.Model):
    """Leave to sit the exam, once. `candidate_id` is the person's with the vendor, the same for each sitting.

    `told` is what the vendor was last told of this row: "", "new", "changed" or "cancelled"; `changed_at` later than
    `told_at` means that the next export carries it.
    """

    holds = "candidate id, name as told to the vendor"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exam_authorisations")
    number = models.CharField(max_length=20, unique=True)
    candidate_id = models.CharField(max_length=20)
    sitting = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_through = models.DateField()
    first = models.CharField(max_length=100)
    middle = models.CharField(max_length=100, blank=True)
    last = models.CharField(max_length=100)
    vendor_codes = models.CharField(max_length=200, blank=True)
    authorised_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    told = models.CharField(max_length=10, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_because = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(used_at=None, cancelled_at=None), name="one_open_authorisation"
            ),
        ]
        indexes = [
            models.Index(fields=["candidate_id"], name="authorisation_candidate"),
            models.Index(fields=["changed_at"], name="authorisation_changed"),
        ]


class ExamFile(models.Model):
    """A vendor file sent or received, once per content."""

    holds = "nothing of its own"

    KINDS = [("export", "authorisations"), ("import", "appointments and results")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=KINDS)
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    content = models.TextField()
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "digest"], name="one_file_per_content")]


class ExamFileRow(models.Model):
    """What became of one line of a file that came in; without an outcome until it is taken."""

    holds = "a line of the vendor's file"

    OUTCOMES = [("accepted", "accepted"), ("refused", "refused"), ("repeated", "known already")]
    file = models.ForeignKey(ExamFile, on_delete=models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField()
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=OUTCOMES, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "line"], name="one_answer_per_line")]
        indexes = [models.Index(fields=["file"], condition=Q(outcome=""), name="exam_row_waiting")]


class Appointment(models.Model):
    """A booking with the vendor, as the vendor tells it."""

    holds = "when and where someone sits"

    STATES = [("booked", "booked"), ("cancelled", "cancelled in time"), ("vendor_failure", "vendor's failure"),
              ("held", "held"), ("no_show", "no-show")]  # fmt: skip
    authorisation = models.ForeignKey(ExamAuthorisation, on_delete=models.PROTECT, related_name="appointments")
    vendor_number = models.CharField(max_length=40, unique=True)
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=20, choices=STATES, default="booked")
    told_at = models.DateTimeField()


class Sitting(models.Model):
    """One try and its result in the vendor's word. A changed result replaces the row; both stay.

    `uses_attempt` is stored as the law of `sat_on` says. Area scores are the eight content areas, kept as told.
    """

    holds = "exam results and area scores"

    RESULTS = [("pass", "pass"), ("fail", "fail"), ("no_show", "no-show"), ("vendor_failure", "vendor's failure")]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sittings")
    authorisation = models.ForeignKey(ExamAuthorisation, on_delete=models.PROTECT, related_name="sittings")
    vendor_number = models.CharField(max_length=40)
    sat_on = models.DateField()
    result = models.CharField(max_length=20, choices=RESULTS)
    uses_attempt = models.BooleanField(null=True)
    administrative_responsibilities = models.PositiveSmallIntegerField(null=True, blank=True)
    behavioral_health_foundations = models.PositiveSmallIntegerField(null=True, blank=True)
    interpersonal_skills = models.PositiveSmallIntegerField(null=True, blank=True)
    recovery_support = models.PositiveSmallIntegerField(null=True, blank=True)
    advocacy = models.PositiveSmallIntegerField(null=True, blank=True)
    community_inclusion = models.PositiveSmallIntegerField(null=True, blank=True)
    resource_linkage = models.PositiveSmallIntegerField(null=True, blank=True)
    crisis_management = models.PositiveSmallIntegerField(null=True, blank=True)
    told_at = models.DateTimeField()
    row = models.ForeignKey(ExamFileRow, null=True, on_delete=models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor_number"], condition=Q(replaced_at=None), name="one_current_result"),
        ]
        indexes = [models.Index(fields=["case", "sat_on"], name="sitting_of_case")]
