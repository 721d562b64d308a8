"""Determining: two people, one decision; grounds; letters; superseding; appeals; tasks that two close."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial

import pytest

from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Clock, Task, TimelineEntry
from peercert.program.certificates.models import Standing
from peercert.program.determinations.models import AppealReceived, Determination
from peercert.program.determinations.queries import decided, digest_of, replay
from peercert.program.errors import Refused
from peercert.program.exams.models import ExamAuthorisation
from peercert.program.exams.queries import open_authorisation
from peercert.program.journey import accommodate, answer, ask, clockwork, determine, exam_files, notice, oversee, review
from peercert.program.journey.grounds import found_since, grounds_of
from peercert.program.journey.law import ask_law
from peercert.program.money.models import Due
from peercert.program.notices.models import Letter
from peercert.program.people.actions import new_person
from peercert.program.people.actor import Actor
from peercert.program.people.models import DeclaredInterest, RoleGrant
from peercert.program.review.models import Check, PossibleMatch, Recommendation
from peercert.rules.days import add_days, add_months, day_of, end_of
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


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def failed(story, case, code: str, reason: str) -> Check:
    check = Check.objects.get(case=case, code=code)
    review.mark(check.pk, "fail", [reason], actor=story.actor("ana"), now=story.now)
    return check


def denial_recommended(story, who: str = "maria", reason: str = "education_not_completed") -> tuple[Case, str]:
    """A case recommended for denial on one ground; the ground's key."""
    case = stories.looked_at(story, stories.in_review(story, who))
    check = failed(story, case, "education_shown", reason)
    review.recommend(case.pk, "deny", "The school said so.", actor=story.actor("ana"), now=story.now)
    return again(case), f"mark:{check.pk}:{reason}"


def denied(story, who: str = "maria") -> Case:
    case, ground = denial_recommended(story, who)
    determine.deny(case.pk, [ground], "The school said so.", actor=story.actor("tom"), now=story.now)
    return again(case)


def second_determiner(story) -> Actor:
    """Another determiner: Sam, who for this story holds that role too."""
    sam = story.person("sam")
    RoleGrant.objects.create(person=sam, role="determiner", granted_at=story.now, seconded_at=story.now)
    return Actor(sam, "determiner", frozenset({"determiner", "program_manager"}))


# --- approving


def test_an_approval_opens_twelve_months_and_tells_what_comes_next(story):
    case = stories.approved(story)
    made = Determination.objects.get(case=case)
    through = add_months(day_of(story.now), 12)
    assert (made.outcome, made.law_outcome, made.approval_through) == ("approve", "approve", through)
    assert made.decided_by == story.person("tom")
    clock = Clock.objects.get(case=case, kind="approval")
    assert (clock.due_on, clock.owed_by, clock.ended_at) == (through, "person", None)
    assert not Clock.objects.filter(case=case, kind="review", ended_at=None).exists()
    letter = Letter.objects.get(case=case, code="approved_training")
    assert letter.language == "es"
    assert not Due.objects.filter(case=case, item="exam").exists()
    assert Application.objects.get(case=case).closed_at is None


def test_where_no_course_comes_first_the_exam_fee_falls_due_at_once(story):
    case = stories.approved(story, "devon", "reciprocity")
    assert Due.objects.get(case=case, item="exam").amount_cents == 150_00
    assert Letter.objects.filter(case=case, code="approved_exam").count() == 1


def test_the_row_can_be_replayed_and_is_intact_years_later(story):
    case = stories.approved(story, "devon", "reciprocity")
    made = Determination.objects.get(case=case)
    assert asdict(replay(made)) == {"outcome": "approve", "is_same": True, "is_intact": True, "differences": ()}
    made.facts = json.loads(json.dumps(made.facts)) | {"born_on": "2020-01-01"}
    assert digest_of(made) != made.digest
    changed = replay(made)
    assert (changed.is_intact, changed.is_same) == (False, False)
    assert "adult" in changed.differences


def test_whoever_recommended_does_not_decide(story):
    case = stories.recommended(story)
    ana = story.person("ana")
    RoleGrant.objects.create(person=ana, role="determiner", granted_at=story.now, seconded_at=story.now)
    both = Actor(ana, "determiner", frozenset({"reviewer", "determiner"}))
    for call in (
        lambda: determine.approve(case.pk, "x", actor=both, now=story.now),
        lambda: determine.deny(case.pk, [], "x", actor=both, now=story.now),
    ):
        assert refusal(call) == "recommended_it"
    assert again(case).stage == "recommended"


