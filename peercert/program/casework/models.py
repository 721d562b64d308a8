"""The case and everything that hangs on any case."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from peercert.program.append_only import append_only
from peercert.program.people.models import LANGUAGES, Person

__all__ = [
    "AuditEntry",
    "Case",
    "Clock",
    "Document",
    "DocumentPage",
    "Hold",
    "Note",
    "Opening",
    "Part",
    "Question",
    "Request",
    "RequestItem",
    "SavedView",
    "Task",
    "TimelineEntry",
]

STAGES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("review", "Review"),
    ("recommended", "Recommended"),
    ("approved", "Approved"),
    ("certified", "Certified"),
    ("denied", "Denied"),
    ("not_completed", "Not completed"),
    ("withdrawn", "Withdrawn"),
    ("ended", "Approval ended"),
]


class Case(models.Model):
    """What staff work on. `stage` is written by `casework.moves` alone.

    `topic` is the pathway of an application's case. `sort_name` is the folded last and first name of the person the
    case is about; `next_due_on` the earliest day by which we owe a step. Both are written where their source changes,
    so that the queue reads one table.
    """

    holds = "folded name of the person the case is about"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, default="application")
    topic = models.CharField(max_length=20)
    number = models.CharField(max_length=11, null=True, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases")
    stage = models.CharField(max_length=20, choices=STAGES, default="draft")
    opened_at = models.DateTimeField()
    received_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    next_due_on = models.DateField(null=True, blank=True)
    sort_name = models.CharField(max_length=250, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=["draft", "withdrawn"]) | Q(number__isnull=False, received_on__isnull=False),
                name="a_received_case_has_a_number",
            ),
        ]
        indexes = [
            models.Index(fields=["stage", "next_due_on", "id"], name="case_stage_due", condition=~Q(stage="draft")),
            models.Index(
                fields=["topic", "stage", "next_due_on", "id"], name="case_topic_due", condition=~Q(stage="draft")
            ),
            models.Index(
                fields=["assigned_to", "stage", "next_due_on", "id"], name="case_mine", condition=~Q(stage="draft")
            ),
            models.Index(fields=["next_due_on", "id"], name="case_due", condition=~Q(stage="draft")),
            models.Index(
                models.F("next_due_on").desc(nulls_last=True),
                models.F("id").desc(),
                name="case_due_down",
                condition=~Q(stage="draft"),
            ),
            models.Index(
                models.F("received_on").desc(nulls_last=True),
                models.F("id").desc(),
                name="case_received_down",
                condition=~Q(stage="draft"),
            ),
            models.Index(fields=["stage", "sort_name", "id"], name="case_stage_name", condition=~Q(stage="draft")),
            models.Index(fields=["sort_name", "id"], name="case_name", condition=~Q(stage="draft")),
            models.Index(fields=["received_on", "id"], name="case_received", condition=~Q(stage="draft")),
            models.Index(fields=["stage", "received_on", "id"], name="case_stage_received"),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"


class TimelineEntry(models.Model):
    """One thing that happened in a case, in the past tense. Never changed, never removed."""

    holds = "who did what in a case; values hold codes and amounts, never stories"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="timeline")
    verb = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30)
    values = models.JSONField(default=dict)
    stage_before = models.CharField(max_length=20, blank=True)
    stage_after = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [models.Index(fields=["case", "at", "id"], name="timeline_of_case")]
        triggers = append_only()


class AuditEntry(models.Model):
    """One thing that was done outside any one case: an export, a role granted, a provider recorded."""

    holds = "who did what; filters of exports"

    verb = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30)
    values = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="audit_at"),
            models.Index(
                KeyTextTransform("organisation", "values"),
                "id",
                condition=Q(values__has_key="organisation"),
                name="audit_of_organisation",
            ),
        ]
        triggers = append_only()


class Opening(models.Model):
    """That someone opened a case or one of its documents, and for what purpose where one is asked."""

    holds = "who looked at whom"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="openings")
    document = models.ForeignKey("Document", null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    purpose = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["case", "at"], name="opening_of_case")]
        triggers = append_only()


class Part(models.Model):
    """The part a person had in a case: conflict checks read these rows and need no higher room."""

    holds = "who had which part in a case"

    PARTS = [
        ("reviewed", "reviewed"),
        ("recommended", "recommended"),
        ("decided", "decided"),
        ("declared_interest", "declared an interest"),
        ("outside_decider", "named to decide this case alone"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=20, choices=PARTS)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "person", "part"], name="one_part_each")]
        # An officer has a part in a hundred thousand cases and an interest in a few; every list leaves those out.
        indexes = [models.Index(fields=["person"], condition=Q(part="declared_interest"), name="part_of_interest")]


class Clock(models.Model):
    """A promise of time. The due day is stored when the clock starts and whenever it is paused or extended.

    `kind` names the promise: review, training_review, answer (to a request), approval (the twelve months), retake,
    accommodation, question, appeal. `owed_by` says who must act before it is due: us, the person or the vendor.
    """

    holds = "nothing personal"

    OWED_BY = [("us", "the program"), ("person", "the person"), ("vendor", "the exam vendor")]
    UNITS = [("working", "working days"), ("calendar", "calendar days"), ("months", "months")]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    kind = models.CharField(max_length=30)
    owed_by = models.CharField(max_length=10, choices=OWED_BY)
    starts_on = models.DateField()
    length = models.PositiveIntegerField()
    unit = models.CharField(max_length=10, choices=UNITS)
    due_on = models.DateField()
    figure = models.CharField(max_length=60, blank=True)
    paused_on = models.DateField(null=True, blank=True)
    pause_reason = models.CharField(max_length=60, blank=True)
    paused_days = models.PositiveIntegerField(default=0)
    extended_days = models.PositiveIntegerField(default=0)
    extension_reason = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "kind"], condition=Q(ended_at=None), name="one_running_clock"),
        ]
        indexes = [models.Index(fields=["kind", "due_on"], condition=Q(ended_at=None), name="clock_running")]


class Request(models.Model):
    """What we ask of the person in one letter, item by item, by a day."""

    holds = "nothing of its own"

    OUTCOMES = [("answered", "answered"), ("expired", "expired"), ("taken_back", "taken back")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="requests")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=OUTCOMES, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(closed_at=None), name="one_open_request"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(closed_at=None), name="request_open_due")]


class RequestItem(models.Model):
    """One thing asked, with the one place where it is answered. `reason` is a coded review reason."""

    holds = "the person's answer in their own words"

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    check_code = models.CharField(max_length=60)
    reason = models.CharField(max_length=60)
    document_kind = models.CharField(max_length=30, blank=True)
    answer = models.TextField(blank=True)
    cannot_give = models.BooleanField(default=False)
    document = models.ForeignKey("Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)


DOCUMENT_KINDS = [
    ("photo_id", "Photo ID"),
    ("education", "Diploma, GED or transcript"),
    ("training_certificate", "Core training certificate"),
    ("employment_verification", "Employment verification"),
    ("continuing_education", "Continuing education certificate"),
    ("letter_supervisor", "Letter from a supervisor"),
    ("letter_colleague", "Letter from a colleague"),
    ("letter_self", "Self-recommendation"),
    ("other_certificate", "Certificate of another state"),
    ("military_orders", "Military orders or commander's letter"),
    ("accommodation_form", "Accommodation form"),
    ("answer", "Answer to a request"),
]


class Document(models.Model):
    """A file a person gave. Nobody can open it before it has passed; the original stays sealed.

    `sealed_path` and the pages lie encrypted in the file store under a key of their own, wrapped by the settings' key.
    """

    holds = "evidence images: identity documents, diplomas, letters"

    STATES = [("waiting", "waiting"), ("passed", "passed"), ("refused", "refused")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=30, choices=DOCUMENT_KINDS)
    name = models.CharField(max_length=200)
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    type = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    refusal = models.CharField(max_length=40, blank=True)
    is_scanned = models.BooleanField(null=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    sealed_path = models.CharField(max_length=200)
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=16)
    replaced_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["case", "kind"], name="document_of_case"),
            models.Index(fields=["received_at"], condition=Q(state="waiting"), name="document_waiting"),
            models.Index(fields=["digest"], name="document_digest"),
        ]


class DocumentPage(models.Model):
    """One page image made from a document that passed, encrypted under the document's key."""

    holds = "an image of a page of evidence"

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="pages")
    number = models.PositiveSmallIntegerField()
    path = models.CharField(max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_image_per_page")]


class Note(models.Model):
    """What an officer wrote for colleagues. Part of what a person may download about themselves."""

    holds = "officers' words about a case"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()


class Question(models.Model):
    """A question the person asked from their status page, and its answer in their language."""

    holds = "the person's question in their own words"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="questions")
    asked_at = models.DateTimeField()
    language = models.CharField(max_length=2, choices=LANGUAGES)
    text = models.TextField()
    due_on = models.DateField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(blank=True)


class Hold(models.Model):
    """A reason for which nothing is certified until an officer lifts it."""

    holds = "an officer's reason"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_holds")
    reason = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Task(models.Model):
    """Something an officer must do that no stage shows: a changed result after a certificate, a conduct question.

    A task that `needs_two` is closed by two different people, after written notice and the holder's answer (or the day
    by which it was due).
    """

    holds = "the holder's answer in their own words"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    needs_two = models.BooleanField(default=False)
    noticed_at = models.DateTimeField(null=True, blank=True)
    answer_due_on = models.DateField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    first_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    because = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(needs_two=False)
                | Q(closed_at=None)
                | (Q(first_by__isnull=False) & ~Q(first_by=models.F("closed_by"))),
                name="task_closed_by_two",
            ),
        ]
        indexes = [models.Index(fields=["kind", "opened_at"], condition=Q(closed_at=None), name="task_open")]


class SavedView(models.Model):
    """A filter of the queue that an officer named."""

    holds = "an officer's habits of work"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    columns = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="one_view_per_name")]
