"""What time alone does: reminders, closings, ends; the same however late or often the clock's job runs."""

from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peercert.program.casework.models import Case, Document, Question, Request, Task, TimelineEntry
from peercert.program.casework.queries import open_request, running_clock
from peercert.program.errors import Refused
from peercert.program.journey import accommodate, apply, ask, clockwork, destroy, notice, oversee, pay, review
from peercert.program.journey.whereabouts import whereabouts
from peercert.program.money.models import Payment
from peercert.program.notices.models import Letter
from peercert.program.review.models import Check
from peercert.rules.days import day_of
from tests.stories import Story, approved, authorised, in_review, submitted, vendor_line, vendor_told

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def asked(story: Story, who: str = "maria") -> Request:
    """A case under review in which the reviewer asked for something."""
    case = in_review(story, who)
    check = Check.objects.get(case=case, code="education_shown")
    review.mark(check.pk, "fail", ["education_unreadable"], actor=story.actor("ana"), now=story.now)
    keys = [ask.key_of(one) for one in ask.may_be_asked(case)]
    request = ask.ask_for_more(case.pk, keys, actor=story.actor("ana"), now=story.now)
    deliver(story.now)
    return request


def deliver(now: datetime) -> None:
    """Every letter that waits to be sent reaches its person."""
    for waiting in Letter.objects.filter(state="waiting", channel="email"):
        notice.sent(waiting.pk, now=now)


def live(story: Story, until: date, *, ticks: set[int] | None = None, every: int = 1) -> None:
    """Let days pass; letters arrive the same day; the clock's job runs every `every` days, or on the days `ticks`."""
    number = 0
    while day_of(story.now) < until:
        story.wait(days=1)
        number += 1
        if (number in ticks) if ticks is not None else number % every == 0:
            assert clockwork.tick(story.now) == []
        deliver(story.now)


def codes(case: Case) -> list[str]:
    return sorted(Letter.objects.filter(case=case).values_list("code", flat=True))


def test_an_unanswered_request_is_reminded_and_closes_the_case_without_denying(story: Story) -> None:
    request = asked(story)
    case, due_on = request.case, request.due_on
    live(story, due_on)
    assert fresh(case).stage == "review", "the day itself is still in time"
    assert codes(case).count("request_reminder") == 2
    live(story, due_on + timedelta(days=1))
    case = fresh(case)
    request.refresh_from_db()
    assert (case.stage, request.outcome) == ("not_completed", "expired")
    assert case.next_due_on is None
    assert case.application.closed_at is not None
    closing = Letter.objects.get(case=case, code="not_completed")
    assert closing.is_sealed
    assert "no es una denegación" in closing.text
    assert "denegación" not in closing.message_text
    assert "no completada" not in closing.message_text


def test_a_letter_that_came_back_starts_nothing_until_it_arrives_on_paper(story: Story) -> None:
    request = asked(story)
    case = request.case
    letter = notice.request_letter(request)
    assert letter is not None
    notice.bounced(letter.pk, because="no such mailbox", actor=story.actor("ana"), now=story.now)
    live(story, request.due_on + timedelta(days=20))
    assert fresh(case).stage == "review"
    assert "request_reminder" not in codes(case)
    posted_on = day_of(story.now)
    notice.posted(letter.pk, on=posted_on, address="1 First Street, Oakland", actor=story.actor("sam"), now=story.now)
    request.refresh_from_db()
    clock = running_clock(case, "answer")
    assert clock is not None
    assert clock.starts_on == posted_on + timedelta(days=5)
    assert request.due_on == clock.due_on == posted_on + timedelta(days=35)
    live(story, request.due_on + timedelta(days=1))
    assert fresh(case).stage == "not_completed"


def test_a_letter_opened_in_the_account_is_notice_even_if_the_mail_came_back(story: Story) -> None:
    request = asked(story)
    letter = notice.request_letter(request)
    assert letter is not None
    notice.bounced(letter.pk, because="mailbox full", actor=story.actor("ana"), now=story.now)
    story.wait(days=12)
    notice.opened(letter.pk, actor=story.actor("maria"), now=story.now)
    request.refresh_from_db()
    assert request.due_on == day_of(story.now) + timedelta(days=30)


