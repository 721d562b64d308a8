"""Records made twice or by mistake: which number answers afterwards, on every page, and that no answer changes."""

from copy import deepcopy
from datetime import date, timedelta

import pytest
from django.test import Client

from peercert.demo import partners
from peercert.demo.cast import Member
from peercert.program.casework.models import Task, TimelineEntry
from peercert.program.certificates import share_links
from peercert.program.certificates.locate import locate
from peercert.program.certificates.models import Certificate, OldNumber, Specialization
from peercert.program.certificates.queries import certificates_called, specializations_of, standing_rows
from peercert.program.errors import Refused
from peercert.program.journey import carry_over, maintain, merge, oversee, rosters, share, specialize, watched
from peercert.program.notices.models import Letter
from peercert.program.people.actor import applicant
from peercert.program.rosters import queries
from peercert.program.rosters.models import Npi
from peercert.rules.days import day_of
from peercert.web.doors import now
from tests import stories
from tests.journey.test_organisations import refused
from tests.journey.test_organisations import who as partner


class Twice:
    """María's certificate and one that was issued to her again, later, as Devon."""

    def __init__(self) -> None:
        self.story = stories.Story()
        self.kept = Certificate.objects.get(case=stories.certified(self.story))
        self.double = Certificate.objects.get(case=stories.certified(self.story, "devon"))
        self.sam = {"actor": self.story.actor("sam"), "now": self.story.now}

    def cut_to_the_same_days(self) -> None:
        """The double stands no longer than the one kept does."""
        after = standing_rows(self.kept)[0].valid.upper
        maintain.correct_standing(
            self.double.pk, "not_certified", after, standing_rows(self.double)[0].valid.upper - timedelta(days=1),
            "Recorded twice.", **self.sam,
        )  # fmt: skip

    def merge(self, certificate: Certificate, into: Certificate, **choices: str) -> None:
        stories.taken_off(self.story, certificate, "The same person.", into, choices=choices)

    def area(self, certificate: Certificate, area: str, first_on: date, until: date | None = None) -> None:
        """An area from that day on, or ended on another."""
        specialize.record_specialization(certificate.pk, area, first_on, "Seen.", **self.sam)
        if until:
            specialize.end_specialization(certificate.pk, area, until, "Seen.", **self.sam)

    def npi(self, certificate: Certificate, npi: str, first_on: date) -> None:
        person = certificate.person
        watched.enter_npi(person.pk, npi, first_on, actor=applicant(person), now=self.story.now)

    def spans(self, certificate: Certificate) -> dict[str, list[tuple[date, date | None]]]:
        """The days of each area as known now, until the day after the last one."""
        found: dict[str, list[tuple[date, date | None]]] = {}
        for row in specializations_of(certificate):
            found.setdefault(row.area, []).append((row.valid.lower, row.valid.upper))
        return found


@pytest.fixture(scope="module")
def lived(one_life: None) -> Twice:
    return Twice()


@pytest.fixture
def twice(lived: Twice, db: None) -> Twice:
    return deepcopy(lived)


def test_a_merged_number_leads_to_the_one_that_answers(twice: Twice, client: Client) -> None:
    twice.cut_to_the_same_days()
    OldNumber.objects.create(key="CMP1234", number="CMP-1234", certificate=twice.double)
    twice.merge(twice.double, twice.kept)
    for typed in (twice.double.number, "cmp 1234"):
        found = locate(typed)
        assert (found.how, found.certificate) == ("moved", twice.kept)
    landed = client.get(f"/verify/{twice.double.number}/?on=2026-01-01")
    assert (landed.status_code, landed["Location"]) == (302, f"/verify/{twice.kept.number}/?on=2026-01-01")
    assert client.post("/verify/", {"number": "CMP-1234"})["Location"] == f"/verify/{twice.kept.number}/"
    told = TimelineEntry.objects.filter(verb="certificate_merged").values_list("case", flat=True)
    assert set(told) == {twice.kept.case_id, twice.double.case_id}
    name = twice.double.person.names.get(until_at=None)
    assert twice.double not in certificates_called(name.last, name.first)


