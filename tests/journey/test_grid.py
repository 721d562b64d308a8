"""The whole grid of stages and verbs: where the lifecycle has no step, nothing moves and nothing is written."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from peercert.program.casework.lifecycle import APPLICATION, STAGES, VERBS, allowed
from peercert.program.casework.models import Case, TimelineEntry
from peercert.program.casework.moves import PAST, move
from peercert.program.determinations.queries import decided
from peercert.program.errors import Refused
from peercert.program.journey import accommodate, apply, ask, clockwork, determine, notice, oversee, review, sit, train
from peercert.program.notices.models import Letter
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.review.models import Check
from peercert.rules.days import add_days, day_of
from tests import stories

pytestmark = pytest.mark.django_db


def denied(story: stories.Story) -> Case:
    case = stories.looked_at(story, stories.in_review(story))
    check = Check.objects.get(case=case, code="education_shown")
    review.mark(check.pk, "fail", ["education_not_completed"], actor=story.actor("ana"), now=story.now)
    review.recommend(case.pk, "deny", "The school said so.", actor=story.actor("ana"), now=story.now)
    determine.deny(
        case.pk,
        [f"mark:{check.pk}:education_not_completed"],
        "The school said so.",
        actor=story.actor("tom"),
        now=story.now,
    )
    return case


def not_completed(story: stories.Story) -> Case:
    case = stories.in_review(story)
    check = Check.objects.get(case=case, code="education_shown")
    review.mark(check.pk, "fail", ["education_unreadable"], actor=story.actor("ana"), now=story.now)
    request = ask.ask_for_more(case.pk, [f"{check.pk}:education_unreadable"], actor=story.actor("ana"), now=story.now)
    notice.opened(notice.request_letter(request).pk, actor=story.actor("maria"), now=story.now)
    for _ in range(60):
        story.wait(days=1)
        clockwork.tick(story.now)
    return case


def ended(story: stories.Story) -> Case:
    case = stories.approved(story)
    for _ in range(14):
        story.wait(days=28)
        clockwork.tick(story.now)
        for letter in Letter.objects.filter(case=case, reached_on=None):
            notice.opened(letter.pk, actor=story.actor("maria"), now=story.now)
    return case


def withdrawn(story: stories.Story) -> Case:
    case = stories.submitted(story)
    apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    return case


LIVED: dict[str, Callable[[stories.Story], Case]] = {
    "draft": stories.drafted, "submitted": stories.submitted, "review": stories.in_review,
    "recommended": stories.recommended, "approved": stories.approved, "certified": stories.certified,
    "denied": denied, "not_completed": not_completed, "withdrawn": withdrawn, "ended": ended,
}  # fmt: skip

#: Steps that answer a second call with what the first one did, instead of refusing it.
SAME_AGAIN = {"submit", "withdraw"}


def another_determiner(story: stories.Story) -> Actor:
    return Actor(story.person("sam"), "determiner", frozenset({"determiner", "program_manager"}))


def first_check(case: Case) -> int:
    found = Check.objects.filter(case=case).order_by("position").first()
    return found.pk if found else 0


def steps(story: stories.Story, case: Case) -> dict[str, Callable[[], Any]]:
    """Every verb of the lifecycle that a person takes, called as a person with the right role calls it."""
    ana, tom, li = story.actor("ana"), story.actor("tom"), story.actor("li")
    maria, sam = story.actor("maria"), another_determiner(story)
    now, on = story.now, day_of(story.now)
    made = decided(case)
    calls: dict[str, Callable[[], Any]] = {
        "submit": lambda: apply.submit(case.pk, uuid4(), actor=maria, now=now),
        "discard": lambda: apply.discard(case.pk, actor=maria, now=now),
        "withdraw": lambda: apply.withdraw(case.pk, actor=maria, now=now),
        "ask": lambda: ask.ask_for_more(case.pk, ["1:education_unreadable"], actor=ana, now=now),
        "recommend": lambda: review.recommend(case.pk, "approve", "x", actor=ana, now=now),
        "send_back": lambda: determine.send_back(case.pk, "x", actor=tom, now=now),
        "approve": lambda: determine.approve(case.pk, "x", actor=tom, now=now),
        "deny": lambda: determine.deny(case.pk, ["law:adult"], "x", actor=tom, now=now),
        "give_training": lambda: train.give_training(
            case.pk, provider_name="P", language="es", hours=80, started_on=add_days(on, -40), completed_on=on,
            document=uuid4(), actor=maria, now=now,
        ),
        "accept_training": lambda: review.accept_training(case.pk, uuid4(), actor=ana, now=now),
        "agree_to_ethics": lambda: sit.agree_to_ethics(case.pk, "María García", version="none", actor=maria, now=now),
        "answer_accommodation": lambda: accommodate.answer_accommodation(
            case.pk, is_needed=False, actor=maria, now=now
        ),
        "decide_accommodation": lambda: accommodate.decide_accommodation(
            case.pk, outcome="granted", codes="EXTRA30", actor=li, now=now
        ),
        "ask_for_retake": lambda: sit.ask_for_retake(case.pk, actor=maria, now=now),
        "authorise": lambda: sit.authorise(case.pk, because="x", actor=li, now=now),
        "cancel_authorisation": lambda: sit.cancel_authorisation(case.pk, reason="by_request", actor=li, now=now),
        "reopen": lambda: oversee.reopen(case.pk, "x", actor=sam, now=now),
        "supersede_with_approval": lambda: determine.supersede(case.pk, "approve", "x", actor=sam, now=now),
        "supersede_with_denial": lambda: determine.supersede(case.pk, "deny", "x", ["law:adult"], actor=sam, now=now),
    }  # fmt: skip
    if check := first_check(case):
        calls["mark"] = lambda: review.mark(check, "pass", actor=ana, now=now)
    if made is not None:
        calls["record_appeal"] = lambda: determine.record_appeal(
            made.pk, received_on=on, way="mail", actor=ana, now=now
        )
    return calls


@pytest.mark.parametrize("stage", sorted(set(STAGES)))
def test_a_step_that_the_table_does_not_have_is_refused_and_changes_nothing(stage):
    story = stories.Story()
    case = LIVED[stage](story)
    case = Case.objects.get(pk=case.pk)
    assert case.stage == stage
    for verb, call in steps(story, case).items():
        if verb in allowed(stage):
            continue
        before = TimelineEntry.objects.filter(case=case).count()
        if verb in SAME_AGAIN and _was_done(case, verb):
            call()
        else:
            with pytest.raises(Refused):
                call()
        after = Case.objects.get(pk=case.pk)
        assert (after.stage, after.closed_at) == (stage, case.closed_at), verb
        assert TimelineEntry.objects.filter(case=case).count() == before, verb


def _was_done(case: Case, verb: str) -> bool:
    return TimelineEntry.objects.filter(case=case, verb=PAST[verb]).exists()


def test_the_one_writer_of_the_stage_refuses_every_step_outside_the_table():
    story = stories.Story()
    case = stories.drafted(story)
    for stage in sorted(set(STAGES)):
        for verb in VERBS:
            case.stage = stage
            if (stage, verb) in APPLICATION:
                continue
            with pytest.raises(Refused) as caught:
                move(case, verb, actor=PROGRAM, now=story.now)
            assert (caught.value.reason, caught.value.values) == ("not_in_this_stage", {"stage": stage, "verb": verb})
            assert case.stage == stage
    assert not TimelineEntry.objects.filter(case=case, stage_before__in=["approved", "denied"]).exists()


def test_every_verb_has_its_word_in_the_past_tense():
    assert set(VERBS) == set(PAST)
