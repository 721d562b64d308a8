"""Changes: each in its order, once, to those who watch and may; what time alone changes; never a reason or a name."""

import json
from copy import deepcopy
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from peercert.program.certificates.models import Certificate
from peercert.program.certificates.queries import term_of
from peercert.program.journey import maintain
from peercert.program.people.organisations import Organisation
from peercert.program.rosters import clockwork, queries
from peercert.program.rosters.actions import begin_watch, end_watch, end_watches_without_agreement, record_change
from peercert.program.rosters.models import Change, Reach, Watch
from peercert.rules.days import add_days, start_of
from tests import stories
from tests.rooms.test_organisations import agreement, organisation

pytestmark = pytest.mark.database("program/rosters/clockwork.py", "program/rosters/actions.py")


class Watched:
    """María's certificate, ninety days old, watched by a county since yesterday."""

    def __init__(self) -> None:
        self.story = stories.Story()
        stories.certified(self.story)
        self.certificate = Certificate.objects.get()
        self.story.wait(days=99)
        self.county = organisation()
        agreement(self.county, from_on=date(2026, 1, 1), until_on=date(2029, 12, 31))
        self.watch = begin_watch(self.county, self.certificate, now=self.story.now)
        self.story.wait(days=1)

    @property
    def today(self) -> date:
        return stories.day_of(self.story.now)

    def correct(self, state: str, first_on: date, last_on: date | None) -> None:
        maintain.correct_standing(
            self.certificate.pk, state, first_on, last_on, "Complaint K-1, upheld.", actor=self.story.actor("sam"),
            now=self.story.now,
        )  # fmt: skip

    def tick(self, now: datetime) -> int:
        return clockwork.record_turns(now) + clockwork.record_expiries(now)

    def reached(self, county: Organisation | None = None) -> list[tuple[str, date, str]]:
        found = queries.reached(county or self.county).order_by("pk")
        return [(one.change.kind, one.change.on, one.change.values.get("standing", "")) for one in found]


@pytest.fixture(scope="module")
def lived(one_life: None) -> Watched:
    return Watched()


@pytest.fixture
def watched(lived: Watched, db: None) -> Watched:
    return deepcopy(lived)


def test_a_suspension_reaches_every_organisation_that_watches_then_and_no_other(watched: Watched) -> None:
    second, without, stopped, stranger = (
        organisation(kind="employer", county_code="", name=name) for name in ("Second", "Without", "Stopped", "Not")
    )
    for one in (second, stopped, stranger):
        agreement(one)
    for one in (second, without, stopped):
        begin_watch(one, watched.certificate, now=watched.story.now)
    end_watch(Watch.objects.get(organisation=stopped), "stopped", now=watched.story.now)
    watched.story.wait(minutes=1)
    watched.correct("suspended", watched.today, add_days(watched.today, 30))
    told = [("standing", watched.today, "suspended")]
    assert watched.reached() == watched.reached(second) == told
    assert watched.reached(without) == watched.reached(stopped) == watched.reached(stranger) == []
    change = Change.objects.latest("pk")
    assert change.sequence == Change.objects.filter(certificate=watched.certificate).count() == 2
    assert {*change.values} == {"standing", "last_on"}
    assert "omplaint" not in json.dumps(change.values)


def test_a_correction_of_other_days_says_only_that_they_changed(watched: Watched) -> None:
    watched.correct("not_certified", add_days(watched.today, -50), add_days(watched.today, -40))
    assert watched.reached() == [("other_days", watched.today, "")]


def test_a_name_is_told_as_today_and_the_former_one_is_kept_nowhere(watched: Watched) -> None:
    sam, now = watched.story.actor("sam"), watched.story.now
    maintain.correct_name(watched.certificate.pk, "María", "", "Former", "spelling", actor=sam, now=now)
    now = watched.story.wait(days=1)
    maintain.correct_name(watched.certificate.pk, "María", "", "Present", "marriage", actor=sam, now=now)
    said = [queries.told(one, "María Present") for one in queries.reached(watched.county)]
    assert [one["kind"] for one in said] == ["name", "name"]
    assert {one["name"] for one in said} == {"María Present"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, ' ') FROM program_change c")
        assert "Former" not in cursor.fetchone()[0]
    end_watch(watched.watch, "stopped", now=now)
    assert [queries.told(one, "María Present")["name"] for one in queries.reached(watched.county)] == [None, None]


