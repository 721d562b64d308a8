"""The exam vendor's files: told once, taken once, in any order, and through a crash between any two statements."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.gateways import exam_vendor
from peercert.program.casework.models import AuditEntry, Case
from peercert.program.certificates.models import Certificate
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.comparison import compare
from peercert.program.exams.models import Appointment, ExamAuthorisation, ExamFile, ExamFileRow, Sitting
from peercert.program.journey import accommodate, apply, exam_files, oversee, sit
from peercert.program.notices.models import Letter
from peercert.program.people.actions import set_legal_name
from tests.stories import BEGIN, Story, authorised, ready_to_sit, sat, vendor_file, vendor_line, vendor_told


@pytest.fixture
def story(db: None) -> Story:
    return Story()


def told(story: Story) -> list[exam_vendor.AuthorisationLine]:
    """Make the file for the vendor and read it as the vendor does."""
    file = exam_files.export_file(actor=story.actor("li"), now=story.now)
    _, lines = exam_vendor.kind_and_lines(file.content)
    return [exam_vendor.read_authorisation(line) for _, line in lines]


def nothing_to_tell(story: Story) -> bool:
    with pytest.raises(Refused) as refused:
        exam_files.export_file(actor=story.actor("li"), now=story.now)
    return refused.value.reason == "nothing_to_tell"


def taken(story: Story, *lines: str) -> list[tuple[str, str]]:
    file = vendor_told(story, *lines)
    return list(file.rows.order_by("line").values_list("outcome", "reason"))


# --- what we tell


def test_a_new_authorisation_is_told_once(story: Story) -> None:
    case = authorised(story)
    held = queries.open_authorisation(case)
    assert held is not None
    (line,) = told(story)
    assert (line.action, line.authorisation, line.candidate_id) == ("NEW", held.number, held.candidate_id)
    assert (line.first, line.last, line.sitting) == ("María", "García-López", 1)
    assert nothing_to_tell(story)
    story.wait(days=1)
    assert nothing_to_tell(story)


def test_a_changed_name_other_codes_and_days_given_back_are_told_as_changes(story: Story) -> None:
    case = authorised(story)
    told(story)
    story.wait(days=1)
    set_legal_name(case.person, "María", "Luz", "García", now=story.now, because="court order")
    (line,) = told(story)
    assert (line.action, line.middle, line.last) == ("CHANGED", "Luz", "García")
    assert nothing_to_tell(story)
    before = line.valid_through
    task = oversee.give_back_days(case.pk, "approval", 10, "We were late.", actor=story.actor("sam"), now=story.now)
    assert nothing_to_tell(story)
    oversee.close_task(task.pk, "agreed", "It is so.", actor=story.actor("tom"), now=story.now)
    (line,) = told(story)
    assert (line.action, line.valid_through) == ("CHANGED", before + timedelta(days=10))


def test_an_accommodation_asked_later_is_told_as_cancelled_and_new(story: Story) -> None:
    case = authorised(story)
    told(story)
    story.wait(days=1)
    accommodate.answer_accommodation(
        case.pk, is_needed=True, needs="A reader", actor=story.actor("maria"), now=story.now
    )
    accommodate.decide_accommodation(case.pk, outcome="granted", codes="READER", actor=story.actor("li"), now=story.now)
    lines = told(story)
    assert [(line.action, line.accommodations) for line in lines] == [("CANCELLED", ()), ("NEW", ("READER",))]
    assert lines[0].candidate_id == lines[1].candidate_id


def test_what_was_cancelled_before_the_vendor_heard_of_it_is_never_told(story: Story) -> None:
    case = authorised(story)
    sit.cancel_authorisation(case.pk, reason="mistake", actor=story.actor("li"), now=story.now)
    assert nothing_to_tell(story)


def test_a_case_that_is_over_takes_its_authorisation_along(story: Story) -> None:
    case = authorised(story)
    told(story)
    apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    (line,) = told(story)
    assert line.action == "CANCELLED"
    assert nothing_to_tell(story)


def test_a_file_is_kept_as_it_was_made(story: Story) -> None:
    authorised(story)
    file = exam_files.export_file(actor=story.actor("li"), now=story.now)
    kept = ExamFile.objects.get(pk=file.pk)
    authorised(story, "devon")
    again = exam_files.export_file(actor=story.actor("li"), now=story.now)
    assert ExamFile.objects.get(pk=file.pk).content == kept.content
    assert again.name != file.name
    assert AuditEntry.objects.filter(verb="exam_file_made").count() == 2


def test_an_officer_can_tell_the_vendor_again(story: Story) -> None:
    case = authorised(story)
    held = queries.open_authorisation(case)
    assert held is not None
    told(story)
    exam_files.tell_again(held.pk, actor=story.actor("li"), now=story.now)
    assert [line.action for line in told(story)] == ["CHANGED"]
    assert nothing_to_tell(story)


@pytest.mark.parametrize("who", ["ana", "tom", "grace", "sam", "pat", "robin", "maria"])
def test_only_an_exam_officer_exchanges_files(story: Story, who: str) -> None:
    case = authorised(story)
    actor = story.actor(who)
    content = vendor_file(vendor_line(story, case, "BOOKED"))
    for act in (
        lambda: exam_files.export_file(actor=actor, now=story.now),
        lambda: exam_files.import_file("x", content, actor=actor, now=story.now),
        lambda: exam_files.try_refused_again(1, actor=actor, now=story.now),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.reason == "not_yours"
    assert not ExamFile.objects.exists()


# --- what comes in


def test_the_same_file_is_taken_once(story: Story) -> None:
    case = authorised(story)
    story.wait(days=3)
    line = vendor_line(story, case, "FAIL")
    first = vendor_told(story, line)
    again = vendor_told(story, line)
    assert first == again
    assert (again.accepted, again.refused, again.repeated) == (1, 0, 0)
    assert Sitting.objects.count() == 1
    assert Letter.objects.filter(code="result_fail").count() == 1


def test_the_same_record_in_another_file_is_known_already(story: Story) -> None:
    case = authorised(story)
    story.wait(days=3)
    line = vendor_line(story, case, "FAIL")
    assert taken(story, line) == [("accepted", "")]
    other = vendor_line(
        story, case, "BOOKED", appointment="V9", starts_at=story.now + timedelta(days=9), as_of=story.now
    )
    assert taken(story, line, other, line) == [("repeated", ""), ("accepted", ""), ("repeated", "")]
    assert Letter.objects.filter(code="result_fail").count() == 1


def test_every_record_is_answered_by_itself(story: Story) -> None:
    case, other = authorised(story), authorised(story, "devon")
    story.wait(days=3)
    good = vendor_line(story, case, "BOOKED", appointment="V1")
    held = queries.open_authorisation(case)
    assert held is not None
    assert taken(
        story,
        "not a record",
        good.replace(held.number, "E-0000-0000"),
        vendor_line(story, other, "PASS").replace("|PASS|", "|PASSED|"),
        good.replace(held.candidate_id, "AAAAAAAA"),
        good,
        vendor_line(story, other, "BOOKED", appointment="V1"),
        vendor_line(story, case, "BOOKED", appointment="V2", as_of=story.now + timedelta(days=2)),
        vendor_line(story, other, "FAIL", appointment="V3", starts_at=story.now - timedelta(days=9)),
    ) == [
        ("refused", "wrong_number_of_fields"),
        ("refused", "unknown_authorisation"),
        ("refused", "unknown_word STATE"),
        ("refused", "candidate_differs"),
        ("accepted", ""),
        ("refused", "appointment_of_another"),
        ("refused", "moment_in_future"),
        ("refused", "outside_validity"),
    ]
    file = ExamFile.objects.get(kind="import")
    assert (file.accepted, file.refused, file.repeated) == (1, 7, 0)


def test_a_result_for_someone_who_withdrew_is_not_taken_but_the_cancelled_booking_is(story: Story) -> None:
    case = authorised(story)
    start = story.now + timedelta(days=5)
    vendor_told(story, vendor_line(story, case, "BOOKED", starts_at=start, as_of=story.now))
    apply.withdraw(case.pk, actor=story.actor("maria"), now=story.now)
    story.wait(days=6)
    assert taken(story, vendor_line(story, case, "FAIL", starts_at=start)) == [("refused", "case_closed")]
    assert taken(story, vendor_line(story, case, "CANCELLED", starts_at=start)) == [("accepted", "")]
    assert Appointment.objects.get().state == "cancelled"


def test_an_older_word_changes_nothing(story: Story) -> None:
    case = authorised(story)
    story.wait(days=3)
    older = vendor_line(story, case, "PASS")
    story.wait(hours=1)
    newer = vendor_line(story, case, "FAIL", starts_at=story.now - timedelta(hours=1))
    assert taken(story, newer) == [("accepted", "")]
    assert taken(story, older) == [("accepted", "overtaken")]
    assert [row.result for row in queries.results(case)] == ["fail"]
    assert Case.objects.get(pk=case.pk).stage == "approved"


def test_records_that_were_not_taken_can_be_tried_again(story: Story) -> None:
    case = authorised(story)
    held = queries.open_authorisation(case)
    assert held is not None
    ExamAuthorisation.objects.filter(pk=held.pk).update(valid_from=held.valid_from + timedelta(days=30))
    story.wait(days=3)
    file = vendor_told(story, vendor_line(story, case, "FAIL"))
    assert file.refused == 1
    ExamAuthorisation.objects.filter(pk=held.pk).update(valid_from=held.valid_from)
    exam_files.try_refused_again(file.pk, actor=story.actor("li"), now=story.now)
    exam_files.take_rows(file.pk, now=story.now)
    file.refresh_from_db()
    assert (file.accepted, file.refused) == (1, 0)
    assert queries.attempts_used(case) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "exam_file_empty_file"),
        (b"\xff\xfe", "exam_file_not_text"),
        (b"NAME;DATE\n", "exam_file_unknown_header"),
        (vendor_file()[:-6], "exam_file_cut_off"),
        (b"x" * (10 * 1024 * 1024 + 1), "exam_file_too_large"),
        (vendor_file().replace(b"END|0", b"END|2"), "exam_file_wrong_count"),
        (exam_vendor.write_authorisations([]).encode(), "exam_file_is_ours"),
        (f"{'|'.join(exam_vendor.HOLDINGS)}\nEND|0\n".encode(), "exam_file_is_holdings"),
    ],
)
def test_a_file_that_cannot_be_taken_as_a_whole_leaves_nothing_behind(
    story: Story, content: bytes, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        exam_files.import_file("x.txt", content, actor=story.actor("li"), now=story.now)
    assert refused.value.reason == reason
    assert not ExamFile.objects.exists()


def test_the_queue_takes_the_records_of_a_file(story: Story, run_jobs: Callable[..., list[str]]) -> None:
    story = Story(now=BEGIN)
    case = authorised(story)
    story.wait(days=3)
    file = exam_files.import_file(
        "v.txt", vendor_file(vendor_line(story, case, "PASS")), actor=story.actor("li"), now=story.now
    )
    assert Case.objects.get(pk=case.pk).stage == "approved"
    assert "exams.take_rows" in run_jobs(only={"exams.take_rows"})
    file.refresh_from_db()
    assert file.accepted == 1
    assert Case.objects.get(pk=case.pk).stage == "certified"


# --- any order


def record(case: Case) -> dict[str, Any]:
    """What we hold about the exam in a case, as it stands."""
    return {
        "appointments": sorted(
            Appointment.objects.filter(authorisation__case=case).values_list(
                "vendor_number", "state", "starts_at", "place", "told_at"
            )
        ),
        "results": sorted(
            queries.results(case).values_list(
                "vendor_number", "result", "sat_on", "uses_attempt", "advocacy", "told_at"
            ),
            key=repr,
        ),
        "used": queries.attempts_used(case),
        "open": queries.open_authorisation(case) is not None,
    }


STATES = st.sampled_from(exam_vendor.STATES)


@settings(max_examples=20)
@given(st.data())
def test_any_order_and_repetition_of_records_and_files_gives_the_same_record(
    committed: str, data: st.DataObject
) -> None:
    story, case = _once(committed)
    words = data.draw(
        st.lists(
            st.tuples(st.sampled_from(["V1", "V2"]), STATES, st.integers(0, 2), st.integers(0, 3), st.integers(0, 1)),
            min_size=1, max_size=5,
        )
    )  # fmt: skip
    lines = [_word(story, case, *word) for word in words]
    shuffled = data.draw(st.permutations(lines + data.draw(st.lists(st.sampled_from(lines), max_size=3))))
    cut = data.draw(st.integers(0, len(shuffled)))
    first = _lived(story, case, [lines])
    assert _lived(story, case, [shuffled]) == first
    assert _lived(story, case, [shuffled[:cut], shuffled[cut:], lines]) == first


_STORIES: dict[str, tuple[Story, Case]] = {}


def _once(database: str) -> tuple[Story, Case]:
    if database not in _STORIES:
        story = Story()
        case = authorised(story)
        story.wait(days=60)
        _STORIES.clear()
        _STORIES[database] = story, case
    return _STORIES[database]


def _word(story: Story, case: Case, appointment: str, state: str, start: int, as_of: int, score: int) -> str:
    starts_at = BEGIN + timedelta(days=20 + start)
    scores = (70 + score,) * 8 if state in exam_vendor.RESULTS else ()
    moment = starts_at + timedelta(hours=as_of)
    return vendor_line(story, case, state, appointment=appointment, starts_at=starts_at, as_of=moment, scores=scores)


def _lived(story: Story, case: Case, files: list[list[str]]) -> dict[str, Any]:
    """The record after these files, then everything undone again."""
    with transaction.atomic():
        for lines in files:
            vendor_told(story, *lines)
        found = record(case)
        transaction.set_rollback(True)
    return found


# --- crashes and two at once


class Crash(BaseException):
    """The process is gone."""


def test_a_crash_between_any_two_statements_loses_and_repeats_nothing(committed: str) -> None:
    story = Story()
    cases = [authorised(story), authorised(story, "devon")]
    story.wait(days=3)
    lines = [
        vendor_line(story, cases[0], "BOOKED", appointment="V1", as_of=story.now),
        vendor_line(story, cases[0], "PASS", appointment="V1"),
        vendor_line(story, cases[1], "FAIL", appointment="V2", scores=(60,) * 8),
        "broken",
    ]
    file = exam_files.import_file("v.txt", vendor_file(*lines), actor=story.actor("li"), now=story.now)
    crashes = 0
    for survived in range(1, 2_000):
        left = [survived]

        def dies(execute: Any, sql: str, params: Any, many: bool, context: Any, left: list[int] = left) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Crash
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(dies):
                exam_files.take_rows(file.pk, now=story.now)
        except Crash:
            crashes += 1
            connection.close()
            continue
        break
    assert crashes > 30
    file.refresh_from_db()
    assert (file.accepted, file.refused, file.repeated) == (3, 1, 0)
    assert not ExamFileRow.objects.filter(outcome="").exists()
    assert [Case.objects.get(pk=case.pk).stage for case in cases] == ["certified", "approved"]
    assert Certificate.objects.count() == 1
    assert Sitting.objects.count() == 2
    assert Letter.objects.filter(code="result_fail").count() == 1
    assert cases[0].timeline.filter(verb="result_recorded").count() == 1


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    """The same thing done by several connections at the same moment; what each answered."""
    ready = threading.Barrier(count)
    answers: list[Any] = []

    def run() -> None:
        try:
            ready.wait()
            answers.append(act())
        except Refused as refused:
            answers.append(refused.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_workers_on_one_file_take_each_record_once(committed: str) -> None:
    story = Story()
    cases = [authorised(story), authorised(story, "devon")]
    story.wait(days=3)
    lines = [vendor_line(story, case, "FAIL", appointment=f"V{case.pk}") for case in cases]
    file = exam_files.import_file("v.txt", vendor_file(*lines), actor=story.actor("li"), now=story.now)
    at_once(3, lambda: exam_files.take_rows(file.pk, now=story.now))
    file.refresh_from_db()
    assert (file.accepted, Sitting.objects.count()) == (2, 2)


def test_two_files_made_at_once_tell_each_authorisation_once(committed: str) -> None:
    story = Story()
    authorised(story)
    li = story.actor("li")
    answers = at_once(2, lambda: exam_files.export_file(actor=li, now=story.now))
    assert sorted(isinstance(answer, ExamFile) for answer in answers) == [False, True]
    assert "nothing_to_tell" in answers


def test_the_same_file_given_in_two_tabs_is_one_file(committed: str) -> None:
    story = Story()
    case = authorised(story)
    li = story.actor("li")
    content = vendor_file(vendor_line(story, case, "BOOKED"))
    files = at_once(2, lambda: exam_files.import_file("v.txt", content, actor=li, now=story.now))
    assert files[0] == files[1]
    assert ExamFileRow.objects.count() == 1


def test_asked_for_in_two_tabs_a_retake_is_one(committed: str) -> None:
    story = Story()
    case = authorised(story)
    story.wait(days=3)
    sat(story, case, "FAIL")
    maria = story.actor("maria")
    requests = at_once(2, lambda: sit.ask_for_retake(case.pk, actor=maria, now=story.now))
    assert requests[0] == requests[1]


def test_leave_to_sit_is_given_once_however_many_steps_complete_it_at_once(committed: str) -> None:
    story = Story()
    case = ready_to_sit(story)
    maria = story.actor("maria")
    at_once(3, lambda: accommodate.answer_accommodation(case.pk, is_needed=False, actor=maria, now=story.now))
    assert ExamAuthorisation.objects.filter(case=case).count() == 1


# --- both sides compared


def holdings(story: Story, **changes: str) -> bytes:
    """The vendor's file of everything it was told, with one field changed."""
    lines = []
    for held in ExamAuthorisation.objects.exclude(told="").order_by("pk"):
        newest = held.appointments.order_by("-starts_at").first()
        result = held.sittings.filter(replaced_at=None).first()
        fields = {
            "AUTHORISATION": held.number, "CANDIDATE_ID": held.candidate_id, "FIRST_NAME": held.first,
            "MIDDLE_NAME": held.middle, "LAST_NAME": held.last, "VALID_FROM": held.valid_from.isoformat(),
            "VALID_THROUGH": held.valid_through.isoformat(), "ACCOMMODATIONS": held.vendor_codes,
            "CONDITION": "CANCELLED" if held.cancelled_at else "OPEN",
            "APPOINTMENT": newest.vendor_number if newest else "",
            "STATE": (result.result if result else newest.state).upper() if newest else "",
            "STARTS_AT": newest.starts_at.isoformat(timespec="seconds") if newest else "",
        } | changes  # fmt: skip
        lines.append("|".join(fields[column] for column in exam_vendor.HOLDINGS))
    return "\n".join(["|".join(exam_vendor.HOLDINGS), *lines, f"END|{len(lines)}", ""]).encode()


