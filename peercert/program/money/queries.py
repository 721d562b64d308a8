"""Reads of the money room: what is owed, settled, unmatched, and what the ledger holds."""

from django.db.models import QuerySet, Sum

from peercert.program.casework.models import Case
from peercert.program.money.models import Coverage, Due, LedgerEntry, LedgerTransaction, Payment


def due_for(case: Case, item: str, sitting: int = 0) -> Due | None:
    """The fee of this kind in the case, or None where it is not owed (yet)."""
    return Due.objects.filter(case=case, item=item, sitting=sitting).first()


def dues_of(case: Case) -> QuerySet[Due]:
    """Every fee of the case in the order in which it fell due."""
    return Due.objects.filter(case=case).order_by("owed_on", "created_at", "pk")


def balance(due: Due) -> int:
    """Cents still owed on this fee, from the ledger. A fee without a confirmed amount is charged to nobody: 0."""
    entries = LedgerEntry.objects.filter(transaction__due=due, account="receivable")
    return entries.aggregate(sum=Sum("cents"))["sum"] or 0


def owed_in(case: Case) -> int:
    """Cents still owed on all fees of the case together."""
    entries = LedgerEntry.objects.filter(transaction__case=case, account="receivable")
    return entries.aggregate(sum=Sum("cents"))["sum"] or 0


def is_settled(case: Case, item: str, sitting: int = 0) -> bool:
    """Whether this fee fell due and nothing of it is owed any more: paid, covered, or without a confirmed amount."""
    due = due_for(case, item, sitting)
    return due is not None and due.settled_at is not None


def credit_of(case: Case) -> int:
    """Cents that were paid in this case beyond what was owed. They pay the next fee of the case."""
    entries = LedgerEntry.objects.filter(transaction__case=case, account="credit")
    return -(entries.aggregate(sum=Sum("cents"))["sum"] or 0)


def credit_left(payment: Payment) -> int:
    """Cents of this payment that no fee has used and that were not sent back."""
    return _held(payment, "credit")


def unmatched_left(payment: Payment) -> int:
    """Cents of this payment that belong to nobody yet."""
    return _held(payment, "unmatched")


def left_of(payment: Payment) -> int:
    """Cents of this payment that may be sent back: what nobody needs of it."""
    return credit_left(payment) if payment.case_id else unmatched_left(payment)


def _held(payment: Payment, account: str) -> int:
    entries = LedgerEntry.objects.filter(transaction__payment=payment, account=account)
    return -(entries.aggregate(sum=Sum("cents"))["sum"] or 0)


def idle_credit() -> QuerySet[Payment]:
    """Payments of which something lies in credit in a case that is over: no fee of the case will ever use it."""
    return Payment.objects.filter(credit_cents__gt=0, case__closed_at__isnull=False).order_by("-pk")


def any_paid(due: Due) -> bool:
    """Whether anything was paid towards this fee, or someone took it over."""
    return balance(due) < (due.amount_cents or 0)


def covering(due: Due) -> Coverage | None:
    """The payer who has taken over this fee, or None."""
    return Coverage.objects.filter(due=due, taken_back_at=None).first()


def payments_of(case: Case) -> QuerySet[Payment]:
    """Every payment matched to the case, returned ones too, in the order of arrival."""
    return (
        Payment.objects.filter(case=case)
        .select_related("due")
        .prefetch_related("refunds")
        .order_by("received_on", "pk")
    )


def unmatched_payments() -> QuerySet[Payment]:
    """Money that arrived and of which nobody knows yet whose it is, the longest waiting first."""
    return Payment.objects.filter(case=None, returned_on=None, refunds=None).order_by("received_on", "pk")


def ledger_of(case: Case) -> QuerySet[LedgerTransaction]:
    """The case's money events with their entries, the first first."""
    events = LedgerTransaction.objects.filter(case=case).select_related("due", "payment", "actor")
    return events.prefetch_related("entries").order_by("at", "pk")


def account_sums() -> dict[str, int]:
    """What each account of the whole ledger holds, in cents. The sum over all accounts is zero, always."""
    rows = LedgerEntry.objects.values("account").annotate(sum=Sum("cents")).order_by("account")
    return {row["account"]: row["sum"] for row in rows}