def test_the_second_of_two_deciders_is_told_politely(story):
    case = stories.approved(story)
    tom = story.actor("tom")
    assert refusal(lambda: determine.deny(case.pk, ["x"], "x", actor=tom, now=story.now)) == "decided_meanwhile"
    assert refusal(lambda: determine.approve(case.pk, "x", actor=tom, now=story.now)) == "decided_meanwhile"
    assert Determination.objects.filter(case=case).count() == 1


def test_deciding_otherwise_than_recommended_needs_a_reason(story):
    case, _ = denial_recommended(story)
    # The mark that stands against it has to go first: an approval cannot stand on a failed check.
    assert refusal(lambda: determine.approve(case.pk, "x", actor=story.actor("tom"), now=story.now)) == "checks_failed"
    determine.send_back(case.pk, "Look at the second page.", actor=story.actor("tom"), now=story.now)
    check = Check.objects.get(case=case, code="education_shown")
    review.mark(check.pk, "pass", actor=story.actor("ana"), now=story.now)
    review.recommend(case.pk, "approve", "", actor=story.actor("ana"), now=story.now)
    made = determine.approve(case.pk, "", actor=story.actor("tom"), now=story.now)
    assert made.because == ""
    assert made.law_outcome == "approve"


def test_sending_back_keeps_the_advice_and_tells_the_reviewer_why(story):
    case = stories.recommended(story)
    tom = story.actor("tom")
    assert refusal(lambda: determine.send_back(case.pk, " ", actor=tom, now=story.now)) == "reason_needed"
    letters = Letter.objects.filter(case=case).count()
    determine.send_back(case.pk, "The expiration date was not read.", actor=tom, now=story.now)
    assert again(case).stage == "review"
    advice = Recommendation.objects.get(case=case)
    assert (advice.sent_back_because, advice.replaced_at) == ("The expiration date was not read.", story.now)
    assert Letter.objects.filter(case=case).count() == letters


def test_an_outside_decider_decides_this_case_alone(story):
    case = stories.recommended(story)
    other = stories.recommended(story, "devon")
    li = story.actor("li")
    assert refusal(lambda: determine.approve(case.pk, "x", actor=li, now=story.now)) == "not_yours"
    oversee.name_outside_decider(
        case.pk, li.person, "Every determiner knows the person.", actor=story.actor("sam"), now=story.now
    )
    determine.approve(case.pk, "Seen.", actor=li, now=story.now)
    assert again(case).stage == "approved"
    assert refusal(lambda: determine.approve(other.pk, "x", actor=li, now=story.now)) == "not_yours"


def test_nobody_names_themselves_and_nobody_is_named_while_a_determiner_is_left(story):
    case = stories.recommended(story)
    sam, li = story.actor("sam"), story.person("li")

    def name(decider):
        return refusal(
            lambda: oversee.name_outside_decider(case.pk, decider, "They know each other.", actor=sam, now=story.now)
        )

    assert name(sam.person) == "decider_is_oneself"
    tom = story.person("tom")
    assert name(li) == "determiner_left"
    DeclaredInterest.objects.create(officer=tom, about=case.person, declared_at=story.now)
    assert name(story.person("robin")) == "assignee_no_officer"
    assert name(case.person) == "assignee_no_officer"
    oversee.name_outside_decider(case.pk, li, "They know each other.", actor=sam, now=story.now)


# --- denying


def test_a_denial_names_its_grounds_in_the_persons_language_and_how_to_appeal(story):
    case = denied(story)
    letter = Letter.objects.get(case=case, code="denied")
    assert letter.is_sealed
    assert "denegada" not in letter.subject.lower()
    says = fill("review_reasons", "education_not_completed", lang="es")
    body = letter.text
    assert says in body
    # The decision first, then why, then what can still be done, then who helps.
    order = ["Queda denegada", says, "Lo que todavía puede hacer", "Cómo apelar", "Quién ayuda"]
    assert [body.index(part) for part in order] == sorted(body.index(part) for part in order)
    assert "30 días" in body
    assert "1610 Arden Way" in body
    made = decided(case)
    assert [one["code"] for one in made.reasons] == ["education_not_completed"]
    assert Application.objects.get(case=case).closed_at == story.now
    assert not Clock.objects.filter(case=case, ended_at=None).exists()


