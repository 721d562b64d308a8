"""To the exam: the training certificate, leave to sit, what a result leads to, and another sitting."""

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from peercert.program.applications.models import Application
from peercert.program.casework.models import Task
from peercert.program.casework.queries import running_clock
from peercert.program.certificates.models import Certificate
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import Sitting
from peercert.program.exams.progress import progress
from peercert.program.journey import accommodate, clockwork, review, sit, train
from peercert.program.money.models import Due
from peercert.rules.days import day_of
from tests.journey.sitting import SCORES, fresh, happened, letter, letters, retake
from tests.stories import (
    Story,
    approved,
    authorised,
    certified,
    give,
    paid,
    provider,
    ready_to_sit,
    sat,
    trained,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


# --- the training certificate


def test_a_training_certificate_starts_our_promise_to_answer(story: Story) -> None:
    case = approved(story)
    paper = give(story, case, "training_certificate")
    values = {
        "provider": provider(story).uuid, "language": "es", "hours": 80, "started_on": date(2026, 3, 2),
        "completed_on": date(2026, 4, 3), "document": paper.uuid, "actor": story.actor("maria"), "now": story.now,
    }  # fmt: skip
    given = train.give_training(case.pk, **values)
    clock = running_clock(case, "training_review")
    assert clock is not None
    assert clock.length == 14
    assert train.give_training(case.pk, **values) == given
    assert letters(case).count("training_received") == 1
    assert case.checks.filter(about=given.uuid).exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"provider": None}, "provider_missing"),
        ({"completed_on": date(2026, 3, 1)}, "course_ends_before_start"),
        ({"completed_on": date(2026, 5, 5)}, "course_not_over"),
        ({"document": "00000000-0000-4000-8000-000000000000"}, "certificate_missing"),
    ],
)
def test_a_certificate_that_cannot_be_read_together_is_told_so(
    story: Story, change: dict[str, Any], reason: str
) -> None:
    case = approved(story)
    paper = give(story, case, "training_certificate")
    values = {
        "provider": provider(story).uuid, "language": "es", "hours": 80, "started_on": date(2026, 3, 2),
        "completed_on": date(2026, 4, 3), "document": paper.uuid,
    } | change  # fmt: skip
    with pytest.raises(Refused) as refused:
        train.give_training(case.pk, **values, actor=story.actor("maria"), now=story.now)
    assert refused.value.reason == reason


def test_another_certificate_takes_the_place_of_one_that_is_looked_at(story: Story) -> None:
    case = approved(story)
    first = give(story, case, "training_certificate")
    values: dict[str, Any] = {
        "provider": provider(story).uuid, "language": "es", "hours": 80, "started_on": date(2026, 3, 2),
        "completed_on": date(2026, 4, 3), "actor": story.actor("maria"),
    }  # fmt: skip
    given = train.give_training(case.pk, document=first.uuid, now=story.now, **values)
    story.wait(days=4)
    again = train.give_training(case.pk, document=first.uuid, now=story.now, **{**values, "language": "en"})
    given.refresh_from_db()
    assert given.refused_at is not None
    clock = running_clock(case, "training_review")
    assert clock is not None
    assert clock.starts_on == day_of(story.now)
    assert again.accepted_at is None


def test_an_accepted_certificate_is_not_given_again(story: Story) -> None:
    case = trained(story)
    paper = case.documents.get(kind="training_certificate")
    with pytest.raises(Refused) as refused:
        train.give_training(
            case.pk, provider_name="Elsewhere", language="en", hours=80, started_on=date(2026, 3, 2),  # type: ignore[arg-type]
            completed_on=date(2026, 4, 3), document=paper.uuid, actor=story.actor("maria"), now=story.now,
        )  # fmt: skip
    assert refused.value.reason == "training_accepted_already"


def test_every_step_of_the_way_is_one_that_the_pages_know(story: Story) -> None:
    case = authorised(story)
    found = progress(case, now=story.now)
    assert (found.step, found.left) == ("book", 3)
    assert dataclasses.is_dataclass(found)


# --- leave to sit


def test_leave_to_sit_follows_whatever_comes_last(story: Story) -> None:
    maria = story.actor("maria")
    for number, order in enumerate(permutations(["train", "pay", "answer"]), start=1):
        if order.index("pay") < order.index("train"):
            continue  # the fee falls due with the accepted certificate
        tale = Story(now=story.now + timedelta(days=800 * number), people=story.people)
        case = approved(tale)
        steps: dict[str, Callable[[], Any]] = {
            "train": lambda tale=tale, case=case: trained(tale, "maria", case),
            "pay": lambda tale=tale, case=case: paid(tale, case, "exam", 1),
            "answer": lambda tale=tale, case=case: accommodate.answer_accommodation(
                case.pk, is_needed=False, actor=maria, now=tale.now
            ),
        }
        for step in order:
            assert queries.open_authorisation(case) is None, order
            steps[step]()
        assert queries.open_authorisation(case) is not None, order
        assert letters(case).count("authorised_to_test") == 1
        tale.wait(days=400)
        clockwork.lapse_approval(case.clocks.get(kind="approval", ended_at=None).pk, now=tale.now)