def test_a_vendor_who_holds_what_we_hold_differs_in_nothing(story: Story) -> None:
    case = authorised(story)
    told(story)
    story.wait(days=3)
    sat(story, case, "FAIL")
    assert compare(holdings(story)) == (1, [])


@pytest.mark.parametrize(
    ("changes", "points", "wins"),
    [
        ({"LAST_NAME": "Garcia"}, ["name"], "us"),
        ({"VALID_THROUGH": "2027-12-31"}, ["valid_through"], "us"),
        ({"ACCOMMODATIONS": "JAWS"}, ["accommodations"], "us"),
        ({"CONDITION": "CANCELLED"}, ["condition"], "us"),
        ({"CANDIDATE_ID": "AAAA"}, ["candidate_id"], "us"),
        ({"APPOINTMENT": "V7", "STATE": "PASS", "STARTS_AT": "2026-05-20T09:00:00-07:00"},
         ["appointment", "starts_at", "state"], "vendor"),
    ],
)  # fmt: skip
def test_each_difference_is_shown_with_whose_word_stands(
    story: Story, changes: dict[str, str], points: list[str], wins: str
) -> None:
    authorised(story)
    told(story)
    _, found = compare(holdings(story, **changes))
    assert [one.point for one in found] == points
    assert {one.wins for one in found} == {wins}


def test_what_only_one_side_holds_is_shown(story: Story) -> None:
    authorised(story)
    told(story)
    _, found = compare(holdings(story, AUTHORISATION="E-9999-9999"))
    assert sorted(one.point for one in found) == ["unknown_to_us", "unknown_to_vendor"]


def test_a_comparison_says_which_line_cannot_be_read(story: Story) -> None:
    authorised(story)
    told(story)
    with pytest.raises(Refused) as refused:
        compare(holdings(story, VALID_FROM="05/04/2026"))
    assert (refused.value.reason, refused.value.values) == (
        "exam_file_bad_line", {"line": 2, "column": "VALID_FROM"},
    )  # fmt: skip
