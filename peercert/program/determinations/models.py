"""Determinations and appeals received."""

import uuid

from django.db import models
from django.db.models import Q

from peercert.program.append_only import append_only
from peercert.program.casework.models import Case
from peercert.program.people.models import Person

__all__ = ["AppealReceived", "Determination"]


class Determination(models.Model):
    """A decision as made. Never edited; a later one may supersede it.

    `facts` in, `finding` out, `governed_on` and `release` replay it years later; `digest` is the SHA-256 of those four
    with outcome, decider and moment, as canonical JSON: the signature under the decision. Decided by an officer, or by
    the program itself where the law approves and nobody has to weigh anything (question `certify`, decided_by null).
    """

    holds = "the facts a decision saw"

    OUTCOMES = [("approve", "approve"), ("deny", "deny")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="determinations")
    question = models.CharField(max_length=20)
    outcome = models.CharField(max_length=10, choices=OUTCOMES)
    facts = models.JSONField()
    finding = models.JSONField()
    law_outcome = models.CharField(max_length=10)
    governed_on = models.DateField()
    release = models.CharField(max_length=80)
    reasons = models.JSONField(default=list, help_text="coded review reasons that the letter names")
    because = models.TextField(blank=True)
    approval_through = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "question"], condition=Q(supersedes=None), name="one_first_determination"
            ),
            models.CheckConstraint(
                condition=Q(law_outcome=models.F("outcome")) | Q(decided_by__isnull=False), name="a_person_disposes"
            ),
            models.CheckConstraint(
                condition=Q(law_outcome=models.F("outcome")) | ~Q(because=""), name="a_difference_has_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["case", "decided_at"], name="determination_of_case")]
        triggers = append_only()


class AppealReceived(models.Model):
    """That an appeal arrived, and on which day. Its handling has its own room when appeals do."""

    holds = "that a person appealed"

    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="appeals_received")
    received_on = models.DateField()
    way = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    in_time = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["determination", "received_on", "way"], name="one_appeal_each"),
        ]
