"""Two at once: one payment is matched once, one fee settled once, and the other officer is told politely."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from peercert.program.casework.models import Case, TimelineEntry
from peercert.program.errors import Refused
from peercert.program.journey import pay
from peercert.program.money.models import Payment, Refund
from peercert.program.money.queries import account_sums
from peercert.program.notices.models import Letter
from peercert.rules.days import day_of
from tests.stories import Story, submitted


def at_once(*steps: Callable[[], Any]) -> list[str]:
    """Take the steps at the same moment, each over a connection of its own; "done" or the refusal of each."""
    gate = Barrier(len(steps))

    def take(step: Callable[[], Any]) -> str:
        try:
            gate.wait()
            step()
        except Refused as refusal:
            return refusal.reason
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(steps)) as pool:
        return sorted(pool.map(take, steps))


def test_a_payment_matched_by_two_officers_belongs_to_one_case(committed: str) -> None:
    story = Story()
    first, second = submitted(story), submitted(story, "devon")
    grace = story.actor("grace")
    payment = pay.record_payment(
        None, means="check", reference="1", amount_cents=10000, received_on=day_of(story.now), actor=grace,
        now=story.now,
    )  # fmt: skip
    outcomes = at_once(
        lambda: pay.match_payment(payment.pk, first.pk, actor=grace, now=story.now),
        lambda: pay.match_payment(payment.pk, second.pk, actor=grace, now=story.now),
    )
    assert outcomes == ["done", "payment_matched"]
    assert sorted(Case.objects.values_list("stage", flat=True)) == ["review", "submitted"]
    assert sum(account_sums().values()) == 0
    assert account_sums()["cash"] == 10000


def test_money_sent_back_by_two_officers_leaves_once(committed: str) -> None:
    story = Story()
    grace = story.actor("grace")
    payment = pay.record_payment(
        None, means="check", reference="1", amount_cents=10000, received_on=day_of(story.now), actor=grace,
        now=story.now,
    )  # fmt: skip

    def send(reference: str) -> Callable[[], object]:
        return lambda: pay.send_back(
            payment.pk, reference=reference, sent_on=day_of(story.now), actor=grace, now=story.now
        )

    assert at_once(send("C-1"), send("C-2")) == ["done", "nothing_to_send_back"]
    assert Refund.objects.get().amount_cents == 10000
    assert account_sums()["cash"] == 0


def test_the_same_paper_recorded_twice_at_once_is_one_payment_and_one_receipt(committed: str) -> None:
    story = Story()
    case = submitted(story)
    grace = story.actor("grace")
    outcomes = at_once(
        *[
            lambda: pay.record_payment(
                case.pk, means="check", reference="1", amount_cents=10000, received_on=day_of(story.now),
                actor=grace, now=story.now,
            )
        ] * 3
    )  # fmt: skip
    assert outcomes == ["done", "payment_known", "payment_known"]
    assert Payment.objects.count() == 1
    assert Letter.objects.filter(case=case, code="payment_received").count() == 1
    assert TimelineEntry.objects.filter(case=case, verb="review_begun").count() == 1


def test_a_payment_that_comes_back_while_it_is_matched_is_never_both(committed: str) -> None:
    story = Story()
    case = submitted(story)
    grace = story.actor("grace")
    payment = pay.record_payment(
        None, means="check", reference="1", amount_cents=10000, received_on=day_of(story.now), actor=grace,
        now=story.now,
    )  # fmt: skip
    outcomes = at_once(
        lambda: pay.match_payment(payment.pk, case.pk, actor=grace, now=story.now),
        lambda: pay.return_payment(
            payment.pk, returned_on=day_of(story.now), because="stopped", actor=grace, now=story.now
        ),
    )
    payment.refresh_from_db()
    sums = account_sums()
    assert sum(sums.values()) == 0
    if payment.returned_on:
        assert sums["cash"] == 0
        assert Case.objects.get(pk=case.pk).stage == "submitted"
    else:
        assert outcomes == ["done", "payment_matched"]
        assert Case.objects.get(pk=case.pk).stage == "review"
