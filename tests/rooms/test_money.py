"""The ledger: whatever happens in whatever order, every transaction sums to zero and no cent is lost."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.program.casework.models import Case
from peercert.program.money import actions
from peercert.program.money.models import Coverage, Due, LedgerEntry, Payment, Refund
from peercert.program.money.queries import (
    account_sums,
    balance,
    covering,
    credit_left,
    credit_of,
    idle_credit,
    is_settled,
    left_of,
    unmatched_payments,
)
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
ON = date(2026, 3, 2)


@pytest.fixture
def finance(db: None) -> Actor:
    return Actor(Person.objects.create(), "finance_officer", frozenset({"finance_officer"}))


@pytest.fixture
def case(db: None) -> Case:
    return Case.objects.create(topic="initial", person=Person.objects.create(), opened_at=NOW)


def arrived(cents: int, finance: Actor, reference: str = "100") -> Payment:
    payment = Payment.objects.create(
        means="check", reference=reference, amount_cents=cents, received_on=ON, recorded_at=NOW,
        recorded_by=finance.person,
    )  # fmt: skip
    actions.take_in(payment, actor=finance, now=NOW)
    return payment


def test_a_fee_is_owed_once_by_the_figure_of_its_day(case: Case) -> None:
    due = actions.owe(case, "application", on=ON, now=NOW)
    again = actions.owe(case, "application", on=date(2026, 9, 1), now=NOW)
    assert again.pk == due.pk
    assert due.amount_cents == 10000
    assert balance(due) == 10000
    assert not is_settled(case, "application")
    assert not is_settled(case, "exam")


def test_an_amount_that_no_source_confirms_is_charged_to_nobody(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(actions.FIGURES, "application", "reinstatement_fee")
    due = actions.owe(case, "application", on=ON, now=NOW)
    assert due.amount_cents is None
    assert balance(due) == 0
    assert is_settled(case, "application")
    assert not LedgerEntry.objects.exists()


def test_a_payment_pays_its_fee_first_then_the_others_and_the_rest_waits(case: Case, finance: Actor) -> None:
    first = actions.owe(case, "application", on=ON, now=NOW)
    second = actions.owe(case, "exam", on=ON, now=NOW)
    actions.put_to(arrived(30000, finance), case, second, actor=finance, now=NOW)
    assert (balance(first), balance(second), credit_of(case)) == (0, 0, 5000)
    third = actions.owe(case, "retake", on=ON, now=NOW, sitting=2)
    assert (balance(third), credit_of(case)) == (10000, 0)


def test_a_payment_that_came_back_is_owed_again_and_another_ones_credit_helps(case: Case, finance: Actor) -> None:
    due = actions.owe(case, "application", on=ON, now=NOW)
    bad = arrived(10000, finance, "bad")
    actions.put_to(bad, case, due, actor=finance, now=NOW)
    actions.put_to(arrived(4000, finance, "good"), case, None, actor=finance, now=NOW)
    actions.give_back(bad, on=ON, because="insufficient_funds", actor=finance, now=NOW)
    due.refresh_from_db()
    assert balance(due) == 6000
    assert due.settled_at is None
    assert credit_of(case) == 0
    assert account_sums()["cash"] == 4000


def test_a_payer_takes_over_the_rest_and_what_comes_back_later(case: Case, finance: Actor) -> None:
    due = actions.owe(case, "application", on=ON, now=NOW)
    part = arrived(2500, finance)
    actions.put_to(part, case, due, actor=finance, now=NOW)
    coverage = actions.cover(due, kind="county", number="7", payer="", on=ON, actor=finance, now=NOW)
    assert balance(due) == 0
    assert account_sums()["payer:county"] == 7500
    actions.give_back(part, on=ON, because="stopped", actor=finance, now=NOW)
    assert balance(due) == 0
    assert account_sums()["payer:county"] == 10000
    actions.uncover(coverage, because="withdrawn", on=ON, actor=finance, now=NOW)
    assert balance(due) == 10000
    assert account_sums()["payer:county"] == 0
    assert covering(due) is None


@pytest.mark.database("guards")
def test_the_database_refuses_a_transaction_that_does_not_sum_to_zero(case: Case) -> None:
    with pytest.raises(ValueError, match="does not sum to zero"):
        actions.post("charge", {"receivable": 5, "fees": -4}, on=ON, now=NOW, case=case)
    event = actions.post("charge", {"receivable": 5, "fees": -5}, on=ON, now=NOW, case=case)
    LedgerEntry.objects.create(transaction=event, account="fees", cents=1)
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="does not sum to zero"):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_payments_of_before_get_what_the_ledger_holds_of_them(case: Case, finance: Actor) -> None:
    due = actions.owe(case, "application", on=ON, now=NOW)
    for cents, reference in ((6000, "all of it paid"), (9000, "some in credit"), (500, "nobody's")):
        payment = arrived(cents, finance, reference)
        if cents > 500:
            actions.put_to(payment, case, due, actor=finance, now=NOW)
    Payment.objects.update(credit_cents=0)
    with connection.cursor() as cursor:
        cursor.execute(import_module("peercert.program.migrations.0023_payments_keep_their_credit").FILL)
    assert [payment.credit_cents for payment in Payment.objects.order_by("pk")] == [0, 5000, 0]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("owe"), st.sampled_from([("application", 0), ("exam", 0), ("retake", 2), ("retake", 3)])),
        st.tuples(st.just("arrive"), st.sampled_from([1, 2500, 9999, 10000, 15000, 25000])),
        st.tuples(st.just("match"), st.integers(0, 3)),
        st.tuples(st.just("return"), st.integers(0, 5)),
        st.tuples(st.just("cover"), st.integers(0, 3)),
        st.tuples(st.just("uncover"), st.integers(0, 3)),
        st.tuples(st.just("send_back"), st.integers(0, 3)),
        st.tuples(st.just("release"), st.integers(0, 3)),
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(STEPS, st.booleans())
def test_no_order_of_steps_loses_a_cent(finance: Actor, steps: list[tuple[str, object]], is_over: bool) -> None:
    """Money that arrived and stayed = what it paid + what is in credit + what is unmatched; nothing is paid twice.

    What is in credit of each payment is known without the ledger's sums, and is for nothing where its case is over.
    """
    with transaction.atomic():
        person, closed_at = Person.objects.create(), NOW if is_over else None
        case = Case.objects.create(topic="initial", person=person, opened_at=NOW, closed_at=closed_at)
        for number, step in enumerate(steps):
            _take(case, finance, number, *step)
            _holds(case)
        transaction.set_rollback(True)


def _take(case: Case, finance: Actor, number: int, verb: str, value: Any) -> None:
    if verb == "owe":
        item, sitting = value
        actions.owe(case, item, on=ON, now=NOW, sitting=sitting)
    elif verb == "arrive":
        arrived(value, finance, str(number))
    elif rows := _may(case)[verb]:
        row, who = rows[value % len(rows)], {"on": ON, "actor": finance, "now": NOW}
        dues: list[Any] = list(Due.objects.filter(case=case).order_by("pk")) or [None]
        take: dict[str, Callable[[], object]] = {
            "match": lambda: actions.put_to(row, case, dues[value % len(dues)], actor=finance, now=NOW),
            "return": lambda: actions.give_back(row, because="x", **who),
            "send_back": lambda: actions.send_back(row, reference=str(number), **who),
            "release": lambda: actions.release(row, **who),
            "cover": lambda: actions.cover(row, kind="waiver", number="1", payer="", **who),
            "uncover": lambda: actions.uncover(row, because="x", **who),
        }
        take[verb]()


def _may(case: Case) -> dict[str, list[Any]]:
    """What each step may be taken with now."""
    standing = list(Due.objects.filter(case=case, released_at=None).order_by("pk"))
    stayed = list(Payment.objects.filter(returned_on=None).order_by("pk"))
    return {
        "match": list(unmatched_payments()),
        "return": stayed,
        "send_back": [payment for payment in stayed if left_of(payment)],
        "release": standing,
        "cover": [due for due in standing if covering(due) is None],
        "uncover": list(Coverage.objects.filter(taken_back_at=None).order_by("pk")),
    }


def _holds(case: Case) -> None:
    sums = account_sums()
    assert sum(sums.values()) == 0
    stayed = sum(payment.amount_cents for payment in Payment.objects.filter(returned_on=None))
    back = list(Refund.objects.select_related("payment"))
    assert sums.get("cash", 0) == stayed - sum(one.amount_cents for one in back)
    assert sums.get("lost", 0) == sum(one.amount_cents for one in back if one.payment.returned_on)
    assert -sums.get("unmatched", 0) == sum(payment.amount_cents for payment in unmatched_payments())
    dues = list(Due.objects.filter(case=case))
    charged = sum(due.amount_cents or 0 for due in dues if due.released_at is None)
    owed = sum(balance(due) for due in dues)
    paid = charged - owed - sums.get("payer:waiver", 0)
    assert sums.get("cash", 0) == paid + credit_of(case) - sums.get("unmatched", 0) - sums.get("lost", 0)
    assert credit_of(case) >= 0
    assert all(payment.credit_cents == credit_left(payment) for payment in Payment.objects.all())
    idle = [payment.pk for payment in Payment.objects.filter(case=case).order_by("-pk") if credit_left(payment)]
    assert [payment.pk for payment in idle_credit()] == (idle if case.closed_at else [])
    assert all(0 <= balance(due) <= (due.amount_cents or 0) for due in dues)
    assert not (credit_of(case) and owed), "credit lies idle while a fee is owed"
    for due in dues:
        assert (due.settled_at is not None) == (due.released_at is None and balance(due) == 0)
