"""Checks, marks, what was read on the ID, possible matches, recommendations."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from peercert.program.casework.models import Case, Document
from peercert.program.people.models import Person

__all__ = ["Check", "IdReading", "Mark", "PossibleMatch", "Recommendation"]


class Check(models.Model):
    """One thing to look at in this application, made at submission (or when its evidence arrives).

    `code` names it in words/checks.toml; `requirement` is the law's reason code it bears on; `about` the uuid of the
    row it concerns (an employment, a training), blank where it concerns the whole application.
    """

    holds = "nothing personal"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="checks")
    code = models.CharField(max_length=60)
    requirement = models.CharField(max_length=60)
    document_kind = models.CharField(max_length=30, blank=True)
    about = models.UUIDField(null=True, blank=True)
    about_label = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "code", "about"], nulls_distinct=False, name="one_check_each"),
        ]


class Mark(models.Model):
    """An officer's finding on a check. A later mark replaces an earlier one; both stay."""

    holds = "an officer's finding"

    RESULTS = [("pass", "pass"), ("fail", "fail"), ("not_applicable", "not applicable")]
    check_row = models.ForeignKey(Check, on_delete=models.PROTECT, related_name="marks")
    result = models.CharField(max_length=20, choices=RESULTS)
    reasons = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    note = models.TextField(blank=True)
    marked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_row"], condition=Q(replaced_at=None), name="one_current_mark"),
            models.CheckConstraint(condition=~Q(result="fail") | ~Q(reasons=[]), name="a_failed_check_has_a_reason"),
        ]


class IdReading(models.Model):
    """What an officer read on the ID: kept when the image itself is destroyed."""

    holds = "names and birth date as printed on an ID"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="id_readings")
    document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    first = models.CharField(max_length=100)
    middle = models.CharField(max_length=100, blank=True)
    last = models.CharField(max_length=100)
    born_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    has_photo = models.BooleanField()
    read_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(replaced_at=None), name="one_current_id_reading"),
        ]


class PossibleMatch(models.Model):
    """Someone else on record who may be the same person. Answered before any determination."""

    holds = "that two records may be one person"

    ANSWERS = [("same", "the same person"), ("different", "different people")]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="possible_matches")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    likeness = models.CharField(max_length=40)
    found_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=ANSWERS, blank=True)
    because = models.TextField(blank=True)
    answered_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "other"], name="one_match_each")]


class Recommendation(models.Model):
    """One officer's advice. `proposal` is the law's finding that day; a difference from it carries a reason."""

    holds = "an officer's advice and the facts' reasons"

    OUTCOMES = [("approve", "approve"), ("deny", "deny")]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recommendations")
    outcome = models.CharField(max_length=10, choices=OUTCOMES)
    proposal = models.JSONField()
    because = models.TextField(blank=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    sent_back_because = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(replaced_at=None), name="one_current_recommendation"),
        ]
