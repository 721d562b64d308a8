"""Persons, names over time, sign-in identity, roles."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

LANGUAGES = [("en", "English"), ("es", "Español")]

ROLES = [
    ("reviewer", "Reviewer"),
    ("determiner", "Determiner"),
    ("exam_officer", "Exam officer"),
    ("finance_officer", "Finance officer"),
    ("program_manager", "Program manager"),
    ("auditor", "Auditor"),
    ("administrator", "Administrator"),
]

__all__ = [
    "Account",
    "DeclaredInterest",
    "Demographics",
    "LegalName",
    "NameWord",
    "OnFile",
    "Person",
    "Recovery",
    "RetiredAddress",
    "RoleGrant",
]


class AccountManager(BaseUserManager["Account"]):
    """Accounts are found by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        """The account with this e-mail address; raises Account.DoesNotExist."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None) -> "Account":
        """A new account without a person; no password means that none can be used."""
        account = Account(email=email.strip().lower())
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A way to sign in: one per person, for everything they do here."""

    holds = "e-mail address, password hash"

    email = models.EmailField(max_length=254, unique=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="email_is_lower_case")]

    @property
    def is_staff(self) -> bool:
        """Django admin's question; reference data is kept on officers' pages, so nobody enters by this door."""
        return False


class Person(models.Model):
    """A human being on record. May exist without an account (imported, or applied on paper)."""

    holds = "birth date, chosen name, contact details, languages"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.OneToOneField(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="person")
    born_on = models.DateField(null=True, blank=True)
    chosen_name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, default="en")
    phone = models.CharField(max_length=40, blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=40, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    wants_paper = models.BooleanField(default=False)
    is_left_out_of_name_search = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["born_on"], name="person_born_on")]


class LegalName(models.Model):
    """A legal name with the span in which it was the name. The open one is current; the others are history.

    The `*_key` columns hold `rules.names.fold` of the name: search, sorting and duplicates use them and nothing else.
    `words` are the distinct words of the whole folded name.
    """

    holds = "legal names, present and former"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="names")
    first = models.CharField(max_length=100)
    middle = models.CharField(max_length=100, blank=True)
    last = models.CharField(max_length=100)
    first_key = models.CharField(max_length=120)
    last_key = models.CharField(max_length=120)
    words = ArrayField(models.CharField(max_length=120))
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=40, default="given")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(until_at=None), name="one_current_name"),
        ]
        indexes = [
            GinIndex(fields=["words"], name="name_words", condition=Q(until_at=None)),
            models.Index(fields=["last_key", "first_key"], name="name_keys", condition=Q(until_at=None)),
        ]

    @property
    def full(self) -> str:
        """First, middle and last as the person writes them."""
        return " ".join(part for part in (self.first, self.middle, self.last) if part)


class NameWord(models.Model):
    """One distinct folded word of any current name: what fuzzy search looks through first (see people/queries.py)."""

    holds = "single words of names, without their bearers"

    word = models.CharField(max_length=120, primary_key=True)

    class Meta:
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="name_word_trigrams")]


class RoleGrant(models.Model):
    """A role held by an officer for a span. Determiner, finance and conduct roles need a second administrator."""

    holds = "who works for the program, and as what"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=ROLES)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    seconded_at = models.DateTimeField(null=True, blank=True)
    seconded_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "role"], condition=Q(ended_at=None), name="one_open_grant"),
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(granted_by=models.F("person")), name="nobody_grants_themselves"
            ),
            models.CheckConstraint(
                condition=Q(seconded_by=None) | ~Q(seconded_by=models.F("granted_by")), name="second_is_another"
            ),
        ]


class DeclaredInterest(models.Model):
    """An officer's declared tie to a person: they never open that person's cases for work."""

    holds = "ties between officers and applicants"

    officer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="declared_interests")
    about = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["officer", "about"], condition=Q(ended_at=None), name="one_open_interest"),
        ]


class Demographics(models.Model):
    """Optional answers for equity reporting, kept apart from every case. Blank: not asked yet or skipped.

    `prefer_not_to_say` is an answer like any other. Officers never see a row; reports count them.
    """

    holds = "optional demographic answers"

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="demographics")
    age_band = models.CharField(max_length=30, blank=True)
    ethnicity = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    gender = models.CharField(max_length=40, blank=True)
    is_transgender = models.CharField(max_length=20, blank=True)
    orientation = models.CharField(max_length=40, blank=True)
    disability = models.CharField(max_length=20, blank=True)
    veteran = models.CharField(max_length=20, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)


class RetiredAddress(models.Model):
    """An e-mail address a person no longer uses: nothing but the warning about its retirement is ever sent there."""

    holds = "former e-mail addresses"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="retired_addresses")
    email = models.EmailField(max_length=254)
    retired_at = models.DateTimeField()


class Recovery(models.Model):
    """Assisted recovery of an account by two officers against the ID on file, effective after a day's delay."""

    holds = "old and new e-mail address of someone who lost their mailbox and phone"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="recoveries")
    new_email = models.EmailField(max_length=254)
    asked_at = models.DateTimeField()
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    how_checked = models.CharField(max_length=200)
    seconded_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seconded_at = models.DateTimeField(null=True, blank=True)
    effective_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(done_at=None, stopped_at=None), name="one_open_recovery"
            ),
            models.CheckConstraint(
                condition=Q(seconded_by=None) | ~Q(seconded_by=models.F("opened_by")), name="recovery_by_two"
            ),
        ]


class LockedOut(models.Model):
    """Someone who wrote that nothing opens their account any more. Whether they have one is for an officer to find out.

    Who wrote, and how to reach them, is forgotten when an officer has dealt with it.
    """

    holds = "until it is dealt with, name, certificate number, phone number, e-mail address and words of who asked"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    number = models.CharField(max_length=11, blank=True)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=2, choices=LANGUAGES)
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(closed_at=None) & ~Q(phone="", email=""))
                | Q(closed_at__isnull=False, phone="", email="", text="", closed_by__isnull=False),
                name="locked_out_reached_or_forgotten",
            ),
        ]
        indexes = [models.Index(fields=["due_on", "asked_at"], condition=Q(closed_at=None), name="locked_out_open")]


class OnFile(models.Model):
    """What another register held of someone when their record was taken over, until they claim it and after.

    `key` is the number there in capitals without anything but letters and digits. `digest` is that of the whole row, so
    that the same row again is known as the same. `email` lets the person claim the record; nothing is sent to it.
    """

    holds = "number and e-mail address of someone in an earlier register"

    KINDS = [("holder", "holder"), ("approval", "running approval")]
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="on_file")
    kind = models.CharField(max_length=10, choices=KINDS)
    key = models.CharField(max_length=60)
    number = models.CharField(max_length=60)
    email = models.EmailField(max_length=254, blank=True)
    digest = models.CharField(max_length=64)
    taken_over_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="taken_over_once")]
        indexes = [
            models.Index(fields=["key"], name="on_file_key"),
            models.Index(fields=["email"], name="on_file_email"),
        ]
