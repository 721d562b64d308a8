"""Names over time, and finding people by the words of their names."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peercert.program.casework.actions import keep_sort_name
from peercert.program.people import actions, queries
from peercert.program.people.likeness import distance, forgiven, one_mistake_from
from peercert.program.people.models import LegalName, NameWord, Person

pytestmark = pytest.mark.database("program/people/queries.py", "program/people/actions.py")
NOW = datetime(2026, 5, 1, 18, tzinfo=UTC)
LETTERS = st.text("abcdeg", max_size=9)


def named(first: str, last: str, middle: str = "") -> Person:
    person = actions.new_person()
    actions.set_legal_name(person, first, middle, last, now=NOW)
    return person


def found(text: str, limit: int = 20) -> list[str]:
    people = Person.objects.in_bulk(queries.people_called(text, limit))
    return [name.full for one in queries.people_called(text, limit) if (name := queries.current_name(people[one]))]


def test_a_new_name_makes_the_old_one_history_and_is_the_one_searched(db: None) -> None:
    person = named("Ana", "Ruiz")
    case = person.cases.create(topic="initial", opened_at=NOW)
    later = NOW + timedelta(days=1)
    actions.set_legal_name(person, "  Ana ", "", "Vega  Luna", now=later, because="marriage")
    assert [(name.last, name.until_at) for name in person.names.order_by("from_at")] == [
        ("Ruiz", later),
        ("Vega Luna", None),
    ]
    keep_sort_name(person)
    case.refresh_from_db()
    assert case.sort_name == "vega luna, ana"
    assert found("ruiz") == []
    assert found("luna vega") == ["Ana Vega Luna"]
    assert queries.greeting_name(person) == "Ana"


def test_the_same_name_again_changes_nothing(db: None) -> None:
    person = named("Ana", "Ruiz")
    actions.set_legal_name(person, "Ana", "", "Ruiz", now=NOW + timedelta(days=1))
    assert person.names.count() == 1


def test_a_chosen_name_is_the_one_in_greetings(db: None) -> None:
    person = named("Anastasio", "Ruiz")
    person.chosen_name = "Tacho"
    assert queries.greeting_name(person) == "Tacho"


@pytest.mark.parametrize(
    "typed",
    ["García-López", "garcia lopez maria", "MARIA GARCIA", "gracia", "garcai lopez", "Lopes", "maria  l\u00f3pez"],
)
def test_accents_case_order_hyphens_and_single_mistakes_do_not_matter(db: None, typed: str) -> None:
    named("María", "García-López")
    named("Devon", "Carter")
    assert found(typed) == ["María García-López"]


def test_every_typed_word_must_be_met(db: None) -> None:
    named("María", "García-López")
    assert found("maria carter") == []
    assert found("") == [] == found("!?")


def test_the_exact_name_comes_before_those_that_are_close(db: None) -> None:
    for last in ("Garza", "Garcia", "Gracia", "Garcias"):
        named("Maria", last)
    assert found("maria garcia")[0] == "Maria Garcia"
    assert set(found("maria garcia")) == {"Maria Garcia", "Maria Gracia", "Maria Garcias"}


def test_short_words_are_taken_as_typed(db: None) -> None:
    named("Wei", "Li")
    named("Wei", "Lu")
    assert found("li") == ["Wei Li"]


def test_two_mistakes_are_forgiven_in_a_long_word(db: None) -> None:
    named("Ana", "Hernandez")
    assert found("hernandes") == ["Ana Hernandez"]
    assert found("fernandes") == ["Ana Hernandez"]


def test_a_second_mistake_is_thought_of_where_nothing_closer_is_found(db: None) -> None:
    named("Ana", "Hernandez")
    named("Ana", "Fernandez")
    assert found("fernandes") == ["Ana Fernandez"]
    assert found("fernandesz") == ["Ana Fernandez"]
    assert found("mernandes") == ["Ana Fernandez", "Ana Hernandez"]


def test_a_search_finds_the_exact_among_more_people_than_it_looks_at(db: None) -> None:
    people = Person.objects.bulk_create([Person() for _ in range(queries.CAP + 50)])
    LegalName.objects.bulk_create(
        LegalName(person=person, first="Mara", last="Garcia", first_key="mara", last_key="garcia",
                  words=["garcia", "mara"], from_at=NOW)
        for person in people
    )  # fmt: skip
    NameWord.objects.bulk_create([NameWord(word=word) for word in ("garcia", "mara")])
    named("Maria", "Garcia")
    assert found("maria garcia")[0] == "Maria Garcia"
    assert len(found("garcia")) == 20


@pytest.mark.parametrize(
    ("typed", "stands_for"),
    [("De la Cruz", "delacruz"), ("Delacruz", "de la cruz"), ("McDonald", "mc donald"), ("O'Brien", "obrien")],
)
def test_particles_written_apart_and_together_stand_for_each_other(db: None, typed: str, stands_for: str) -> None:
    named("Ana", "De la Cruz")
    named("Ana", "Mc Donald")
    assert stands_for in queries.whole_names(typed)


def test_half_a_last_name_stands_for_itself_alone(db: None) -> None:
    named("María", "García-López")
    assert "garcia lopez" not in queries.whole_names("Garcia")
    assert "garcia lopez" in queries.whole_names("Gracia Lopez")


def test_names_in_other_scripts_are_found_by_their_letters(db: None) -> None:
    named("小明", "王")
    named("Олександра", "Шевченко")
    assert found("王 小明") == ["小明 王"]
    assert found("шевченко") == ["Олександра Шевченко"]
    assert found("李 小明") == []


def test_a_name_of_letters_that_fold_into_many_fits_its_key(db: None) -> None:
    person = named("ß" * 100, "ﷺ" * 100)
    name = queries.current_name(person)
    assert name is not None
    assert name.first_key == "s" * 120
    assert name.last == "ﷺ" * 100


@pytest.mark.parametrize("typed", ["\u674e", "x" * 5000, "a " * 500, "%", "'; drop table x; --", "\\"])
def test_whatever_is_typed_is_only_a_name(db: None, typed: str) -> None:
    assert found(typed) == []
    queries.whole_names(typed)


def test_a_retired_address_is_remembered_once_and_in_any_case(db: None) -> None:
    person = named("Ana", "Ruiz")
    first = actions.retire_address(person, "Ana@Example.org", now=NOW)
    assert actions.retire_address(person, "ana@example.org ", now=NOW + timedelta(days=1)) == first
    assert queries.is_retired(person, "ANA@example.org")


@given(LETTERS, LETTERS)
def test_distance_is_the_same_both_ways_and_stops_counting(one: str, other: str) -> None:
    assert distance(one, other, 2) == distance(other, one, 2) <= 3
    assert (distance(one, other, 2) == 0) == (one == other)


@given(LETTERS)
def test_every_word_one_mistake_away_is_tried_and_no_other(word: str) -> None:
    tried = one_mistake_from(word)
    assert all(distance(word, other, 1) <= 1 for other in tried)
    assert forgiven("li") == 0


@given(LETTERS, LETTERS)
def test_what_is_one_mistake_away_is_among_those_tried(one: str, other: str) -> None:
    if distance(one, other, 1) == 1:
        assert other in one_mistake_from(one)
