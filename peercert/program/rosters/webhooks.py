"""Where an organisation wants its changes sent, and what became of each: the outbox of webhooks."""

import uuid

from django.db import models
from django.db.models import F, Q

from peercert.program.certificates.models import Certificate
from peercert.program.people.models import Person
from peercert.program.people.organisations import Organisation
from peercert.program.rosters.models import Reach

__all__ = ["Delivery", "Endpoint"]


class Endpoint(models.Model):
    """An address of an organisation's machine. It takes changes once it has answered a first message.

    `failing_since` and `next_at`: the other side is down, and nothing is sent before that moment.
    """

    holds = "who entered an address of an organisation's machine"

    STATES = [("new", "has not answered yet"), ("active", "active"), ("paused", "paused"), ("removed", "removed")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    url = models.CharField(max_length=500)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=STATES, default="new")
    #: Why it is paused: by_member, down, gone.
    because = models.CharField(max_length=20, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    #: What the other side said last: an HTTP status or a code of words/organisations.
    last_said = models.CharField(max_length=20, blank=True)
    last_taken_at = models.DateTimeField(null=True, blank=True)
    #: How often it was asked to send again from a day on.
    replays = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "url"], condition=~Q(state="removed"), name="one_endpoint_per_address"
            ),
            models.CheckConstraint(
                condition=Q(failing_since=None, failures=0, next_at=None)
                | Q(failing_since__isnull=False, failures__gt=0, next_at__isnull=False),
                name="endpoint_fails_or_not",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "id"], name="endpoint_of_organisation")]


class Delivery(models.Model):
    """One change on its way to one address: at least once, and for each certificate in order."""

    holds = "which organisation's machine was told of whose change, and when"

    STATES = [("waiting", "waiting"), ("taken", "taken"), ("given_up", "not taken for three days")]
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    reach = models.ForeignKey(Reach, on_delete=models.PROTECT, related_name="+", db_index=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="+", db_index=False)
    replay = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    said = models.CharField(max_length=20, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "reach", "replay"], name="a_change_is_sent_once_a_replay"),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None) | (~Q(state="waiting") & Q(ended_at__gte=F("queued_at"))),
                name="delivery_waits_or_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "id"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(
                fields=["endpoint", "certificate", "id"], condition=Q(state="waiting"), name="delivery_in_order"
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
        ]
