"""Rosters: answered as a whole, matched without telling what differed; watches begun, told of, objected to, ended."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from peercert.demo import partners
from peercert.gateways import tables
from peercert.program.access import Barred
from peercert.program.casework.models import AuditEntry, Task
from peercert.program.certificates.models import Certificate, OldNumber
from peercert.program.certificates.queries import standing_rows
from peercert.program.journey import digests, maintain, organisations, oversee, rosters, watched
from peercert.program.notices.models import Letter
from peercert.program.people.models import Person
from peercert.program.people.organisations import Organisation, OrganisationInterest
from peercert.program.rosters import actions, queries
from peercert.program.rosters.as_of import as_of
from peercert.program.rosters.models import Objection, Roster, RosterRow, Watch
from peercert.program.rosters.taking import take_lines
from peercert.rules import numbers
from peercert.rules.days import add_days, day_of
from tests import stories
from tests.journey.test_organisations import refused, who

NPI, OTHER_NPI = "1234567893", "1000000004"


class County:
    """María (left in name search) and Devon hold certificates; a county with Dana and Omar may watch."""

    def __init__(self, story: stories.Story) -> None:
        self.story = deepcopy(story)
        self.maria, self.devon = Certificate.objects.order_by("pk")
        self.county = Organisation.objects.get()

    def send(self, *rows: str, head: str = "number,npi,first,last,born on", by: str = "omar", **how: Any) -> Roster:
        """A roster is sent and answered."""
        content = "\n".join([head, *rows]).encode()
        given = {"replaces": False, **who(self.story, by), **how}
        roster = rosters.receive_roster(self.county.pk, "staff.csv", content, **given)
        return rosters.take_roster(roster.pk, now=self.story.now)

    def answers(self, roster: Roster) -> list[tuple[str, str]]:
        return [(row.outcome, row.reason) for row in queries.lines_of(roster)]

    def watched(self) -> set[str]:
        return {watch.certificate.number for watch in queries.open_watches(self.county)}

    def npi(self, who_has: str, npi: str = NPI) -> None:
        person = self.story.person(who_has)
        watched.enter_npi(person.pk, npi, day_of(self.story.now), actor=self.story.actor(who_has), now=self.story.now)


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: Any) -> Iterator[stories.Story]:
    """The story up to the first roster, lived once; undone at the end."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        story = stories.Story()
        stories.certified(story)
        stories.certified(story, "devon")
        partners.county(story)
        story.wait(days=1)
        yield story
        transaction.set_rollback(True)


@pytest.fixture
def county(lived: stories.Story, db: None) -> County:
    return County(lived)


def by_name(person: Person, **changes: str) -> str:
    """A line with the name and the birth date of this person."""
    name = person.names.get(until_at=None)
    given = {"first": name.first, "last": name.last, "born_on": str(person.born_on), **changes}
    return f",,{given['first']},{given['last']},{given['born_on']}"


# --- lines and their answers


@pytest.mark.database("program/rosters/taking.py")
def test_each_line_is_accepted_matched_or_refused_with_its_reason(county: County) -> None:
    county.npi("maria")
    wrong = county.devon.number[:-1] + ("0" if county.devon.number[-1] != "0" else "1")
    roster = county.send(
        f"{county.devon.number.lower()},,,,",
        f",{NPI},,,",
        by_name(county.devon.person),
        f"{county.maria.number},,,,",
        f"{wrong},,,,",
        f"{numbers.make('C')},,,,",
        f",{OTHER_NPI},,,",
        ",1234567890,,,",
        ",,Nobody,Known,1990-01-01",
        ",,Nobody,,1990-01-01",
        ",,Nobody,Known,31/12/90",
        f"{county.devon.number},{NPI},,,",
    )
    assert county.answers(roster) == [
        ("accepted", ""), ("accepted", ""), ("refused", "twice"), ("refused", "twice"), ("refused", "number_mistyped"),
        ("refused", "number_unknown"), ("refused", "npi_unknown"), ("refused", "npi_mistyped"),
        ("refused", "not_matched"), ("refused", "too_little"), ("refused", "birth_date_unclear"),
        ("refused", "number_and_npi_differ"),
    ]  # fmt: skip
    assert county.watched() == {county.maria.number, county.devon.number}
    assert (roster.state, roster.rows, roster.accepted, roster.to_confirm, roster.refused) == ("taken", 12, 2, 0, 10)


