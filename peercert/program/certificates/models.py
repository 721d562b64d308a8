"""Certificate, term, standing over two times, and the printed file."""

import uuid

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Now

from peercert.program.append_only import append_only, no_truncate, two_times
from peercert.program.casework.models import Case
from peercert.program.determinations.models import Determination
from peercert.program.people.models import Person
from peercert.program.people.organisations import Organisation

__all__ = ["Certificate", "CertificateFile", "Credential", "OldNumber", "Receipt", "ShareLink", "SigningKey",
           "Specialization", "Standing", "StatusList", "Term"]  # fmt: skip


class Certificate(models.Model):
    """A certificate, once issued. `issued_on` anchors every later term; names are printed from the legal name then."""

    holds = "that a person is certified; legal name as printed"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=11, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="certificate")
    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=310)
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    #: Whether the holder lets strangers see their areas of specialization, on the register and in what is signed.
    shows_areas = models.BooleanField(default=True)
    #: Since when nobody is answered from this record: it was made twice (`merged_into` answers) or should not exist.
    retired_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into=None)
                | models.Q(retired_at__isnull=False) & ~models.Q(merged_into=models.F("id")),
                name="merged_is_retired",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OldNumber(models.Model):
    """A number that paper from before this register carries: it finds the certificate for ever.

    `key` is the number in capitals without anything but letters and digits (`certificates.locate.number_key`).
    """

    holds = "former number of a certificate"

    key = models.CharField(max_length=60, unique=True)
    number = models.CharField(max_length=60)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="old_numbers")


class Term(models.Model):
    """One term of a certificate: good from `first_on` through `last_on`."""

    holds = "nothing of its own"

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="terms")
    first_on = models.DateField()
    last_on = models.DateField()
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["certificate", "first_on"], name="one_term_per_start"),
            models.CheckConstraint(condition=models.Q(last_on__gte=models.F("first_on")), name="term_has_days"),
        ]


class Standing(models.Model):
    """Where a certificate stands: over which days (`valid`), and while we held it to be so (`known`).

    A correction closes `known` once and adds rows. No day outside every row's `valid` is certified: expiry is the end
    of the last row, so no job has to make it true.
    """

    holds = "standing of a certificate; causes as codes"

    STATES = [("in_force", "in force"), ("suspended", "suspended"), ("revoked", "revoked"),
              ("surrendered", "surrendered"), ("ended_by_death", "ended by death")]  # fmt: skip
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="standings")
    state = models.CharField(max_length=20, choices=STATES)
    valid = DateRangeField()
    known = DateTimeRangeField()
    cause = models.CharField(max_length=40)
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_standing_a_day_as_known",
                expressions=[
                    ("certificate", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=models.Q(valid__isempty=False, valid__lower_inf=False), name="standing_has_a_first_day"
            ),
        ]
        triggers = two_times("standing", "program_standing", "state", "cause", "actor_id")


class Specialization(models.Model):
    """An area of specialization that belongs to a certificate: over which days, and while we held it to be so.

    `valid` has no end while the area stays with the certificate. History over two times, as of Standing.
    """

    holds = "in which areas someone is specialized, which may say something about their own life"

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="specializations")
    area = models.CharField(max_length=40)
    valid = DateRangeField()
    known = DateTimeRangeField()
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_span_a_day_of_an_area_as_known",
                expressions=[
                    ("certificate", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=models.Q(valid__isempty=False, valid__lower_inf=False), name="area_has_a_first_day"
            ),
        ]
        triggers = two_times("specialization", "program_specialization", "area", "actor_id")


class StatusList(models.Model):
    """One list of bits that anyone may fetch. A bit is set where the credential at that place was superseded, so that
    the list is read from the credentials and never kept twice."""

    holds = "nothing about people"

    #: Places of a list: 16 KB of bits, so that one fetched says nothing about whom it was fetched for.
    LENGTH = 131_072
    number = models.PositiveIntegerField(unique=True)
    made_at = models.DateTimeField()

    class Meta:
        triggers = append_only()