def test_no_area_and_no_npi_of_either_record_is_lost(twice: Twice) -> None:
    twice.story.wait(days=20)
    twice.sam["now"] = now_ = twice.story.now
    twice.cut_to_the_same_days()
    first = max(twice.kept.issued_on, twice.double.issued_on)
    later, last = first + timedelta(days=3), first + timedelta(days=9)
    twice.area(twice.kept, "parent_caregiver_family", first)
    twice.area(twice.double, "justice", first, last)
    twice.area(twice.double, "parent_caregiver_family", first)
    twice.npi(twice.double, "1234567893", later)
    county = partners.county(twice.story)
    rosters.watch(county.pk, twice.double.number, **partner(twice.story, "dana"))
    before = now_
    twice.sam["now"] = twice.story.wait(hours=1)
    twice.merge(twice.double, twice.kept)
    assert twice.spans(twice.kept) == {"justice": [(first, last)], "parent_caregiver_family": [(first, None)]}
    # From what is known now: until then nobody knew it of this record.
    row = Specialization.objects.get(certificate=twice.kept, area="justice")
    assert row.known.lower > before
    assert [row.state for row in standing_rows(twice.kept)] == ["in_force"]
    npi = Npi.objects.get()
    assert (npi.person, npi.days.lower, npi.taken_back_at) == (twice.kept.person, later, None)
    # The holder is told by either record which number lives on; whoever watched hears of the merge, as ever.
    letters = Letter.objects.filter(code="certificate_merged")
    assert {one.person for one in letters} == {twice.kept.person, twice.double.person}
    says = {
        "en": ("{} is the number that lives on", "{} is not lost"),
        "es": ("{} es el número que sigue valiendo", "{} no se pierde"),
    }
    assert {one.language for one in letters} == says.keys()
    for one in letters:
        lives, leads = says[one.language]
        assert lives.format(twice.kept.number) in one.text
        assert leads.format(twice.double.number) in one.text
    told = [reach.change for reach in queries.reached(county)]
    assert (told[0].kind, told[0].values["into"]) == ("merge", twice.kept.number)
    assert "specialization" not in {one.kind for one in told if one.certificate == twice.double and one.at > before}


def test_where_records_contradict_each_other_two_people_decide(twice: Twice) -> None:
    twice.story.wait(days=20)
    twice.sam["now"] = twice.story.now
    twice.cut_to_the_same_days()
    first = max(twice.kept.issued_on, twice.double.issued_on)
    day = [first + timedelta(days=number) for number in range(12)]
    for area in ("parent_caregiver_family", "justice", "crisis"):
        twice.area(twice.kept, area, day[2], day[8])
        twice.area(twice.double, area, day[0], day[4])
    twice.npi(twice.kept, "1234567893", day[1])
    twice.npi(twice.double, "1679576722", day[2])
    assert [one.what for one in carry_over.differences(twice.double, twice.kept)] == [
        "crisis", "justice", "parent_caregiver_family", "npi",
    ]  # fmt: skip
    right = {"parent_caregiver_family": "goes", "justice": "stays", "crisis": "both", "npi": "goes"}
    for missing in right:
        with pytest.raises(Refused, match="merge_undecided"):
            twice.merge(twice.double, twice.kept, **{what: said for what, said in right.items() if what != missing})
    with pytest.raises(Refused, match="merge_undecided"):
        twice.merge(twice.double, twice.kept, **{**right, "npi": "both"})
    # What neither of them saw is not carried out.
    task = merge.propose_merge(twice.double.pk, twice.kept.pk, "The same person.", choices=right, **twice.sam)
    assert task.values["planned"]["npis"] == [["1679576722", day[2].isoformat(), None]]
    twice.area(twice.double, "unhoused", day[5])
    with pytest.raises(Refused, match="merge_changed"):
        closed(twice, task, "tom")
    closed(twice, task, "tom", "not_agreed")
    twice.merge(twice.double, twice.kept, **right)
    spans = twice.spans(twice.kept)
    assert spans["parent_caregiver_family"] == [(day[0], day[4])]
    assert spans["justice"] == [(day[2], day[8])]
    assert spans["crisis"] == [(day[0], day[8])]
    theirs = Npi.objects.get(taken_back_at=None)
    assert (theirs.npi, theirs.person) == ("1679576722", twice.kept.person)
    assert Npi.objects.exclude(taken_back_at=None).get().npi == "1234567893"


