"""Training providers and their dated authorisations."""

import uuid

from django.db import models
from django.db.models import Q

from peercert.program.people.models import Person

__all__ = ["Provider", "ProviderApproval"]


class Provider(models.Model):
    """Who teaches: a person or an agency that applied for one or more training types and languages."""

    holds = "business contact of a provider"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=11, unique=True)
    name = models.CharField(max_length=200, unique=True)
    name_key = models.CharField(max_length=240)
    website = models.URLField(blank=True)
    contact = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name_key"], name="provider_name")]

    def __str__(self) -> str:
        return self.name


class ProviderApproval(models.Model):
    """A span in which a provider may teach one type in one language.

    Authorised means approved and the contract executed: a day counts from the later of the two through `until_on`.
    A row is never edited except to end it; a mistake is taken back and recorded anew.
    """

    holds = "nothing personal"

    TYPES = [
        ("core", "Core, 80 hours"),
        ("continuing_education", "Continuing education"),
        ("parent_caregiver_family", "Parent, caregiver, family member"),
        ("crisis", "Crisis care"),
        ("unhoused", "Unhoused"),
        ("justice", "Justice-involved"),
    ]
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="approvals")
    type = models.CharField(max_length=30, choices=TYPES)
    language = models.CharField(max_length=2)
    approved_on = models.DateField()
    contract_executed_on = models.DateField(null=True, blank=True)
    until_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=models.F("approved_on")), name="approval_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["provider", "type", "language"], name="approval_of_provider")]
