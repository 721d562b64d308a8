"""Letters to send, letters sent, and their delivery."""

import uuid

from django.db import models
from django.db.models import Q

from peercert.program.casework.models import Case
from peercert.program.people.models import LANGUAGES, Person

__all__ = ["Letter"]


class Letter(models.Model):
    """A letter as it was (or will be) sent, once.

    `key` makes a letter unique for what it tells ("receipt:case:12"), so that a step repeated never writes a second
    one. `message_id` is fixed when the row is written: a sending cut short goes again under the same id. The text of a
    `is_sealed` letter lies behind the sign-in; the message only says that something waits there. `reached_on` is the
    day notice reached the person (opened, delivered, or some days after posting): time to act counts from it.
    """

    holds = "letters in full: names, decisions, reasons"

    CHANNELS = [("email", "e-mail"), ("paper", "paper")]
    STATES = [
        ("waiting", "waiting to be sent"),
        ("sent", "sent"),
        ("failed", "could not be sent"),
        ("bounced", "came back"),
        ("posted", "posted"),
    ]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=120, unique=True)
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    #: None: to an address whose owner may have no account, an invitation.
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    code = models.CharField(max_length=60)
    language = models.CharField(max_length=2, choices=LANGUAGES)
    channel = models.CharField(max_length=10, choices=CHANNELS)
    to_address = models.CharField(max_length=400)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    is_sealed = models.BooleanField(default=False)
    message_text = models.TextField(help_text="what the e-mail itself says; the same as text unless sealed")
    message_id = models.CharField(max_length=200, unique=True)
    written_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    posted_on = models.DateField(null=True, blank=True)
    reached_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["case", "written_at"], name="letter_of_case"),
            models.Index(fields=["written_at"], condition=Q(state="waiting"), name="letter_waiting"),
            models.Index(fields=["written_at"], condition=Q(state__in=["failed", "bounced"]), name="letter_trouble"),
        ]