def test_an_authorisation_carries_the_legal_name_the_months_and_a_letter(story: Story) -> None:
    case = authorised(story)
    held = queries.open_authorisation(case)
    assert held is not None
    assert (held.first, held.middle, held.last) == ("María", "", "García-López")
    assert (held.sitting, held.valid_from) == (1, date(2026, 5, 4))
    assert held.valid_through == date(2027, 5, 4)
    told = letter(case, "authorised_to_test")
    assert held.candidate_id in told.text
    assert "4 de mayo de 2027" in told.text
    assert told.is_sealed
    assert held.candidate_id not in told.message_text
    assert fresh(case).stage == "approved"
    assert happened(case)[-1] == "authorised_to_test"


def test_nobody_is_asked_to_train_who_comes_from_another_state(story: Story) -> None:
    case = authorised(story, pathway="reciprocity")
    assert queries.open_authorisation(case) is not None


@pytest.mark.parametrize("missing", ["training", "fee", "answer"])
def test_there_is_no_leave_to_sit_while_something_is_missing(story: Story, missing: str) -> None:
    case = approved(story) if missing == "training" else trained(story) if missing == "fee" else ready_to_sit(story)
    if missing != "answer":
        accommodate.answer_accommodation(case.pk, is_needed=False, actor=story.actor("maria"), now=story.now)
    assert queries.open_authorisation(case) is None
    assert progress(fresh(case), now=story.now).step == {"answer": "accommodation"}.get(missing, missing)
    with pytest.raises(Refused) as refused:
        sit.authorise(case.pk, because="Please.", actor=story.actor("li"), now=story.now)
    assert refused.value.reason == "not_ready_to_sit"
    assert not Task.objects.filter(case=case, kind="authorise").exists()


def test_the_same_candidate_id_serves_every_sitting_of_a_person(story: Story) -> None:
    case = authorised(story)
    first = queries.open_authorisation(case)
    story.wait(days=30)
    sat(story, case, "FAIL")
    case = retake(story, case)
    second = queries.open_authorisation(case)
    assert first is not None
    assert second is not None
    assert first.candidate_id == second.candidate_id
    assert first.number != second.number


def test_a_changed_code_of_ethics_is_agreed_to_before_the_first_authorisation(
    story: Story, reform: Callable[..., None]
) -> None:
    case = ready_to_sit(story)
    maria = story.actor("maria")
    story.wait(days=10)
    reform("ethics_code_version", "2026-06", day_of(story.now))
    accommodate.answer_accommodation(case.pk, is_needed=False, actor=maria, now=story.now)
    assert progress(fresh(case), now=story.now).step == "ethics"
    for name, version, reason in (
        ("María García-López", "2022-05", "code_changed"),
        ("Someone Else", "2026-06", "signature_differs"),
    ):
        with pytest.raises(Refused) as refused:
            sit.agree_to_ethics(case.pk, name, version=version, actor=maria, now=story.now)
        assert refused.value.reason == reason
    sit.agree_to_ethics(case.pk, "maria garcia lopez", version="2026-06", actor=maria, now=story.now)
    assert Application.objects.get(case=case).ethics_version == "2026-06"
    assert queries.open_authorisation(case) is not None
    assert case.timeline.get(verb="ethics_agreed_again").values == {"version": "2026-06", "before": "2022-05"}


def test_a_code_that_changes_later_is_not_asked_about_before_a_retake(
    story: Story, reform: Callable[..., None]
) -> None:
    case = authorised(story)
    story.wait(days=20)
    sat(story, case, "FAIL")
    reform("ethics_code_version", "2026-06", day_of(story.now))
    case = retake(story, case)
    assert queries.open_authorisation(case) is not None


# --- results


def test_a_pass_certifies_by_itself(story: Story) -> None:
    case = certified(story)
    assert case.stage == "certified"
    assert Certificate.objects.filter(case=case).count() == 1
    assert "result_pass" not in letters(case)


def test_a_pass_under_a_hold_is_told_and_waits_for_an_officer(story: Story) -> None:
    case = authorised(story)
    review.hold(case.pk, "identity_question", "A question is open.", actor=story.actor("li"), now=story.now)
    story.wait(days=14)
    case = sat(story, case, "PASS")
    assert case.stage == "approved"
    assert letters(case)[-1] == "result_pass"
    assert progress(case, now=story.now).step == "passed"


def test_a_fail_is_told_with_the_scores_as_told_and_what_can_be_done(story: Story) -> None:
    case = authorised(story, "devon")
    story.wait(days=14)
    case = sat(story, case, "FAIL", scores=SCORES)
    text = letter(case, "result_fail").text
    assert "Administrative Responsibilities: 61" in text
    assert "Crisis Management: 68" in text
    assert "2 of your sittings left" in text
    assert "$150.00" in text
    assert "failed" not in text
    assert progress(case, now=story.now).step == "retake"
    assert Sitting.objects.get(case=case).uses_attempt is True


