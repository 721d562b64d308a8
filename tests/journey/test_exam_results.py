"""Results that come late or are changed afterwards, and what an officer's hand does to leave to sit."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Task
from peercert.program.casework.queries import running_clock
from peercert.program.certificates.models import Standing
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import ExamAuthorisation, Sitting
from peercert.program.exams.progress import progress
from peercert.program.journey import certify, clockwork, oversee, review, sit
from peercert.program.money.models import Due
from peercert.rules.days import end_of
from tests.journey.sitting import fresh, happened, letter, letters, retake
from tests.stories import (
    BEGIN,
    Story,
    authorised,
    certified,
    sat,
    submitted,
    vendor_line,
    vendor_told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


# --- the day of the sitting decides


@pytest.fixture
def past() -> Story:
    """A story whose twelve months are over by now: a standing is never known from a future moment."""
    return Story(now=BEGIN - timedelta(days=728))


def ended(story: Story, case: Case) -> Case:
    """The twelve months pass."""
    clock = running_clock(case, "approval")
    assert clock is not None
    story.now = end_of(clock.due_on) + timedelta(hours=9)
    clockwork.lapse_approval(clock.pk, now=story.now)
    return fresh(case)


def test_a_pass_that_comes_after_the_end_revives_the_approval_and_certifies(past: Story) -> None:
    case = authorised(past)
    held = queries.open_authorisation(case)
    assert held is not None
    case = ended(past, case)
    assert case.stage == "ended"
    start = end_of(held.valid_through) - timedelta(hours=6)
    vendor_told(past, vendor_line(past, case, "PASS", starts_at=start))
    assert fresh(case).stage == "certified"
    assert happened(case)[-3:] == ["result_recorded", "approval_revived", "certified"]


def test_a_sitting_after_the_last_day_is_not_taken(past: Story) -> None:
    case = ended(past, authorised(past))
    file = vendor_told(past, vendor_line(past, case, "PASS", starts_at=past.now))
    assert file.rows.get().reason == "outside_validity"
    assert fresh(case).stage == "ended"


def test_a_late_pass_under_a_hold_opens_the_approval_again(past: Story) -> None:
    case = authorised(past)
    review.hold(case.pk, "identity_question", "A question is open.", actor=past.actor("li"), now=past.now)
    start = past.now + timedelta(days=300)
    case = ended(past, case)
    vendor_told(past, vendor_line(past, case, "PASS", starts_at=start))
    case = fresh(case)
    assert case.stage == "approved"
    assert case.closed_at is None
    assert Application.objects.get(case=case).closed_at is None
    assert "Su aprobación está abierta de nuevo" in letter(case, "result_pass").text


def test_a_late_pass_that_is_changed_to_a_fail_ends_the_approval_again(past: Story) -> None:
    case = authorised(past)
    review.hold(case.pk, "identity_question", "A question is open.", actor=past.actor("li"), now=past.now)
    start = past.now + timedelta(days=300)
    case = ended(past, case)
    vendor_told(past, vendor_line(past, case, "PASS", starts_at=start))
    assert Task.objects.get(case=case, kind="certify").closed_at is None
    past.wait(days=1)
    vendor_told(past, vendor_line(past, case, "FAIL", starts_at=start, as_of=past.now))
    assert Task.objects.get(case=case, kind="certify").outcome == "no_pass"
    assert "Mientras tanto su aprobación terminó" in letter(case, "result_fail").text
    clockwork.tick(past.now)
    assert fresh(case).stage == "ended"
    assert Application.objects.get(case=case).closed_at is not None


def test_a_late_pass_counts_even_where_the_person_has_applied_again(past: Story) -> None:
    case = authorised(past)
    start = past.now + timedelta(days=300)
    case = ended(past, case)
    submitted(past)
    vendor_told(past, vendor_line(past, case, "PASS", starts_at=start))
    assert fresh(case).stage == "certified"


def test_a_late_fail_is_told_and_changes_nothing(past: Story) -> None:
    case = authorised(past)
    start = past.now + timedelta(days=300)
    case = ended(past, case)
    vendor_told(past, vendor_line(past, case, "FAIL", starts_at=start))
    assert fresh(case).stage == "ended"
    assert "Mientras tanto su aprobación terminó" in letter(case, "result_fail").text


def test_the_approval_does_not_end_while_a_result_may_still_come(past: Story) -> None:
    case = authorised(past)
    clock = running_clock(case, "approval")
    assert clock is not None
    start = end_of(clock.due_on) - timedelta(hours=6)
    vendor_told(past, vendor_line(past, case, "BOOKED", starts_at=start, as_of=past.now))
    assert ended(past, case).stage == "approved"
    assert progress(fresh(case), now=past.now).step == "result"
    past.wait(days=31)
    clockwork.lapse_approval(clock.pk, now=past.now)
    assert fresh(case).stage == "ended"


# --- changed results


def test_a_fail_changed_to_a_pass_certifies(story: Story) -> None:
    case = authorised(story)
    story.wait(days=14)
    start = story.now
    sat(story, case, "FAIL")
    story.wait(days=5)
    vendor_told(story, vendor_line(story, case, "PASS", starts_at=start, as_of=story.now))
    assert fresh(case).stage == "certified"
    assert [row.result for row in queries.results(case)] == ["pass"]
    assert Sitting.objects.filter(case=case).count() == 2


def test_a_fail_changed_to_a_pass_takes_back_a_further_sitting_and_shows_its_fee_to_an_officer(story: Story) -> None:
    case = authorised(story)
    story.wait(days=14)
    start = story.now
    line = vendor_line(story, case, "PASS", starts_at=start, as_of=start + timedelta(days=5))
    sat(story, case, "FAIL")
    retake(story, case)
    story.wait(days=6)
    vendor_told(story, line)
    assert fresh(case).stage == "certified"
    assert queries.open_authorisation(case) is None
    assert Task.objects.filter(case=case, kind="retake_not_needed").count() == 1


def test_a_pass_changed_to_a_fail_before_a_certificate_is_a_correction(story: Story) -> None:
    case = authorised(story, "devon")
    review.hold(case.pk, "identity_question", "A question is open.", actor=story.actor("li"), now=story.now)
    story.wait(days=14)
    start = story.now
    sat(story, case, "PASS")
    story.wait(days=2)
    vendor_told(story, vendor_line(story, case, "FAIL", starts_at=start, as_of=story.now))
    case = fresh(case)
    assert case.stage == "approved"
    assert not queries.has_passed(case)
    assert "The exam vendor changed this result" in letter(case, "result_fail").text
    assert progress(case, now=story.now).step == "retake"


def test_a_pass_changed_after_the_certificate_is_a_task_for_two_and_changes_no_standing(story: Story) -> None:
    case = certified(story)
    standing = list(Standing.objects.values())
    before = letters(case)
    start = story.now
    story.wait(days=9)
    line = vendor_line(story, case, "FAIL", appointment=f"V-{case.pk}", starts_at=start, as_of=story.now)
    file = vendor_told(story, line)
    assert file.rows.get().outcome == "accepted"
    assert fresh(case).stage == "certified"
    assert list(Standing.objects.values()) == standing
    task = Task.objects.get(case=case, kind="changed_result")
    assert task.needs_two
    assert task.values["after"] == "fail"
    assert [row.result for row in queries.results(case)] == ["fail"]
    assert letters(case) == before


def test_an_annulled_sitting_gives_the_attempt_back(story: Story) -> None:
    case = authorised(story)
    story.wait(days=14)
    start = story.now
    sat(story, case, "FAIL")
    story.wait(days=2)
    vendor_told(story, vendor_line(story, case, "VENDOR_FAILURE", starts_at=start, as_of=story.now))
    assert queries.attempts_used(case) == 0
    assert queries.open_authorisation(case) is not None


def test_an_annulled_first_sitting_can_be_sat_again_even_after_a_second_one(story: Story) -> None:
    case = authorised(story)
    story.wait(days=14)
    annulled = vendor_line(story, case, "VENDOR_FAILURE", starts_at=story.now, as_of=story.now + timedelta(days=40))
    sat(story, case, "FAIL")
    case = retake(story, case)
    story.wait(days=20)
    sat(story, case, "FAIL", appointment="V2")
    story.wait(days=30)
    vendor_told(story, annulled)
    assert queries.attempts_used(case) == 1
    held = queries.open_authorisation(case)
    assert held is not None
    assert Due.objects.filter(case=case, item="retake").count() == 1


# --- by an officer's hand


def test_an_authorisation_taken_back_by_hand_comes_back_only_by_hand(story: Story) -> None:
    case = authorised(story)
    li = story.actor("li")
    sit.cancel_authorisation(case.pk, reason="irregularity", actor=li, now=story.now)
    assert letters(case)[-1] == "authorisation_cancelled"
    sit.authorise_if_ready(fresh(case), actor=li, now=story.now)
    assert queries.open_authorisation(case) is None
    with pytest.raises(Refused) as refused:
        sit.authorise(case.pk, because=" ", actor=li, now=story.now)
    assert refused.value.reason == "say_why"
    made = sit.authorise(case.pk, because="It was cleared up.", actor=li, now=story.now)
    assert made.sitting == 1
    with pytest.raises(Refused) as refused:
        sit.authorise(case.pk, because="Again.", actor=li, now=story.now)
    assert refused.value.reason == "already_authorised"


def test_who_sits_after_an_officer_took_leave_back_is_certified_by_an_officer_alone(story: Story) -> None:
    case = authorised(story)
    held = queries.open_authorisation(case)
    assert held is not None
    line = vendor_line(story, case, "PASS", starts_at=story.now + timedelta(days=5))
    sit.cancel_authorisation(case.pk, reason="irregularity", actor=story.actor("li"), now=story.now)
    story.wait(days=6)
    vendor_told(story, line)
    assert fresh(case).stage == "approved"
    doubt = Task.objects.get(case=case, kind="sat_without_leave")
    tom = story.actor("tom")
    with pytest.raises(Refused, match="result_in_doubt"):
        certify.certify(case.pk, actor=tom, now=story.now)
    oversee.close_task(doubt.pk, "done", "Cleared up with the vendor.", actor=story.actor("li"), now=story.now)
    certify.certify(case.pk, actor=tom, now=story.now)
    assert fresh(case).stage == "certified"


def test_where_only_an_unconfirmed_figure_stands_in_the_way_an_officer_gets_a_task(
    story: Story, reform: Callable[..., None]
) -> None:
    case = authorised(story)
    for number in (1, 2, 3):
        story.wait(days=5)
        sat(story, case, "NO_SHOW", appointment=f"V{number}")
    reform("no_show_uses_sitting", True, date(2026, 1, 1), certainty="unconfirmed")
    held = queries.open_authorisation(case)
    assert held is not None
    ExamAuthorisation.objects.filter(pk=held.pk).update(cancelled_at=story.now, cancelled_because="accommodation_asked")
    sit.authorise_if_ready(fresh(case), actor=story.actor("li"), now=story.now)
    assert queries.open_authorisation(case) is None
    assert Task.objects.filter(case=case, kind="authorise", closed_at=None).count() == 1
    sit.authorise(case.pk, because="No source says that it counts.", actor=story.actor("li"), now=story.now)
    assert queries.open_authorisation(case) is not None
    assert not Task.objects.filter(case=case, kind="authorise", closed_at=None).exists()
