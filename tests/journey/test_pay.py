"""Paying: what arrives, what it settles, what comes back, and when the review begins."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from peercert.program.access import Barred
from peercert.program.casework.models import Case, Task, TimelineEntry
from peercert.program.casework.queries import running_clock
from peercert.program.errors import Refused
from peercert.program.journey import apply, clockwork, notice, pay
from peercert.program.money.models import Payment
from peercert.program.money.queries import balance, credit_of, due_for, is_settled, unmatched_payments
from peercert.program.notices.models import Letter
from peercert.rules.days import day_of
from tests.stories import Story, drafted, submitted, trained

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


def paid(story: Story, case: Case | None, cents: int = 10000, reference: str = "1001", **more: object) -> Payment:
    return pay.record_payment(
        case.pk if case else None,
        means="check",
        reference=reference,
        amount_cents=cents,
        received_on=more.pop("received_on", day_of(story.now)),  # type: ignore[arg-type]
        actor=story.actor("grace"),
        now=story.now,
        **more,  # type: ignore[arg-type]
    )


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def letter(case: Case, code: str) -> Letter:
    return Letter.objects.get(case=case, code=code)


def test_the_review_waits_for_the_fee_and_begins_with_it(story: Story) -> None:
    case = submitted(story)
    assert case.stage == "submitted"
    assert running_clock(case, "review") is None
    waiting = running_clock(case, "payment")
    assert waiting is not None
    assert waiting.owed_by == "person"
    assert case.next_due_on is None
    story.wait(days=3)
    paid(story, case)
    case = fresh(case)
    review = running_clock(case, "review")
    assert case.stage == "review"
    assert review is not None
    assert running_clock(case, "payment") is None
    assert review.starts_on == day_of(story.now)
    assert case.next_due_on == review.due_on
    assert "$100.00" in letter(case, "payment_received").text
    assert letter(case, "review_begun").language == "es"


def test_the_clock_counts_from_the_day_the_money_arrived_not_from_when_it_was_typed_in(story: Story) -> None:
    case = submitted(story)
    arrived_on = day_of(story.wait(days=2))
    story.wait(days=5)
    paid(story, case, received_on=arrived_on)
    review = running_clock(fresh(case), "review")
    assert review is not None
    assert review.starts_on == arrived_on


def test_money_that_came_before_the_submission_starts_no_clock_before_it(story: Story) -> None:
    case = drafted(story)
    early = day_of(story.now)
    paid(story, case, received_on=early)
    story.wait(days=4)
    case = apply.submit(case.pk, uuid4(), actor=story.actor("maria"), now=story.now)
    review = running_clock(fresh(case), "review")
    assert review is not None
    assert review.starts_on == day_of(story.now)


def test_a_short_payment_is_told_with_the_rest_and_begins_nothing(story: Story) -> None:
    case = submitted(story)
    paid(story, case, 6000)
    assert fresh(case).stage == "submitted"
    assert "$40.00" in letter(case, "payment_short").text
    paid(story, case, 4000, "1002")
    assert fresh(case).stage == "review"


def test_too_much_is_kept_for_the_next_fee_and_told(story: Story) -> None:
    case = submitted(story)
    paid(story, case, 25000)
    assert credit_of(case) == 15000
    assert "$150.00" in letter(case, "payment_over").text
    from peercert.program.money.actions import owe

    assert balance(owe(case, "exam", on=day_of(story.now), now=story.now)) == 0


def test_the_same_paper_is_recorded_once(story: Story) -> None:
    case = submitted(story)
    paid(story, case, 6000)
    with pytest.raises(Refused, match="payment_known"):
        paid(story, case, 6000)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("cents", "ahead", "reason"), [(0, 0, "amount_not_positive"), (-5, 0, "amount_not_positive"), (100, 1, "future")]
)
def test_what_cannot_have_arrived_is_refused(story: Story, cents: int, ahead: int, reason: str) -> None:
    case = submitted(story)
    with pytest.raises(Refused, match=reason):
        paid(story, case, cents, received_on=day_of(story.now) + timedelta(days=ahead))
    assert not Payment.objects.exists()


def test_an_unmatched_payment_waits_until_someone_knows_whose_it_is(story: Story) -> None:
    case = submitted(story)
    arrived_on = day_of(story.now)
    payment = paid(story, None, payer_name="M. Garcia")
    assert list(unmatched_payments()) == [payment]
    assert fresh(case).stage == "submitted"
    story.wait(days=6)
    pay.match_payment(payment.pk, case.pk, actor=story.actor("grace"), now=story.now)
    assert not unmatched_payments()
    assert fresh(case).stage == "review"
    review = running_clock(fresh(case), "review")
    assert review is not None
    assert review.starts_on == arrived_on
    with pytest.raises(Refused, match="payment_matched"):
        pay.match_payment(payment.pk, case.pk, actor=story.actor("grace"), now=story.now)


def test_a_payment_cannot_be_put_to_another_cases_fee(story: Story) -> None:
    mine, other = submitted(story), submitted(story, "devon")
    due = due_for(other, "application")
    assert due is not None
    with pytest.raises(Refused, match="not_your_due"):
        paid(story, mine, due_id=due.pk)
    assert not Payment.objects.exists()


def test_a_check_that_comes_back_suspends_the_review_and_the_next_one_resumes_it(story: Story) -> None:
    case = submitted(story)
    payment = paid(story, case)
    story.wait(days=8)
    pay.return_payment(
        payment.pk, returned_on=day_of(story.now), because="insufficient_funds", actor=story.actor("grace"),
        now=story.now,
    )  # fmt: skip
    case = fresh(case)
    assert case.stage == "submitted"
    assert running_clock(case, "review") is None
    assert case.next_due_on is None
    assert running_clock(case, "payment") is not None
    assert not is_settled(case, "application")
    assert "$100.00" in letter(case, "payment_returned").text
    story.wait(days=4)
    paid(story, case, 10000, "1002")
    case = fresh(case)
    review = running_clock(case, "review")
    assert case.stage == "review"
    assert review is not None
    assert review.starts_on == day_of(story.now)
    assert Letter.objects.filter(case=case, code="review_begun").count() == 2
    with pytest.raises(Refused, match="payment_returned"):
        pay.return_payment(
            payment.pk, returned_on=day_of(story.now), because="again", actor=story.actor("grace"), now=story.now
        )


def test_a_payer_with_a_number_begins_the_review_and_taking_them_back_suspends_it(story: Story) -> None:
    case = submitted(story)
    due = due_for(case, "application")
    assert due is not None
    with pytest.raises(Refused, match="payer_needs_number"):
        pay.record_payer(due.pk, kind="county", number="  ", actor=story.actor("grace"), now=story.now)
    coverage = pay.record_payer(due.pk, kind="county", number="ALA-7", actor=story.actor("grace"), now=story.now)
    assert fresh(case).stage == "review"
    assert "ALA-7" in letter(case, "payer_recorded_county").text
    with pytest.raises(Refused, match="payer_known"):
        pay.record_payer(due.pk, kind="waiver", number="8", actor=story.actor("grace"), now=story.now)
    pay.take_back_payer(coverage.pk, because="recorded by mistake", actor=story.actor("grace"), now=story.now)
    assert fresh(case).stage == "submitted"
    assert "$100.00" in letter(case, "payer_taken_back").text


def test_a_scholarship_is_one_persons_alone_and_not_for_reciprocity(story: Story) -> None:
    mine, other = submitted(story), submitted(story, "devon", "reciprocity")
    due, others = due_for(mine, "application"), due_for(other, "application")
    assert due is not None
    assert others is not None
    with pytest.raises(Refused, match="no_scholarship_here"):
        pay.record_payer(others.pk, kind="scholarship", number="S-1", actor=story.actor("grace"), now=story.now)
    pay.record_payer(due.pk, kind="scholarship", number="S-1", actor=story.actor("grace"), now=story.now)
    assert fresh(mine).stage == "review"


def test_a_scholarships_number_pays_for_nobody_else(story: Story) -> None:
    mine, other = submitted(story), submitted(story, "devon")
    due, others = due_for(mine, "application"), due_for(other, "application")
    assert due is not None
    assert others is not None
    pay.record_payer(due.pk, kind="scholarship", number="S-1", actor=story.actor("grace"), now=story.now)
    with pytest.raises(Refused, match="scholarship_of_another"):
        pay.record_payer(others.pk, kind="scholarship", number="s-1", actor=story.actor("grace"), now=story.now)
    assert fresh(other).stage == "submitted"


def test_only_finance_officers_touch_money_and_never_in_their_own_matter(story: Story) -> None:
    case = submitted(story)
    for who in ("ana", "tom", "sam", "pat", "li", "robin", "maria"):
        with pytest.raises(Refused, match="not_yours"):
            pay.record_payment(
                case.pk, means="check", reference="1", amount_cents=1, received_on=day_of(story.now),
                actor=story.actor(who), now=story.now,
            )  # fmt: skip
    Case.objects.filter(pk=case.pk).update(person=story.person("grace"))
    with pytest.raises(Barred):
        paid(story, case)
    assert not Payment.objects.exists()


def let_time_pass(story: Story, until: date) -> None:
    """Day by day, as the hourly job would, every letter reaching its person the same day."""
    while day_of(story.now) < until:
        story.wait(days=1)
        for waiting in Letter.objects.filter(state="waiting", channel="email"):
            notice.sent(waiting.pk, now=story.now)
        assert clockwork.tick(story.now) == []


def test_an_unpaid_application_is_reminded_closes_and_opens_again_when_the_fee_comes(story: Story) -> None:
    case = submitted(story)
    clock = running_clock(case, "payment")
    assert clock is not None
    let_time_pass(story, clock.due_on)
    assert fresh(case).stage == "submitted"
    assert Letter.objects.filter(case=case, code="payment_reminder").count() == 2
    let_time_pass(story, clock.due_on + timedelta(days=1))
    assert fresh(case).stage == "not_completed"
    assert "denegación" in letter(case, "not_completed_unpaid").text
    story.wait(days=20)
    paid(story, case)
    case = fresh(case)
    assert case.stage == "review"
    assert case.closed_at is None
    assert case.application.closed_at is None
    assert TimelineEntry.objects.filter(case=case, verb="reopened").count() == 1


def test_money_that_comes_too_late_to_open_the_case_is_an_officers_task(story: Story) -> None:
    case = submitted(story)
    clock = running_clock(case, "payment")
    assert clock is not None
    let_time_pass(story, clock.due_on + timedelta(days=1))
    story.wait(days=200)
    paid(story, case)
    assert fresh(case).stage == "not_completed"
    assert Task.objects.filter(case=case, kind="paid_after_closing", closed_at=None).count() == 1
    assert is_settled(case, "application")


def test_paying_the_exam_fee_gives_leave_to_sit_by_itself(story: Story) -> None:
    from peercert.program.journey import accommodate

    case = trained(story)
    accommodate.answer_accommodation(case.pk, is_needed=False, actor=story.actor("maria"), now=story.now)
    assert not fresh(case).exam_authorisations.exists()
    paid(story, case, 15000, "exam")
    assert fresh(case).exam_authorisations.count() == 1


def test_a_pathway_that_the_fee_schedule_does_not_name_is_charged_nothing_by_machine() -> None:
    story = Story()
    case = submitted(story, "devon", "portability")
    due = case.dues.get()
    assert (due.figure, due.amount_cents) == ("portability_application_fee", None)
    assert case.stage == "review"
