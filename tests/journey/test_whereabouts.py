"""A case always says where it stands, who acts, by when, and what comes after: in both languages, always."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from peercert import words
from peercert.program.casework.lifecycle import STAGES
from peercert.program.casework.models import Case, Task
from peercert.program.determinations.models import Determination
from peercert.program.journey import accommodate, apply, determine, oversee, review
from peercert.program.journey import whereabouts as module
from peercert.program.journey.whereabouts import Whereabouts, whereabouts
from peercert.rules.days import add_days, add_months, day_of
from tests import stories
from tests.journey.test_determine import denied
from tests.stories import Story

pytestmark = pytest.mark.django_db


def stands(case: Case, story: Story) -> Whereabouts:
    found = whereabouts(Case.objects.get(pk=case.pk), now=story.now)
    for language in words.LANGUAGES:
        assert found.says(language)
        assert found.next(language)
        assert "None" not in found.says(language) + found.next(language) + found.do(language)
        assert bool(found.do(language)) == (found.who == "person" or found.code in {"certified", "denied"})
    assert found.who == "nobody" or found.by is not None or found.code in {
        "draft", "begins_soon", "result", "certificate",
    }  # fmt: skip
    return found


def test_the_way_of_one_person_from_the_draft_to_the_certificate() -> None:
    story = Story()
    draft = stories.drafted(story)
    assert (stands(draft, story).code, stands(draft, story).who) == ("draft", "person")
    case = apply.submit(draft.pk, draft.uuid, actor=story.actor("maria"), now=story.now)
    owed = stands(case, story)
    assert (owed.code, owed.who) == ("pay", "person")
    assert "$100.00" in owed.says("es")
    case = stories.paid(story, case, "application")
    review_now = stands(case, story)
    assert (review_now.code, review_now.who, review_now.by) == ("review", "us", add_days(day_of(story.now), 30))
    assert review_now.says("en") == "It is with us: review, answer by June 3, 2026."
    assert review_now.says("es") == "La tenemos nosotros: revisión, respuesta a más tardar el 3 de junio de 2026."
    case = stories.looked_at(story, case)
    review.recommend(case.pk, "approve", "Everything was seen.", actor=story.actor("ana"), now=story.now)
    assert (stands(case, story).code, stands(case, story).who) == ("decision", "us")
    determine.approve(case.pk, "Everything was seen.", actor=story.actor("tom"), now=story.now)
    asked = stands(case, story)
    assert asked.who == "person"
    assert asked.by == add_months(day_of(story.now), 12)
    seen = {asked.code}
    accommodate.answer_accommodation(case.pk, is_needed=False, actor=story.actor("maria"), now=story.now)
    seen.add(stands(case, story).code)
    case = stories.trained(story, case=Case.objects.get(pk=case.pk))
    fee = stands(case, story)
    assert (fee.code, "$150.00" in fee.says("en")) == ("fee", True)
    case = stories.paid(story, case, "exam", 1)
    assert (stands(case, story).code, stands(case, story).who) == ("book", "person")
    seen |= {fee.code, "book"}
    assert seen == {"accommodation", "training", "fee", "book"}
    starts_at = story.now + timedelta(days=3)
    line = stories.vendor_line(story, case, "BOOKED", starts_at=starts_at, as_of=story.now)
    stories.vendor_told(story, line)
    assert stands(case, story).code == "booked"
    story.wait(days=4)
    assert (stands(case, story).code, stands(case, story).who) == ("result", "vendor")


def test_after_the_pass_the_certificate_is_named() -> None:
    story = Story()
    case = stories.certified(story)
    found = stands(case, story)
    assert (found.code, found.who) == ("certified", "nobody")
    assert case.certificate.number in found.says("en")


def test_a_promise_that_we_broke_is_told_as_ours() -> None:
    story = Story()
    case = stories.in_review(story)
    story.wait(days=31)
    found = stands(case, story)
    assert (found.code, found.who, found.is_late) == ("review_late", "us", True)
    assert "late" in found.says("en")
    assert "atrasados" in found.says("es")


def test_a_failed_sitting_leads_to_the_next_and_the_third_to_the_end() -> None:
    story = Story()
    case = stories.authorised(story)
    story.wait(days=14)
    case = stories.sat(story, case, "FAIL", scores=(50,) * 8)
    found = stands(case, story)
    assert (found.code, found.who, found.values["left"]) == ("retake", "person", 2)


def test_every_way_out_says_what_is_still_possible() -> None:
    story = Story()
    case = stories.in_review(story)
    apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    assert stands(case, story).code == "withdrawn"


def test_every_stage_has_an_answer() -> None:
    assert set(module._STAGES) == set(STAGES)


def test_every_code_has_its_words_in_both_languages() -> None:
    for code, entry in words.catalogue("whereabouts").items():
        assert entry["en"].keys() == entry["es"].keys(), code


@pytest.mark.parametrize("pathway", ["initial", "reciprocity", "portability"])
def test_only_the_pathway_with_the_course_has_a_training_step(pathway: str) -> None:
    story = Story()
    case = stories.started(story, pathway=pathway)
    assert ("training" in module.steps_of(case)) == (pathway == "initial")


def test_the_same_moment_gives_the_same_answer(run_jobs: Callable[..., list[str]]) -> None:
    story = Story()
    case = stories.submitted(story)
    before = stands(case, story)
    run_jobs(only={"notices.send"})
    assert stands(case, story) == before


def test_an_appeal_is_ours_to_answer_until_it_is_answered() -> None:
    story = Story()
    case = denied(story)
    assert stands(case, story).is_over
    made = Determination.objects.get(case=case)
    story.wait(days=3)
    received_on = day_of(story.now)
    determine.record_appeal(made.pk, received_on=received_on, way="mail", actor=story.actor("ana"), now=story.now)
    found = stands(case, story)
    assert (found.code, found.who, found.by) == ("appeal", "us", add_days(received_on, 90))
    assert not found.is_over
    story.wait(days=91)
    assert (stands(case, story).code, stands(case, story).is_late) == ("appeal_late", True)
    task = Task.objects.get(case=case, kind="appeal")
    oversee.close_task(task.pk, "stands", "Read again.", actor=story.actor("sam"), now=story.now)
    found = stands(case, story)
    assert (found.code, found.who) == ("denied_after_appeal", "nobody")
