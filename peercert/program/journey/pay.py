"""Paying: money that arrives, whose it is, what it settles, and what comes back. Online payment has its own chapter."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from peercert.program.access import require
from peercert.program.casework.models import Case
from peercert.program.casework.moves import lock, tell, tell_audit
from peercert.program.errors import Refused
from peercert.program.journey.settle import after_settling, owed_again
from peercert.program.journey.step import step
from peercert.program.money import actions as money
from peercert.program.money.models import Coverage, Due, Payment
from peercert.program.money.queries import balance, covering, credit_left
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.rules import days
from peercert.words import Money

#: Pathways whose fees a scholarship never pays (2022-23 scheme and its successors).
NO_SCHOLARSHIP = frozenset({"reciprocity"})


@step
def record_payment(
    case_id: int | None,
    *,
    means: str,
    reference: str,
    amount_cents: int,
    received_on: date,
    payer_name: str = "",
    note: str = "",
    due_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Record a check or money order that arrived; without a case it waits, unmatched, until someone knows whose it is.

    With a case it pays `due_id`, or the oldest open fee, and what is too much stays as credit for the next one. Raises
    Refused: `payment_known` (the same paper twice), `payment_in_the_future`, `amount_not_positive`, `not_your_due`.
    """
    case = lock(case_id) if case_id else None
    require(actor, "record_payment", case)
    if actor.person is None:
        raise Refused("not_yours")
    if amount_cents <= 0:
        raise Refused("amount_not_positive")
    if received_on > days.day_of(now):
        raise Refused("payment_in_the_future", received_on=received_on)
    try:
        with transaction.atomic():
            payment = Payment.objects.create(
                means=means, reference=reference.strip(), payer_name=payer_name.strip(), amount_cents=amount_cents,
                received_on=received_on, recorded_at=now, recorded_by=actor.person, note=note.strip(),
            )  # fmt: skip
    except IntegrityError:
        raise Refused("payment_known", reference=reference.strip()) from None
    money.take_in(payment, actor=actor, now=now)
    if case is None:
        tell_audit("unmatched_payment_recorded", actor=actor, now=now, payment=str(payment.uuid), cents=amount_cents)
        return payment
    return _put_to(payment, case, due_id, actor=actor, now=now)


@step
def match_payment(payment_id: int, case_id: int, *, due_id: int | None = None, actor: Actor, now: datetime) -> Payment:
    """Say whose an unmatched payment is. Raises Refused("payment_matched") or ("payment_returned") where it is late."""
    case = lock(case_id)
    require(actor, "match_payment", case)
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.case_id:
        raise Refused("payment_matched", reference=payment.reference)
    if payment.returned_on:
        raise Refused("payment_returned", reference=payment.reference)
    return _put_to(payment, case, due_id, actor=actor, now=now)


@step
def return_payment(payment_id: int, *, returned_on: date, because: str, actor: Actor, now: datetime) -> Payment:
    """A payment came back (a bounced check, a stop). What it paid is owed again, and the person is told.

    A case under review goes back to waiting for its payment and its request, if any, is held; in a later stage a task
    tells officers, since nothing already decided is undone by itself.
    """
    found = Payment.objects.get(pk=payment_id)
    case = lock(found.case_id) if found.case_id else None
    require(actor, "return_payment", case)
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.returned_on:
        raise Refused("payment_returned", reference=payment.reference)
    if payment.case_id != found.case_id:
        # Someone matched it between the two reads; its case is not locked here.
        raise Refused("payment_matched", reference=payment.reference)
    if returned_on < payment.received_on or returned_on > days.day_of(now):
        raise Refused("return_outside_days", received_on=payment.received_on)
    reopened = money.give_back(payment, on=returned_on, because=because, actor=actor, now=now)
    if case is None:
        tell_audit("unmatched_payment_returned", actor=actor, now=now, payment=str(payment.uuid))
        return payment
    tell(case, "payment_returned", actor=actor, now=now, reference=payment.reference, cents=payment.amount_cents,
         because=because)  # fmt: skip
    open_again = [due for due in reopened if balance(due) > 0]
    owed_again(case, open_again, cause=f"payment:{payment.pk}", actor=actor, now=now)
    values = {
        "reference": payment.reference, "paid": Money(payment.amount_cents), "received_on": payment.received_on,
        "owed": Money(sum(balance(due) for due in open_again)),
    }  # fmt: skip
    code = "payment_returned" if open_again else "payment_returned_covered"
    write_letter(case, code, key=f"payment_returned:{payment.pk}", now=now, values=values)
    return payment