def test_a_denial_needs_a_ground_that_stands(story):
    case, _ = denial_recommended(story)
    tom = story.actor("tom")
    call = lambda keys: determine.deny(case.pk, keys, "x", actor=tom, now=story.now)  # noqa: E731
    assert refusal(lambda: call([])) == "denial_needs_reason"
    assert refusal(lambda: call(["law:adult"])) == "not_a_ground"
    assert again(case).stage == "recommended"


def test_what_can_be_mended_carries_a_denial_only_after_it_was_asked_for(story):
    case = stories.looked_at(story, stories.in_review(story))
    ana, tom, maria = story.actor("ana"), story.actor("tom"), story.actor("maria")
    failed(story, case, "ethics_agreed", "ethics_refused")
    mendable = failed(story, case, "education_shown", "education_unreadable")
    key = f"mark:{mendable.pk}:education_unreadable"
    review.recommend(case.pk, "deny", "Both.", actor=ana, now=story.now)
    assert refusal(lambda: determine.deny(case.pk, [key], "x", actor=tom, now=story.now)) == "ask_for_it_first"
    determine.send_back(case.pk, "Ask for the diploma first.", actor=tom, now=story.now)
    request = ask.ask_for_more(case.pk, [f"{mendable.pk}:education_unreadable"], actor=ana, now=story.now)
    answer.answer_item(request.items.get().pk, cannot_give=True, actor=maria, now=story.now)
    answer.send_answers(request.pk, actor=maria, now=story.now)
    review.recommend(case.pk, "deny", "Asked for and not given.", actor=ana, now=story.now)
    made = determine.deny(case.pk, [key], "Asked for and not given.", actor=tom, now=story.now)
    assert [one["code"] for one in made.reasons] == ["education_unreadable"]


def test_what_the_law_shows_unmet_is_a_ground_by_itself(story):
    case = stories.looked_at(story, stories.in_review(story, born_on=day_of(story.now) - timedelta(days=17 * 365)))
    finding = ask_law(case, "apply", now=story.now)
    assert finding.outcome == "deny"
    assert [ground.key for ground in grounds_of(case, finding) if ground.may_deny] == ["law:adult"]
    review.recommend(case.pk, "deny", actor=story.actor("ana"), now=story.now)
    made = determine.deny(case.pk, ["law:adult"], actor=story.actor("tom"), now=story.now)
    assert (made.law_outcome, made.because) == ("deny", "")
    assert Letter.objects.get(case=case, code="denied").text.count("18") >= 1


# --- putting right


def test_a_wrong_denial_becomes_an_approval_with_twelve_months_from_then(story):
    case = denied(story)
    first = decided(case)
    story.wait(days=40)
    sam = second_determiner(story)
    assert refusal(lambda: determine.supersede(case.pk, "approve", "", actor=sam, now=story.now)) == "reason_needed"
    made = determine.supersede(case.pk, "approve", "The school had mixed two people up.", actor=sam, now=story.now)
    assert (made.supersedes, decided(case)) == (first, made)
    assert again(case).stage == "approved"
    assert made.approval_through == add_months(day_of(story.now), 12)
    assert Clock.objects.get(case=case, kind="approval", ended_at=None).due_on == made.approval_through
    assert Application.objects.get(case=case).closed_at is None
    assert Letter.objects.filter(case=case, code="approved_after_correction").count() == 1
    first.refresh_from_db()
    assert first.outcome == "deny"
    assert replay(first).is_intact


def test_after_a_wrong_denial_was_put_right_the_way_to_the_exam_is_open(story):
    case = denied(story)
    determine.supersede(case.pk, "approve", "Mixed up.", actor=second_determiner(story), now=story.now)
    case = stories.paid(story, stories.trained(story, case=again(case)), "exam", 1)
    accommodate.answer_accommodation(case.pk, is_needed=False, actor=story.actor("maria"), now=story.now)
    assert ExamAuthorisation.objects.filter(case=case, cancelled_at=None).count() == 1


def test_an_unanswered_match_holds_up_a_correction_towards_approval(story):
    case = denied(story)
    other = new_person()
    PossibleMatch.objects.create(case=case, other=other, likeness="name_without_birth_date", found_at=story.now)
    sam = second_determiner(story)
    call = lambda: determine.supersede(case.pk, "approve", "Mixed up.", actor=sam, now=story.now)  # noqa: E731
    assert refusal(call) == "match_unanswered"


