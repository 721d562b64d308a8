"""Standing over two times: what a correction changes, and that it changes nothing else."""

import threading
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.program.casework.models import Case
from peercert.program.certificates import actions, queries
from peercert.program.certificates.models import Certificate, Standing
from peercert.program.determinations.models import Determination
from peercert.program.errors import Refused
from peercert.program.people.actions import new_person, set_legal_name
from peercert.program.people.actor import PROGRAM

pytestmark = pytest.mark.database("guards")
NOW = datetime(2025, 1, 10, 18, tzinfo=UTC)
FIRST = date(2025, 1, 10)
STATES = ["in_force", "suspended", "revoked", "surrendered", None]


def issued(now: datetime = NOW) -> Certificate:
    person = new_person()
    name = set_legal_name(person, "María", "", "García-López", now=now)
    case = Case.objects.create(topic="initial", person=person, opened_at=now)
    decision = Determination.objects.create(
        case=case, question="certify", outcome="approve", law_outcome="approve", facts={}, finding={},
        governed_on=now.date(), release="test", decided_at=now, digest="",
    )  # fmt: skip
    return actions.issue_certificate(case, decision, name, now=now)


def correct(certificate: Certificate, state: str | None, first: int, last: int | None, at: datetime) -> Standing | None:
    days = FIRST + timedelta(days=first), None if last is None else FIRST + timedelta(days=last)
    return actions.correct_standing(certificate, state, *days, cause="test", actor=PROGRAM, now=at)


def state_on(certificate: Certificate, day: date, known_at: datetime | None = None) -> str | None:
    row = queries.standing_on(certificate, day, known_at)
    return row.state if row else None


def test_a_new_certificate_is_good_through_the_same_date_two_years_on(db: None) -> None:
    certificate = issued()
    assert queries.term_of(certificate).last_on == date(2027, 1, 10)
    assert state_on(certificate, FIRST) == state_on(certificate, date(2027, 1, 10)) == "in_force"
    assert state_on(certificate, date(2025, 1, 9)) is state_on(certificate, date(2027, 1, 11)) is None


def test_before_it_was_issued_nothing_was_known(db: None) -> None:
    certificate = issued()
    assert state_on(certificate, FIRST, NOW - timedelta(seconds=1)) is None
    assert state_on(certificate, FIRST, NOW) == "in_force"


def test_a_correction_changes_its_days_from_its_moment_on_and_nothing_before(db: None) -> None:
    certificate, later = issued(), NOW + timedelta(days=30)
    correct(certificate, "suspended", 5, 9, later)
    day = FIRST + timedelta(days=7)
    assert state_on(certificate, day) == "suspended"
    assert state_on(certificate, day, later - timedelta(seconds=1)) == "in_force"
    assert [(row.state, row.valid.lower, row.valid.upper) for row in queries.standing_rows(certificate)] == [
        ("in_force", FIRST, FIRST + timedelta(days=5)),
        ("suspended", FIRST + timedelta(days=5), FIRST + timedelta(days=10)),
        ("in_force", FIRST + timedelta(days=10), date(2027, 1, 11)),
    ]


def test_a_correction_of_a_correction_leaves_no_trace_of_it_today(db: None) -> None:
    certificate = issued()
    correct(certificate, "suspended", 5, 9, NOW + timedelta(days=30))
    correct(certificate, "in_force", 5, 9, NOW + timedelta(days=31))
    assert all(state_on(certificate, FIRST + timedelta(days=day)) == "in_force" for day in range(20))


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(STATES),
            st.integers(0, 30),
            st.one_of(st.none(), st.integers(0, 15)),
            st.sampled_from([0, 1, 3600]),
        ),
        max_size=7,
    )
)
def test_no_later_correction_ever_changes_what_was_known(db: None, corrections: list[tuple[Any, ...]]) -> None:
    """Against a model that copies every day's state at each moment."""
    # A row begins and ends where a correction or the term does: days beside each edge stand for those between.
    edges = {0, 1, 730, *(first for _, first, _, _ in corrections)}
    edges |= {first + length for _, first, length, _ in corrections if length is not None}
    horizon = sorted({day + beside for day in edges for beside in (-1, 0, 1)} | {5000})
    certificate, at = issued(), NOW
    known: list[tuple[datetime, dict[int, str | None]]] = [
        (at, {day: "in_force" if 0 <= day <= 730 else None for day in horizon})
    ]
    for state, first, length, pause in corrections:
        at += timedelta(seconds=pause)
        last = None if length is None else first + length
        correct(certificate, state, first, last, at)
        moment = max(row.known.lower for row in Standing.objects.filter(certificate=certificate)) if state else None
        closed = [
            row.known.upper for row in Standing.objects.filter(certificate=certificate) if row.known.upper is not None
        ]
        seen = max([moment, *closed], default=None) if moment else max(closed, default=None)
        days = {
            day: state if day >= first and (last is None or day <= last) else before
            for day, before in known[-1][1].items()
        }
        known.append((max(known[-1][0], seen or at), days))
    for moment, days in dict(known).items():
        told = {day: state_on(certificate, FIRST + timedelta(days=day), moment) for day in horizon}
        assert told == days
    rows = queries.standing_rows(certificate)
    assert all(one.valid.upper <= other.valid.lower for one, other in pairwise(rows))


