"""Money that no fee needs goes back to whoever sent it; a fee that was paid for nothing is released first."""

from datetime import timedelta

import pytest

from peercert.program.access import Barred
from peercert.program.casework.models import AuditEntry, Case, Task, TimelineEntry
from peercert.program.casework.queries import running_clock
from peercert.program.errors import Refused
from peercert.program.journey import clockwork, notice, oversee, pay, review, sit
from peercert.program.money.models import Due, Payment, Refund
from peercert.program.money.queries import account_sums, credit_of, due_for, idle_credit, is_settled, unmatched_payments
from peercert.program.notices.models import Letter
from peercert.rules.days import day_of
from tests.stories import Story, authorised, in_review, paid, sat, submitted, vendor_line, vendor_told

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


def arrived(story: Story, case: Case | None, cents: int, reference: str = "1001") -> Payment:
    return pay.record_payment(
        case.pk if case else None, means="check", reference=reference, amount_cents=cents,
        received_on=day_of(story.now), payer_name="A. Writer", actor=story.actor("grace"), now=story.now,
    )  # fmt: skip


def sent_back(story: Story, payment: Payment, reference: str = "C-1") -> Refund:
    return pay.send_back(
        payment.pk, reference=reference, sent_on=day_of(story.now), actor=story.actor("grace"), now=story.now
    )


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def too_late(story: Story) -> tuple[Case, Payment]:
    """The fee of a case that closed unpaid arrives when it is too late to open it again."""
    case = submitted(story, "devon")
    clock = running_clock(case, "payment")
    assert clock is not None
    while day_of(story.now) <= clock.due_on:
        story.wait(days=1)
        for waiting in Letter.objects.filter(state="waiting", channel="email"):
            notice.sent(waiting.pk, now=story.now)
        clockwork.tick(story.now)
    assert fresh(case).stage == "not_completed"
    story.wait(days=200)
    return case, arrived(story, case, 10000)


def test_a_payment_that_is_nobodys_goes_back_to_its_sender(story: Story) -> None:
    payment = arrived(story, None, 4200)
    refund = sent_back(story, payment)
    assert refund.amount_cents == 4200
    assert not unmatched_payments().exists()
    assert {account: cents for account, cents in account_sums().items() if cents} == {}
    entry = AuditEntry.objects.get(verb="unmatched_payment_sent_back")
    assert entry.values == {"payment": str(payment.uuid), "cents": 4200, "reference": "C-1"}
    case = submitted(story)
    with pytest.raises(Refused, match="payment_sent_back"):
        pay.match_payment(payment.pk, case.pk, actor=story.actor("grace"), now=story.now)
    with pytest.raises(Refused, match="nothing_to_send_back"):
        sent_back(story, payment, "C-2")


def test_what_was_paid_too_much_goes_back_and_the_person_is_told(story: Story) -> None:
    case = submitted(story, "devon")
    payment = arrived(story, case, 13000)
    refund = sent_back(story, payment)
    assert (refund.amount_cents, credit_of(case)) == (3000, 0)
    assert is_settled(case, "application")
    letter = Letter.objects.get(case=case, code="payment_sent_back")
    assert "$30.00" in letter.text
    assert "C-1" in letter.text
    assert TimelineEntry.objects.filter(case=case, verb="payment_sent_back").count() == 1
    with pytest.raises(Refused, match="nothing_to_send_back"):
        sent_back(story, payment)


def test_a_payment_that_bounces_after_a_part_was_sent_back_loses_us_that_part_and_charges_nobody_for_it(
    story: Story,
) -> None:
    case = submitted(story, "devon")
    payment = arrived(story, case, 13000)
    sent_back(story, payment)
    pay.return_payment(
        payment.pk, returned_on=day_of(story.now), because="stopped", actor=story.actor("grace"), now=story.now
    )
    sums = account_sums()
    assert (sums["lost"], sums["cash"], sums["receivable"]) == (3000, -3000, 10000)
    assert credit_of(case) == 0


@pytest.mark.parametrize(
    ("reference", "days", "reason"),
    [(" ", 0, "sent_back_needs_number"), ("C-1", 1, "sent_back_outside_days"), ("C-1", -1, "sent_back_outside_days")],
)
def test_a_number_and_a_possible_day_are_asked(story: Story, reference: str, days: int, reason: str) -> None:
    payment = arrived(story, None, 4200)
    with pytest.raises(Refused, match=reason):
        pay.send_back(
            payment.pk, reference=reference, sent_on=day_of(story.now) + timedelta(days=days),
            actor=story.actor("grace"), now=story.now,
        )  # fmt: skip
    assert not Refund.objects.exists()


def test_nobody_but_a_finance_officer_sends_money_back_and_never_in_their_own_matter(story: Story) -> None:
    case = submitted(story, "devon")
    payment = arrived(story, case, 13000)
    for who in ("ana", "tom", "sam", "pat", "li", "robin", "devon"):
        with pytest.raises(Refused, match="not_yours"):
            pay.send_back(payment.pk, reference="C-1", sent_on=day_of(story.now), actor=story.actor(who), now=story.now)
    Case.objects.filter(pk=case.pk).update(person=story.person("grace"))
    with pytest.raises(Barred):
        sent_back(story, payment)
    assert not Refund.objects.exists()


def test_money_that_came_too_late_is_released_and_sent_back(story: Story) -> None:
    case, payment = too_late(story)
    due = due_for(case, "application")
    assert due is not None
    released = pay.release_fee(due.pk, because="It came too late.", actor=story.actor("grace"), now=story.now)
    assert (released.released_at, released.settled_at) == (story.now, None)
    assert not is_settled(case, "application")
    assert not Task.objects.filter(case=case, kind="paid_after_closing", closed_at=None).exists()
    assert "$100.00" in Letter.objects.get(case=case, code="fee_released").text
    assert [one.pk for one in idle_credit()] == [payment.pk]
    assert sent_back(story, payment).amount_cents == 10000
    assert not idle_credit().exists()
    assert {account: cents for account, cents in account_sums().items() if cents} == {}