def test_whoever_had_a_part_in_a_determination_does_not_put_it_right(story):
    case = denied(story)
    tom = story.actor("tom")
    assert refusal(lambda: determine.supersede(case.pk, "approve", "x", actor=tom, now=story.now)) == "decided_it"
    ana = Actor(story.person("ana"), "determiner", frozenset({"determiner"}))
    assert refusal(lambda: determine.supersede(case.pk, "approve", "x", actor=ana, now=story.now)) == "recommended_it"
    sam = second_determiner(story)
    assert refusal(lambda: determine.supersede(case.pk, "deny", "x", actor=sam, now=story.now)) == "already_so"


def test_a_wrong_approval_becomes_a_denial_and_what_was_authorised_ends(story):
    case = stories.authorised(story)
    sam = second_determiner(story)
    forged = next(ground for ground in found_since(case) if ground.code == "document_not_genuine")
    assert (
        refusal(lambda: determine.supersede(case.pk, "deny", "x", [], actor=sam, now=story.now))
        == "denial_needs_reason"
    )
    determine.supersede(case.pk, "deny", "The issuer wrote to us.", [forged.key], actor=sam, now=story.now)
    assert again(case).stage == "denied"
    assert ExamAuthorisation.objects.get(case=case).cancelled_because == "superseded"
    assert not Clock.objects.filter(case=case, ended_at=None).exists()
    body = Letter.objects.get(case=case, code="denied_after_correction").text
    assert "aprobación anterior fue equivocada" in body
    assert "Identificación con foto: preguntamos a la oficina" in body


def test_where_a_certificate_stands_the_record_is_corrected_and_the_standing_is_not(story):
    case = stories.certified(story)
    before = list(Standing.objects.values_list("pk", "state", "valid", "known"))
    sam = second_determiner(story)
    forged = next(ground for ground in found_since(case) if ground.code == "document_not_genuine")
    determine.supersede(case.pk, "deny", "The issuer wrote to us.", [forged.key], actor=sam, now=story.now)
    assert again(case).stage == "certified"
    assert list(Standing.objects.values_list("pk", "state", "valid", "known")) == before
    task = Task.objects.get(case=case, kind="conduct")
    assert (task.needs_two, task.noticed_at) == (True, story.now)
    letter = Letter.objects.get(case=case, code="record_corrected")
    assert letter.is_sealed
    assert "no cambia nada en su certificado" in letter.text


def test_a_conduct_question_is_closed_by_two_after_the_holder_was_heard(story):
    case = stories.certified(story)
    sam, tom = second_determiner(story), story.actor("tom")
    kim = Actor(new_person(), "program_manager", frozenset({"program_manager"}))
    forged = next(ground for ground in found_since(case) if ground.code == "document_not_genuine")
    determine.supersede(case.pk, "deny", "The issuer wrote to us.", [forged.key], actor=sam, now=story.now)
    task = Task.objects.get(case=case, kind="conduct")
    close = lambda who, outcome="no_further_step": oversee.close_task(  # noqa: E731
        task.pk, outcome, "Heard.", actor=who, now=story.now
    )
    assert refusal(lambda: close(sam)) == "holder_not_heard"
    story.wait(days=2)
    oversee.answer_notice(task.pk, "El diploma es mío.", actor=story.actor("maria"), now=story.now)
    # Whoever made the first decision does not look at it again; the letter to the holder promises that.
    assert refusal(lambda: close(tom)) == "decided_it"
    close(sam)
    assert refusal(lambda: close(sam)) == "second_person"
    close(kim, "passed_to_conduct")
    task.refresh_from_db()
    assert (task.closed_at, task.outcome) == (None, "passed_to_conduct")
    assert not Letter.objects.filter(key=f"task:{task.pk}").exists()
    close(sam, "passed_to_conduct")
    task.refresh_from_db()
    assert (task.first_by, task.closed_by) == (kim.person, sam.person)
    assert refusal(lambda: close(kim)) == "task_closed"
    told = Letter.objects.get(key=f"task:{task.pk}")
    assert (told.code, told.is_sealed) == ("question_goes_on", True)
    assert "no cambia nada en su certificado" in told.text


# --- appeals


