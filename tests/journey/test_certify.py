"""Certifying: by itself where nobody has to weigh anything, once, and otherwise by an officer."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from peercert.jobs.certificates import print_missing
from peercert.program.access import Barred
from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Clock, Hold, Task
from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate, CertificateFile, Standing, Term
from peercert.program.determinations.models import Determination
from peercert.program.determinations.queries import replay
from peercert.program.errors import Refused
from peercert.program.exams.models import Sitting
from peercert.program.journey import certify, determine, review
from peercert.program.journey.orphans import orphans
from peercert.program.notices.models import Letter
from peercert.program.people.actor import PROGRAM
from peercert.program.people.models import DeclaredInterest
from peercert.program.review.models import PossibleMatch
from tests import stories


def held(story: stories.Story) -> Case:
    """A case that passed the exam while a hold stood on it."""
    case = stories.authorised(story)
    review.hold(case.pk, "identity_question", "Two records.", actor=story.actor("ana"), now=story.now)
    story.wait(days=14)
    return stories.sat(story, case, "PASS")


def task(case: Case) -> Task:
    return Task.objects.get(case=case, kind="certify", closed_at=None)


@pytest.mark.parametrize("pathway", ["initial", "reciprocity"])
def test_a_pass_makes_the_certificate_by_itself(db: None, pathway: str) -> None:
    story = stories.Story()
    case = stories.certified(story, pathway=pathway)
    certificate = Certificate.objects.get(case=case)
    assert case.stage == "certified"
    assert certificate.issued_on == date(2026, 5, 18)
    assert certificate.printed_name == "María García-López"
    assert Term.objects.get(certificate=certificate).last_on == date(2028, 5, 18)
    assert queries.standing_on(certificate, date(2028, 5, 18)).state == "in_force"
    decision = certificate.determination
    assert (decision.question, decision.outcome, decision.decided_by) == ("certify", "approve", None)
    assert replay(decision).is_same
    assert replay(decision).is_intact
    assert case.timeline.filter(verb="certified", role="program").count() == 1
    assert Letter.objects.get(case=case, code="certified").text.count(certificate.number) == 1
    assert Application.objects.get(case=case).closed_at is not None
    assert not Clock.objects.filter(case=case, ended_at=None).exists()


def test_the_letter_says_nothing_that_a_locked_phone_should_not_show(db: None) -> None:
    story = stories.Story()
    letter = Letter.objects.get(case=stories.certified(story), code="certified")
    shown = f"{letter.subject} {letter.message_text}".lower()
    assert not [word for word in ("peer", "pares", "recovery", "recuperación") if word in shown]


def test_the_document_is_made_by_the_worker_once(db: None, run_jobs: Callable[..., list[str]]) -> None:
    case = stories.certified(stories.Story())
    certificate = Certificate.objects.get(case=case)
    assert queries.newest_file(certificate) is None
    assert run_jobs().count("certificates.print") == 1
    file = queries.newest_file(certificate)
    certify.print_later(certificate)
    run_jobs()
    assert CertificateFile.objects.get() == file


def test_a_hold_waits_for_an_officer_and_lifting_it_is_enough(db: None) -> None:
    story = stories.Story()
    case = held(story)
    assert case.stage == "approved"
    assert task(case).values["obstacles"] == ["held"]
    review.lift_hold(Hold.objects.get(case=case).pk, "Seen.", actor=story.actor("sam"), now=story.wait(hours=1))
    case.refresh_from_db()
    assert case.stage == "certified"
    assert not Task.objects.filter(case=case, kind="certify", closed_at=None).exists()


def test_an_unanswered_match_waits_for_an_officer(db: None) -> None:
    story = stories.Story()
    case = stories.authorised(story)
    other = story.person("devon")
    PossibleMatch.objects.create(case=case, other=other, likeness="name", found_at=story.now)
    assert stories.sat(story, case, "PASS").stage == "approved"
    assert "match_unanswered" in task(case).values["obstacles"]
    with pytest.raises(Refused, match="match_unanswered"):
        certify.certify(case.pk, "Sure.", actor=story.actor("tom"), now=story.now)


def test_one_task_however_often_it_is_tried(db: None) -> None:
    story = stories.Story()
    case = held(story)
    for _ in range(3):
        certify.certify_if_ready(case, actor=PROGRAM, now=story.now)
    assert Task.objects.filter(case=case, kind="certify").count() == 1
    assert not Certificate.objects.exists()


def test_nothing_follows_without_a_pass(db: None) -> None:
    story = stories.Story()
    case = stories.sat(story, stories.authorised(story), "FAIL", scores=(50,) * 8)
    assert certify.certify_if_ready(case, actor=PROGRAM, now=story.now) is None
    assert not Task.objects.filter(case=case, kind="certify").exists()
    with pytest.raises(Refused, match="no_pass"):
        certify.certify(case.pk, "Sure.", actor=story.actor("tom"), now=story.now)


def test_what_the_law_is_not_sure_of_an_officer_decides_with_a_reason(db: None) -> None:
    story = stories.Story()
    case = held(story)
    Hold.objects.filter(case=case).update(lifted_at=story.now, lifted_by=story.person("sam"))
    Sitting.objects.filter(case=case).update(sat_on=date(2029, 1, 1))  # a pass that the twelve months do not cover
    assert certify.certify_if_ready(case, actor=PROGRAM, now=story.now) is None
    tom = story.actor("tom")
    with pytest.raises(Refused, match="difference_needs_reason"):
        certify.certify(case.pk, " ", actor=tom, now=story.now)
    made = certify.certify(case.pk, "The vendor mistyped the year.", actor=tom, now=story.now)
    assert (made.determination.decided_by, made.determination.because) == (tom.person, "The vendor mistyped the year.")
    assert made.determination.law_outcome != "approve"
    with pytest.raises(Refused, match="already_certified"):
        certify.certify(case.pk, "Again.", actor=tom, now=story.now)


@pytest.mark.parametrize("who", ["ana", "li", "grace", "sam", "pat", "robin", "maria"])
def test_only_a_determiner_certifies(db: None, who: str) -> None:
    story = stories.Story()
    case = held(story)
    with pytest.raises(Refused, match="not_yours"):
        certify.certify(case.pk, "Sure.", actor=story.actor(who), now=story.now)


def test_a_tie_to_the_person_bars_from_certifying_and_is_recorded(db: None) -> None:
    story = stories.Story()
    case = held(story)
    tom = story.actor("tom")
    DeclaredInterest.objects.create(officer=tom.person, about=case.person, declared_at=story.now)
    with pytest.raises(Barred):
        certify.certify(case.pk, "Sure.", actor=tom, now=story.now)


@pytest.mark.database("locks")
def test_two_at_once_make_one_certificate(committed: str, eventually: Any) -> None:
    story = stories.Story()
    case = held(story)
    Hold.objects.filter(case=case).update(lifted_at=story.now, lifted_by=story.person("sam"))
    tom, now, ends = story.actor("tom"), story.now + timedelta(hours=1), []

    def one() -> None:
        try:
            certify.certify(case.pk, actor=tom, now=now)
            ends.append("made")
        except Refused as refused:
            ends.append(refused.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["already_certified"] * 3 + ["made"]
    assert Certificate.objects.count() == Standing.objects.count() == 1
    assert Determination.objects.filter(question="certify").count() == 1
    assert Letter.objects.filter(code="certified").count() == 1


def test_a_printing_cut_off_before_its_row_is_made_again(db: None, run_jobs: Callable[..., list[str]]) -> None:
    case = stories.certified(stories.Story())
    certificate = Certificate.objects.get(case=case)
    run_jobs()
    before = CertificateFile.objects.get()
    CertificateFile.objects.all().delete()  # as if the worker had died between the bytes and the row
    print_missing(timestamp=0)
    again = CertificateFile.objects.get()
    assert (again.digest, again.key) == (before.digest, before.key)
    assert list(orphans(timezone.now() + timedelta(minutes=1))) == [before.path]
    assert queries.newest_file(certificate) == again


def test_a_holder_renames_their_certificate_by_an_approval_and_not_by_sending_another_application(db: None) -> None:
    story = stories.Story()
    certificate = Certificate.objects.get(case=stories.certified(story))
    told = queries.public_answer(certificate, certificate.issued_on, today=certificate.issued_on).name
    case = stories.in_review(story, "maria", "portability", first_name="Nadia", last_name="Stone")
    person = Case.objects.get(pk=case.pk).person
    assert queries.public_answer(certificate, certificate.issued_on, today=certificate.issued_on).name == told
    assert Case.objects.get(pk=case.pk).sort_name == Case.objects.get(pk=certificate.case_id).sort_name != ""
    assert person.born_on == certificate.person.born_on
    stories.looked_at(story, case)
    review.recommend(case.pk, "approve", "Name changed by marriage.", actor=story.actor("ana"), now=story.now)
    determine.approve(case.pk, "The ID shows the new name.", actor=story.actor("tom"), now=story.now)
    answer = queries.public_answer(certificate, certificate.issued_on, today=certificate.issued_on)
    assert answer.name.split()[0] == "Nadia"
    assert answer.name.split()[-1] == "Stone"
