"""Asking for more: one letter from the marked reasons, one place to answer each, rounds, and the ways back."""

import pytest

from peercert.program.applications.models import Application
from peercert.program.casework.models import Clock, Request, RequestItem
from peercert.program.errors import Refused
from peercert.program.journey import answer, ask, clockwork, notice, oversee, review
from peercert.program.notices.models import Letter
from peercert.program.review.models import Check
from peercert.program.review.queries import check_of_item, was_asked_for
from peercert.program.review.reasons import catalogue
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure
from peercert.words import fill
from tests import stories

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> stories.Story:
    return stories.Story()


def refusal(call) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.reason


def failed(story, case, code: str, *reasons: str) -> Check:
    check = Check.objects.filter(case=case, code=code).order_by("position")[0]
    review.mark(check.pk, "fail", reasons, actor=story.actor("ana"), now=story.now)
    return check


def asked(story, case) -> Request:
    keys = [ask.key_of(one) for one in ask.may_be_asked(case)]
    return ask.ask_for_more(case.pk, keys, actor=story.actor("ana"), now=story.now)


def reached(story, request: Request) -> None:
    letter = notice.request_letter(request)
    notice.opened(letter.pk, actor=story.actor("maria"), now=story.now)


def test_one_letter_asks_for_everything_item_by_item_in_the_persons_language(story):
    case = stories.in_review(story)
    failed(story, case, "id_name_matches", "id_one_last_name", "id_middle_name_differs")
    failed(story, case, "education_shown", "education_unreadable")
    request = asked(story, case)
    letter = Letter.objects.get(case=case, code="asked_for_more")
    assert letter.is_sealed
    assert letter.language == "es"
    for number, code in enumerate(("id_one_last_name", "id_middle_name_differs", "education_unreadable"), start=1):
        assert f"{number}. {fill('review_reasons', code, lang='es')}" in letter.text
        assert fill("review_reasons", code, lang="es", part="asks") in letter.text
    items = list(RequestItem.objects.filter(request=request).order_by("position"))
    assert [(item.position, item.reason) for item in items] == [
        (1, "id_one_last_name"),
        (2, "id_middle_name_differs"),
        (3, "education_unreadable"),
    ]
    assert [item.document_kind for item in items] == ["", "", "education"]
    assert check_of_item(items[2]).code == "education_shown"


def test_our_clock_waits_while_the_persons_runs(story):
    case = stories.in_review(story)
    failed(story, case, "education_shown", "education_unreadable")
    story.wait(days=5)
    request = asked(story, case)
    review_clock = Clock.objects.get(case=case, kind="review", ended_at=None)
    assert (review_clock.paused_on, review_clock.pause_reason) == (day_of(story.now), "request")
    answer_clock = Clock.objects.get(case=case, kind="answer", ended_at=None)
    days = figure("request_answer_days", day_of(story.now)).value
    assert answer_clock.due_on == request.due_on == add_days(day_of(story.now), days)
    assert answer_clock.owed_by == "person"


def test_what_cannot_be_mended_is_not_asked_for_and_nothing_marked_asks_nothing(story):
    case = stories.in_review(story)
    assert refusal(lambda: asked(story, case)) == "nothing_to_ask"
    failed(story, case, "education_shown", "education_not_completed")
    assert ask.may_be_asked(case) == []
    assert refusal(lambda: asked(story, case)) == "nothing_to_ask"


def test_only_what_was_chosen_is_asked(story):
    case = stories.in_review(story)
    failed(story, case, "id_name_matches", "id_one_last_name")
    kept = failed(story, case, "education_shown", "education_unreadable")
    ask.ask_for_more(case.pk, [f"{kept.pk}:education_unreadable"], actor=story.actor("ana"), now=story.now)
    assert [item.reason for item in RequestItem.objects.all()] == ["education_unreadable"]


def test_a_second_request_waits_for_the_first(story):
    case = stories.in_review(story)
    failed(story, case, "education_shown", "education_unreadable")
    asked(story, case)
    assert refusal(lambda: asked(story, case)) == "request_open"
    stories_recommend = lambda: review.recommend(case.pk, "deny", "x", actor=story.actor("ana"), now=story.now)  # noqa: E731
    assert refusal(stories_recommend) == "request_open"


