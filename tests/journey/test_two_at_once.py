"""Two officers at once, over two real connections: one step, one polite refusal, each row exactly once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections

from peercert.program.casework.models import Case, TimelineEntry
from peercert.program.certificates.models import Certificate
from peercert.program.determinations.models import Determination
from peercert.program.errors import Refused
from peercert.program.journey import apply, ask, claim, determine, maintain, review, take_over
from peercert.program.journey.take_over import Whom
from peercert.program.notices.models import Letter
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person, RoleGrant
from peercert.program.review.models import Check
from peercert.rules.days import add_years, day_of
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


def one_after_the_other(person: Person, *calls: Any) -> list[str]:
    """Take steps that all come to wait, in this order, while somebody holds the person; then let them go."""
    holder = connection.copy()

    def waiting() -> int:
        with holder.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            return int(cursor.fetchone()[0])

    def take(call: Any) -> str:
        try:
            call()
        except Refused as refusal:
            return refusal.reason
        else:
            return "done"
        finally:
            connections.close_all()

    holder.set_autocommit(False)
    with ThreadPoolExecutor(len(calls)) as pool:
        try:
            with holder.cursor() as cursor:
                cursor.execute("SELECT FROM program_person WHERE id = %s FOR UPDATE", [person.pk])
            taken: list[Any] = []
            for call in calls:
                taken.append(pool.submit(take, call))
                while waiting() < len(taken) and not taken[-1].done():
                    pass
        finally:  # what fails here lets the steps go, too
            holder.close()
        return [one.result() for one in taken]


def sent(story: stories.Story, case: Case) -> Any:
    return lambda: apply.submit(case.pk, uuid4(), actor=story.actor("maria"), now=story.now)


def renamed(story: stories.Story, certificate: Certificate) -> Any:
    return partial(
        maintain.correct_name, certificate.pk, "María", "", "Vega", "marriage", actor=story.actor("sam"), now=story.now
    )


def test_two_applications_of_one_person_are_sent_at_once(committed):
    story = stories.Story()
    first, second = stories.drafted(story), stories.drafted(story, pathway="reciprocity")
    person = story.person("maria")
    assert one_after_the_other(person, sent(story, second), sent(story, first)) == ["done", "done"]
    assert set(Case.objects.values_list("stage", "sort_name")) == {("submitted", "garcia lopez, maria")}


def test_a_name_is_corrected_while_its_holder_sends_another_application(committed):
    story = stories.Story()
    held = stories.certified(story)
    other = stories.drafted(story, pathway="reciprocity")
    certificate = Certificate.objects.get(case=held)
    assert one_after_the_other(held.person, renamed(story, certificate), sent(story, other)) == ["done", "done"]
    assert set(Case.objects.values_list("sort_name", flat=True)) == {"vega, maria"}


def test_a_name_is_corrected_while_its_record_is_claimed(committed):
    story = stories.Story()
    whom = Whom("MPSS-00417", "María", "", "García-López", date(1988, 3, 14), "maria@example.com", "es")
    today, sam = day_of(story.now), story.actor("sam")
    take_over.take_over_holder(
        whom, pathway="initial", issued_on=today, last_on=add_years(today, 2), actor=sam, now=story.now
    )
    certificate = Certificate.objects.get()
    claimed = partial(claim.claim_record, whom.number, actor=story.actor("maria"), now=story.now)
    assert one_after_the_other(certificate.person, claimed, renamed(story, certificate)) == ["done", "done"]
    certificate.refresh_from_db()
    assert certificate.person == story.person("maria")
    assert certificate.case.sort_name == "vega, maria"
