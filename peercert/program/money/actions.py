"""Writes of the money room. Each is one transaction of the ledger whose entries sum to zero; none moves a case.

Accounts: receivable (owed to us), fees (what we charged), cash (what arrived), unmatched (arrived, nobody's yet),
credit (paid beyond what was owed), payer:<kind> (taken over by a scholarship, a county or a waiver), lost (sent back
before the payment itself bounced). What is owed to us and what we hold is positive; what we charged or hold for others
is negative.
"""

from datetime import date, datetime

from django.db.models import F

from peercert.program.casework.models import Case
from peercert.program.money.models import Coverage, Due, LedgerEntry, LedgerTransaction, Payment, Refund
from peercert.program.money.queries import balance, covering, credit_left, due_for, left_of
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person
from peercert.rules.figures import Figure, figure

#: item → the figure that says its amount.
FIGURES = {"application": "application_fee", "exam": "exam_fee", "retake": "retake_fee"}
#: (item, pathway) → another figure, where the fee schedule does not name the pathway.
FIGURES_OF_PATHWAY = {("application", "portability"): "portability_application_fee"}


def fee_figure(item: str, pathway: str, on: date) -> Figure:
    """The figure that says what `item` costs on this pathway that day."""
    return figure(FIGURES_OF_PATHWAY.get((item, pathway), FIGURES[item]), on)


def owe(case: Case, item: str, *, on: date, now: datetime, sitting: int = 0) -> Due:
    """Charge the fee `item` (application, exam, retake) in force on `on`, once; a fee already owed stands as it is.

    An amount that no source confirms is not charged: the due then has none. What was paid too much before pays it. A
    fee that was released is owed again, as it was.
    """
    due = due_for(case, item, sitting)
    if due and due.released_at is None:
        return due
    if due is None:
        fee = fee_figure(item, case.topic, on)
        cents = round(fee.value * 100) if fee.certainty == "confirmed" else None
        due = Due.objects.create(
            case=case, item=item, sitting=sitting, amount_cents=cents, figure=fee.name, owed_on=on, created_at=now
        )
    else:
        due.released_at = None
        due.save(update_fields=["released_at"])
    if cents := due.amount_cents:
        post("charge", {"receivable": cents, "fees": -cents}, on=on, now=now, case=case, due=due)
        _use_credit(due, on=on, now=now)
    keep_settled(due, now=now)
    return due


def release(due: Due, *, on: date, actor: Actor, now: datetime) -> None:
    """A fee is not owed after all: what a payer took over is theirs again, what was paid is credit for other fees."""
    if cents := due.amount_cents:
        post("released", {"fees": cents, "receivable": -cents}, on=on, now=now, case=due.case, due=due,
             actor=actor.person)  # fmt: skip
    coverage = covering(due)
    if coverage:
        uncover(coverage, because="released", on=on, actor=actor, now=now)
    for payment in Payment.objects.filter(ledger__due=due).distinct().order_by("pk"):
        _unpay(payment, due, kind="released", on=on, actor=actor, now=now)
    due.released_at, due.settled_at = now, None
    due.save(update_fields=["released_at", "settled_at"])
    for other in Due.objects.filter(case=due.case, settled_at=None, released_at=None).order_by("owed_on", "pk"):
        _use_credit(other, on=on, now=now)


def send_back(payment: Payment, *, reference: str, on: date, actor: Actor, now: datetime) -> Refund:
    """Send back what nobody needs of a payment: all of an unmatched one, what is in credit of another.

    Raises ValueError where nothing is left of it.
    """
    if actor.person is None:
        raise ValueError("money is sent back by a person")
    account, cents = "credit" if payment.case_id else "unmatched", left_of(payment)
    if cents <= 0:
        raise ValueError("nothing is left to send back")
    post("sent_back", {account: cents, "cash": -cents}, on=on, now=now, case=payment.case, payment=payment,
         actor=actor.person)  # fmt: skip
    return Refund.objects.create(
        payment=payment, amount_cents=cents, sent_on=on, reference=reference, recorded_at=now, recorded_by=actor.person
    )


def take_in(payment: Payment, *, actor: Actor, now: datetime) -> None:
    """Money that arrived and belongs to nobody yet: from cash to unmatched."""
    cents = payment.amount_cents
    post("received", {"cash": cents, "unmatched": -cents}, on=payment.received_on, now=now, payment=payment,
         actor=actor.person)  # fmt: skip


def put_to(payment: Payment, case: Case, due: Due | None, *, actor: Actor, now: datetime) -> None:
    """Give an unmatched payment to a case: to `due` first, then to its other open fees, the rest is credit."""
    payment.case, payment.due, payment.matched_at, payment.matched_by = case, due, now, actor.person
    payment.save(update_fields=["case", "due", "matched_at", "matched_by"])
    cents = payment.amount_cents
    post("matched", {"unmatched": cents, "credit": -cents}, on=payment.received_on, now=now, case=case,
         payment=payment, actor=actor.person)  # fmt: skip
    dues = Due.objects.filter(case=case).order_by("owed_on", "pk")
    for open_due in sorted(dues, key=lambda each: each != due):
        _apply(payment, open_due, on=payment.received_on, now=now, actor=actor.person)