@step
def record_payer(due_id: int, *, kind: str, number: str, payer: str = "", actor: Actor, now: datetime) -> Coverage:
    """Record who takes over a fee: a scholarship, a county or a waiver, with its number.

    Raises Refused: `payer_needs_number`, `payer_known` (the fee has one), `nothing_owed`, `no_scholarship_here`
    (reciprocity), `scholarship_of_another` (a scholarship's number is one person's alone).
    """
    due = Due.objects.select_related("case").get(pk=due_id)
    case = lock(due.case_id)
    require(actor, "record_payer", case)
    number = number.strip()
    if not number:
        raise Refused("payer_needs_number")
    if covering(due):
        raise Refused("payer_known")
    if balance(due) == 0:
        raise Refused("nothing_owed")
    if kind == "scholarship":
        if case.topic in NO_SCHOLARSHIP:
            raise Refused("no_scholarship_here")
        others = Coverage.objects.filter(kind=kind, number__iexact=number, taken_back_at=None)
        if others.exclude(due__case__person=case.person_id).exists():
            raise Refused("scholarship_of_another", number=number)
    coverage = money.cover(
        due, kind=kind, number=number, payer=payer.strip(), on=days.day_of(now), actor=actor, now=now
    )
    tell(case, "payer_recorded", actor=actor, now=now, kind=kind, item=due.item, payer_number=number)
    write_letter(
        case, f"payer_recorded_{kind}", key=f"payer_recorded:{coverage.pk}", now=now,
        values={"item": _item(due), "payer_number": number},
    )  # fmt: skip
    after_settling(case, actor=actor, now=now, on=days.day_of(now))
    return coverage


@step
def take_back_payer(coverage_id: int, *, because: str, actor: Actor, now: datetime) -> Coverage:
    """A payer withdrew, or was recorded by mistake: the fee is owed again and the person is told."""
    coverage = Coverage.objects.select_related("due__case").get(pk=coverage_id)
    case = lock(coverage.due.case_id)
    require(actor, "record_payer", case)
    coverage.refresh_from_db()
    if coverage.taken_back_at:
        raise Refused("payer_taken_back")
    if not because.strip():
        raise Refused("reason_needed")
    money.uncover(coverage, because=because.strip(), on=days.day_of(now), actor=actor, now=now)
    due = coverage.due
    tell(case, "payer_taken_back", actor=actor, now=now, kind=coverage.kind, item=due.item)
    if balance(due) > 0:
        owed_again(case, [due], cause=f"coverage:{coverage.pk}", actor=actor, now=now)
        write_letter(
            case, "payer_taken_back", key=f"payer_taken_back:{coverage.pk}", now=now,
            values={"item": _item(due), "payer_number": coverage.number, "owed": Money(balance(due))},
        )  # fmt: skip
    return coverage


def _put_to(payment: Payment, case: Case, due_id: int | None, *, actor: Actor, now: datetime) -> Payment:
    """Give the payment to the case, tell the person what it settled and what is left, and let the case go on."""
    due = Due.objects.filter(pk=due_id).first() if due_id else _first_open(case)
    if due and due.case_id != case.pk:
        raise Refused("not_your_due")
    money.put_to(payment, case, due, actor=actor, now=now)
    tell(case, "payment_recorded", actor=actor, now=now, reference=payment.reference, cents=payment.amount_cents,
         means=payment.means)  # fmt: skip
    owed = sum(balance(each) for each in case.dues.all())
    over = credit_left(payment)
    code = "payment_short" if owed else "payment_over" if over else "payment_received"
    write_letter(
        case, code, key=f"payment:{payment.pk}", now=now,
        values={
            "reference": payment.reference, "paid": Money(payment.amount_cents),
            "received_on": payment.received_on, "owed": Money(owed), "over": Money(over),
        },
    )  # fmt: skip
    after_settling(case, actor=actor, now=now, on=payment.received_on)
    return payment


def _first_open(case: Case) -> Due | None:
    return next((due for due in case.dues.order_by("owed_on", "pk") if balance(due) > 0), None)


def _item(due: Due) -> tuple[str, str]:
    """The fee's name as a word of the letters, in whichever language the letter has."""
    return ("letter_frame", f"item_{due.item}")