def test_what_a_holder_keeps_from_others_on_either_record_stays_so(twice: Twice) -> None:
    twice.story.wait(days=20)
    twice.sam["now"] = twice.story.now
    twice.cut_to_the_same_days()
    twice.area(twice.double, "justice", max(twice.kept.issued_on, twice.double.issued_on))
    specialize.show_areas(twice.double.pk, False, actor=twice.story.actor("devon"), now=twice.story.now)
    twice.merge(twice.double, twice.kept)
    twice.kept.refresh_from_db()
    assert "justice" in twice.spans(twice.kept)
    assert twice.kept.shows_areas is False


def test_a_shared_link_answers_from_the_record_that_answers(twice: Twice, client: Client) -> None:
    twice.cut_to_the_same_days()
    today, tomorrow = day_of(twice.story.now), day_of(now()) + timedelta(days=1)
    link = share.make_link(twice.double.pk, tomorrow, "", actor=twice.story.actor("devon"), now=now())
    address = f"/shared/{share_links.token_of(link)}/"
    twice.merge(twice.double, twice.kept)
    maintain.correct_standing(twice.kept.pk, "revoked", today, None, "An inquiry.", **twice.sam)
    told = client.get(address).content.decode()
    assert twice.kept.number in told
    assert "Not certified today" in told
    # Whoever holds the record that answers sees that it was opened, and can end it.
    assert [one.looks for one in share_links.links_of(twice.kept)] == [1]
    share.end_link(twice.kept.pk, link.uuid, actor=twice.story.actor("maria"), now=now())
    assert client.get(address).status_code == 404
    link = share.make_link(twice.double.pk, tomorrow, "", actor=twice.story.actor("devon"), now=now())
    address = f"/shared/{share_links.token_of(link)}/"
    stories.taken_off(twice.story, twice.kept, "Never recorded rightly.")
    assert locate(twice.double.number).how == "retired"
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("objects", ["devon", "maria"])
def test_who_objected_with_success_is_watched_under_no_other_number(twice: Twice, objects: str) -> None:
    county = partners.county(twice.story)
    twice.sam = sam = partner(twice.story, "sam")
    dana = partner(twice.story, "dana")
    watches = {
        who: rosters.watch(county.pk, one.number, **dana)
        for who, one in (("devon", twice.double), ("maria", twice.kept))
    }
    watched.object_to_watch(watches[objects].pk, "", **partner(twice.story, objects))
    oversee.close_task(Task.objects.get(kind="objection").pk, "objection_upheld", "Never employed there.", **sam)
    if objects == "devon":
        rosters.stop_watching(county.pk, watches["maria"].uuid, **dana)
    twice.cut_to_the_same_days()
    twice.merge(twice.double, twice.kept)
    assert not queries.is_watched(county, twice.kept)
    for number in (twice.double.number, twice.kept.number):
        assert refused(rosters.watch, county.pk, number, **dana) == "not_watchable"
    roster = rosters.receive_roster(county.pk, "", f"number\n{twice.kept.number}".encode(), replaces=False, **dana)
    rosters.take_roster(roster.pk, now=twice.story.now)
    assert queries.lines_of(roster).get().reason == "not_watchable"


def test_whoever_was_merged_takes_along_what_was_merged_into_it(twice: Twice) -> None:
    twice.story.members["rosa"] = Member("rosa", "Rosa", "Vega", "rosa@example.com", born_on=date(1985, 5, 5))
    third = Certificate.objects.get(case=stories.certified(twice.story, "rosa"))
    twice.sam["now"] = twice.story.now
    for certificate in (twice.double, third):
        first, last = (standing_rows(certificate)[0].valid.lower, standing_rows(certificate)[0].valid.upper)
        maintain.correct_standing(
            certificate.pk, "not_certified", first, last - timedelta(days=1), "Recorded twice.", **twice.sam
        )
    twice.merge(third, twice.double)
    twice.merge(twice.double, twice.kept)
    assert locate(third.number).certificate == twice.kept
    with pytest.raises(Refused, match="record_retired"):
        twice.merge(third, twice.kept)


@pytest.mark.database("program/journey/merge.py")
def test_a_merge_that_would_change_an_answer_is_refused(twice: Twice) -> None:
    with pytest.raises(Refused, match="merge_changes_days"):
        twice.merge(twice.double, twice.kept)
    twice.cut_to_the_same_days()
    today = day_of(twice.story.now)
    maintain.correct_standing(twice.double.pk, "suspended", today, today, "A finding.", **twice.sam)
    with pytest.raises(Refused, match="merge_changes_days") as refused:
        twice.merge(twice.double, twice.kept)
    assert refused.value.values["on"] == today


