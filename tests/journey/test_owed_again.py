"""A fee that comes back unpaid after something was decided: what stands, what waits, what the person is told."""

from datetime import timedelta

import pytest

from peercert.program.casework.models import Case, Task
from peercert.program.casework.queries import running_clock
from peercert.program.certificates.models import Certificate
from peercert.program.errors import Refused
from peercert.program.exams import queries as exams
from peercert.program.journey import certify, determine, pay, review
from peercert.program.journey.whereabouts import whereabouts
from peercert.program.money.models import Payment
from peercert.program.notices.models import Letter
from peercert.program.review.models import Check
from peercert.program.review.queries import current_recommendation
from peercert.rules.days import day_of
from tests.stories import (
    Story,
    approved,
    authorised,
    certified,
    in_review,
    looked_at,
    paid,
    recommended,
    sat,
    vendor_line,
    vendor_told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


def came_back(story: Story, case: Case, item: str) -> str:
    """The fee's payment bounces; the text of the letter that says so, in English."""
    payment = Payment.objects.get(case=case, due__item=item, returned_on=None)
    pay.return_payment(
        payment.pk, returned_on=day_of(story.now), because="stopped", actor=story.actor("grace"), now=story.now
    )
    return Letter.objects.get(key=f"payment_returned:{payment.pk}").text


def pays_again(story: Story, case: Case, cents: int) -> None:
    pay.record_payment(
        case.pk, means="money_order", reference=f"again-{case.pk}", amount_cents=cents, received_on=day_of(story.now),
        actor=story.actor("grace"), now=story.now,
    )  # fmt: skip


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def open_task(case: Case, kind: str) -> bool:
    return Task.objects.filter(case=case, kind=kind, closed_at=None).exists()


def test_a_recommended_case_waits_for_its_fee_and_is_recommended_anew(story: Story) -> None:
    case = recommended(story, "devon")
    text = came_back(story, case, "application")
    assert "Our review waits for it" in text
    case = fresh(case)
    assert (case.stage, case.next_due_on) == ("submitted", None)
    assert running_clock(case, "payment") is not None
    with pytest.raises(Refused, match="not_in_this_stage"):
        determine.approve(case.pk, "", actor=story.actor("tom"), now=story.now)
    pays_again(story, case, 10000)
    case = fresh(case)
    assert case.stage == "review"
    assert current_recommendation(case) is None
    review.recommend(case.pk, "approve", "As before.", actor=story.actor("ana"), now=story.now)
    assert fresh(case).stage == "recommended"


def test_leave_to_sit_is_taken_back_until_the_exam_fee_is_here_and_comes_again_by_itself(story: Story) -> None:
    case = authorised(story, "devon", "reciprocity")
    before = exams.open_authorisation(case)
    text = came_back(story, case, "exam")
    assert "we took back your authorization for the exam" in text
    assert exams.open_authorisation(case) is None
    assert open_task(case, "fee_owed_again")
    where = whereabouts(fresh(case), now=story.now)
    assert (where.code, where.who) == ("fee", "person")
    pays_again(story, case, 15000)
    again = exams.open_authorisation(case)
    assert before is not None
    assert again is not None
    assert (again.number != before.number, again.sitting) == (True, before.sitting)
    assert not open_task(case, "fee_owed_again")
    assert fresh(case).stage == "approved"


def test_an_application_fee_that_comes_back_leaves_the_exam_open_and_holds_the_certificate(story: Story) -> None:
    case = authorised(story, "devon", "reciprocity")
    text = came_back(story, case, "application")
    assert "Your approval stands" in text
    assert exams.open_authorisation(case) is not None
    assert whereabouts(fresh(case), now=story.now).code == "fee_again"
    story.wait(days=3)
    case = sat(story, case, "PASS")
    assert case.stage == "approved"
    assert not Certificate.objects.filter(case=case).exists()
    pays_again(story, case, 10000)
    assert fresh(case).stage == "certified"
    assert not open_task(case, "certify")


def test_a_sitting_that_has_begun_counts_and_its_certificate_waits_for_the_fee(story: Story) -> None:
    case = authorised(story, "devon", "reciprocity")
    begun = story.now + timedelta(days=2)
    vendor_told(story, vendor_line(story, case, "BOOKED", starts_at=begun, as_of=story.now))
    story.wait(days=2, hours=1)
    came_back(story, case, "exam")
    assert exams.open_authorisation(case) is not None
    vendor_told(story, vendor_line(story, case, "PASS", starts_at=begun, as_of=story.now))
    case = fresh(case)
    assert (case.stage, exams.has_passed(case)) == ("approved", True)
    with pytest.raises(Refused, match="fee_owed_again"):
        certify.certify(case.pk, "It will come.", actor=story.actor("tom"), now=story.now)
    pays_again(story, case, 15000)
    assert fresh(case).stage == "certified"


def test_who_has_passed_already_is_told_that_the_pass_stands(story: Story) -> None:
    case = authorised(story, "devon", "reciprocity")
    review.hold(case.pk, "identity_question", "To be asked.", actor=story.actor("ana"), now=story.now)
    story.wait(days=3)
    case = sat(story, case, "PASS")
    assert "You passed the exam, and that stands" in came_back(story, case, "exam")


def test_a_certificate_stands_whatever_comes_back(story: Story) -> None:
    case = certified(story, "devon", "reciprocity")
    assert "Your certificate stays in force" in came_back(story, case, "exam")
    case = fresh(case)
    assert case.stage == "certified"
    assert open_task(case, "fee_owed_again")
    pays_again(story, case, 15000)
    assert not open_task(case, "fee_owed_again")


def test_a_payer_taken_back_after_the_approval_means_the_same(story: Story) -> None:
    case = approved(story, "devon", "reciprocity")
    due = case.dues.get(item="exam")
    coverage = pay.record_payer(due.pk, kind="county", number="ALA-7", actor=story.actor("grace"), now=story.now)
    pay.take_back_payer(coverage.pk, because="by mistake", actor=story.actor("grace"), now=story.now)
    text = Letter.objects.get(case=case, code="payer_taken_back").text
    assert "Your approval stands" in text
    paid(story, case, "exam", 1)
    assert not open_task(case, "fee_owed_again")


def test_a_denied_person_is_told_and_nobody_gets_a_task(story: Story) -> None:
    case = looked_at(story, in_review(story, "devon"))
    check = Check.objects.get(case=case, code="education_shown")
    review.mark(check.pk, "fail", ["education_not_completed"], actor=story.actor("ana"), now=story.now)
    review.recommend(case.pk, "deny", "The school said so.", actor=story.actor("ana"), now=story.now)
    ground = f"mark:{check.pk}:education_not_completed"
    determine.deny(case.pk, [ground], "The school said so.", actor=story.actor("tom"), now=story.now)
    assert "stay as they are" in came_back(story, case, "application")
    assert not open_task(case, "fee_owed_again")
