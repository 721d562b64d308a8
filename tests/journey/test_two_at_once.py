"""Two officers at once, over two real connections: one step, one polite refusal, each row exactly once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from peercert.program.casework.models import Case, TimelineEntry
from peercert.program.determinations.models import Determination
from peercert.program.errors import Refused
from peercert.program.journey import ask, determine, review
from peercert.program.notices.models import Letter
from peercert.program.people.actor import Actor
from peercert.program.people.models import RoleGrant
from peercert.program.review.models import Check
from tests import stories

pytestmark = pytest.mark.database("locks")


def at_once(*calls: Any) -> list[str]:
    """Take the steps in threads of their own, started together; "done" or the refusal's code for each."""
    start = Barrier(len(calls))

    def take(call: Any) -> str:
        try:
            start.wait()
            call()
        except Refused as refusal:
            return refusal.reason
        else:
            return "done"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(take, calls))


def two_determiners(story: stories.Story) -> tuple[Actor, Actor]:
    sam = story.person("sam")
    RoleGrant.objects.create(person=sam, role="determiner", granted_at=story.now, seconded_at=story.now)
    return story.actor("tom"), Actor(sam, "determiner", frozenset({"determiner", "program_manager"}))


def test_two_who_approve_at_once_make_one_determination(committed):
    story = stories.Story()
    case = stories.recommended(story)
    tom, sam = two_determiners(story)
    answers = at_once(
        lambda: determine.approve(case.pk, "Seen.", actor=tom, now=story.now),
        lambda: determine.approve(case.pk, "Seen.", actor=sam, now=story.now),
    )
    assert answers == ["decided_meanwhile", "done"]
    assert Determination.objects.filter(case=case).count() == 1
    assert TimelineEntry.objects.filter(case=case, verb="approved").count() == 1
    assert Letter.objects.filter(case=case, code="approved_training").count() == 1


def test_one_who_approves_and_one_who_sends_back_do_not_both_succeed(committed):
    story = stories.Story()
    case = stories.recommended(story)
    tom, sam = two_determiners(story)
    answers = at_once(
        lambda: determine.approve(case.pk, "Seen.", actor=tom, now=story.now),
        lambda: determine.send_back(case.pk, "Look again.", actor=sam, now=story.now),
    )
    assert answers in (["decided_meanwhile", "done"], ["done", "not_in_this_stage"])
    stage = Case.objects.get(pk=case.pk).stage
    assert (stage == "approved") == Determination.objects.filter(case=case).exists()


def test_two_who_ask_at_once_send_one_letter(committed):
    story = stories.Story()
    case = stories.in_review(story)
    check = Check.objects.get(case=case, code="education_shown")
    ana, tom = story.actor("ana"), story.actor("tom")
    review.mark(check.pk, "fail", ["education_unreadable"], actor=ana, now=story.now)
    keys = [f"{check.pk}:education_unreadable"]
    answers = at_once(
        lambda: ask.ask_for_more(case.pk, keys, actor=ana, now=story.now),
        lambda: ask.ask_for_more(case.pk, keys, actor=tom, now=story.now),
    )
    assert answers == ["done", "request_open"]
    assert case.requests.count() == 1
    assert Letter.objects.filter(case=case, code="asked_for_more").count() == 1


def test_two_marks_at_once_leave_one_that_counts(committed):
    story = stories.Story()
    case = stories.in_review(story)
    check = Check.objects.get(case=case, code="education_shown")
    answers = at_once(
        lambda: review.mark(check.pk, "pass", actor=story.actor("ana"), now=story.now),
        lambda: review.mark(check.pk, "not_applicable", actor=story.actor("tom"), now=story.now),
    )
    assert answers == ["done", "done"]
    assert check.marks.filter(replaced_at=None).count() == 1
    assert check.marks.count() == 2
