"""Reviewing: marks, the ID, matches, holds, questions, recommendation, and who may not."""

from datetime import timedelta
from functools import partial

import pytest

from peercert.program.access import Barred
from peercert.program.casework.models import AuditEntry, Clock, Opening, Part, Question, Task, TimelineEntry
from peercert.program.errors import Refused
from peercert.program.journey import answer, oversee, review
from peercert.program.journey.law import ask_law
from peercert.program.notices.models import Letter
from peercert.program.people.actions import new_person, set_legal_name
from peercert.program.people.models import DeclaredInterest, RoleGrant
from peercert.program.review.checklist import PATHWAYS
from peercert.program.review.models import Check, Mark, PossibleMatch, Recommendation
from peercert.program.review.queries import checklist, results, unmarked
from peercert.program.review.reasons import catalogue, reasons_for
from tests import stories

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> stories.Story:
    return stories.Story()


def check_of(case, code: str) -> Check:
    return Check.objects.get(case=case, code=code)


def refusal(call) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.reason


def verbs(case) -> list[str]:
    return list(TimelineEntry.objects.filter(case=case).order_by("pk").values_list("verb", flat=True))


# --- the checklist


@pytest.mark.parametrize("pathway", ["initial", "reciprocity", "portability"])
def test_submission_makes_the_checklist_of_its_pathway(story, pathway):
    case = stories.submitted(story, "devon", pathway)
    made = [check.code for check in Check.objects.filter(case=case).order_by("position")]
    rows = {"employments": 1, "continuing_education": 2}
    expected = [spec.code for spec in PATHWAYS[pathway] for _ in range(rows.get(spec.rows, 1))]
    assert made == expected


def test_a_check_of_a_row_names_that_row(story):
    case = stories.submitted(story, "devon", "reciprocity")
    job = case.application.employments.get()
    check = check_of(case, "employment_span")
    assert (check.about, check.about_label) == (job.uuid, "Harbor Wellness Center")


def test_every_coded_reason_belongs_to_a_check_and_every_check_has_one():
    codes = {spec.code for specs in PATHWAYS.values() for spec in specs}
    codes |= {"training_certificate", "training_hours", "training_dates", "training_provider"}
    assert {code for one in catalogue().values() for code in one.checks} == codes
    assert len(catalogue()) >= 40
    assert {one.kind for one in catalogue().values()} == {"ask", "decline"}


# --- marks


def test_a_mark_is_kept_when_another_replaces_it(story):
    case = stories.in_review(story)
    check = check_of(case, "education_shown")
    review.mark(check.pk, "fail", ["education_unreadable"], "blurred", actor=story.actor("ana"), now=story.now)
    story.wait(hours=1)
    review.mark(check.pk, "pass", actor=story.actor("ana"), now=story.now)
    assert results(case)["education_shown", None] == "pass"
    first, second = Mark.objects.filter(check_row=check).order_by("pk")
    assert (first.result, first.reasons, first.replaced_at) == ("fail", ["education_unreadable"], story.now)
    assert second.replaced_at is None
    assert verbs(case).count("check_marked") == 2
    assert Part.objects.filter(case=case, person=story.person("ana"), part="reviewed").count() == 1


def test_a_check_that_is_not_passed_needs_a_reason_of_its_own_list(story):
    case = stories.in_review(story)
    check = check_of(case, "education_shown")
    ana = story.actor("ana")
    assert refusal(lambda: review.mark(check.pk, "fail", [], actor=ana, now=story.now)) == "mark_needs_reason"
    assert (
        refusal(lambda: review.mark(check.pk, "fail", ["id_expired"], actor=ana, now=story.now))
        == "reason_not_of_check"
    )
    assert not Mark.objects.exists()
    assert {one.code for one in reasons_for("education_shown")} >= {"education_unreadable", "education_not_completed"}


def test_a_document_newer_than_its_mark_is_shown_as_new(story):
    case = stories.in_review(story)
    check = check_of(case, "education_shown")
    review.mark(check.pk, "fail", ["education_unreadable"], actor=story.actor("ana"), now=story.now)
    story.wait(hours=1)
    stories.documents.give_document(
        case.pk, kind="education", name="b.jpg", content=stories.picture("b"), actor=story.actor("maria"), now=story.now
    )
    state = next(one for one in checklist(case) if one.check == check)
    assert state.has_newer_document


def test_what_an_officer_does_not_pass_is_not_known_to_the_law_and_never_denies_by_machine(story):
    case = stories.looked_at(story, stories.in_review(story))
    check = check_of(case, "education_shown")
    ana = story.actor("ana")
    assert ask_law(case, "apply", now=story.now).outcome == "approve"
    for reason in ("education_unreadable", "education_not_completed"):
        review.mark(check.pk, "fail", [reason], actor=ana, now=story.now)
        finding = ask_law(case, "apply", now=story.now)
        assert (finding.outcome, finding.reason("education").met) == ("incomplete", None)


# --- possible matches


def other_on_record(first: str, last: str, born_on, now):
    person = new_person(born_on=born_on)
    set_legal_name(person, first, "", last, now=now)
    return person


