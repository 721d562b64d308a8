"""Accommodations for the exam: asked for, decided by an exam officer, and what the authorisation does meanwhile."""

import dataclasses
from datetime import timedelta

import pytest

from peercert.program.access import Barred
from peercert.program.casework.models import Task
from peercert.program.casework.queries import running_clock
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import Accommodation
from peercert.program.exams.progress import progress
from peercert.program.journey import accommodate, determine, oversee, sit
from peercert.rules.days import day_of, end_of
from peercert.words import day
from tests.journey.sitting import asked_for, decided, fresh, letter, letters
from tests.stories import (
    Story,
    authorised,
    ready_to_sit,
    vendor_line,
    vendor_told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


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
    rows = case.timeline.filter(verb__contains="accommodation").order_by("pk")
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
