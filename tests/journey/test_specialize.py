"""Areas of specialization: recorded and ended over two times, shown as the figure and the holder allow."""

from copy import deepcopy
from datetime import date, timedelta

import pytest

from peercert.program.casework.models import TimelineEntry
from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate, Specialization
from peercert.program.errors import Refused
from peercert.program.journey import specialize
from peercert.program.notices.models import Letter
from peercert.rules.days import day_of
from tests import stories


class Held:
    """A certificate of María's, a hundred days old."""

    def __init__(self) -> None:
        self.story = stories.Story()
        self.case = stories.certified(self.story)
        self.certificate = Certificate.objects.get(case=self.case)
        self.story.wait(days=100)

    def day(self, count: int) -> date:
        return self.certificate.issued_on + timedelta(days=count)

    def record(self, area: str, first: int, because: str = "40 hours, seen.", who: str = "sam") -> None:
        specialize.record_specialization(
            self.certificate.pk, area, self.day(first), because, actor=self.story.actor(who), now=self.story.now
        )

    def end(self, area: str, first: int, because: str = "Recorded by mistake.", who: str = "sam") -> None:
        specialize.end_specialization(
            self.certificate.pk, area, self.day(first), because, actor=self.story.actor(who), now=self.story.now
        )

    def areas(self, day: int) -> list[str]:
        return queries.areas_on(self.certificate, self.day(day))


@pytest.fixture(scope="module")
def lived(one_life: None) -> Held:
    return Held()


@pytest.fixture
def held(lived: Held, db: None) -> Held:
    return deepcopy(lived)


def test_an_area_belongs_to_the_certificate_from_its_day_on_and_the_holder_is_told(held: Held) -> None:
    held.record("justice", 90)
    held.record("crisis", 100)
    assert [held.areas(day) for day in (89, 90, 100)] == [[], ["justice"], ["crisis", "justice"]]
    entry = TimelineEntry.objects.filter(case=held.case, verb="specialization_recorded").first()
    assert entry is not None
    assert entry.values["because"] == "40 hours, seen."
    letter = Letter.objects.filter(case=held.case, code="specialization_recorded").first()
    assert letter is not None
    assert "Justice-involved" in letter.text or "sistema de justicia" in letter.text
    assert letter.is_sealed
    assert "justic" not in letter.message_text


def test_an_area_that_ends_keeps_its_days_and_may_begin_again(held: Held) -> None:
    held.record("crisis", 80)
    held.end("crisis", 95)
    assert [held.areas(day) for day in (80, 94, 95, 500)] == [["crisis"], ["crisis"], [], []]
    with pytest.raises(Refused, match="area_stands_already"):
        held.record("crisis", 94)
    held.record("crisis", 99)
    assert [held.areas(day) for day in (94, 95, 99)] == [["crisis"], [], ["crisis"]]


def test_an_area_ended_on_its_first_day_never_was_but_what_was_known_stays(held: Held) -> None:
    held.record("crisis", 80)
    known = held.story.now
    held.story.wait(hours=1)
    held.end("crisis", 80)
    assert held.areas(85) == []
    assert queries.areas_on(held.certificate, held.day(85), known) == ["crisis"]
    assert Specialization.objects.count() == 1


@pytest.mark.parametrize(
    ("area", "first", "because", "refusal"),
    [
        ("crisis", 100, " ", "reason_needed"),
        ("chess", 100, "Why.", "no_such_area"),
        ("crisis", 101, "Why.", "day_in_future"),
        ("crisis", -1, "Why.", "outside_the_terms"),
    ],
)
def test_what_cannot_be_is_refused(held: Held, area: str, first: int, because: str, refusal: str) -> None:
    with pytest.raises(Refused, match=refusal):
        held.record(area, first, because)
    assert not Specialization.objects.exists()


def test_only_what_is_held_can_end(held: Held) -> None:
    with pytest.raises(Refused, match="area_not_held"):
        held.end("crisis", 90)
    held.record("crisis", 90)
    with pytest.raises(Refused, match="area_not_held"):
        held.end("crisis", 89)


@pytest.mark.parametrize("who", ["ana", "tom", "li", "grace", "pat", "robin", "maria"])
def test_only_a_manager_records_an_area(held: Held, who: str) -> None:
    with pytest.raises(Refused, match="not_yours"):
        held.record("crisis", 90, who=who)


def test_the_holder_alone_chooses_whether_others_see_the_areas(held: Held) -> None:
    held.record("justice", 90)
    today = day_of(held.story.now)
    assert queries.shown_areas(held.certificate, today) == ["justice"]
    specialize.show_areas(held.certificate.pk, False, actor=held.story.actor("maria"), now=held.story.now)
    held.certificate.refresh_from_db()
    assert queries.shown_areas(held.certificate, today) == []
    assert queries.areas_on(held.certificate, today) == ["justice"]
    for who in ("sam", "devon"):
        with pytest.raises(Refused, match="not_yours"):
            specialize.show_areas(held.certificate.pk, True, actor=held.story.actor(who), now=held.story.now)