def give_back(payment: Payment, *, on: date, because: str, actor: Actor, now: datetime) -> list[Due]:
    """Undo a payment that came back: every fee it paid is owed again. The fees, with their dues refreshed."""
    reopened = []
    for due in Due.objects.filter(ledger__payment=payment).distinct().order_by("pk"):
        if _unpay(payment, due, kind="returned", on=on, actor=actor, now=now):
            reopened.append(due)
    account, left = "credit" if payment.case_id else "unmatched", left_of(payment)
    # What we had sent back of it already is lost to us.
    lost = payment.amount_cents - left
    post("returned", {account: left, "lost": lost, "cash": -payment.amount_cents}, on=on, now=now,
         case=payment.case, payment=payment, actor=actor.person)  # fmt: skip
    payment.returned_on, payment.returned_because = on, because
    payment.save(update_fields=["returned_on", "returned_because"])
    for due in reopened:
        _use_credit(due, on=on, now=now)
        _cover_rest(due, on=on, now=now, actor=actor.person)
        keep_settled(due, now=now)
    return reopened


def cover(due: Due, *, kind: str, number: str, payer: str, on: date, actor: Actor, now: datetime) -> Coverage:
    """Let a payer take over what is still owed on this fee."""
    if actor.person is None:
        raise ValueError("a payer is recorded by a person")
    coverage = Coverage.objects.create(
        due=due, kind=kind, number=number, payer=payer, recorded_at=now, recorded_by=actor.person
    )
    _cover_rest(due, on=on, now=now, actor=actor.person)
    keep_settled(due, now=now)
    return coverage


def uncover(coverage: Coverage, *, because: str, on: date, actor: Actor, now: datetime) -> None:
    """Take a payer back: what they had taken over is owed again, less what the case has in credit."""
    due, account = coverage.due, f"payer:{coverage.kind}"
    held = sum(LedgerEntry.objects.filter(transaction__due=due, account=account).values_list("cents", flat=True))
    coverage.taken_back_at, coverage.taken_back_because = now, because
    coverage.save(update_fields=["taken_back_at", "taken_back_because"])
    if held:
        post("uncovered", {"receivable": held, account: -held}, on=on, now=now, case=due.case, due=due,
             actor=actor.person)  # fmt: skip
        _use_credit(due, on=on, now=now)
    keep_settled(due, now=now)


def keep_settled(due: Due, *, now: datetime) -> None:
    """Store when nothing was owed on the fee any more; clear it where something is owed again."""
    settled = due.released_at is None and balance(due) == 0
    if settled != (due.settled_at is not None):
        due.settled_at = now if settled else None
        due.save(update_fields=["settled_at"])


def post(
    kind: str,
    entries: dict[str, int],
    *,
    on: date,
    now: datetime,
    case: Case | None = None,
    due: Due | None = None,
    payment: Payment | None = None,
    actor: Person | None = None,
) -> LedgerTransaction:
    """Write one transaction, and what it leaves of a payment in credit.

    Raises ValueError where its entries do not sum to zero (the database refuses it too).
    """
    if sum(entries.values()) != 0:
        raise ValueError(f"{kind} does not sum to zero: {entries}")
    event = LedgerTransaction.objects.create(kind=kind, at=now, on=on, case=case, due=due, payment=payment, actor=actor)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=event, account=account, cents=cents) for account, cents in entries.items() if cents
    )
    if payment is not None and (cents := entries.get("credit")):
        Payment.objects.filter(pk=payment.pk).update(credit_cents=F("credit_cents") - cents)
    return event


def _apply(payment: Payment, due: Due, *, on: date, now: datetime, actor: Person | None) -> None:
    """Use what is left of a payment for what is still owed on a fee."""
    cents = min(credit_left(payment), balance(due))
    if cents > 0:
        post("paid", {"credit": cents, "receivable": -cents}, on=on, now=now, case=due.case, due=due,
             payment=payment, actor=actor)  # fmt: skip
        keep_settled(due, now=now)


def _unpay(payment: Payment, due: Due, *, kind: str, on: date, actor: Actor, now: datetime) -> int:
    """Make what a payment paid of a fee credit of the payment again; how many cents."""
    paid = _paid_by(payment, due)
    if paid:
        post(kind, {"receivable": paid, "credit": -paid}, on=on, now=now, case=due.case, due=due, payment=payment,
             actor=actor.person)  # fmt: skip
    return paid


def _use_credit(due: Due, *, on: date, now: datetime) -> None:
    """Pay a fee from what was paid too much in its case, the oldest payment first."""
    for payment in Payment.objects.filter(case=due.case, returned_on=None).order_by("received_on", "pk"):
        _apply(payment, due, on=on, now=now, actor=None)


def _cover_rest(due: Due, *, on: date, now: datetime, actor: Person | None) -> None:
    """Let the fee's payer, where it has one, take over whatever is owed on it now."""
    coverage, owed = covering(due), balance(due)
    if coverage and owed > 0:
        post("covered", {f"payer:{coverage.kind}": owed, "receivable": -owed}, on=on, now=now, case=due.case,
             due=due, actor=actor)  # fmt: skip


def _paid_by(payment: Payment, due: Due) -> int:
    """Cents of this payment that stand against this fee."""
    entries = LedgerEntry.objects.filter(transaction__payment=payment, transaction__due=due, account="receivable")
    return -sum(entries.values_list("cents", flat=True))