@pytest.mark.parametrize(
    ("first", "last", "days", "likeness"),
    [
        ("Maria", "GARCIA LOPEZ", 0, "name_and_birth_date"),
        ("María", "García", 0, "birth_date_and_similar_name"),
        ("Marai", "Garcia Lopez", 0, "birth_date_and_similar_name"),
        ("Maria", "Garcia-Lopez", 10, "name_and_similar_birth_date"),
        ("Maria", "Garcia-Lopez", None, "name_without_birth_date"),
        ("Maria", "Garcia-Lopez", 400, None),
        ("Lucia", "Fernandez", 0, None),
    ],
)
def test_who_may_be_the_same_person_is_found(story, first, last, days, likeness):
    born_on = stories.cast.BY_KEY["maria"].born_on
    other = other_on_record(first, last, born_on + timedelta(days=days) if days is not None else None, story.now)
    case = stories.submitted(story)
    found = {match.other_id: match.likeness for match in PossibleMatch.objects.filter(case=case)}
    assert found.get(other.pk) == likeness


def test_two_names_in_another_script_are_no_match_for_that_alone(story):
    born_on = stories.cast.BY_KEY["maria"].born_on
    same = other_on_record("王", "小明", born_on, story.now)
    other_on_record("李", "大", born_on, story.now)
    other_on_record("李", "大", None, story.now)
    case = stories.submitted(story, first_name="王", last_name="小明")
    assert [(match.other, match.likeness) for match in PossibleMatch.objects.filter(case=case)] == [
        (same, "name_and_birth_date")
    ]


def test_a_former_name_counts_for_a_match(story):
    other = other_on_record("Maria", "Garcia Lopez", stories.cast.BY_KEY["maria"].born_on, story.now)
    set_legal_name(other, "Maria", "", "Schmidt", now=story.now + timedelta(days=1), because="married")
    case = stories.submitted(story)
    assert PossibleMatch.objects.get(case=case).other == other


def test_an_unanswered_match_holds_up_the_recommendation_and_the_same_person_holds_the_certificate(story):
    other_on_record("Maria", "Garcia Lopez", stories.cast.BY_KEY["maria"].born_on, story.now)
    case = stories.looked_at(story, stories.in_review(story))
    ana = story.actor("ana")
    call = lambda: review.recommend(case.pk, "approve", "seen", actor=ana, now=story.now)  # noqa: E731
    assert refusal(call) == "match_unanswered"
    match = PossibleMatch.objects.get(case=case)
    assert refusal(lambda: review.answer_match(match.pk, "same", " ", actor=ana, now=story.now)) == "reason_needed"
    review.answer_match(match.pk, "same", "The phone number is the same.", actor=ana, now=story.now)
    held = case.case_holds.get()
    assert (held.reason, held.lifted_at) == ("one_person_two_records", None)
    call()
    case.refresh_from_db()
    assert case.stage == "recommended"


# --- questions


def test_a_question_is_answered_in_the_askers_language_and_its_late_task_closes(story):
    case = stories.in_review(story)
    answer.ask_question(case.pk, "¿Cuánto falta?", language="es", actor=story.actor("maria"), now=story.now)
    question = Question.objects.get(case=case)
    Task.objects.create(case=case, kind="question_late", values={"question": question.pk}, opened_at=story.now)
    ana = story.actor("ana")
    wrong = lambda: review.answer_question(question.pk, "Soon", language="en", actor=ana, now=story.now)  # noqa: E731
    assert refusal(wrong) == "answer_in_es"
    review.answer_question(question.pk, "Su solicitud está en revisión.", language="es", actor=ana, now=story.now)
    letter = Letter.objects.get(case=case, code="question_answered")
    assert letter.language == "es"
    assert "Su solicitud está en revisión." in letter.text
    assert not Clock.objects.filter(case=case, kind="question", ended_at=None).exists()
    assert Task.objects.get(case=case, kind="question_late").outcome == "done"
    again = lambda: review.answer_question(question.pk, "Otra vez", language="es", actor=ana, now=story.now)  # noqa: E731
    assert refusal(again) == "question_answered"


# --- recommendation


def test_an_approval_is_not_recommended_before_every_check_is_marked_and_none_failed(story):
    case = stories.in_review(story)
    ana = story.actor("ana")
    call = lambda: review.recommend(case.pk, "approve", "seen", actor=ana, now=story.now)  # noqa: E731
    assert refusal(call) == "checks_unmarked"
    stories.looked_at(story, case)
    review.mark(check_of(case, "ethics_agreed").pk, "fail", ["ethics_name_differs"], actor=ana, now=story.now)
    assert unmarked(case) == []
    assert refusal(call) == "checks_failed"


def test_a_difference_from_the_law_needs_a_written_reason(story):
    case = stories.in_review(story)
    ana = story.actor("ana")
    for check in Check.objects.filter(case=case):
        review.mark(check.pk, "pass", actor=ana, now=story.now)
    # Nobody read the ID, so the law does not know it yet and proposes nothing.
    call = lambda why: review.recommend(case.pk, "approve", why, actor=ana, now=story.now)  # noqa: E731
    assert refusal(lambda: call("")) == "difference_needs_reason"
    made = call("The ID was shown in person.")
    assert (made.proposal["outcome"], made.because) == ("incomplete", "The ID was shown in person.")
    assert Recommendation.objects.get(case=case, replaced_at=None) == made