def test_a_standing_that_turns_by_its_day_is_told_once_whenever_the_clock_comes(watched: Watched) -> None:
    first_on, last_on = add_days(watched.today, 5), add_days(watched.today, 9)
    watched.correct("suspended", first_on, last_on)
    assert watched.reached() == [("other_days", watched.today, "")]
    on_time = [watched.tick(start_of(add_days(watched.today, day)) + timedelta(minutes=7)) for day in range(1, 15)]
    assert sum(on_time) == 2
    turned = [("standing", first_on, "suspended"), ("standing", add_days(last_on, 1), "in_force")]
    assert watched.reached()[1:] == turned


def test_a_day_that_its_own_job_announces_is_told_once_with_the_clock(watched: Watched) -> None:
    first_on = add_days(watched.today, 5)
    watched.correct("suspended", first_on, add_days(first_on, 4))
    begins = start_of(first_on) + timedelta(minutes=1)
    record_change(watched.certificate, "suspended", now=begins)
    watched.tick(begins)
    after = start_of(add_days(first_on, 5)) + timedelta(minutes=1)
    watched.tick(after)
    record_change(watched.certificate, "reinstated", now=after)
    turned = [("standing", first_on, "suspended"), ("standing", add_days(first_on, 5), "in_force")]
    assert watched.reached()[1:] == turned


def test_after_a_weeks_outage_the_same_turns_are_told(watched: Watched) -> None:
    first_on, last_on = add_days(watched.today, 5), add_days(watched.today, 9)
    watched.correct("suspended", first_on, last_on)
    late = start_of(add_days(watched.today, 15))
    assert (watched.tick(late), watched.tick(late)) == (2, 0)
    turned = [("standing", first_on, "suspended"), ("standing", add_days(last_on, 1), "in_force")]
    assert watched.reached()[1:] == turned
    assert [change.sequence for change in queries.changes_of(watched.certificate)] == [1, 2, 3, 4]


@pytest.mark.parametrize("late", [0, 6])
def test_expiry_is_told_at_90_60_30_and_7_days_and_then_that_it_expired(watched: Watched, late: int) -> None:
    last_on = term_of(watched.certificate).last_on
    for before in range(95, -8, -1 - late):
        watched.tick(start_of(add_days(last_on, -before)) + timedelta(hours=1))
    told = [(kind, (last_on - on).days, standing) for kind, on, standing in watched.reached()]
    notices = [("expiry", days, "") for days in (90, 60, 30, 7)]
    assert told == [*notices, ("standing", -1, "expired")]


def test_who_begins_to_watch_later_hears_of_the_next_day_only(watched: Watched) -> None:
    last_on = term_of(watched.certificate).last_on
    late = organisation(kind="employer", county_code="")
    agreement(late, until_on=date(2029, 12, 31))
    watched.tick(start_of(add_days(last_on, -90)))
    begin_watch(late, watched.certificate, now=start_of(add_days(last_on, -80)))
    for before in (79, 60, 58):
        watched.tick(start_of(add_days(last_on, -before)))
    assert [(last_on - on).days for _kind, on, _standing in watched.reached(late)] == [60]
    assert [(last_on - on).days for _kind, on, _standing in watched.reached()] == [90, 60]


def test_what_no_longer_stands_is_not_told_to_expire(watched: Watched) -> None:
    watched.correct("revoked", watched.today, None)
    last_on = term_of(watched.certificate).last_on
    assert watched.tick(start_of(add_days(last_on, -30))) == 0


def test_watches_end_with_the_agreement(watched: Watched) -> None:
    end = date(2029, 12, 31)
    assert end_watches_without_agreement(now=start_of(end)) == 0
    assert end_watches_without_agreement(now=start_of(add_days(end, 1))) == 1
    watched.watch.refresh_from_db()
    assert watched.watch.ended_because == "agreement_ended"
    assert queries.watchers(watched.certificate, end) == []


def test_many_watchers_cost_as_many_statements_as_one(watched: Watched) -> None:
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as asked:
            record_change(watched.certificate, "name", now=watched.story.now)
        counts.append(len(asked))
        for count in range(20):
            another = organisation(kind="employer", county_code="", name=f"Employer {count}")
            agreement(another)
            begin_watch(another, watched.certificate, now=watched.story.now)
    assert counts[0] == counts[1]
    assert Reach.objects.count() == 22
