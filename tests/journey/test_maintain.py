"""Keeping a certificate true: corrections, surrender, death, the name printed, and who may be found by name."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta

import pytest

from peercert.program.access import Barred
from peercert.program.casework.models import Case, Task, TimelineEntry
from peercert.program.certificates import queries
from peercert.program.certificates.locate import locate
from peercert.program.certificates.models import Certificate, CertificateFile, Standing
from peercert.program.errors import Refused
from peercert.program.journey import maintain
from peercert.program.notices.models import Letter
from peercert.program.people.models import DeclaredInterest, LegalName
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from tests import stories


class Held:
    """A certificate of María's and the officers around it."""

    def __init__(self) -> None:
        self.story = stories.Story()
        self.case = stories.certified(self.story)
        self.certificate = Certificate.objects.get(case=self.case)
        self.issued_on = self.certificate.issued_on
        self.story.wait(days=100)

    def correct(self, state: str, first: int, last: int | None, because: str = "A finding.", who: str = "sam") -> None:
        days = (self.issued_on + timedelta(days=count) if count is not None else None for count in (first, last))
        maintain.correct_standing(
            self.certificate.pk, state, *days, because, actor=self.story.actor(who), now=self.story.now
        )

    def state(self, day: int, known_at: datetime | None = None) -> str | None:
        row = queries.standing_on(self.certificate, self.issued_on + timedelta(days=day), known_at)
        return row.state if row else None

    def letters(self) -> list[str]:
        return list(
            Letter.objects.filter(case=self.case, written_at=self.story.now)
            .order_by("pk")
            .values_list("code", flat=True)
        )


@pytest.fixture(scope="module")
def lived(one_life: None) -> Held:
    return Held()


@pytest.fixture
def held(lived: Held, db: None) -> Held:
    return deepcopy(lived)


def test_a_manager_suspends_from_today_and_the_holder_is_told_behind_the_sign_in(held: Held) -> None:
    held.correct("suspended", 100, 130)
    assert [held.state(day) for day in (99, 100, 130, 131)] == ["in_force", "suspended", "suspended", "in_force"]
    assert held.state(110, held.story.now - timedelta(seconds=1)) == "in_force"
    assert held.letters() == ["standing_suspended"]
    letter = Letter.objects.get(case=held.case, code="standing_suspended")
    assert letter.is_sealed
    assert "suspend" not in f"{letter.subject} {letter.message_text}".lower()
    appeal = "Apelar" if letter.language == "es" else "appeal"
    for said in (appeal.lower(), "1610 Arden Way", str(figure("appeal_days", day_of(held.story.now)).value)):
        assert said in letter.text.lower() or said in letter.text
    entry = TimelineEntry.objects.get(case=held.case, verb="standing_corrected")
    assert entry.values["because"] == "A finding."


def test_a_correction_of_past_days_alone_writes_no_letter_about_today(held: Held) -> None:
    held.correct("not_certified", 10, 12)
    assert [held.state(day) for day in (9, 10, 12, 13)] == ["in_force", None, None, "in_force"]
    assert held.letters() == []


def test_a_revocation_runs_on_when_the_term_is_over(held: Held) -> None:
    held.correct("revoked", 100, None)
    assert held.state(5000) == "revoked"