def test_a_denial_is_not_recommended_without_a_ground(story):
    case = stories.looked_at(story, stories.in_review(story))
    ana = story.actor("ana")
    call = lambda: review.recommend(case.pk, "deny", "The school said so.", actor=ana, now=story.now)  # noqa: E731
    assert refusal(call) == "denial_needs_reason"
    review.mark(check_of(case, "education_shown").pk, "fail", ["education_unreadable"], actor=ana, now=story.now)
    assert refusal(call) == "denial_needs_reason"
    review.mark(check_of(case, "education_shown").pk, "fail", ["education_not_completed"], actor=ana, now=story.now)
    assert call().outcome == "deny"


# --- fairness


def test_an_officer_never_works_on_their_own_case_and_the_attempt_is_recorded(story):
    case = stories.in_review(story)
    case.person = story.person("ana")
    case.save(update_fields=["person"])
    with pytest.raises(Barred):
        review.open_case(case, actor=story.actor("ana"), now=story.now)
    entry = AuditEntry.objects.get(verb="refused_for_interest")
    assert (entry.actor, entry.values["reason"], entry.values["number"]) == (
        story.person("ana"),
        "own_case",
        case.number,
    )
    assert not Opening.objects.filter(case=case).exists()


def test_a_declared_interest_bars_every_step_and_ends_the_assignment(story):
    case = stories.in_review(story)
    ana = story.actor("ana")
    review.assign(case.pk, ana.person, actor=ana, now=story.now)
    oversee.declare_interest(case.pk, actor=ana, now=story.now)
    case.refresh_from_db()
    assert case.assigned_to is None
    assert DeclaredInterest.objects.filter(officer=ana.person, about=case.person).exists()
    check = check_of(case, "education_shown")
    for call in (
        lambda: review.open_case(case, actor=ana, now=story.now),
        lambda: review.mark(check.pk, "pass", actor=ana, now=story.now),
        lambda: review.note(case.pk, "x", actor=ana, now=story.now),
        lambda: review.recommend(case.pk, "approve", "x", actor=ana, now=story.now),
    ):
        assert refusal(call) == "declared_interest"
    assert (
        refusal(lambda: review.assign(case.pk, ana.person, actor=story.actor("sam"), now=story.now))
        == "assignee_barred"
    )


def test_a_case_is_given_to_nobody_who_could_not_work_on_it(story):
    case = stories.in_review(story)
    robin, waiting = story.person("robin"), story.person("devon")
    RoleGrant.objects.create(person=waiting, role="determiner", granted_at=story.now, granted_by=robin)
    for who in ("maria", "devon", "grace", "pat", "robin"):
        give = partial(review.assign, case.pk, story.person(who), actor=story.actor("sam"), now=story.now)
        assert refusal(give) == "assignee_no_officer", who
    case.refresh_from_db()
    assert case.assigned_to is None
    RoleGrant.objects.filter(person=waiting).update(seconded_at=story.now, seconded_by=story.person("quinn"))
    review.assign(case.pk, waiting, actor=story.actor("sam"), now=story.now)
    case.refresh_from_db()
    assert case.assigned_to == waiting


def test_every_opening_of_a_case_is_recorded_with_its_purpose(story):
    case = stories.in_review(story)
    review.open_case(case, actor=story.actor("pat"), now=story.now, purpose="yearly audit")
    opening = Opening.objects.get(case=case)
    assert (opening.person, opening.purpose, opening.at) == (story.person("pat"), "yearly audit", story.now)


def test_a_hold_is_placed_with_a_reason_and_lifted_by_another_role(story):
    case = stories.in_review(story)
    ana = story.actor("ana")
    assert refusal(lambda: review.hold(case.pk, "no_such_reason", "x", actor=ana, now=story.now)) == "reason_needed"
    held = review.hold(case.pk, "identity_question", "Two cards.", actor=ana, now=story.now)
    assert refusal(lambda: review.lift_hold(held.pk, "fine", actor=ana, now=story.now)) == "not_yours"
    review.lift_hold(held.pk, "Cleared up.", actor=story.actor("tom"), now=story.now)
    held.refresh_from_db()
    assert held.lifted_by == story.person("tom")
    assert verbs(case)[-2:] == ["held", "hold_lifted"]


def test_what_waited_for_a_hold_goes_on_by_itself_once_it_is_lifted(story):
    case = stories.authorised(story)
    held = review.hold(case.pk, "identity_question", "Two cards.", actor=story.actor("ana"), now=story.now)
    story.wait(days=14)
    case = stories.sat(story, case, "PASS")
    assert case.stage == "approved"
    review.lift_hold(held.pk, "Cleared up.", actor=story.actor("tom"), now=story.now)
    case.refresh_from_db()
    assert case.stage == "certified"