def test_an_appeal_is_recorded_with_its_day_told_and_never_late_by_an_unconfirmed_figure(story):
    case = denied(story)
    made = decided(case)
    letter = Letter.objects.get(key=determine.letter_key(made))
    ana = story.actor("ana")
    record = lambda on: determine.record_appeal(made.pk, received_on=on, way="mail", actor=ana, now=story.now)  # noqa: E731
    assert refusal(lambda: record(add_days(day_of(story.now), 1))) == "day_of_appeal"
    unknown = record(day_of(story.now))
    assert unknown.in_time is None
    notice.opened(letter.pk, actor=story.actor("maria"), now=story.now)
    story.wait(days=20)
    assert record(day_of(story.now)).in_time is True
    story.wait(days=30)
    late = record(day_of(story.now))
    assert late.in_time is None
    assert record(day_of(story.now)) == late
    assert AppealReceived.objects.filter(determination=made).count() == 3
    assert Letter.objects.filter(case=case, code="appeal_received").count() == 3
    assert again(case).stage == "denied"


def test_an_appeal_ends_with_a_letter_that_says_so_or_with_a_correction(story):
    case = denied(story)
    made = decided(case)
    determine.record_appeal(made.pk, received_on=day_of(story.now), way="mail", actor=story.actor("ana"), now=story.now)
    task = Task.objects.get(case=case, kind="appeal")
    sam = second_determiner(story)
    close = partial(oversee.close_task, task.pk, because="Read with everything sent.", actor=sam, now=story.now)
    assert refusal(lambda: close("done")) == "task_outcome"
    assert refusal(lambda: close("put_right")) == "not_put_right"
    close("stands")
    letter = Letter.objects.get(case=case, code="appeal_decided")
    assert letter.is_sealed
    assert "se mantiene" in letter.text


def test_a_correction_ends_the_appeal_that_asked_for_it(story):
    case = denied(story)
    made = decided(case)
    determine.record_appeal(made.pk, received_on=day_of(story.now), way="mail", actor=story.actor("ana"), now=story.now)
    sam = second_determiner(story)
    determine.supersede(case.pk, "approve", "The diploma was real.", actor=sam, now=story.now)
    task = Task.objects.get(case=case, kind="appeal")
    assert (task.outcome, task.closed_by, task.because) == ("put_right", sam.person, "The diploma was real.")
    assert Letter.objects.filter(case=case, code="approved_after_correction").count() == 1
    assert not Letter.objects.filter(case=case, code="appeal_decided").exists()


def test_a_denial_in_the_place_of_an_approval_answers_no_appeal(story):
    case = stories.approved(story)
    made = decided(case)
    determine.record_appeal(made.pk, received_on=day_of(story.now), way="mail", actor=story.actor("ana"), now=story.now)
    sam = second_determiner(story)
    forged = next(one for one in found_since(case) if one.code == "document_not_genuine")
    determine.supersede(case.pk, "deny", "The issuer wrote to us.", [forged.key], actor=sam, now=story.now)
    assert Task.objects.get(case=case, kind="appeal").closed_at is None


# --- days and clocks


def test_days_are_given_back_by_a_manager_and_a_second_person(story):
    case = stories.approved(story)
    due = Clock.objects.get(case=case, kind="approval").due_on
    sam, tom = story.actor("sam"), story.actor("tom")
    task = oversee.give_back_days(case.pk, "approval", 14, "We were late with the course.", actor=sam, now=story.now)
    assert Clock.objects.get(case=case, kind="approval").due_on == due
    close = lambda who: oversee.close_task(task.pk, "agreed", "Yes.", actor=who, now=story.now)  # noqa: E731
    assert refusal(lambda: close(sam)) == "second_person"
    close(tom)
    assert Clock.objects.get(case=case, kind="approval").due_on == add_days(due, 14)
    assert Letter.objects.filter(case=case, code="days_given_back").count() == 1