def test_a_name_and_a_birth_date_are_matched_however_they_are_written(county: County) -> None:
    born = county.maria.person.born_on
    assert born is not None
    for row in (f"GARCIA LOPEZ;maria;{born:%m/%d/%Y}", f"García-López;MARÍA;{born}"):
        roster = county.send(row, head="Apellidos;Nombre;Fecha de nacimiento")
        assert county.answers(roster) == [("matched", "by_name")], row
    whole = county.send(f'"García López, María",{born}', head="Nombre completo,DOB")
    assert county.answers(whole) == [("matched", "by_name")]
    assert county.watched() == set()


@pytest.mark.parametrize("change", ["last", "first", "born_on", "left_out", "former", "two"])
def test_what_is_not_matched_never_says_what_differed(county: County, change: str) -> None:
    person, row = county.maria.person, by_name(county.maria.person)
    if change in {"last", "first"}:
        row = by_name(person, **{change: "Another"})
    if change == "born_on":
        row = by_name(person, born_on="1990-01-02")
    if change == "left_out":
        maintain.leave_out_of_name_search(county.maria.case_id, True, **who(county.story, "maria"))
    if change == "former":
        sam = who(county.story, "sam")
        maintain.correct_name(county.maria.pk, "María", "", "Nueva", "marriage", **sam)
    if change == "two":
        Person.objects.filter(pk=county.devon.person_id).update(born_on=person.born_on)
        maintain.correct_name(county.devon.pk, "María", "", "García-López", "correction", **who(county.story, "sam"))
    roster = county.send(row)
    assert county.answers(roster) == [("refused", "not_matched")]
    assert queries.lines_of(roster).get().certificate is None


def test_names_with_birth_dates_are_asked_up_to_a_days_quota_and_no_line_beyond(
    county: County, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rosters, "figure", lambda name, on: type("F", (), {"value": 3 if "matches" in name else 10**6}))
    assert county.send(by_name(county.maria.person), ",,A,B,1990-01-01").state == "taken"
    beyond = county.send(",,A,B,1990-01-02", ",,A,B,1990-01-03", f"{county.devon.number},,,,")
    assert (beyond.state, beyond.reason) == ("refused", "matches_used_up")
    assert beyond.values == {"most": 3, "asked": 2, "left": 1}
    assert (county.watched(), beyond.lines.count()) == (set(), 0)
    assert county.send(",,A,B,1990-01-02").state == "taken"
    county.story.wait(days=1)
    assert county.send(",,A,B,1990-01-02", ",,A,B,1990-01-03").state == "taken"


def test_nobody_finds_a_birth_date_by_trying(county: County) -> None:
    person = county.maria.person
    guesses = [by_name(person, born_on=f"1970-01-{day:02}") for day in range(1, 7)]
    first = county.send(*guesses[:3], guesses[0])
    assert county.answers(first) == [("refused", "not_matched")] * 4
    second = county.send(*guesses[2:], by_name(person), by_name(county.devon.person))
    assert county.answers(second) == [
        *[("refused", "not_matched")] * 3, *[("refused", "asked_too_often")] * 2, ("matched", "by_name"),
    ]  # fmt: skip
    again = county.send(guesses[4], guesses[5], by_name(person))
    assert [reason for _outcome, reason in county.answers(again)] == [
        "not_matched", "asked_too_often", "asked_too_often",
    ]  # fmt: skip
    told = AuditEntry.objects.filter(verb="names_asked_too_often").order_by("pk")
    assert [(one.values["roster"], one.values["people"]) for one in told] == [
        (str(second.uuid), 2), (str(again.uuid), 2),
    ]  # fmt: skip
    county.story.wait(days=1)
    assert county.answers(county.send(by_name(person))) == [("matched", "by_name")]