def test_taking_a_request_back_ends_its_clock_lets_ours_run_and_does_not_count_as_a_round(story):
    case = stories.in_review(story)
    failed(story, case, "education_shown", "education_unreadable")
    request = asked(story, case)
    due = Clock.objects.get(case=case, kind="review").due_on
    story.wait(days=3)
    ana = story.actor("ana")
    assert refusal(lambda: ask.take_back_request(request.pk, " ", actor=ana, now=story.now)) == "reason_needed"
    ask.take_back_request(request.pk, "Found it in another document.", actor=ana, now=story.now)
    assert not Clock.objects.filter(case=case, kind="answer", ended_at=None).exists()
    clock = Clock.objects.get(case=case, kind="review", ended_at=None)
    assert (clock.paused_on, clock.due_on) == (None, add_days(due, 3))
    assert Letter.objects.filter(case=case, code="request_taken_back").count() == 1
    assert ask.rounds_used(case) == 0
    assert refusal(lambda: ask.take_back_request(request.pk, "x", actor=ana, now=story.now)) == "request_closed"


def test_the_program_asks_only_as_often_as_the_figure_says(story):
    case = stories.in_review(story)
    check = failed(story, case, "id_name_matches", "id_one_last_name")
    most = figure("request_rounds", day_of(story.now)).value
    for _ in range(most):
        request = asked(story, case)
        item = request.items.get()
        answer.answer_item(item.pk, text="García López", actor=story.actor("maria"), now=story.now)
        answer.send_answers(request.pk, actor=story.actor("maria"), now=story.now)
        story.wait(days=1)
    assert was_asked_for(case, check, "id_one_last_name")
    assert refusal(lambda: asked(story, case)) == "rounds_used"


def test_a_request_that_expired_wrongly_is_undone_by_an_officer_with_a_reason(story):
    case = stories.in_review(story)
    check = failed(story, case, "education_shown", "education_unreadable")
    request = asked(story, case)
    reached(story, request)
    for _ in range(60):
        story.wait(days=1)
        clockwork.tick(story.now)
    case.refresh_from_db()
    assert case.stage == "not_completed"
    assert Application.objects.get(case=case).closed_at is not None
    sam = story.actor("sam")
    assert refusal(lambda: oversee.reopen(case.pk, "", actor=sam, now=story.now)) == "reason_needed"
    oversee.reopen(case.pk, "The answer lay in the post room.", actor=sam, now=story.now)
    case.refresh_from_db()
    assert (case.stage, case.closed_at) == ("review", None)
    assert Application.objects.get(case=case).closed_at is None
    assert Clock.objects.filter(case=case, kind="review", ended_at=None).exists()
    assert ask.rounds_used(case) == 0
    assert not was_asked_for(case, check, "education_unreadable")
    assert Letter.objects.filter(case=case, code="reopened").count() == 1
    assert asked(story, case).round == 1


def test_after_the_approval_only_a_training_certificate_is_asked_about(story):
    case = stories.approved(story)
    paper = stories.give(story, case, "training_certificate")
    training = stories.train.give_training(
        case.pk, provider=stories.provider(story).uuid, language="es", hours=80,
        started_on=add_days(day_of(story.now), -40), completed_on=add_days(day_of(story.now), -10),
        document=paper.uuid, actor=story.actor("maria"), now=story.now,
    )  # fmt: skip
    education = Check.objects.get(case=case, code="education_shown")
    ana = story.actor("ana")
    settled = lambda: review.mark(education.pk, "fail", ["education_unreadable"], actor=ana, now=story.now)  # noqa: E731
    assert refusal(settled) == "marks_are_settled"
    failed(story, case, "training_hours", "training_hours_not_shown")
    accept = lambda: review.accept_training(case.pk, training.uuid, actor=ana, now=story.now)  # noqa: E731
    assert refusal(accept) == "checks_unmarked"
    request = asked(story, case)
    assert Letter.objects.filter(case=case, code="asked_for_more_training").count() == 1
    assert notice.request_letter(request) is not None
    assert Clock.objects.get(case=case, kind="training_review", ended_at=None).paused_on == day_of(story.now)
    case.refresh_from_db()
    assert case.stage == "approved"


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_coded_reason_has_its_words_in_both_languages(language):
    for code, one in catalogue().items():
        parts = ("officer", "says", "asks", "example") if one.is_mendable else ("officer", "says")
        for part in parts:
            text = fill("review_reasons", code, {"document": "X"}, lang=language, part=part)
            assert text == text.strip() != ""
            assert "!" not in text
        assert one.answer in ({"document", "text", "document_or_text"} if one.is_mendable else {""})