def test_a_released_fee_is_owed_again_by_whoever_pays_it_later_or_opens_the_case(story: Story) -> None:
    case, payment = too_late(story)
    due = due_for(case, "application")
    assert due is not None
    pay.release_fee(due.pk, because="It came too late.", actor=story.actor("grace"), now=story.now)
    sent_back(story, payment)
    oversee.reopen(case.pk, "They were in hospital.", actor=story.actor("sam"), now=story.now)
    assert fresh(case).stage == "submitted"
    assert account_sums()["receivable"] == 10000
    arrived(story, case, 10000, "1002")
    assert fresh(case).stage == "review"


def test_money_that_came_too_late_is_for_nothing_no_more_once_the_case_is_opened(story: Story) -> None:
    case, _ = too_late(story)
    oversee.reopen(case.pk, "They were in hospital.", actor=story.actor("sam"), now=story.now)
    assert fresh(case).stage == "review"
    with pytest.raises(Refused, match="fee_stands"):
        pay.release_fee(case.dues.get().pk, because="Late.", actor=story.actor("grace"), now=story.now)
    assert not Task.objects.filter(case=case, kind="paid_after_closing", closed_at=None).exists()


def test_a_fee_that_was_owed_and_used_stands(story: Story) -> None:
    case = in_review(story, "devon")
    with pytest.raises(Refused, match="fee_stands"):
        pay.release_fee(case.dues.get().pk, because="Please.", actor=story.actor("grace"), now=story.now)


def failed_then_passed(story: Story, *, is_paid: bool, by_county: bool = False) -> tuple[Case, Due]:
    """A fail, another sitting asked for (and paid, or taken over), then the vendor corrects the fail to a pass."""
    case = authorised(story, "devon", "reciprocity")
    story.wait(days=14)
    line = vendor_line(story, case, "PASS", as_of=story.now + timedelta(days=5))
    sat(story, case, "FAIL")
    sit.ask_for_retake(case.pk, actor=story.actor("devon"), now=story.now)
    if is_paid:
        paid(story, case, "retake", 2)
    if by_county:
        due = case.dues.get(item="retake")
        pay.record_payer(due.pk, kind="county", number="K-1", actor=story.actor("grace"), now=story.now)
    story.wait(days=6)
    vendor_told(story, line)
    assert fresh(case).stage == "certified"
    return fresh(case), case.dues.get(item="retake")


def test_a_paid_sitting_that_is_not_needed_is_released_and_sent_back(story: Story) -> None:
    case, due = failed_then_passed(story, is_paid=True)
    assert due.released_at is None
    pay.release_fee(due.pk, because="They had passed.", actor=story.actor("grace"), now=story.now)
    payment = Payment.objects.get(case=case, due=due)
    assert sent_back(story, payment).amount_cents == due.amount_cents
    assert not Task.objects.filter(case=case, kind="retake_not_needed", closed_at=None).exists()


def test_an_unpaid_sitting_that_is_not_needed_is_owed_by_nobody(story: Story) -> None:
    case, due = failed_then_passed(story, is_paid=False)
    assert due.released_at is not None
    assert account_sums()["receivable"] == 0
    assert not Task.objects.filter(case=case, kind="retake_not_needed").exists()


def test_what_a_payer_took_over_and_is_released_promises_no_money(story: Story) -> None:
    case, due = failed_then_passed(story, is_paid=False, by_county=True)
    pay.release_fee(due.pk, because="They had passed.", actor=story.actor("grace"), now=story.now)
    letter = Letter.objects.get(case=case, key__startswith="fee_released:")
    assert letter.code == "fee_released_no_credit"
    assert "$" not in letter.text


def test_what_is_released_settles_what_else_is_owed_and_its_task(story: Story) -> None:
    case, due = failed_then_passed(story, is_paid=True)
    payment = Payment.objects.get(case=case, due__item="application")
    pay.return_payment(
        payment.pk, returned_on=day_of(story.now), because="stopped", actor=story.actor("grace"), now=story.now
    )
    waiting = Task.objects.filter(case=case, kind="fee_owed_again", closed_at=None)
    assert waiting.exists()
    pay.release_fee(due.pk, because="They had passed.", actor=story.actor("grace"), now=story.now)
    assert (is_settled(case, "application"), waiting.exists()) == (True, False)


def test_a_sitting_that_is_needed_after_all_is_not_paid_for_nothing(story: Story) -> None:
    case = authorised(story, "devon", "reciprocity")
    story.wait(days=14)
    passed = vendor_line(story, case, "PASS", as_of=story.now + timedelta(days=5))
    failed = vendor_line(story, case, "FAIL", as_of=story.now + timedelta(days=9))
    sat(story, case, "FAIL")
    sit.ask_for_retake(case.pk, actor=story.actor("devon"), now=story.now)
    paid(story, case, "retake", 2)
    review.hold(case.pk, "identity_question", "Two IDs.", actor=story.actor("ana"), now=story.now)
    story.wait(days=6)
    vendor_told(story, passed)
    for_nothing = Task.objects.filter(case=case, kind="retake_not_needed", closed_at=None)
    assert for_nothing.exists()
    story.wait(days=6)
    vendor_told(story, failed)
    assert not for_nothing.exists()
    with pytest.raises(Refused, match="fee_stands"):
        pay.release_fee(case.dues.get(item="retake").pk, because="x", actor=story.actor("grace"), now=story.now)