@pytest.mark.parametrize(
    ("state", "first", "last", "because", "refusal"),
    [
        ("suspended", 100, 130, "  ", "reason_needed"),
        ("expired", 100, 130, "Why.", "no_such_standing"),
        ("surrendered", 100, None, "Why.", "no_such_standing"),
        ("suspended", 100, None, "Why.", "last_day_needed"),
        ("suspended", -1, 10, "Why.", "outside_the_terms"),
        ("suspended", 100, 1000, "Why.", "outside_the_terms"),
        ("suspended", 130, 100, "Why.", "standing_days_reversed"),
        ("in_force", 100, 130, "Why.", "stands_so_already"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    held: Held, state: str, first: int, last: int | None, because: str, refusal: str
) -> None:
    before = Standing.objects.count()
    with pytest.raises(Refused, match=refusal):
        held.correct(state, first, last, because)
    assert Standing.objects.count() == before


@pytest.mark.parametrize("who", ["ana", "tom", "li", "grace", "pat", "robin", "maria"])
def test_only_a_manager_corrects_a_standing(held: Held, who: str) -> None:
    with pytest.raises(Refused, match="not_yours"):
        held.correct("suspended", 100, 130, who=who)


def test_a_tie_to_the_holder_bars_a_manager(held: Held) -> None:
    sam = held.story.actor("sam").person
    DeclaredInterest.objects.create(officer=sam, about=held.case.person, declared_at=held.story.now)
    with pytest.raises(Barred):
        held.correct("suspended", 100, 130)


def test_a_surrender_ends_the_standing_with_that_word(held: Held) -> None:
    maintain.record_surrender(
        held.certificate.pk, held.issued_on + timedelta(days=50), actor=held.story.actor("sam"), now=held.story.now
    )
    assert [held.state(day) for day in (49, 50, 5000)] == ["in_force", "surrendered", "surrendered"]
    assert held.letters() == ["surrendered"]
    answer = queries.public_answer(held.certificate, day_of(held.story.now), today=day_of(held.story.now))
    assert (answer.is_certified, answer.standing) == (False, "surrendered")


def test_a_death_writes_to_nobody_and_is_found_by_number_alone(held: Held) -> None:
    maintain.record_death(
        held.certificate.pk, day_of(held.story.now), actor=held.story.actor("sam"), now=held.story.now
    )
    assert held.letters() == []
    assert held.state(100) == "ended_by_death"
    assert queries.certificates_called("Garcia-Lopez", "m") == []


@pytest.mark.parametrize(("days", "refusal"), [(101, "day_in_future"), (-1, "outside_the_terms")])
def test_an_end_lies_between_issue_and_today(held: Held, days: int, refusal: str) -> None:
    with pytest.raises(Refused, match=refusal):
        maintain.record_surrender(
            held.certificate.pk, held.issued_on + timedelta(days=days), actor=held.story.actor("sam"),
            now=held.story.now,
        )  # fmt: skip


def test_a_corrected_name_is_printed_anew_and_the_old_one_is_gone_outside(
    held: Held, run_jobs: Callable[..., list[str]]
) -> None:
    run_jobs()
    tom = held.story.actor("tom")
    made = maintain.correct_name(held.certificate.pk, "Mario", "", "Vega", "court_order", actor=tom, now=held.story.now)
    assert queries.newest_file(made) is None
    assert "certificates.print" in run_jobs()
    assert CertificateFile.objects.filter(certificate=made).count() == 2
    today = day_of(held.story.now)
    assert queries.public_answer(made, today, today=today).name == "Mario Vega"
    assert queries.public_answer(made, held.issued_on, today=today).name == "Mario Vega"
    assert queries.certificates_called("Garcia Lopez", "maria") == []
    assert queries.certificates_called("Vega", "m") == [made]
    assert LegalName.objects.filter(person=held.case.person).count() == 2
    assert Case.objects.get(pk=held.case.pk).sort_name == "vega, mario"
    assert held.letters() == ["name_corrected"]
    with pytest.raises(Refused, match="name_is_so_already"):
        maintain.correct_name(made.pk, "Mario", "", "Vega", "court_order", actor=tom, now=held.story.now)


def test_a_name_that_no_font_can_write_becomes_a_task_and_a_spelling_closes_it(
    held: Held, run_jobs: Callable[..., list[str]]
) -> None:
    tom = held.story.actor("tom")
    maintain.correct_name(held.certificate.pk, "小明", "", "王", "correction", actor=tom, now=held.story.now)
    run_jobs()
    assert Task.objects.filter(case=held.case, kind="print_certificate", closed_at=None).count() == 1
    maintain.correct_name(held.certificate.pk, "Xiaoming", "", "Wang", "spelling", actor=tom, now=held.story.now)
    run_jobs()
    held.certificate.refresh_from_db()
    assert queries.newest_file(held.certificate) is not None
    assert not Task.objects.filter(case=held.case, kind="print_certificate", closed_at=None).exists()


def test_the_holder_chooses_not_to_be_found_by_name_and_need_not_say_why(held: Held) -> None:
    maria = held.story.actor("maria")
    maintain.leave_out_of_name_search(held.case.pk, True, actor=maria, now=held.story.now)
    assert queries.certificates_called("Garcia Lopez", "m") == []
    assert locate(held.certificate.number).certificate == held.certificate
    maintain.leave_out_of_name_search(held.case.pk, False, actor=held.story.actor("sam"), now=held.story.now)
    assert queries.certificates_called("Garcia Lopez", "m") == [held.certificate]
    with pytest.raises(Refused, match="not_yours"):
        maintain.leave_out_of_name_search(held.case.pk, True, actor=held.story.actor("devon"), now=held.story.now)


def test_expiry_needs_no_job_to_be_true(held: Held) -> None:
    last_on = queries.term_of(held.certificate).last_on
    after = last_on + timedelta(days=1)
    assert queries.public_answer(held.certificate, last_on, today=last_on).is_certified
    answer = queries.public_answer(held.certificate, after, today=after)
    assert (answer.is_certified, answer.standing) == (False, "expired")


@pytest.mark.database("program/certificates/queries.py")
def test_a_past_day_is_answered_without_a_reason(held: Held) -> None:
    held.correct("suspended", 20, 30)
    today = day_of(held.story.now)
    told = queries.public_answer(held.certificate, held.issued_on + timedelta(days=25), today=today)
    assert (told.is_certified, told.standing, told.since, told.suspensions) == (False, "", None, ())


def test_a_suspension_that_was_corrected_leaves_no_trace(held: Held) -> None:
    held.correct("suspended", 20, 30)
    held.story.wait(days=1)
    held.correct("in_force", 20, 30)
    today = day_of(held.story.now)
    told = queries.public_answer(held.certificate, held.issued_on + timedelta(days=25), today=today)
    assert told.is_certified
    assert held.state(25, held.story.now - timedelta(hours=1)) == "suspended"


@pytest.mark.parametrize("wrong", ["revoked", "surrendered", "ended_by_death"])
def test_an_end_that_was_wrong_leaves_nothing_after_the_term_either(held: Held, wrong: str) -> None:
    sam, start = held.story.actor("sam"), held.issued_on + timedelta(days=50)
    if wrong == "revoked":
        held.correct("revoked", 50, None)
    else:
        take = maintain.record_surrender if wrong == "surrendered" else maintain.record_death
        take(held.certificate.pk, start, actor=sam, now=held.story.now)
    assert held.state(5000) == wrong
    held.story.wait(days=1)
    held.correct("in_force", 50, (queries.term_of(held.certificate).last_on - held.issued_on).days)
    assert held.state(5000) is None
    assert held.state(60) == "in_force"
    later = held.issued_on + timedelta(days=5000)
    assert queries.public_answer(held.certificate, later, today=later).standing == "expired"


def test_before_it_was_issued_nobody_was_certified(held: Held) -> None:
    today = day_of(held.story.now)
    assert not queries.public_answer(held.certificate, date(2020, 1, 1), today=today).is_certified


@pytest.mark.database("program/certificates/queries.py")
def test_at_most_ten_are_shown_the_exact_name_first(held: Held) -> None:
    for _ in range(3):
        assert len(queries.certificates_called("Garcia Lopez", "M")) == 1
    assert queries.certificates_called("Gracia Lopez", "maria") == [held.certificate]
    for last, first in [("Garcia", "maria"), ("Lopez", "m"), ("Garcia Lopez", "x"), ("", "m"), ("Garcia Lopez", "")]:
        assert queries.certificates_called(last, first) == []