def test_somebody_elses_opening_is_no_notice(story: Story) -> None:
    letter = notice.request_letter(asked(story))
    assert letter is not None
    assert letter.opened_at is None
    with pytest.raises(Refused, match="not_yours"):
        notice.opened(letter.pk, actor=story.actor("devon"), now=story.now)
    letter.refresh_from_db()
    assert letter.opened_at is None


def test_a_reminder_that_comes_late_moves_the_day_with_it(story: Story) -> None:
    request = asked(story)
    story.now += request.due_on + timedelta(days=4) - day_of(story.now)
    assert clockwork.tick(story.now) == []
    request.refresh_from_db()
    case = fresh(request.case)
    assert case.stage == "review"
    assert request.due_on == day_of(story.now) + timedelta(days=3)
    clock = running_clock(case, "answer")
    assert clock is not None
    assert (clock.due_on, clock.extension_reason) == (request.due_on, "reminder_late")
    live(story, request.due_on + timedelta(days=1))
    assert fresh(case).stage == "not_completed"


def test_running_twice_in_the_same_hour_changes_nothing(story: Story) -> None:
    request = asked(story)
    live(story, request.due_on)
    story.wait(days=1)
    clockwork.tick(story.now)
    before = (TimelineEntry.objects.count(), Letter.objects.count(), Task.objects.count())
    clockwork.tick(story.now)
    clockwork.tick(story.now + timedelta(minutes=5))
    assert (TimelineEntry.objects.count(), Letter.objects.count(), Task.objects.count()) == before


def rows(case: Case) -> dict[str, Any]:
    """What a case came to, without the moments at which it happened."""
    case = fresh(case)
    return {
        "stage": case.stage,
        "letters": codes(case),
        "verbs": sorted(TimelineEntry.objects.filter(case=case).values_list("verb", flat=True)),
        "requests": sorted(Request.objects.filter(case=case).values_list("outcome", flat=True)),
        "clocks": sorted(case.clocks.values_list("kind", "ended_because")),
        "tasks": sorted(Task.objects.filter(case=case).values_list("kind", flat=True)),
    }


def through_an_outage(story: Story, case: Case, ticks: set[int] | None) -> dict[str, Any]:
    """Three months after a case began to wait, with the clock's job running daily or only on some days; rolled back."""
    with transaction.atomic():
        later = deepcopy(story)
        live(later, day_of(later.now) + timedelta(days=90), ticks=ticks)
        result = rows(case)
        transaction.set_rollback(True)
    return result


def begun(story: Story, kind: str) -> Case:
    """A case that waits: for an answer, for its fee, or for the end of its months in eighty days."""
    if kind == "request":
        return asked(story).case
    if kind != "approval":
        return submitted(story)
    case = approved(story)
    months_later(story, case, 80)
    return case


def apply_question(story: Story, case: Case) -> None:
    Question.objects.create(
        case=case, asked_at=story.now, language="es", text="¿Cuándo?", due_on=day_of(story.now) + timedelta(days=7)
    )


@pytest.mark.parametrize("kind", ["request", "payment", "question", "approval"])
def test_an_outage_of_up_to_a_week_leaves_the_same_rows_as_a_daily_run(story: Story, kind: str) -> None:
    case = begun(story, kind)
    deliver(story.now)
    if kind == "question":
        apply_question(story, case)
    daily = through_an_outage(story, case, None)

    @settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(gaps=st.lists(st.integers(1, 7), min_size=13, max_size=30))
    def holds(gaps: list[int]) -> None:
        at, ticks = 0, set()
        for gap in gaps:
            at += gap
            ticks.add(at)
        ticks |= set(range(80, 91))  # and it runs daily again at the end
        ticks = {day for day in ticks if day <= 90} | set(range(at, 91))
        assert through_an_outage(story, case, ticks) == daily

    holds()


