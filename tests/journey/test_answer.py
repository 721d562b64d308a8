"""What was asked is answered item by item; nothing given is lost, and everything is sent once."""

from datetime import timedelta

import pytest

from peercert.program.casework.models import Case, Clock, Question, Request
from peercert.program.casework.queries import running_clock
from peercert.program.errors import Refused
from peercert.program.journey import answer, ask, clockwork, documents, review
from peercert.program.notices.actions import record_sent
from peercert.program.notices.models import Letter
from peercert.program.review.models import Check
from peercert.rules.days import day_of
from tests import stories
from tests.stories import Story

pytestmark = pytest.mark.django_db


def asked(story: Story) -> tuple[Case, Request]:
    """A case in review in which the ID photo and the schooling were asked for again."""
    case = stories.in_review(story)
    ana = story.actor("ana")
    for code, reason in (("id_photo", "id_unreadable"), ("education_shown", "education_unreadable")):
        review.mark(Check.objects.get(case=case, code=code).pk, "fail", [reason], actor=ana, now=story.now)
    keys = [ask.key_of(one) for one in ask.may_be_asked(case)]
    assert len(keys) == 2
    request = ask.ask_for_more(case.pk, keys, actor=ana, now=story.now)
    return Case.objects.get(pk=case.pk), request


def answer_all(story: Story, case: Case, request: Request) -> None:
    first, second = request.items.order_by("position")
    paper = documents.give_document(
        case.pk, kind="photo_id", name="new.jpg", content=stories.picture("new"), actor=story.actor("maria"),
        now=story.now,
    )  # fmt: skip
    answer.answer_item(first.pk, document=paper, actor=story.actor("maria"), now=story.now)
    answer.answer_item(
        second.pk, cannot_give=True, text="The school closed.", actor=story.actor("maria"), now=story.now
    )


def test_an_answer_is_kept_at_once_and_nothing_is_sent_before_all_are_there() -> None:
    story = Story()
    _, request = asked(story)
    first, second = request.items.order_by("position")
    answer.answer_item(second.pk, text="I am looking for it", actor=story.actor("maria"), now=story.now)
    second.refresh_from_db()
    assert second.answer == "I am looking for it"
    with pytest.raises(Refused, match="items_open") as refused:
        answer.send_answers(request.pk, actor=story.actor("maria"), now=story.now)
    assert refused.value.values["items"] == [first.position]
    request.refresh_from_db()
    assert request.closed_at is None


def test_sending_closes_the_request_once_and_our_clock_goes_on() -> None:
    story = Story()
    case, request = asked(story)
    promised = Clock.objects.get(case=case, kind="review").due_on
    story.wait(days=5)
    answer_all(story, case, request)
    for _ in range(2):
        answer.send_answers(request.pk, actor=story.actor("maria"), now=story.now)
    request.refresh_from_db()
    assert request.outcome == "answered"
    assert case.timeline.filter(verb="request_answered").count() == 1
    assert Letter.objects.filter(case=case, code="answers_received").count() == 1
    clock = running_clock(case, "review")
    assert clock is not None
    assert (clock.paused_on, clock.due_on) == (None, promised + timedelta(days=5))


def test_not_mine_to_give_is_an_answer_that_the_law_hears_of() -> None:
    from peercert.program.journey.law import facts_for

    story = Story()
    case, request = asked(story)
    answer_all(story, case, request)
    answer.send_answers(request.pk, actor=story.actor("maria"), now=story.now)
    assert facts_for(case, "apply", now=story.now).nothing_more == ("education",)


def test_a_file_that_cannot_be_used_is_no_answer() -> None:
    story = Story()
    case, request = asked(story)
    first = request.items.order_by("position")[0]
    broken = documents.give_document(
        case.pk, kind="photo_id", name="x.jpg", content=stories.picture()[:300], actor=story.actor("maria"),
        now=story.now,
    )  # fmt: skip
    answer.answer_item(first.pk, document=broken, actor=story.actor("maria"), now=story.now)
    documents.judge(broken.pk, now=story.now)
    first.refresh_from_db()
    assert not answer.is_answered(first)


def test_nobody_else_answers() -> None:
    story = Story()
    _, request = asked(story)
    item = request.items.order_by("position")[0]
    for who in ("devon", "ana"):
        with pytest.raises(Refused, match="not_yours"):
            answer.answer_item(item.pk, text="mine", actor=story.actor(who), now=story.now)


def closed_unanswered(story: Story) -> tuple[Case, Request]:
    case, request = asked(story)
    for letter in Letter.objects.filter(case=case):
        record_sent(letter, now=story.now)
    for _ in range(60):
        story.wait(days=1)
        clockwork.tick(story.now)
        for letter in Letter.objects.filter(case=case, state="waiting"):
            record_sent(letter, now=story.now)
        case.refresh_from_db()
        if case.stage == "not_completed":
            return case, request
    raise AssertionError("the request never ran out")


def test_answering_within_the_days_opens_a_closed_case_again_without_a_new_fee() -> None:
    story = Story()
    case, request = closed_unanswered(story)
    dues = case.dues.count()
    answer_all(story, case, request)
    answer.send_answers(request.pk, actor=story.actor("maria"), now=story.now)
    case.refresh_from_db()
    assert (case.stage, case.dues.count()) == ("review", dues)
    assert case.application.closed_at is None
    assert running_clock(case, "review") is not None


def test_after_those_days_the_answer_comes_too_late() -> None:
    story = Story()
    case, request = closed_unanswered(story)
    story.wait(days=90)
    with pytest.raises(Refused, match="request_closed"):
        answer_all(story, case, request)


def test_a_question_joins_the_case_with_a_clock_and_is_asked_once() -> None:
    story = Story()
    case = stories.in_review(story)
    for _ in range(2):
        answer.ask_question(case.pk, " ¿Llegó mi pago? ", language="es", actor=story.actor("maria"), now=story.now)
    question = Question.objects.get(case=case)
    assert (question.text, question.language) == ("¿Llegó mi pago?", "es")
    clock = running_clock(case, "question")
    assert clock is not None
    assert (clock.owed_by, clock.due_on) == ("us", question.due_on)
    assert question.due_on > day_of(story.now)


@pytest.mark.parametrize(("text", "code"), [("  ", "question_empty"), ("x" * 4001, "answer_too_long")])
def test_a_question_that_cannot_be_taken_is_told_why(text: str, code: str) -> None:
    story = Story()
    case = stories.in_review(story)
    with pytest.raises(Refused, match=code):
        answer.ask_question(case.pk, text, language="en", actor=story.actor("maria"), now=story.now)


def test_the_sixth_open_question_waits() -> None:
    story = Story()
    case = stories.in_review(story)
    for number in range(5):
        answer.ask_question(case.pk, f"{number}?", language="en", actor=story.actor("maria"), now=story.now)
    with pytest.raises(Refused, match="questions_open"):
        answer.ask_question(case.pk, "6?", language="en", actor=story.actor("maria"), now=story.now)
