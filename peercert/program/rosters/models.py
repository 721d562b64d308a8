"""NPI, roster and its rows, watch, objection, change and whom it reached."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from peercert.program.append_only import append_only
from peercert.program.certificates.models import Certificate
from peercert.program.people.models import LANGUAGES, Person
from peercert.program.people.organisations import Organisation

__all__ = ["Change", "DigestReader", "Npi", "Objection", "PastRoster", "Reach", "Roster", "RosterRow", "Watch"]


class Npi(models.Model):
    """A National Provider Identifier that a holder entered, with the days on which it is theirs.

    A span that was never theirs is taken back; one that is over has its last day. Neither is ever removed.
    """

    holds = "NPI of a holder"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    npi = models.CharField(max_length=10)
    days = DateRangeField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_person_per_npi",
                expressions=[("npi", RangeOperators.EQUAL), ("days", RangeOperators.OVERLAPS)],
                condition=Q(taken_back_at=None),
            ),
            ExclusionConstraint(
                name="one_npi_per_person",
                expressions=[("person", RangeOperators.EQUAL), ("days", RangeOperators.OVERLAPS)],
                condition=Q(taken_back_at=None),
            ),
            models.CheckConstraint(condition=Q(npi__regex=r"^[12][0-9]{9}$"), name="npi_has_ten_digits"),
            models.CheckConstraint(condition=Q(days__isempty=False, days__lower_inf=False), name="npi_has_a_first_day"),
        ]


class Roster(models.Model):
    """A roster as an organisation sent it, by file or by API, and what became of it as a whole.

    `replaces`: whoever is not on it is no longer watched. The file lies sealed at `path` until its rows are taken.
    """

    holds = "until it is taken, a file with names and birth dates; who sent it"

    SOURCES = [("file", "file"), ("api", "API")]
    STATES = [("waiting", "waiting"), ("taken", "taken"), ("refused", "not taken")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=4, choices=SOURCES)
    replaces = models.BooleanField()
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    path = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    reason = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict)
    taken_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    to_confirm = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", taken_at=None) | ~Q(state="waiting") & Q(taken_at__isnull=False, path=""),
                name="roster_waits_or_is_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "id"], name="roster_of_organisation"),
            models.Index(fields=["received_at"], condition=Q(state="waiting"), name="roster_waiting"),
        ]


class RosterRow(models.Model):
    """One line of a roster as it was sent, and its answer.

    `matched` is a line with a name and a birth date alone, or with a name unlike today's: a member says yes or no.
    What was written of a person is forgotten after some days; the answer stays.
    """

    holds = "name, birth date, NPI and certificate number as an organisation sent them"

    OUTCOMES = [
        ("accepted", "accepted"),
        ("matched", "to be confirmed"),
        ("declined", "not this person"),
        ("refused", "not taken"),
    ]
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line = models.PositiveIntegerField()
    number = models.CharField(max_length=40, blank=True)
    npi = models.CharField(max_length=20, blank=True)
    first = models.CharField(max_length=100, blank=True)
    last = models.CharField(max_length=100, blank=True)
    born_on = models.DateField(null=True, blank=True)
    first_key = models.CharField(max_length=120, blank=True)
    last_key = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=10, choices=OUTCOMES)
    reason = models.CharField(max_length=40, blank=True)
    certificate = models.ForeignKey(Certificate, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["roster", "line"], name="one_answer_per_roster_line"),
            models.CheckConstraint(
                condition=~Q(outcome__in=["accepted", "matched"]) | Q(certificate__isnull=False),
                name="roster_row_is_of_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["roster", "outcome", "line"], name="roster_row_outcome"),
        ]


class Watch(models.Model):
    """That an organisation watches a certificate, from a moment until one. One at a time; the history stays."""

    holds = "which organisation watches whom"

    ENDS = [
        ("left_roster", "no longer on the roster"),
        ("stopped", "stopped by the organisation"),
        ("objection", "the holder objected"),
        ("agreement_ended", "the agreement ended"),
        ("merged", "another certificate answers"),
    ]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=20, choices=ENDS, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "certificate"], condition=Q(until_at=None), name="one_open_watch"
            ),
            models.CheckConstraint(
                condition=Q(until_at=None, ended_because="") | (Q(until_at__gte=F("from_at")) & ~Q(ended_because="")),
                name="watch_ends_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "id"], condition=Q(until_at=None), name="watch_of_organisation"),
            models.Index(fields=["organisation", "certificate"], name="watch_of_pair"),
            models.Index(fields=["certificate", "organisation"], name="watch_of_certificate"),
            models.Index(fields=["id"], condition=Q(told_at=None), name="watch_to_tell"),
        ]


class Objection(models.Model):
    """That a holder asked for a watch to end, in their words, and what an officer decided."""

    holds = "why a holder does not want to be watched, in their words; an officer's reason"

    watch = models.ForeignKey(Watch, on_delete=models.PROTECT, related_name="objections")
    made_at = models.DateTimeField()
    text = models.TextField(blank=True)
    due_on = models.DateField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_upheld = models.BooleanField(null=True)
    because = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watch"], condition=Q(decided_at=None), name="one_open_objection"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, is_upheld=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_upheld__isnull=False),
                name="objection_decided_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(decided_at=None), name="objection_open")]


class Change(models.Model):
    """One change of what a certificate says to those who watch it, in the order in which they happened to it.

    `values` are codes and days, never a reason and never a name: who reads it is given today's. `key` makes what the
    clock writes unique, so that a second run adds nothing.
    """

    holds = "that a certificate's standing, name or areas changed, and when"

    KINDS = [
        ("standing", "where it stands today"),
        ("other_days", "where it stands on days other than today"),
        ("term", "a new term"),
        ("expiry", "it will expire"),
        ("name", "the name"),
        ("specialization", "areas of specialization"),
        ("merge", "merged with another"),
    ]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=KINDS)
    on = models.DateField()
    at = models.DateTimeField()
    values = models.JSONField(default=dict)
    key = models.CharField(max_length=60, null=True, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["certificate", "sequence"], name="changes_of_one_in_order"),
        ]
        triggers = append_only()


class Reach(models.Model):
    """That a change concerns an organisation: it watched the certificate when it happened. Written with the change."""

    holds = "which organisation was told of whose change"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "change"], name="a_change_reaches_once")]
        indexes = [
            models.Index(fields=["organisation", "id"], name="reach_of_organisation"),
            models.Index(fields=["organisation", "at", "id"], name="reach_since"),
        ]
        triggers = append_only()


class PastRoster(models.Model):
    """The roster as of a day, asked for as file and print with a receipt for each person, and made by the worker.

    `people` and `done` tell how far it is. Both files lie sealed until they are removed; the receipts stay.
    """

    holds = "until they are removed, files with the names of whom an organisation watches; who asked for them"

    STATES = [("waiting", "being made"), ("made", "made"), ("removed", "files removed")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    known_at = models.DateTimeField()
    language = models.CharField(max_length=2, choices=LANGUAGES)
    asked_at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    people = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    file = models.CharField(max_length=200, blank=True)
    paper = models.CharField(max_length=200, blank=True)
    #: How many documents the print has; SHA-256 of the receipts in the file, which stands on each.
    volumes = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="made", made_at__isnull=False) & ~Q(file="") & ~Q(paper="")
                | ~Q(state="made") & Q(file="", paper=""),
                name="past_roster_is_made_or_has_no_files",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "id"], name="past_roster_of_organisation"),
            models.Index(fields=["asked_at"], condition=Q(state="waiting"), name="past_roster_waiting"),
            models.Index(fields=["made_at"], condition=Q(state="made"), name="past_roster_made"),
        ]


class DigestReader(models.Model):
    """A member who wants a message on days on which something changed, and through which day they were told."""

    holds = "which member wants the daily digest"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    since_at = models.DateTimeField()
    told_through = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "person"], name="one_digest_each")]