def test_a_name_that_is_not_answered_goes_on_being_watched(county: County) -> None:
    county.send(f"{county.maria.number},,,,", f"{county.devon.number},,,,")
    guesses = [by_name(county.maria.person, born_on=f"1970-01-{day:02}") for day in range(1, 6)]
    roster = county.send(*guesses, by_name(county.maria.person), f"{county.devon.number},,,,", replaces=True)
    assert county.answers(roster)[-2:] == [("refused", "asked_too_often"), ("accepted", "")]
    assert (county.watched(), roster.left) == ({county.maria.number, county.devon.number}, 0)


def test_a_member_says_yes_or_no_to_a_match_and_yes_counts_next_time(county: County) -> None:
    roster = county.send(by_name(county.maria.person), by_name(county.devon.person))
    omar = who(county.story, "omar")
    rosters.confirm_match(roster.pk, 2, **omar)
    rosters.reject_match(roster.pk, 3, **omar)
    assert county.watched() == {county.maria.number}
    assert refused(rosters.confirm_match, roster.pk, 3, **omar) == "answered_already"
    roster.refresh_from_db()
    assert (roster.accepted, roster.to_confirm, roster.refused) == (1, 0, 1)
    again = county.send(by_name(county.maria.person), by_name(county.devon.person), by="dana", replaces=True)
    assert county.answers(again) == [("accepted", ""), ("matched", "by_name")]


def test_a_last_name_quite_unlike_is_asked_about(county: County) -> None:
    rows = (f"{county.maria.number},,,Smith,", f"{county.devon.number},,Devon J,CARTER,1900-01-01")
    assert county.answers(county.send(*rows)) == [("matched", "name_differs"), ("accepted", "")]


# --- a roster as a whole


def test_the_same_roster_again_is_answered_by_the_first(county: County) -> None:
    first = county.send(f"{county.maria.number},,,,")
    assert county.send(f"{county.maria.number},,,,") == first
    second = county.send(f"{county.devon.number},,,,")
    assert county.send(f"{county.maria.number},,,,") not in {first, second}
    assert Watch.objects.count() == 2


def test_the_same_roster_a_day_later_is_answered_by_what_is_known_then(county: County) -> None:
    first = county.send(f",{NPI},,,")
    assert county.answers(first) == [("refused", "npi_unknown")]
    county.npi("maria")
    county.story.wait(days=1)
    assert county.answers(county.send(f",{NPI},,,")) == [("accepted", "")]
    assert county.watched() == {county.maria.number}


@pytest.mark.database("program/rosters/taking.py")
def test_replacing_ends_the_watch_of_those_who_left_and_adding_does_not(county: County) -> None:
    county.send(f"{county.maria.number},,,,")
    county.send(f"{county.devon.number},,,,")
    assert county.watched() == {county.maria.number, county.devon.number}
    roster = county.send(f"{county.devon.number},,,,", replaces=True)
    assert (county.watched(), roster.left) == ({county.devon.number}, 1)
    assert Watch.objects.get(certificate=county.maria).ended_because == "left_roster"


def test_a_roster_on_which_nobody_is_found_takes_nobodys_place(county: County) -> None:
    county.send(f"{county.maria.number},,,,")
    roster = county.send("C-0000-0001,,,,", replaces=True)
    assert (roster.state, roster.reason) == ("refused", "nobody_found")
    assert (county.watched(), county.answers(roster)) == ({county.maria.number}, [("refused", "number_mistyped")])


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"PK\x03\x04zip", "table_not_a_table"), (b"x,y\n1,2\n", "table_columns_missing"), (b"number\n", "table_empty"),
     (b"first,last\nA,B\n", "table_columns_missing")],
)  # fmt: skip
def test_a_file_that_is_no_roster_says_why_and_nothing_happens(county: County, content: bytes, reason: str) -> None:
    roster = rosters.receive_roster(county.county.pk, "x", content, replaces=True, **who(county.story, "dana"))
    assert rosters.take_roster(roster.pk, now=county.story.now).reason == reason
    assert rosters.take_roster(roster.pk, now=county.story.now).state == "refused"