def test_three_sittings_then_none_is_left_and_the_letter_says_what_comes(story: Story) -> None:
    case = authorised(story, "devon")
    for number in (1, 2, 3):
        story.wait(days=14)
        case = sat(story, case, "FAIL", appointment=f"V{number}")
        if number < 3:
            case = retake(story, case, "devon")
            held = queries.open_authorisation(case)
            assert held is not None
            assert held.sitting == number + 1
    assert "last sitting of this approval" in letter(case, "result_fail").text
    assert progress(case, now=story.now).step == "no_sittings"
    with pytest.raises(Refused) as refused:
        sit.ask_for_retake(case.pk, actor=story.actor("devon"), now=story.now)
    assert refused.value.reason == "no_sittings_left"
    with pytest.raises(Refused) as refused:
        sit.authorise(case.pk, because="Once more.", actor=story.actor("li"), now=story.now)
    assert refused.value.reason == "law_says_no"
    assert list(Due.objects.filter(case=case, item="retake").order_by("sitting").values_list("sitting", flat=True)) == [
        2,
        3,
    ]


def test_a_retake_is_asked_for_once_and_waits_for_its_fee(story: Story) -> None:
    case = authorised(story)
    story.wait(days=14)
    sat(story, case, "FAIL")
    first = sit.ask_for_retake(case.pk, actor=story.actor("maria"), now=story.now)
    again = sit.ask_for_retake(case.pk, actor=story.actor("maria"), now=story.now)
    assert first == again
    assert letters(case).count("retake") == 1
    assert queries.open_authorisation(case) is None
    assert progress(fresh(case), now=story.now).step == "retake_fee"
    paid(story, case, "retake", 2)
    assert queries.open_authorisation(case) is not None
    assert queries.open_retake(case) is None


def test_nobody_gives_leave_to_another_sitting_by_hand_before_it_is_asked_for_and_paid(story: Story) -> None:
    case = authorised(story)
    story.wait(days=14)
    sat(story, case, "FAIL")
    with pytest.raises(Refused) as refused:
        sit.authorise(case.pk, because="Please.", actor=story.actor("li"), now=story.now)
    assert refused.value.reason == "not_ready_to_sit"


@pytest.mark.parametrize(
    ("state", "reason"), [("none", "already_authorised"), ("NO_SHOW", "already_authorised"), ("PASS", "passed_already")]
)
def test_a_retake_is_refused_where_none_is_needed(story: Story, state: str, reason: str) -> None:
    case = authorised(story)
    if state == "PASS":
        review.hold(case.pk, "identity_question", "A question is open.", actor=story.actor("li"), now=story.now)
    story.wait(days=3)
    if state != "none":
        sat(story, case, state)
    with pytest.raises(Refused) as refused:
        sit.ask_for_retake(case.pk, actor=story.actor("maria"), now=story.now)
    assert refused.value.reason == reason


def test_a_retake_needs_a_sitting_that_counted(story: Story) -> None:
    case = ready_to_sit(story)
    with pytest.raises(Refused) as refused:
        sit.ask_for_retake(case.pk, actor=story.actor("maria"), now=story.now)
    assert refused.value.reason == "no_retake_needed"


def test_a_no_show_does_not_count_while_its_figure_is_unconfirmed(story: Story) -> None:
    case = authorised(story, "devon")
    story.wait(days=14)
    case = sat(story, case, "NO_SHOW")
    assert Sitting.objects.get(case=case).uses_attempt is None
    assert queries.attempts_used(case) == 0
    held = queries.open_authorisation(case)
    assert held is not None
    assert held.used_at is None
    assert "does not use one of your sittings" in letter(case, "no_show").text
    assert "book again" in letter(case, "no_show").text


def test_a_no_show_counts_where_a_confirmed_figure_of_its_day_says_so(
    story: Story, reform: Callable[..., None]
) -> None:
    case = authorised(story, "devon")
    reform("no_show_uses_sitting", True, day_of(story.now + timedelta(days=10)))
    story.wait(days=2)
    case = sat(story, case, "NO_SHOW")
    assert queries.attempts_used(case) == 0
    story.wait(days=10)
    case = sat(story, case, "NO_SHOW", appointment="V2")
    assert queries.attempts_used(case) == 1
    assert queries.open_authorisation(case) is None
    assert "uses one of your sittings" in letter(case, "no_show").text


@pytest.mark.parametrize("state", ["CANCELLED", "VENDOR_FAILURE"])
def test_what_is_cancelled_in_time_or_fails_at_the_vendor_never_counts(story: Story, state: str) -> None:
    case = authorised(story)
    story.wait(days=14)
    case = sat(story, case, state)
    assert queries.attempts_used(case) == 0
    assert queries.open_authorisation(case) is not None
    assert ("sitting_not_held" in letters(case)) == (state == "VENDOR_FAILURE")