def test_days_given_back_after_an_approval_ended_open_it_again(story):
    case = stories.authorised(story)
    clock = Clock.objects.get(case=case, kind="approval")
    story.now = end_of(clock.due_on) + timedelta(days=20)
    clockwork.lapse_approval(clock.pk, now=story.now)
    exam_files.keep_current(now=story.now)
    assert again(case).stage == "ended"
    task = oversee.give_back_days(
        case.pk, "approval", 30, "The course was closed by us.", actor=story.actor("sam"), now=story.now
    )
    assert again(case).stage == "ended"
    oversee.close_task(task.pk, "agreed", "Yes.", actor=story.actor("tom"), now=story.now)
    last = add_days(day_of(story.now), 30)
    assert again(case).stage == "approved"
    assert again(case).application.closed_at is None
    assert Clock.objects.get(case=case, kind="approval", ended_at=None).due_on == last
    assert open_authorisation(case).valid_through == last
    assert list(Letter.objects.filter(case=case).order_by("pk").values_list("code", flat=True))[-2:] == [
        "days_given_back", "authorised_to_test",
    ]  # fmt: skip
    clockwork.tick(end_of(last))
    assert again(case).stage == "approved"
    clockwork.tick(end_of(last) + timedelta(days=1))
    assert again(case).stage == "ended"


def test_days_are_not_given_back_to_an_approval_whose_holder_began_anew(story):
    case = stories.approved(story)
    clock = Clock.objects.get(case=case, kind="approval")
    story.now = end_of(clock.due_on) + timedelta(days=1)
    clockwork.lapse_approval(clock.pk, now=story.now)
    stories.started(story)
    task = oversee.give_back_days(case.pk, "approval", 30, "We were late.", actor=story.actor("sam"), now=story.now)
    close = lambda: oversee.close_task(task.pk, "agreed", "Yes.", actor=story.actor("tom"), now=story.now)  # noqa: E731
    assert refusal(close) == "another_is_open"
    assert again(case).stage == "ended"
    assert not Task.objects.get(pk=task.pk).closed_at


def test_a_manager_holds_our_clock_for_a_coded_reason_and_lets_it_run_again(story):
    case = stories.in_review(story)
    due = Clock.objects.get(case=case, kind="review").due_on
    sam = story.actor("sam")
    hold = lambda kind, why: oversee.pause_clock(case.pk, kind, why, actor=sam, now=story.now)  # noqa: E731
    assert refusal(lambda: hold("review", "we are busy")) == "reason_needed"
    assert refusal(lambda: hold("approval", "disaster")) == "no_clock"
    hold("review", "waiting_for_other_state")
    assert again(case).next_due_on is None
    story.wait(days=6)
    oversee.resume_clock(case.pk, "review", actor=sam, now=story.now)
    assert Clock.objects.get(case=case, kind="review").due_on == again(case).next_due_on == add_days(due, 6)


def test_the_persons_own_time_is_never_held_by_an_officer(story):
    case = stories.approved(story)
    call = lambda: oversee.pause_clock(case.pk, "approval", "disaster", actor=story.actor("sam"), now=story.now)  # noqa: E731
    assert refusal(call) == "no_clock"


def test_every_step_leaves_one_row_of_the_timeline(story):
    case = stories.recommended(story)
    before = TimelineEntry.objects.filter(case=case).count()
    determine.approve(case.pk, "Seen.", actor=story.actor("tom"), now=story.now)
    verbs = list(TimelineEntry.objects.filter(case=case).order_by("pk").values_list("verb", flat=True))[before:]
    assert verbs == ["approved"]


@pytest.mark.parametrize(("on_id", "printed"), [("Xiuying", "Xiuying Wang"), ("秀英", "秀英 王")])
def test_a_name_that_cannot_be_printed_gives_way_to_that_on_the_id(
    story: stories.Story, on_id: str, printed: str
) -> None:
    case = stories.submitted(story, first_name="秀英", middle_name="", last_name="王")
    assert named(case) == "秀英 王"
    case = stories.looked_at(story, stories.paid(story, case, "application"))
    last = printed.split()[-1]
    review.read_id(
        case.pk, kind="foreign_passport", first=on_id, middle="", last=last, born_on=case.application.born_on,
        expires_on=date(2030, 1, 1), has_photo=True, actor=story.actor("ana"), now=story.now,
    )  # fmt: skip
    review.recommend(case.pk, "approve", "The ID was seen.", actor=story.actor("ana"), now=story.now)
    determine.approve(case.pk, "The ID was seen.", actor=story.actor("tom"), now=story.now)
    assert named(case) == printed
    assert case.application.full_name == "秀英 王", "what was said stays as it was said"
    told = Letter.objects.get(case=case, code="approved_training").text
    assert (f"como lo escribe su identificación: {printed}" in told) == on_id.isascii()


def named(case: Case) -> str:
    """The legal name of a case's person today."""
    return case.person.names.get(until_at=None).full