class Credential(models.Model):
    """One signed credential, byte for byte as handed out. `key` is what it says in short (credentials.content_key).

    Only `superseded_at` is ever written, once: from then on its bit is set, for good.
    """

    holds = "the certificate as a signed file, with the legal name"

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="credentials")
    uuid = models.UUIDField(unique=True, editable=False)
    key = models.CharField(max_length=64)
    kid = models.CharField(max_length=40)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="credentials")
    status_index = models.PositiveIntegerField()
    signed = models.TextField()
    made_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["status_list", "status_index"], name="one_credential_per_place"),
            models.UniqueConstraint(
                fields=["certificate"], condition=models.Q(superseded_at=None), name="one_current_credential"
            ),
            models.CheckConstraint(
                condition=models.Q(status_index__lt=StatusList.LENGTH), name="place_lies_in_the_list"
            ),
        ]
        indexes = [
            models.Index(
                fields=["status_list", "status_index"],
                condition=models.Q(superseded_at__isnull=False),
                name="bits_that_are_set",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            no_truncate(),
            pgtrigger.Trigger(
                name="superseded_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                IF (NEW.id, NEW.certificate_id, NEW.uuid, NEW.key, NEW.kid, NEW.status_list_id, NEW.status_index,
                    NEW.signed, NEW.made_at)
                   IS DISTINCT FROM
                   (OLD.id, OLD.certificate_id, OLD.uuid, OLD.key, OLD.kid, OLD.status_list_id, OLD.status_index,
                    OLD.signed, OLD.made_at)
                   OR OLD.superseded_at IS NOT NULL OR NEW.superseded_at IS NULL THEN
                    RAISE EXCEPTION 'a credential may only be superseded, once';
                END IF;
                RETURN NEW;
                """,
            ),
        ]


class Receipt(models.Model):
    """A signed answer to "certified on that day?", kept so that whoever asked can fetch it again.

    `text` is what was handed out, a JWS; `digest` its SHA-256, by which anybody learns whether we gave it. It says what
    was known at `known_at`. `replaces` is the same answer as a key signed it that leaked.
    """

    holds = "that an organisation asked whether someone was certified, and the answer"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    certificate = models.ForeignKey(Certificate, null=True, on_delete=models.PROTECT, related_name="receipts")
    on = models.DateField()
    known_at = models.DateTimeField()
    made_at = models.DateTimeField()
    text = models.TextField()
    digest = models.CharField(max_length=64, db_index=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")

    class Meta:
        indexes = [models.Index(fields=["organisation", "id"], name="receipt_of_organisation")]
        triggers = append_only()


class ShareLink(models.Model):
    """A link by which a holder shows their credential until a day of their choice. Its token is kept as a digest."""

    holds = "for whom a holder made a link, in their own words; how often and when it was last opened"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="share_links")
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()
    last_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    looks = models.PositiveIntegerField(default=0)
    last_looked_at = models.DateTimeField(null=True)


class CertificateFile(models.Model):
    """The printed document (PDF/UA-1) with its credential inside: one per credential; remade when that changes."""

    holds = "the certificate as a document, with the legal name"

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="files")
    credential = models.ForeignKey(Credential, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    path = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()


class SigningKey(models.Model):
    """A key that the program signs with. The private half is sealed by a key of the settings, or held elsewhere.

    One key of a purpose is in use; a retired one signs nothing more, and what it signed stays verifiable. One that
    somebody else may know (`is_compromised`) verifies nothing.
    """

    holds = "nothing about people"

    PURPOSES = [("credential", "digital credentials"), ("jwt", "credentials as VC-JWT"), ("log", "checkpoints"),
                ("receipt", "receipts"), ("webhook", "messages to organisations")]  # fmt: skip
    purpose = models.CharField(max_length=12, choices=PURPOSES)
    algorithm = models.CharField(max_length=8, choices=[("ed25519", "Ed25519"), ("p256", "ECDSA P-256")])
    kid = models.CharField(max_length=40, unique=True)
    public = models.BinaryField()
    sealed = models.BinaryField(null=True)
    outside_name = models.CharField(max_length=100, blank=True)
    made_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    is_compromised = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose"], condition=models.Q(retired_at=None), name="one_key_in_use_per_purpose"
            ),
            models.CheckConstraint(
                condition=models.Q(sealed=None) ^ models.Q(outside_name=""), name="key_is_here_or_elsewhere"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            no_truncate(),
            pgtrigger.Trigger(
                name="only_retires",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                IF (NEW.id, NEW.purpose, NEW.algorithm, NEW.kid, NEW.public, NEW.outside_name, NEW.made_at)
                   IS DISTINCT FROM
                   (OLD.id, OLD.purpose, OLD.algorithm, OLD.kid, OLD.public, OLD.outside_name, OLD.made_at)
                   OR (OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at)
                   OR (OLD.is_compromised AND NOT NEW.is_compromised) THEN
                    RAISE EXCEPTION 'a signing key may only be retired, once';
                END IF;
                RETURN NEW;
                """,
            ),
        ]
