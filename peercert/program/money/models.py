"""Dues, payments, coverage by payers, and the ledger in which each of them is two entries that sum to zero."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q

from peercert.program.append_only import append_only
from peercert.program.casework.models import Case
from peercert.program.people.models import Person

__all__ = ["Coverage", "Due", "LedgerEntry", "LedgerTransaction", "Payment", "Refund"]


class Due(models.Model):
    """One fee owed in one case, by the figure of the day it fell due. `amount_cents` is null where the law has no
    confirmed amount: an unknown amount is never charged. `sitting` counts exam fees: 1 for the first, 2 and 3 retakes.
    A fee that proved not to be owed is released: what paid it is credit again.
    """

    holds = "what a person owes"

    ITEMS = [("application", "application fee"), ("exam", "exam fee"), ("retake", "retake fee")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="dues")
    item = models.CharField(max_length=20, choices=ITEMS)
    sitting = models.PositiveSmallIntegerField(default=0)
    amount_cents = models.PositiveIntegerField(null=True)
    figure = models.CharField(max_length=60)
    owed_on = models.DateField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "item", "sitting"], name="one_due_per_item")]


class Payment(models.Model):
    """Money that arrived. Without a case it is unmatched until an officer finds whose it is.

    `credit_cents` is what the ledger holds of it in credit: kept by `actions.post` alone, so that the few payments of
    which something lies idle are found without the sums of all that were ever made.
    """

    holds = "payer's name on a check, reference"

    MEANS = [("check", "check"), ("money_order", "money order")]
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    due = models.ForeignKey(Due, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    means = models.CharField(max_length=20, choices=MEANS)
    reference = models.CharField(max_length=60)
    payer_name = models.CharField(max_length=200, blank=True)
    amount_cents = models.PositiveIntegerField()
    received_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)
    matched_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    returned_on = models.DateField(null=True, blank=True)
    returned_because = models.CharField(max_length=40, blank=True)
    credit_cents = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_is_positive"),
            models.UniqueConstraint(
                fields=["means", "reference", "payer_name", "amount_cents", "received_on"],
                name="one_row_per_paper",
            ),
        ]
        indexes = [
            models.Index(fields=["received_on"], condition=Q(case=None, returned_on=None), name="payment_unmatched"),
            models.Index(fields=["id"], condition=Q(credit_cents__gt=0), name="payment_in_credit"),
        ]


class Refund(models.Model):
    """Money that we sent back to whoever had paid it: an unmatched payment, or what a case has in credit."""

    holds = "number of the check that we sent"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_cents = models.PositiveIntegerField()
    sent_on = models.DateField()
    reference = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_is_positive"),
            models.CheckConstraint(condition=~Q(reference=""), name="a_refund_has_a_number"),
        ]


class Coverage(models.Model):
    """A payer who takes over a due: a scholarship, a county, or a waiver, with its number."""

    holds = "who pays for a person"

    KINDS = [("scholarship", "scholarship"), ("county", "county"), ("waiver", "waiver")]
    due = models.ForeignKey(Due, on_delete=models.PROTECT, related_name="coverages")
    kind = models.CharField(max_length=20, choices=KINDS)
    number = models.CharField(max_length=60)
    payer = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["due"], condition=Q(taken_back_at=None), name="one_payer_per_due"),
            models.CheckConstraint(condition=~Q(number=""), name="a_payer_has_a_number"),
        ]


class LedgerTransaction(models.Model):
    """One money event; its entries sum to zero (a deferred trigger checks it at commit)."""

    holds = "nothing of its own"

    kind = models.CharField(max_length=30)
    at = models.DateTimeField()
    on = models.DateField()
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    due = models.ForeignKey(Due, null=True, on_delete=models.PROTECT, related_name="ledger")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="ledger")
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = append_only()


class LedgerEntry(models.Model):
    """One side of a transaction. Accounts: receivable, fees, cash, unmatched, credit, payer:<kind>, lost."""

    holds = "nothing of its own"

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=40)
    cents = models.IntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(cents=0), name="an_entry_says_something")]
        indexes = [models.Index(fields=["account"], name="ledger_account")]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="sums_to_zero",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=(
                    "IF (SELECT sum(cents) FROM program_ledgerentry WHERE transaction_id = NEW.transaction_id) <> 0 "
                    "THEN RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id; END IF; "
                    "RETURN NEW;"
                ),
            ),
        ]