def test_a_roster_cut_off_half_way_is_answered_by_the_next_run(county: County, monkeypatch: Any) -> None:
    def cut_off(*given: Any, **named: Any) -> None:
        take_lines(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(rosters, "take_lines", cut_off)
        with pytest.raises(KeyboardInterrupt):
            county.send(f"{county.maria.number},,,,")
    assert (Watch.objects.count(), RosterRow.objects.count()) == (0, 0)
    roster = rosters.take_roster(Roster.objects.get().pk, now=county.story.now)
    assert (roster.state, county.watched()) == ("taken", {county.maria.number})


def test_the_file_is_kept_sealed_until_it_is_answered_and_lines_are_forgotten_later(
    county: County, django_capture_on_commit_callbacks: Any
) -> None:
    content = f"number\n{county.maria.number}\n".encode()
    roster = rosters.receive_roster(county.county.pk, "x", content, replaces=False, **who(county.story, "dana"))
    assert county.maria.number.encode() not in rosters.files.fetch(roster.path)
    with django_capture_on_commit_callbacks(execute=True):
        rosters.take_roster(roster.pk, now=county.story.now)
    with pytest.raises(FileNotFoundError):
        rosters.files.fetch(roster.path)
    assert actions.forget_lines(now=county.story.wait(days=179)) == 0
    assert actions.forget_lines(now=county.story.wait(days=2)) == 1
    row = RosterRow.objects.get()
    assert (row.number, row.outcome, row.certificate) == ("", "accepted", county.maria)


def test_only_members_of_an_open_organisation_with_an_agreement_send(county: County) -> None:
    given = (county.county.pk, "x", b"number\n1\n")
    for stranger in ("noor", "maria", "sam"):
        assert refused(rosters.receive_roster, *given, replaces=False, **who(county.story, stranger)) == "not_yours"
    agreement = county.county.agreements.get()
    organisations.end_agreement(agreement.pk, "agreement_not_renewed", **who(county.story, "sam"))
    assert refused(rosters.receive_roster, *given, replaces=False, **who(county.story, "dana")) == "may_not_watch"


def test_lines_of_every_script_and_trick_are_kept_and_come_out_harmless(county: County) -> None:
    roster = county.send(',,"=HYPERLINK(""x"")",李,1990-01-01', ",,\u202eevil,Ω,1990-01-01")
    assert county.answers(roster) == [("refused", "not_matched")] * 2
    out = b"".join(tables.write(["first"], [[row.first] for row in queries.lines_of(roster)])).decode()
    assert "'=HYPERLINK" in out


# --- being watched


def letters(county: County, code: str) -> list[Letter]:
    return list(Letter.objects.filter(code=code).order_by("pk"))


def test_holders_are_told_once_by_whom_and_why_in_their_language(county: County) -> None:
    county.send(f"{county.maria.number},,,,", f"{county.devon.number},,,,")
    assert (watched.tell_holders(now=county.story.now), watched.tell_holders(now=county.story.now)) == (2, 0)
    spanish, english = letters(county, "watched")
    assert (spanish.language, english.language) == ("es", "en")
    assert partners.COUNTY.text_es in spanish.text
    assert partners.COUNTY.text_en in english.text
    for letter in (spanish, english):
        assert letter.is_sealed
        assert partners.COUNTY.name in letter.text
        assert partners.COUNTY.name not in letter.subject + letter.message_text
    (watcher,) = queries.watchers(county.maria, day_of(county.story.now))
    assert (watcher.organisation, watcher.agreement) == (county.county, county.county.agreements.get())


@pytest.mark.database("program/rosters/queries.py")
def test_holders_are_told_again_when_the_reason_is_another(county: County) -> None:
    county.send(f"{county.maria.number},,,,", f"{county.devon.number},,,,")
    watched.tell_holders(now=county.story.now)
    watched.object_to_watch(Watch.objects.get(certificate=county.maria).pk, "", **who(county.story, "maria"))
    task, sam = Task.objects.get(kind="objection"), who(county.story, "sam")
    oversee.close_task(task.pk, "objection_not_upheld", "On its payroll.", **sam)
    rosters.stop_watching(
        county.county.pk, Watch.objects.get(certificate=county.devon).uuid, **who(county.story, "omar")
    )
    first = county.county.agreements.get()

    def next_agreement(**changes: Any) -> None:
        newest = county.county.agreements.latest("until_on")
        from_on = add_days(newest.until_on, 1)
        given = {"purpose": first.purpose, "text_en": first.text_en, "text_es": first.text_es, **changes}
        organisations.agree(
            county.county.pk, **given, signed_by="Dana", from_on=from_on, until_on=add_days(from_on, 99),
            **who(county.story, "sam"),
        )  # fmt: skip
        assert watched.tell_holders(now=county.story.now) == 0
        county.story.wait(days=(from_on - day_of(county.story.now)).days)

    next_agreement()
    assert watched.tell_holders(now=county.story.now) == 0
    next_agreement(purpose="billing", text_en="It certifies claims.", text_es="Certifica las facturas.")
    assert [watched.tell_holders(now=county.story.now) for _ in range(2)] == [1, 0]
    (letter,) = letters(county, "watched_for_another_reason")
    assert (letter.person, letter.is_sealed) == (county.maria.person, True)
    for said in ("Facturación:", "Certifica las facturas.", "Red:", partners.COUNTY.text_es, partners.COUNTY.name):
        assert said in letter.text
    watched.object_to_watch(Watch.objects.get(certificate=county.maria).pk, "", **who(county.story, "maria"))


def test_nobody_writes_to_the_dead(county: County) -> None:
    county.send(f"{county.maria.number},,,,")
    maintain.record_death(county.maria.pk, day_of(county.story.now), **who(county.story, "sam"))
    watched.tell_holders(now=county.story.now)
    assert letters(county, "watched") == []


@pytest.fixture
def objected(county: County) -> tuple[County, Watch, Task]:
    county.send(f"{county.maria.number},,,,")
    watch = Watch.objects.get()
    watched.object_to_watch(watch.pk, " Nunca trabajé ahí. ", **who(county.story, "maria"))
    return county, watch, Task.objects.get(kind="objection")


def test_a_holder_objects_once_at_a_time_and_only_to_a_watch_of_theirs(objected: tuple[County, Watch, Task]) -> None:
    county, watch, task = objected
    maria, devon = who(county.story, "maria"), who(county.story, "devon")
    assert refused(watched.object_to_watch, watch.pk, "", **maria) == "objected_already"
    assert refused(watched.object_to_watch, watch.pk, "", **devon) == "not_yours"
    assert task.due_on == add_days(day_of(county.story.now), 30)
    assert county.watched() == {county.maria.number}


def test_an_upheld_objection_ends_the_watch_for_good(objected: tuple[County, Watch, Task]) -> None:
    county, watch, task = objected
    sam = who(county.story, "sam")
    oversee.close_task(task.pk, "objection_upheld", "Never employed there.", **sam)
    watch.refresh_from_db()
    assert (watch.ended_because, Objection.objects.get().is_upheld) == ("objection", True)
    (letter,) = letters(county, "objection_upheld")
    assert (letter.language, letter.is_sealed) == ("es", True)
    assert "Never employed" not in letter.text
    county.story.wait(days=1)
    assert county.answers(county.send(f"{county.maria.number},,,,", "")) == [("refused", "not_watchable")]
    dana = who(county.story, "dana")
    assert refused(rosters.watch, county.county.pk, county.maria.number, **dana) == "not_watchable"


def test_an_objection_that_is_not_upheld_is_answered_with_the_agreements_reason(
    objected: tuple[County, Watch, Task],
) -> None:
    county, watch, task = objected
    for officer in ("tom", "ana"):
        close = (oversee.close_task, task.pk, "objection_not_upheld", "On its payroll.")
        assert refused(*close, **who(county.story, officer)) == "not_yours"
    oversee.close_task(task.pk, "objection_not_upheld", "On its payroll.", **who(county.story, "sam"))
    assert county.watched() == {county.maria.number}
    assert partners.COUNTY.text_es in letters(county, "objection_not_upheld")[0].text
    watched.object_to_watch(watch.pk, "Still.", **who(county.story, "maria"))


def test_who_is_tied_to_the_organisation_decides_no_objection_to_it(objected: tuple[County, Watch, Task]) -> None:
    county, _watch, task = objected
    sam = county.story.person("sam")
    OrganisationInterest.objects.create(officer=sam, organisation=county.county, declared_at=county.story.now)
    with pytest.raises(Barred):
        oversee.close_task(task.pk, "objection_upheld", "Mine.", **who(county.story, "sam"))
    assert AuditEntry.objects.filter(verb="refused_for_interest").exists()


@pytest.mark.database("program/rosters/actions.py")
def test_stopping_and_the_agreements_end_end_watches_at_once(county: County) -> None:
    county.send(f"{county.maria.number},,,,", f"{county.devon.number},,,,")
    watch = Watch.objects.get(certificate=county.maria)
    rosters.stop_watching(county.county.pk, watch.uuid, **who(county.story, "omar"))
    rosters.stop_watching(county.county.pk, watch.uuid, **who(county.story, "omar"))
    agreement = county.county.agreements.get()
    organisations.end_agreement(agreement.pk, "asked_by_organisation", **who(county.story, "sam"))
    assert [watch.ended_because for watch in Watch.objects.order_by("pk")] == ["stopped", "agreement_ended"]
    assert (AuditEntry.objects.filter(verb="watch_stopped").count(), county.watched()) == (1, set())


# --- NPI


def test_an_npi_is_one_persons_at_a_time_and_its_history_stays(county: County) -> None:
    county.npi("maria")
    county.story.wait(days=10)
    county.npi("maria", OTHER_NPI)
    person = county.story.person("maria")
    first, second = reversed(queries.npis_of(person))
    today = day_of(county.story.now)
    assert (first.npi, first.days.upper, second.npi) == (NPI, today, OTHER_NPI)
    assert queries.npi_on(person, add_days(today, -1)) == first
    county.npi("devon")
    assert set(queries.people_by_npi(NPI, today)) == {county.devon.person}


def test_an_npi_that_someone_has_is_looked_at_by_an_officer_and_says_nothing_of_them(county: County) -> None:
    county.npi("maria")
    devon = county.story.person("devon")
    given = (watched.enter_npi, devon.pk)
    today = day_of(county.story.now)
    assert watched.enter_npi(devon.pk, NPI, today, **who(county.story, "devon")) is None
    assert refused(*given, OTHER_NPI, today, **who(county.story, "devon")) == "npi_looked_at"
    (held,) = queries.npis_of(county.story.person("maria"))
    watched.end_npi(held.pk, add_days(held.days.lower, -1), **who(county.story, "ana"))
    oversee.close_task(
        Task.objects.get(kind="npi_claimed").pk, "npi_yours", "Devon's, by NPPES.", **who(county.story, "sam")
    )
    assert watched.enter_npi(devon.pk, NPI, today, **who(county.story, "devon")) is not None
    assert queries.npis_of(county.story.person("maria")).get().taken_back_at is not None


def test_what_is_no_npi_is_told_and_nobody_enters_one_for_another(county: County) -> None:
    maria = county.story.person("maria")
    given, today = (watched.enter_npi, maria.pk), day_of(county.story.now)
    assert refused(*given, "1234567890", today, **who(county.story, "maria")) == "npi_mistyped"
    assert refused(*given, "12345", today, **who(county.story, "maria")) == "npi_no_number"
    assert refused(*given, NPI, add_days(today, 1), **who(county.story, "maria")) == "day_in_future"
    assert refused(*given, NPI, today, **who(county.story, "devon")) == "not_yours"


# --- the daily summary


def test_a_summary_counts_and_names_nobody_and_comes_once(county: County) -> None:
    county.send(f"{county.maria.number},,,,")
    county.story.wait(minutes=1)
    rosters.choose_digest(county.county.pk, True, **who(county.story, "omar"))
    today = day_of(county.story.now)
    county.story.wait(minutes=1)
    maintain.correct_standing(
        county.maria.pk, "suspended", today, add_days(today, 3), "K-1", **who(county.story, "sam")
    )
    tomorrow = county.story.now + timedelta(days=1)
    assert [digests.send_digests(now=tomorrow) for _ in range(2)] == [1, 0]
    (letter,) = letters(county, "roster_digest")
    assert letter.to_address == "omar.castillo@example.com" or letter.person == county.story.person("omar")
    said = letter.subject + letter.message_text
    assert f"/partner/{county.county.uuid}/changes/" in said
    assert "1" in letter.subject
    for never in ("suspen", "Garc", "María", county.maria.number, "eer ", "ecovery", "omplaint"):
        assert never not in said
    assert digests.send_digests(now=tomorrow + timedelta(days=7)) == 0
    rosters.choose_digest(county.county.pk, False, **who(county.story, "omar"))
    assert digests.send_digests(now=tomorrow + timedelta(days=9)) == 0


def merged(county: County) -> None:
    """Sam finds that María's and Devon's certificates are one person's: Devon's answers for both."""
    sam = who(county.story, "sam")
    first, last = (standing_rows(county.maria)[0].valid.lower, standing_rows(county.maria)[0].valid.upper)
    maintain.correct_standing(county.maria.pk, "not_certified", first, add_days(last, -1), "Recorded twice.", **sam)
    county.story.wait(days=1)
    stories.taken_off(county.story, county.maria, "The same person.", county.devon)


def test_a_merge_takes_the_watch_along(county: County) -> None:
    county.send(f"{county.maria.number},,,,")
    county.story.wait(days=1)
    before = county.story.now
    county.story.wait(minutes=1)
    merged(county)
    assert county.watched() == {county.devon.number}
    old = Watch.objects.get(certificate=county.maria)
    assert (old.ended_because, old.until_at) == ("merged", county.story.now)
    assert watched.tell_holders(now=county.story.now) == 2
    assert [letter.person for letter in letters(county, "watched")] == [county.devon.person]
    (told,) = [reach.change for reach in queries.reached(county.county) if reach.change.kind == "merge"]
    assert (told.certificate, told.values["into"]) == (county.maria, county.devon.number)

    # The number that was sent leads there, and the roster as of a day answers as was known on each.
    county.story.wait(days=1)
    assert county.answers(county.send(f"{county.maria.number},,,,")) == [("accepted", "")]
    maintain.correct_standing(
        county.devon.pk, "suspended", day_of(before), day_of(before), "K-1", **who(county.story, "sam")
    )
    (now_known,) = as_of(county.county, day_of(before), county.story.now)
    (then_known,) = as_of(county.county, day_of(before), before)
    assert (now_known.number, now_known.answers, now_known.is_certified) == (
        county.maria.number, county.devon.number, False,
    )  # fmt: skip
    assert now_known.name == "Devon Carter"
    assert (then_known.answers, then_known.is_certified) == (county.maria.number, True)


def test_whoever_watched_both_watches_the_one_that_answers_once(county: County) -> None:
    county.send(f"{county.maria.number},,,,", f"{county.devon.number},,,,")
    county.story.wait(days=1)
    merged(county)
    assert county.watched() == {county.devon.number}
    assert Watch.objects.filter(certificate=county.devon).count() == 1


def test_old_numbers_are_found_on_a_roster_however_they_are_written(county: County) -> None:
    wrong_check = county.devon.number[:-1] + ("0" if county.devon.number[-1] != "0" else "1")
    for number in ("CMP-1234", wrong_check):
        key = "".join(letter for letter in number if letter.isalnum())
        OldNumber.objects.create(key=key, number=number, certificate=county.maria)
    roster = county.send("cmp 1234,,,,", f"{wrong_check},,,,", f"{county.devon.number},,,,", "CMP-99,,,,")
    assert county.answers(roster) == [
        ("accepted", ""), ("refused", "twice"), ("accepted", ""), ("refused", "number_mistyped"),
    ]  # fmt: skip
    assert county.watched() == {county.maria.number, county.devon.number}
    county.story.wait(days=1)
    merged(county)
    again = county.send("CMP1234,,,,")
    assert (county.answers(again), county.watched()) == ([("accepted", "")], {county.devon.number})
