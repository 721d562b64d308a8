"""To the exam: the accommodation, leave to sit, what a result leads to, and another sitting."""

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from peercert.program.access import Barred
from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Task
from peercert.program.casework.queries import running_clock
from peercert.program.certificates.models import Certificate, Standing
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import Accommodation, ExamAuthorisation, Sitting
from peercert.program.exams.progress import progress
from peercert.program.journey import accommodate, certify, clockwork, determine, oversee, review, sit, train
from peercert.program.money.models import Due
from peercert.program.notices.models import Letter
from peercert.rules import figures
from peercert.rules.days import day_of, end_of
from peercert.rules.figures import Figure, Figures
from peercert.words import day
from tests.stories import (
    BEGIN,
    Story,
    approved,
    authorised,
    certified,
    give,
    paid,
    provider,
    ready_to_sit,
    sat,
    submitted,
    trained,
    vendor_line,
    vendor_told,
)

pytestmark = pytest.mark.django_db

SCORES = (61, 62, 63, 64, 65, 66, 67, 68)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def reform(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A new entry of a figure comes into force on a day."""

    def enact(name: str, value: Any, since: date, certainty: str = "confirmed") -> None:
        law = figures.in_force()
        reformed = law.overlay(Figures({name: [Figure(name, value, since, "a later rule", certainty)]}))
        for part, held in vars(reformed).items():
            monkeypatch.setattr(law, part, held)

    return enact


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def letters(case: Case) -> list[str]:
    return list(Letter.objects.filter(case=case).order_by("pk").values_list("code", flat=True))


def letter(case: Case, code: str) -> Letter:
    return Letter.objects.filter(case=case, code=code).order_by("-pk")[0]


def happened(case: Case) -> list[str]:
    return list(case.timeline.order_by("pk").values_list("verb", flat=True))


def asked_for(story: Story, case: Case, needs: str = "A separate room, please.", **more: Any) -> Accommodation:
    return accommodate.answer_accommodation(
        case.pk, is_needed=True, needs=needs, actor=story.actor("maria"), now=story.now, **more
    )


def decided(story: Story, case: Case, outcome: str, **more: Any) -> Accommodation:
    return accommodate.decide_accommodation(case.pk, outcome=outcome, actor=story.actor("li"), now=story.now, **more)


def retake(story: Story, case: Case, who: str = "maria") -> Case:
    """Another sitting asked for and paid."""
    request = sit.ask_for_retake(case.pk, actor=story.actor(who), now=story.now)
    return paid(story, case, "retake", request.sitting)


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


# --- accommodations


def test_a_yes_holds_the_authorisation_until_it_is_granted(story: Story) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    assert queries.open_authorisation(case) is None
    clock = running_clock(case, "accommodation")
    assert clock is not None
    assert clock.owed_by == "us"
    story.wait(days=5)
    decided(story, case, "granted", codes="separate_room, extra_time_50")
    held = queries.open_authorisation(case)
    assert held is not None
    assert held.vendor_codes == "EXTRA_TIME_50;SEPARATE_ROOM"
    assert running_clock(case, "accommodation") is None
    assert letters(case)[-2:] == ["accommodation_granted", "authorised_to_test"]


def test_what_was_asked_lies_sealed_and_is_told_nowhere_else(story: Story) -> None:
    case = ready_to_sit(story)
    answer = asked_for(story, case, "JAWS, a screen reader")
    decided(story, case, "granted", codes="JAWS")
    kept = Accommodation.objects.get(pk=answer.pk)
    assert b"JAWS" not in bytes(kept.needs)
    assert queries.needs(kept) == "JAWS, a screen reader"
    rows = case.timeline.filter(verb__contains="accommodation")
    assert [(row.verb, row.values) for row in rows] == [("accommodation_answered", {}), ("accommodation_decided", {})]
    assert "JAWS" not in letter(case, "accommodation_granted").text


def test_the_words_of_one_case_do_not_open_in_another(story: Story) -> None:
    case, other = ready_to_sit(story), ready_to_sit(story, "devon")
    answer = asked_for(story, case)
    answer.case = other
    with pytest.raises(Exception, match="do not open"):
        queries.needs(answer)


def test_a_reason_that_can_be_mended_is_asked_for_first(story: Story) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    li = story.actor("li")
    with pytest.raises(Refused) as refused:
        decided(story, case, "refused", reason="form_missing")
    assert refused.value.reason == "ask_first"
    accommodate.ask_about_accommodation(case.pk, reason="form_missing", actor=li, now=story.now)
    clock = running_clock(case, "accommodation")
    assert clock is not None
    assert clock.paused_on == day_of(story.now)
    found = progress(fresh(case), now=story.now)
    assert (found.step, found.asked_by) == ("accommodation_more", day_of(story.now) + timedelta(days=30))
    story.wait(days=1)
    with pytest.raises(Refused):
        decided(story, case, "refused", reason="form_missing")
    asked_for(story, case, "I could not get the form.")
    clock = running_clock(case, "accommodation")
    assert clock is not None
    assert clock.paused_on is None
    assert progress(fresh(case), now=story.now).step == "accommodation_review"
    decided(story, case, "refused", reason="form_missing")
    text = letter(case, "accommodation_refused").text
    assert "formulario de adaptaciones" in text
    assert "apelar" in text
    assert queries.open_authorisation(case) is not None


def test_an_appeal_about_the_exam_is_answered_about_the_exam_and_not_by_whoever_refused(story: Story) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    decided(story, case, "refused", reason="cannot_be_arranged")
    refused_on = day_of(story.now)
    story.wait(days=3)
    determine.record_appeal(
        case.determinations.get(question="apply").pk, received_on=day_of(story.now), way="mail",
        actor=story.actor("ana"), now=story.now,
    )  # fmt: skip
    task = Task.objects.get(case=case, kind="appeal")
    end = lambda who: oversee.close_task(task.pk, "stands", "Read.", actor=who, now=story.now)  # noqa: E731
    li = dataclasses.replace(story.actor("li"), roles=frozenset({"exam_officer", "program_manager"}))
    with pytest.raises(Barred, match="decided_it"):
        end(li)
    end(story.actor("sam"))
    told = letter(case, "accommodation_appeal_decided")
    assert told.is_sealed
    assert day(refused_on, "es") in told.text
    assert "appeal_decided" not in letters(case)


def test_a_form_that_never_came_counts_once_the_days_for_it_have_passed(story: Story) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    accommodate.ask_about_accommodation(case.pk, reason="form_missing", actor=story.actor("li"), now=story.now)
    story.wait(days=31)
    assert decided(story, case, "refused", reason="form_missing").outcome == "refused"


def test_asking_late_does_not_undo_that_we_are_late(story: Story) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    clock = running_clock(case, "accommodation")
    assert clock is not None
    story.now = end_of(clock.due_on) + timedelta(hours=1)
    accommodate.ask_about_accommodation(case.pk, reason="form_missing", actor=story.actor("li"), now=story.now)
    clock.refresh_from_db()
    assert clock.paused_on is None


def test_an_accommodation_is_decided_once(story: Story) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    decided(story, case, "withdrawn")
    with pytest.raises(Refused) as refused:
        decided(story, case, "granted", codes="JAWS")
    assert refused.value.reason == "decided_already"


@pytest.mark.parametrize(
    ("outcome", "more", "reason"),
    [
        ("granted", {"codes": " "}, "no_codes"),
        ("granted", {"codes": "extra time + 50"}, "bad_codes"),
        ("refused", {"reason": "because"}, "unknown_reason"),
        ("maybe", {}, "unknown_outcome"),
    ],
)
def test_a_decision_is_said_in_the_vendors_codes_or_a_known_reason(
    story: Story, outcome: str, more: dict[str, str], reason: str
) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    with pytest.raises(Refused) as refused:
        decided(story, case, outcome, **more)
    assert refused.value.reason == reason
    assert queries.holds_for_accommodation(case)


def test_the_person_may_take_the_request_back_by_answering_no(story: Story) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    story.wait(hours=2)
    accommodate.answer_accommodation(case.pk, is_needed=False, actor=story.actor("maria"), now=story.now)
    assert queries.open_authorisation(case) is not None
    assert running_clock(case, "accommodation") is None


def test_asking_after_the_authorisation_takes_it_back_until_decided(story: Story) -> None:
    case = authorised(story)
    first = queries.open_authorisation(case)
    assert first is not None
    story.wait(days=3)
    asked_for(story, case)
    first.refresh_from_db()
    assert first.cancelled_because == "accommodation_asked"
    decided(story, case, "granted", codes="SEPARATE_ROOM")
    second = queries.open_authorisation(case)
    assert second is not None
    assert (second.sitting, second.vendor_codes) == (1, "SEPARATE_ROOM")
    assert second.candidate_id == first.candidate_id


def test_a_booked_sitting_is_cancelled_with_the_vendor_before_asking(story: Story) -> None:
    case = authorised(story)
    start = story.now + timedelta(days=20)
    vendor_told(story, vendor_line(story, case, "BOOKED", starts_at=start, as_of=story.now))
    with pytest.raises(Refused) as refused:
        asked_for(story, case)
    assert refused.value.reason == "booked_already"
    assert queries.open_authorisation(case) is not None
    story.wait(days=1)
    vendor_told(story, vendor_line(story, case, "CANCELLED", starts_at=start, as_of=story.now))
    asked_for(story, case)
    assert queries.open_authorisation(case) is None


@pytest.mark.parametrize("who", ["ana", "tom", "grace", "sam", "pat", "robin", "maria"])
def test_only_an_exam_officer_decides(story: Story, who: str) -> None:
    case = ready_to_sit(story)
    asked_for(story, case)
    for function, values in (
        (accommodate.decide_accommodation, {"outcome": "granted", "codes": "JAWS"}),
        (accommodate.ask_about_accommodation, {"reason": "form_missing"}),
        (sit.authorise, {"because": "x"}),
        (sit.cancel_authorisation, {"reason": "mistake"}),
    ):
        with pytest.raises(Refused) as refused:
            function(case.pk, actor=story.actor(who), now=story.now, **values)  # type: ignore[operator]
        assert refused.value.reason == "not_yours"


@pytest.mark.parametrize("who", ["devon", "li", "ana"])
def test_only_the_person_takes_the_persons_steps(story: Story, who: str) -> None:
    case = ready_to_sit(story)
    actor = story.actor(who)
    for act in (
        lambda: accommodate.answer_accommodation(case.pk, is_needed=False, actor=actor, now=story.now),
        lambda: sit.ask_for_retake(case.pk, actor=actor, now=story.now),
        lambda: sit.agree_to_ethics(case.pk, "x", version="2022-05", actor=actor, now=story.now),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.reason == "not_yours"


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