def test_two_corrections_of_one_moment_follow_each_other(db: None) -> None:
    certificate = issued()
    correct(certificate, "suspended", 1, 5, NOW)
    correct(certificate, "in_force", 1, 5, NOW)
    assert state_on(certificate, FIRST + timedelta(days=2)) == "in_force"
    assert Standing.objects.filter(certificate=certificate).count() == 5


def test_what_is_known_is_never_dated_before_what_was_known_already(db: None) -> None:
    certificate = issued()
    with pytest.raises(Refused, match="standing_known_later"):
        correct(certificate, "suspended", 1, 5, NOW - timedelta(hours=1))


def test_days_the_wrong_way_round_are_refused(db: None) -> None:
    with pytest.raises(Refused, match="standing_days_reversed"):
        correct(issued(), "suspended", 5, 1, NOW)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'revoked'", "valid = 'empty'", "cause = 'other'", "actor_id = NULL, cause = 'x'",
        "known = tstzrange(lower(known) - interval '1 day', now())", "known = tstzrange(lower(known), NULL)",
    ],
)  # fmt: skip
def test_not_even_the_owner_changes_a_row_otherwise_than_by_closing_it(
    committed: str, as_owner: Any, change: str
) -> None:
    issued()
    with pytest.raises(Exception, match=r"only the known span|never|pgtrigger|cannot"):
        as_owner.execute(f"UPDATE program_standing SET {change}")


@pytest.mark.parametrize("statement", ["DELETE FROM program_standing", "TRUNCATE program_standing"])
def test_not_even_the_owner_removes_a_row(committed: str, as_owner: Any, statement: str) -> None:
    issued()
    with pytest.raises(Exception, match=r"pgtrigger"):
        as_owner.execute(statement)


def test_the_program_may_close_a_row_once_and_change_nothing_else(db: None) -> None:
    certificate = issued()
    row = Standing.objects.get(certificate=certificate)
    closed = DateTimeTZRange(row.known.lower, NOW + timedelta(days=1))
    Standing.objects.filter(pk=row.pk).update(known=closed)
    for change in ({"known": DateTimeTZRange(row.known.lower, NOW + timedelta(days=2))}, {"state": "revoked"}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            Standing.objects.filter(pk=row.pk).update(**change)
    for statement in ("DELETE FROM program_standing", "TRUNCATE program_standing"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_two_standings_of_one_day_cannot_be_known_at_once(db: None) -> None:
    certificate = issued()
    with pytest.raises(IntegrityError), transaction.atomic():
        Standing.objects.create(
            certificate=certificate, state="suspended", valid=DateRange(FIRST, FIRST + timedelta(days=2)),
            known=DateTimeTZRange(NOW + timedelta(days=1), None), cause="test",
        )  # fmt: skip


@pytest.mark.parametrize("known", [timedelta(days=-1), timedelta(days=36500)])
def test_a_row_known_too_early_or_from_the_future_is_refused(db: None, known: timedelta) -> None:
    certificate = issued()
    with pytest.raises(ProgrammingError), transaction.atomic():
        Standing.objects.create(
            certificate=certificate, state="suspended", valid=DateRange(date(2030, 1, 1), date(2030, 1, 2)),
            known=DateTimeTZRange(NOW + known, None), cause="test",
        )  # fmt: skip


@pytest.mark.parametrize("days", [DateRange(empty=True), DateRange(None, FIRST), DateRange(None, None)])
def test_a_row_without_a_first_day_is_refused(db: None, days: DateRange) -> None:
    certificate = issued()
    with pytest.raises(IntegrityError), transaction.atomic():
        Standing.objects.create(
            certificate=certificate, state="suspended", valid=days,
            known=DateTimeTZRange(NOW + timedelta(days=1), None), cause="test",
        )  # fmt: skip


def test_a_row_is_not_closed_before_the_newest_was_known(db: None) -> None:
    certificate = issued()
    correct(certificate, "suspended", 5, 9, NOW + timedelta(days=30))
    correct(certificate, "in_force", 5, 9, NOW + timedelta(days=60))
    untouched = queries.standing_rows(certificate)[0]
    assert untouched.known.lower == NOW + timedelta(days=30)

    def close(at: datetime) -> None:
        Standing.objects.filter(pk=untouched.pk).update(known=DateTimeTZRange(untouched.known.lower, at))

    with pytest.raises(ProgrammingError, match="before the newest"), transaction.atomic():
        close(NOW + timedelta(days=45))
    close(NOW + timedelta(days=60))


def test_corrections_made_at_the_same_time_all_count(committed: str) -> None:
    certificate = issued()
    at = datetime.now(UTC)
    failed: list[BaseException] = []

    def one(number: int) -> None:
        try:
            correct(certificate, "suspended", 10 * number, 10 * number + 4, at)
        except BaseException as error:  # the thread's, told below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sum(row.state == "suspended" for row in queries.standing_rows(certificate)) == 5
    assert state_on(certificate, FIRST + timedelta(days=22), at - timedelta(seconds=1)) == "in_force"