@pytest.mark.parametrize("who", ["ana", "tom", "pat", "maria"])
def test_nobody_but_a_manager_takes_a_record_off(twice: Twice, who: str) -> None:
    with pytest.raises(Refused, match="not_yours"):
        merge.propose_retirement(twice.double.pk, "By mistake.", actor=twice.story.actor(who), now=twice.story.now)


def test_a_retired_record_certified_nobody_on_any_day(twice: Twice, client: Client) -> None:
    stories.taken_off(twice.story, twice.double, "Recorded by mistake.")
    assert standing_rows(twice.double) == []
    assert locate(twice.double.number).how == "retired"
    page = client.get(f"/verify/{twice.double.number}/")
    assert page.status_code == 410
    assert "recorded by mistake" in page.content.decode()
    with pytest.raises(Refused, match="record_retired"):
        twice.merge(twice.kept, twice.double)
    with pytest.raises(Refused, match="reason_needed"):
        merge.propose_retirement(twice.kept.pk, " ", **twice.sam)


def test_an_old_number_is_found_however_it_is_typed_and_a_mistake_is_still_told(twice: Twice) -> None:
    OldNumber.objects.create(key="CMP1234", number="CMP-1234", certificate=twice.kept)
    assert locate("cmp-1234").certificate == twice.kept
    wrong = twice.kept.number[:-1] + ("2" if twice.kept.number[-1] != "2" else "3")
    assert [locate(typed).how for typed in (wrong, "CMP-1235", "", "C-0000-0000")] == [
        "mistyped", "no_number", "no_number", "unknown",
    ]  # fmt: skip


def closed(twice: Twice, task: Task, who: str, outcome: str = "agreed") -> Task:
    return oversee.close_task(task.pk, outcome, "Seen.", actor=twice.story.actor(who), now=twice.story.now)


def test_nothing_happens_before_a_second_person_agrees(twice: Twice) -> None:
    task = merge.propose_retirement(twice.double.pk, "By mistake.", **twice.sam)
    for who, refusal in (("sam", "second_person"), ("ana", "not_yours"), ("li", "not_yours")):
        with pytest.raises(Refused, match=refusal):
            closed(twice, task, who)
    assert locate(twice.double.number).how == "here"
    for again in (
        lambda: merge.propose_retirement(twice.double.pk, "Again.", **twice.sam),
        lambda: merge.propose_merge(twice.kept.pk, twice.double.pk, "Again.", **twice.sam),
    ):
        with pytest.raises(Refused, match="retirement_proposed"):
            again()
    closed(twice, task, "tom", "not_agreed")
    assert locate(twice.double.number).how == "here"
    task = merge.propose_retirement(twice.double.pk, "By mistake.", **twice.sam)
    closed(twice, task, "tom")
    assert locate(twice.double.number).how == "retired"
    assert Letter.objects.filter(case=twice.double.case, code="standing_not_certified", is_sealed=True).count() == 1
    with pytest.raises(Refused, match="task_closed"):
        closed(twice, task, "tom")


def test_what_changed_since_it_was_proposed_is_looked_at_again(twice: Twice) -> None:
    twice.cut_to_the_same_days()
    task = merge.propose_merge(twice.double.pk, twice.kept.pk, "The same person.", **twice.sam)
    today = day_of(twice.story.now)
    maintain.correct_standing(twice.double.pk, "suspended", today, today, "A finding.", **twice.sam)
    with pytest.raises(Refused, match="merge_changes_days"):
        closed(twice, task, "tom")
    task.refresh_from_db()
    assert task.closed_at is None


def test_open_tasks_of_either_case_come_first(twice: Twice) -> None:
    twice.cut_to_the_same_days()
    for certificate in (twice.kept, twice.double):
        other = Task.objects.create(case=certificate.case, kind="changed_result", opened_at=twice.story.now)
        with pytest.raises(Refused, match="certificate_has_tasks") as refused:
            twice.merge(twice.double, twice.kept)
        assert refused.value.values["number"] == certificate.number
        closed(twice, other, "tom", oversee.OUTCOMES.get("changed_result", ("done",))[0])
    twice.merge(twice.double, twice.kept)
