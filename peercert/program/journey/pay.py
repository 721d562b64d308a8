"""Paying: money that arrives, whose it is, what it settles, and what comes back. Online payment has its own chapter."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from peercert.program.access import require
from peercert.program.applications.actions import reopen_application
from peercert.program.applications.models import Application
from peercert.program.casework.actions import end_clock, pause_clock, resume_clock, start_clock
from peercert.program.casework.models import Case, Task
from peercert.program.casework.moves import lock, move, tell, tell_audit
from peercert.program.casework.queries import closed_from, running_clock
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.money import actions as money
from peercert.program.money.models import Coverage, Due, Payment
from peercert.program.money.queries import balance, covering, credit_left, due_for, is_settled
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import PROGRAM, Actor
from peercert.rules import days
from peercert.rules.figures import figure
from peercert.words import Money

#: Pathways whose fees a scholarship never pays (2022-23 scheme and its successors).
NO_SCHOLARSHIP = frozenset({"reciprocity"})


def begin_if_ready(case: Case, *, actor: Actor, now: datetime) -> bool:
    """Begin the review of a locked, submitted case once its fee is settled; until then the clock `payment` runs.

    Called by `apply.submit` and by every step that touches the fee. The review's clock starts on the later of the day
    of submission and the day on which the fee was settled, by when the money arrived and not by when it was typed in.
    Answers whether the review began.
    """
    if case.stage != "submitted":
        return False
    due = due_for(case, "application")
    if due is None or not is_settled(case, "application"):
        start_clock(case, "payment", owed_by="person", starts_on=days.day_of(now), figure="payment_days", now=now)
        return False
    ready_on = max(case.received_on or days.day_of(now), _settled_on(due) or case.received_on or days.day_of(now))
    move(case, "begin_review", actor=PROGRAM, now=now, ready_on=ready_on.isoformat())
    end_clock(case, "payment", now=now, because="settled")
    clock = start_clock(case, "review", owed_by="us", starts_on=ready_on, figure="review_days", now=now)
    if running_clock(case, "answer"):
        # Suspended with a request open: its days go on, and our own clock waits for the answer as before.
        resumed = resume_clock(case, "answer", on=days.day_of(now))
        case.requests.filter(closed_at=None).update(due_on=resumed.due_on)
        clock = pause_clock(case, "review", on=ready_on, reason="request")
    write_letter(
        case, "review_begun", key=f"review_begun:{case.pk}:{clock.pk}", now=now, values={"due_on": clock.due_on}
    )
    return True


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
    _owed_again(case, open_again, cause=f"payment:{payment.pk}", actor=actor, now=now)
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
    _after_settling(case, actor=actor, now=now, on=days.day_of(now))
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
        _owed_again(case, [due], cause=f"coverage:{coverage.pk}", actor=actor, now=now)
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
    _after_settling(case, actor=actor, now=now, on=payment.received_on)
    return payment


def _after_settling(case: Case, *, actor: Actor, now: datetime, on: date) -> None:
    """What follows when something was paid or covered: the review begins, the case opens again, the exam is free."""
    if case.stage == "not_completed" and is_settled(case, "application") and closed_from(case) == "submitted":
        closed_on = days.day_of(case.closed_at) if case.closed_at else on
        last = days.add_days(closed_on, int(figure("request_reopen_days", closed_on).value))
        another = Application.objects.filter(person=case.person_id, pathway=case.topic, closed_at=None)
        if on <= last and not another.exists():
            move(case, "reopen_unpaid", actor=PROGRAM, now=now)
            reopen_application(case.pk)
        else:
            _task(case, "paid_after_closing", now=now, received_on=on.isoformat())
    if not any(balance(due) for due in case.dues.all()):
        open_tasks = Task.objects.filter(case=case, kind="fee_owed_again", closed_at=None)
        open_tasks.update(closed_at=now, closed_by=actor.person, outcome="done")
    begin_if_ready(case, actor=actor, now=now)
    if case.stage == "approved":
        from peercert.program.journey.sit import authorise_if_ready

        authorise_if_ready(case, actor=actor, now=now)


def _owed_again(case: Case, dues: list[Due], *, cause: str, actor: Actor, now: datetime) -> None:
    """A fee that was settled is owed again: the review waits; later stages get a task for an officer."""
    if not dues:
        return
    if case.stage == "review" and any(due.item == "application" for due in dues):
        today = days.day_of(now)
        move(case, "suspend_review", actor=actor, now=now)
        end_clock(case, "review", now=now, because="fee_owed_again")
        answer = running_clock(case, "answer")
        if answer and answer.due_on >= today:
            pause_clock(case, "answer", on=today, reason="fee_owed_again")
        begin_if_ready(case, actor=actor, now=now)
    elif case.stage not in {"submitted", "draft", "withdrawn", "not_completed", "denied"}:
        _task(case, "fee_owed_again", now=now, cause=cause, items=[due.item for due in dues])


def _task(case: Case, kind: str, *, now: datetime, **values: object) -> Task:
    return Task.objects.create(case=case, kind=kind, values=values, opened_at=now)


def _first_open(case: Case) -> Due | None:
    return next((due for due in case.dues.order_by("owed_on", "pk") if balance(due) > 0), None)


def _settled_on(due: Due) -> date | None:
    """The day on which the last of the fee arrived or was taken over: from the ledger, not from when it was typed."""
    settling = due.ledger.filter(kind__in=["paid", "covered"]).order_by("-on").first()
    return settling.on if settling else None


def _item(due: Due) -> tuple[str, str]:
    """The fee's name as a word of the letters, in whichever language the letter has."""
    return ("letter_frame", f"item_{due.item}")
