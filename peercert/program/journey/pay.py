"""Paying: money that arrives, whose it is, what it settles, and what comes back. Online payment has its own chapter."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from peercert import words
from peercert.program.access import require
from peercert.program.casework.models import Case, Task
from peercert.program.casework.moves import lock, tell, tell_audit
from peercert.program.errors import Refused
from peercert.program.journey.settle import after_settling, owed_again
from peercert.program.journey.step import step
from peercert.program.money import actions as money
from peercert.program.money.models import Coverage, Due, Payment, Refund
from peercert.program.money.queries import balance, covering, credit_left, credit_of, left_of, owed_in
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
    if payment.refunds.exists():
        raise Refused("payment_sent_back", reference=payment.reference)
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
    values = {
        "reference": payment.reference, "paid": Money(payment.amount_cents), "received_on": payment.received_on,
        "owed": Money(sum(balance(due) for due in open_again)),
    }  # fmt: skip
    key = f"payment_returned:{payment.pk}"
    if not open_again:
        write_letter(case, "payment_returned_covered", key=key, now=now, values=values)
        return payment
    means = owed_again(case, open_again, cause=f"payment:{payment.pk}", actor=actor, now=now)
    write_letter(case, "payment_returned", key=key, now=now, values=values, paragraphs=[_means(case, means)])
    return payment


@step
def send_back(payment_id: int, *, reference: str, sent_on: date, actor: Actor, now: datetime) -> Refund:
    """Money that is nobody's, or more than what is owed, went back to whoever sent it, by our check `reference`.

    All of an unmatched payment; of another what its case has in credit. The person is told. Raises Refused:
    `nothing_to_send_back`, `payment_returned`, `sent_back_needs_number`, `sent_back_outside_days`.
    """
    found = Payment.objects.get(pk=payment_id)
    case = lock(found.case_id) if found.case_id else None
    require(actor, "send_back_payment", case)
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.case_id != found.case_id:
        raise Refused("payment_matched", reference=payment.reference)
    if payment.returned_on:
        raise Refused("payment_returned", reference=payment.reference)
    if not reference.strip():
        raise Refused("sent_back_needs_number")
    if sent_on < payment.received_on or sent_on > days.day_of(now):
        raise Refused("sent_back_outside_days", received_on=payment.received_on)
    if not left_of(payment):
        raise Refused("nothing_to_send_back")
    refund = money.send_back(payment, reference=reference.strip(), on=sent_on, actor=actor, now=now)
    if case is None:
        tell_audit("unmatched_payment_sent_back", actor=actor, now=now, payment=str(payment.uuid),
                   cents=refund.amount_cents, reference=refund.reference)  # fmt: skip
        return refund
    tell(case, "payment_sent_back", actor=actor, now=now, reference=refund.reference, cents=refund.amount_cents)
    write_letter(
        case, "payment_sent_back", key=f"sent_back:{refund.pk}", now=now,
        values={
            "back": Money(refund.amount_cents), "sent_on": sent_on, "sent_reference": refund.reference,
            "reference": payment.reference, "received_on": payment.received_on,
        },
    )  # fmt: skip
    return refund


@step
def release_fee(due_id: int, *, because: str, actor: Actor, now: datetime) -> Due:
    """A fee that was paid for nothing is not owed after all: what paid it may pay another fee, or be sent back.

    That is so where a task says it: money that came too late to open a case again, a sitting paid for and not needed.
    Raises Refused: `fee_stands`, `reason_needed`.
    """
    due = Due.objects.select_related("case").get(pk=due_id)
    case = lock(due.case_id)
    require(actor, "release_fee", case)
    due.refresh_from_db()
    if not because.strip():
        raise Refused("reason_needed")
    task = paid_for_nothing(due)
    if task is None:
        raise Refused("fee_stands")
    money.release(due, on=days.day_of(now), actor=actor, now=now)
    tell(case, "fee_released", actor=actor, now=now, item=due.item, because=because.strip())
    task.closed_at, task.closed_by, task.outcome, task.because = now, actor.person, "done", because.strip()
    task.save(update_fields=["closed_at", "closed_by", "outcome", "because"])
    over = credit_of(case)
    write_letter(
        case, "fee_released" if over else "fee_released_no_credit", key=f"fee_released:{due.pk}:{now.isoformat()}",
        now=now, values={"item": _item(due), "over": Money(over)},
    )  # fmt: skip
    after_settling(case, actor=actor, now=now, on=days.day_of(now))
    return due


def paid_for_nothing(due: Due) -> Task | None:
    """The open task that says that this fee was paid for nothing, or None: then it stands."""
    if due.released_at is not None:
        return None
    tasks = Task.objects.filter(case=due.case_id, closed_at=None)
    if due.item == "application":
        return tasks.filter(kind="paid_after_closing").first()
    return tasks.filter(kind="retake_not_needed", values__sitting=due.sitting).first()


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
        means = owed_again(case, [due], cause=f"coverage:{coverage.pk}", actor=actor, now=now)
        write_letter(
            case, "payer_taken_back", key=f"payer_taken_back:{coverage.pk}", now=now,
            values={"item": _item(due), "payer_number": coverage.number, "owed": Money(balance(due))},
            paragraphs=[_means(case, means)],
        )  # fmt: skip
    return coverage


def _put_to(payment: Payment, case: Case, due_id: int | None, *, actor: Actor, now: datetime) -> Payment:
    """Give the payment to the case, tell the person what it settled and what is left, and let the case go on."""
    if case.stage == "not_completed" and Due.objects.filter(case=case, item="application").exists():
        # Released after the case had closed; whoever pays again means this fee.
        money.owe(case, "application", on=payment.received_on, now=now)
    due = Due.objects.filter(pk=due_id).first() if due_id else _first_open(case)
    if due and due.case_id != case.pk:
        raise Refused("not_your_due")
    money.put_to(payment, case, due, actor=actor, now=now)
    tell(case, "payment_recorded", actor=actor, now=now, reference=payment.reference, cents=payment.amount_cents,
         means=payment.means)  # fmt: skip
    owed = owed_in(case)
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
    return case.dues.filter(settled_at=None, released_at=None).order_by("owed_on", "pk").first()


def _means(case: Case, code: str) -> str:
    """What it means for the person that a fee is owed again, in their language."""
    return words.fill("owed_again", code, lang=case.person.language)


def _item(due: Due) -> tuple[str, str]:
    """The fee's name as a word of the letters, in whichever language the letter has."""
    return ("letter_frame", f"item_{due.item}")
