"""Organisations at the door: counties, employers, providers, the exam vendor and the state, and who acts for them.

Whether one may watch anybody hangs on three things that are asked at every request: it is approved, an agreement is in
force that day, and whoever asks is a member now.
"""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from peercert.program.append_only import added_until_old
from peercert.program.people.models import LANGUAGES, Person

__all__ = [
    "Agreement",
    "ApiKey",
    "ApiTally",
    "ApiUse",
    "Invitation",
    "Membership",
    "NameAsked",
    "Organisation",
    "OrganisationInterest",
]

KINDS = [
    ("county", "county or city program"),
    ("employer", "employer"),
    ("provider", "training provider"),
    ("vendor", "exam vendor"),
    ("state", "state agency"),
]
#: What a member may do there; what each may do is a column of access.MAY (`partner_administrator`, `partner_member`).
MEMBER_ROLES = [("administrator", "administrator"), ("member", "member")]
#: Why an organisation may watch or ask: the heading over the agreement's own sentence; words in words/purposes.toml.
PURPOSES = [("employment", "employment"), ("billing", "billing"), ("network", "network"), ("oversight", "oversight")]
#: What a key opens. Words in words/scopes.toml.
SCOPES = [
    ("verify", "verify certificates by number"),
    ("match", "match people by name and date of birth"),
    ("receipts", "signed answers about a past day"),
    ("holders", "holders as FHIR resources"),
    ("roster", "keep the roster"),
    ("changes", "read changes and keep webhooks"),
]


class Organisation(models.Model):
    """One that asked for an account here. Approved with an agreement, declined with a reason, ended one day."""

    holds = "name, address and contact person of an organisation"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=KINDS)
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=240)
    #: `counties.County.code` of a county or a city program.
    county_code = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=300)
    contact = models.CharField(max_length=200)
    #: What for, in the words of who asked.
    wants = models.TextField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    declined_because = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_because = models.CharField(max_length=40, blank=True)
    #: What it may ask a day by its keys where that was agreed otherwise than the figures say (quotas.KINDS).
    quotas = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(declined_at=None) | Q(approved_at=None), name="organisation_approved_or_declined"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(approved_at__isnull=False), name="organisation_ended_once_approved"
            ),
            models.CheckConstraint(condition=Q(county_code="") | Q(kind="county"), name="county_code_of_a_county"),
            models.UniqueConstraint(
                fields=["county_code"],
                condition=Q(approved_at__isnull=False, ended_at=None) & ~Q(county_code=""),
                name="one_account_a_county",
            ),
        ]
        indexes = [
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="organisation_name"),
            models.Index(fields=["id"], condition=Q(approved_at=None, declined_at=None), name="organisation_asking"),
            models.Index(fields=["asked_by"], name="organisation_of_asker"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """asked, declined, open or ended."""
        if self.ended_at is not None:
            return "ended"
        if self.approved_at is not None:
            return "open"
        return "declined" if self.declined_at is not None else "asked"


class Membership(models.Model):
    """That a person acts for an organisation, in one role, for a span. Another role is another row."""

    holds = "who works for which organisation"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=MEMBER_ROLES)
    from_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    until_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person"], condition=Q(until_at=None), name="one_open_membership"
            ),
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gte=F("from_at")), name="membership_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(until_at=None), name="membership_of_person"),
            models.Index(fields=["organisation", "id"], name="membership_of_organisation"),
        ]


class Invitation(models.Model):
    """Asks the owner of one address to act for an organisation. Only that address may take it up, once, in time."""

    holds = "e-mail address of someone invited"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=20, choices=MEMBER_ROLES)
    language = models.CharField(max_length=2, choices=LANGUAGES)
    #: SHA-256 of what the link carries; the link itself is in the message alone.
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_on = models.DateField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(withdrawn_at=None), name="invitation_accepted_or_withdrawn"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "id"], name="invitation_of_organisation")]


class Agreement(models.Model):
    """Why an organisation may watch people here, from which day to which, and who approved it.

    Holders read `text_en` or `text_es` where they ask who watches them. Never edited; ended, and followed by another.
    """

    holds = "name of who signed for an organisation"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements")
    purpose = models.CharField(max_length=20, choices=PURPOSES)
    text_en = models.CharField(max_length=400)
    text_es = models.CharField(max_length=400)
    signed_by = models.CharField(max_length=200)
    from_on = models.DateField()
    until_on = models.DateField()
    approved_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="agreement_ends_after_start"),
            ExclusionConstraint(
                name="one_agreement_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    (
                        Func(
                            F("from_on"),
                            F("until_on"),
                            RangeBoundary(inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_at=None),
            ),
        ]

    def text(self, lang: str) -> str:
        """Why it lets the organisation watch, as a reader of this language reads it."""
        return self.text_es if lang == "es" else self.text_en

    def is_in_force(self, on: date) -> bool:
        """Whether it covers that day and was not ended."""
        return self.ended_at is None and self.from_on <= on <= self.until_on


class ApiKey(models.Model):
    """A machine's way in for one organisation. What it carries is shown once; here is its digest alone."""

    holds = "who made a key"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=20, choices=SCOPES))
    #: The first characters, by which people tell keys apart.
    prefix = models.CharField(max_length=20, unique=True)
    #: SHA-256 of the whole key, which is random enough to need no slower one.
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_on = models.DateField()
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    last_used_on = models.DateField(null=True, blank=True)

    #: What was agreed with its organisation, where a machine showed the key (queries.key_presented).
    quotas: Mapping[str, int] = MappingProxyType({})

    class Meta:
        indexes = [models.Index(fields=["organisation", "id"], name="api_key_of_organisation")]

    def is_good(self, at: datetime, on: date) -> bool:
        """Whether it opens anything at that moment, as far as the key itself goes."""
        return on <= self.expires_on and (self.revoked_at is None or at < self.revoked_at)


class ApiUse(models.Model):
    """One request by a key: what was asked, of how many, and how it ended. `number` where it was about one person.

    Added to and, once old (figure), destroyed by the database alone; a key that opened nothing stands here with 401.
    """

    holds = "which organisation asked about which certificate"

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="uses", db_index=False)
    at = models.DateTimeField()
    #: What was asked, as the API names it: verify, verify_file, match, receipt, holder, …
    kind = models.CharField(max_length=30)
    number = models.CharField(max_length=11, blank=True)
    count = models.PositiveIntegerField(default=1)
    #: The HTTP status it was answered with.
    status = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["key", "id"], name="api_use_of_key"),
            models.Index(fields=["number", "id"], condition=~Q(number=""), name="api_use_about"),
            models.Index(fields=["key", "id"], condition=Q(status=401), name="api_use_refused"),
        ]
        triggers = added_until_old("at")


class ApiTally(models.Model):
    """How much of one kind an organisation asked on one day: what quotas are counted against, over all its keys."""

    holds = "nothing personal"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tallies", db_index=False)
    on = models.DateField()
    kind = models.CharField(max_length=30)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "on", "kind"], name="one_tally_a_day_and_kind")]


class NameAsked(models.Model):
    """That an organisation asked for a name with a birth date on one day, so that nobody finds one by trying.

    Both are digests under the settings' key, from which nothing can be read; the next day they are destroyed.
    """

    holds = "digests of names and birth dates that were asked for, for a day"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    name = models.BinaryField(max_length=16)
    question = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "on", "name", "question"], name="one_question_a_day")
        ]


class OrganisationInterest(models.Model):
    """An officer's declared tie to an organisation: they never work on its matters."""

    holds = "ties between officers and organisations"

    officer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "organisation"], name="one_interest_in_organisation")]