def test_one_cases_trouble_stops_no_other(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    broken, sound = asked(story), asked(story, "devon")
    Request.objects.filter(pk=broken.pk).update(due_on=date(2022, 1, 1))
    # Its clock starts before any figure was in force, which no journey can bring about.
    broken.case.clocks.filter(kind="answer").update(starts_on=date(1999, 1, 1))
    story.now += sound.due_on - timedelta(days=2) - day_of(story.now)
    troubles = clockwork.tick(story.now)
    assert troubles
    assert all(str(broken.case.clocks.get(kind="answer").pk) in trouble for trouble in troubles)
    assert "request_reminder" in codes(sound.case)


def test_a_withdrawn_case_is_left_alone(story: Story) -> None:
    request = asked(story)
    apply.withdraw(request.case_id, actor=story.actor("maria"), now=story.now)
    live(story, request.due_on + timedelta(days=3))
    assert fresh(request.case).stage == "withdrawn"
    assert "not_completed" not in codes(request.case)


def test_a_suspended_review_holds_its_request_and_goes_on_with_it(story: Story) -> None:
    request = asked(story)
    case = request.case
    story.wait(days=10)
    payment = case.payments.get()
    pay.return_payment(
        payment.pk, returned_on=day_of(story.now), because="insufficient_funds", actor=story.actor("grace"),
        now=story.now,
    )  # fmt: skip
    live(story, day_of(story.now) + timedelta(days=25))
    assert fresh(case).stage == "submitted"
    assert open_request(case) is not None
    pay.record_payment(
        case.pk, means="money_order", reference="77", amount_cents=10000, received_on=day_of(story.now),
        actor=story.actor("grace"), now=story.now,
    )  # fmt: skip
    before = request.due_on
    request.refresh_from_db()
    assert fresh(case).stage == "review"
    assert request.due_on == before + timedelta(days=25)
    held = running_clock(fresh(case), "review")
    assert held is not None
    assert held.pause_reason == "request"
    assert held.paused_on is not None


def test_a_late_question_becomes_one_task(story: Story) -> None:
    case = submitted(story)
    question = Question.objects.create(
        case=case, asked_at=story.now, language="es", text="¿Cuándo?", due_on=day_of(story.now) + timedelta(days=5)
    )
    live(story, question.due_on)
    assert not Task.objects.filter(kind="question_late").exists()
    live(story, question.due_on + timedelta(days=9))
    assert Task.objects.filter(case=case, kind="question_late").count() == 1


def test_id_images_and_sealed_originals_go_when_the_outcome_has_long_been_final(story: Story) -> None:
    case = submitted(story)
    apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    closed_on = day_of(story.now)
    story.wait(days=90)
    assert destroy.destroy_evidence(story.now) == 0
    assert destroy.decision_final_on(fresh(case)) == closed_on
    story.wait(days=1)
    assert destroy.destroy_evidence(story.now) == 1
    image, paper = (Document.objects.get(case=case, kind=kind) for kind in ("photo_id", "education"))
    assert image.destroyed_at is not None
    assert paper.destroyed_at is None
    assert paper.sealed_path == ""
    assert paper.pages.count() == 1
    assert destroy.destroy_evidence(story.now) == 0


def test_an_open_task_keeps_the_evidence(story: Story) -> None:
    case = submitted(story)
    apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    task = Task.objects.create(case=case, kind="paid_after_closing", opened_at=story.now)
    story.wait(days=200)
    assert destroy.destroy_evidence(story.now) == 0
    Task.objects.filter(pk=task.pk).update(closed_at=story.now)
    assert destroy.destroy_evidence(story.now) == 1


def months_later(story: Story, case: Case, days_before_the_end: int) -> date:
    """The last day of the approval, with so many days left until it."""
    clock = running_clock(case, "approval")
    assert clock is not None
    story.now += clock.due_on - timedelta(days=days_before_the_end) - day_of(story.now)
    return clock.due_on


def test_an_approval_is_told_before_it_ends_at_90_30_and_7_days(story: Story) -> None:
    case = approved(story)
    through = months_later(story, case, 91)
    told = []
    while day_of(story.now) <= through:
        story.wait(days=1)
        clockwork.tick(story.now)
        if codes(case).count("approval_reminder") > len(told):
            told.append((through - day_of(story.now)).days)
    assert told == [90, 30, 7]
    assert fresh(case).stage == "ended"
    ended = Letter.objects.get(case=case, code="approval_ended")
    assert ended.is_sealed
    assert fresh(case).application.closed_at is not None


def test_the_last_day_of_an_approval_is_still_good(story: Story) -> None:
    case = approved(story)
    months_later(story, case, 0)
    clockwork.tick(story.now)
    assert fresh(case).stage == "approved"
    story.wait(days=1)
    clockwork.tick(story.now)
    assert fresh(case).stage == "ended"


def test_after_a_long_gap_only_the_nearest_reminder_is_written(story: Story) -> None:
    case = approved(story)
    months_later(story, case, 5)
    clockwork.tick(story.now)
    clockwork.tick(story.now)
    reminder = Letter.objects.get(case=case, code="approval_reminder")
    assert "Días que quedan después de hoy: 5." in reminder.text


def test_an_approval_waits_for_the_result_of_a_sitting_inside_its_months(story: Story) -> None:
    case = authorised(story)
    through = months_later(story, case, 3)
    starts_at = story.now + timedelta(days=2)
    vendor_told(story, vendor_line(story, case, "BOOKED", starts_at=starts_at, as_of=story.now))
    live(story, through + timedelta(days=10))
    assert fresh(case).stage == "approved"
    vendor_told(story, vendor_line(story, case, "FAIL", starts_at=starts_at))
    clockwork.tick(story.now)
    assert fresh(case).stage == "ended"


def test_a_late_pass_brings_back_an_approval_that_ended(story: Story) -> None:
    story.now -= timedelta(days=600)  # no standing can be known from a day that is still to come
    case = authorised(story)
    through = months_later(story, case, 1)
    starts_at = story.now
    live(story, through + timedelta(days=3))
    assert fresh(case).stage == "ended"
    vendor_told(story, vendor_line(story, case, "PASS", starts_at=starts_at))
    assert fresh(case).stage in {"approved", "certified"}
    live(story, day_of(story.now) + timedelta(days=3))
    assert fresh(case).stage in {"approved", "certified"}, "the clock does not end what a late pass brought back"


def test_an_unanswered_request_about_training_closes_alone_and_the_months_run_on(story: Story) -> None:
    case = approved(story)
    through = running_clock(case, "approval").due_on  # type: ignore[union-attr]
    request = asked_about_training(story, case)
    live(story, request.due_on + timedelta(days=1))
    request.refresh_from_db()
    case = fresh(case)
    assert (case.stage, request.outcome) == ("approved", "expired")
    assert codes(case).count("request_reminder_training") == 2
    lapsed = Letter.objects.get(case=case, code="request_lapsed")
    assert str(through.year) in lapsed.text
    assert running_clock(case, "approval") is not None
    accommodate.answer_accommodation(case.pk, is_needed=False, actor=story.actor("maria"), now=story.now)
    where = whereabouts(fresh(case), now=story.now)
    assert (where.code, where.who, where.by) == ("training_again", "person", through)


def test_a_request_about_training_that_ran_out_wrongly_no_longer_counts_and_is_asked_anew(story: Story) -> None:
    case = approved(story)
    request = asked_about_training(story, case)
    live(story, request.due_on + timedelta(days=1))
    assert ask.rounds_used(case) == 1
    sam = story.actor("sam")
    with pytest.raises(Refused, match="reason_needed"):
        oversee.undo_lapse(request.pk, " ", actor=sam, now=story.now)
    with pytest.raises(Refused, match="not_yours"):
        oversee.undo_lapse(request.pk, "x", actor=story.actor("ana"), now=story.now)
    oversee.undo_lapse(request.pk, "Their answer lay in the post room.", actor=sam, now=story.now)
    assert ask.rounds_used(case) == 0
    with pytest.raises(Refused, match="not_lapsed"):
        oversee.undo_lapse(request.pk, "x", actor=sam, now=story.now)
    keys = [ask.key_of(one) for one in ask.may_be_asked(fresh(case))]
    again = ask.ask_for_more(case.pk, keys, actor=story.actor("ana"), now=story.now)
    assert again.round == 1
    assert whereabouts(fresh(case), now=story.now).code == "answer_training_one"


def test_a_request_whose_days_begin_anew_is_reminded_of_anew(story: Story) -> None:
    """Its review was suspended and the case closed unpaid meanwhile: the days to answer begin again with the fee."""
    request = asked(story)
    case = request.case
    live(story, request.due_on - timedelta(days=1))
    before = codes(case).count("request_reminder")
    payment = Payment.objects.get(case=case)
    pay.return_payment(
        payment.pk, returned_on=day_of(story.now), because="stopped", actor=story.actor("grace"), now=story.now
    )
    clock = running_clock(case, "payment")
    assert clock is not None
    live(story, clock.due_on + timedelta(days=1))
    assert fresh(case).stage == "not_completed"
    pay.record_payment(
        case.pk, means="check", reference="again", amount_cents=10000, received_on=day_of(story.now),
        actor=story.actor("grace"), now=story.now,
    )  # fmt: skip
    answer_clock = running_clock(case, "answer")
    assert answer_clock is not None
    live(story, answer_clock.due_on)
    assert fresh(case).stage == "review"
    assert codes(case).count("request_reminder") > before


def asked_about_training(story: Story, case: Case) -> Request:
    """The training certificate was given, and the reviewer asked for a better copy."""
    from tests import stories

    paper = stories.give(story, case, "training_certificate")
    on = day_of(story.now)
    training = stories.train.give_training(
        case.pk, provider=stories.provider(story).uuid, language="es", hours=stories.Decimal(80),
        started_on=on - timedelta(days=40), completed_on=on - timedelta(days=10), document=paper.uuid,
        actor=story.actor("maria"), now=story.now,
    )  # fmt: skip
    check = Check.objects.filter(case=case, about=training.uuid, code="training_certificate").get()
    from peercert.program.review.reasons import reasons_for

    code = next(one.code for one in reasons_for("training_certificate") if one.is_mendable)
    review.mark(check.pk, "fail", [code], actor=story.actor("ana"), now=story.now)
    keys = [ask.key_of(one) for one in ask.may_be_asked(case)]
    request = ask.ask_for_more(case.pk, keys, actor=story.actor("ana"), now=story.now)
    deliver(story.now)
    return request


def test_evidence_of_a_case_not_completed_waits_for_the_days_to_answer_as_well(story: Story) -> None:
    request = asked(story)
    live(story, request.due_on + timedelta(days=1))
    closed_on = day_of(story.now)
    final_on = closed_on + timedelta(days=60)
    assert destroy.decision_final_on(fresh(request.case)) == final_on
    story.now += final_on + timedelta(days=90) - day_of(story.now)
    assert destroy.destroy_evidence(story.now) == 0
    story.wait(days=1)
    assert destroy.destroy_evidence(story.now) == 1


def test_a_request_that_slept_through_a_closing_begins_its_days_anew(story: Story) -> None:
    request = asked(story)
    case = request.case
    pay.return_payment(
        case.payments.get().pk, returned_on=day_of(story.now), because="stopped", actor=story.actor("grace"),
        now=story.now,
    )  # fmt: skip
    while fresh(case).stage == "submitted":
        live(story, day_of(story.now) + timedelta(days=1))
    assert fresh(case).stage == "not_completed"
    pay.record_payment(
        case.pk, means="check", reference="again", amount_cents=10000, received_on=day_of(story.now),
        actor=story.actor("grace"), now=story.now,
    )  # fmt: skip
    request.refresh_from_db()
    assert fresh(case).stage == "review"
    assert request.closed_at is None
    assert request.due_on == day_of(story.now) + timedelta(days=30)
    live(story, request.due_on + timedelta(days=1))
    request.refresh_from_db()
    assert request.outcome == "expired"
