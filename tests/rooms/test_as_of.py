"""The roster as of a day: whatever was corrected when, it answers as each certificate does for itself."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.program.certificates import queries as certificates
from peercert.program.certificates.actions import correct_standing
from peercert.program.certificates.models import Certificate, Standing
from peercert.program.people.actor import PROGRAM
from peercert.program.people.organisations import Organisation
from peercert.program.rosters.actions import begin_watch, end_watch
from peercert.program.rosters.as_of import as_of
from peercert.program.rosters.models import Watch
from peercert.rules.days import add_days, day_of, end_of, start_of
from tests import stories
from tests.rooms.test_organisations import organisation

STATES = (None, "in_force", "suspended", "revoked")
DAY = st.integers(0, 60)


class World:
    """A certificate and an organisation, the moments counted in days from its issue."""

    def __init__(self) -> None:
        story = stories.Story()
        stories.certified(story)
        self.certificate, self.county = Certificate.objects.get(), organisation()

    def said(self, day: Any, known_at: Any) -> bool:
        """Whether it was certified on a day, as known at a moment."""
        row = certificates.standing_on(self.certificate, day, known_at)
        return row is not None and row.state == "in_force"

    def noon(self, day: int) -> Any:
        return start_of(add_days(self.certificate.issued_on, day)) + timedelta(hours=12)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Lived once; undone at the end."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@settings(max_examples=40)
@given(
    corrections=st.lists(st.tuples(st.sampled_from(STATES), DAY, DAY, DAY), max_size=4),
    on=DAY, known=DAY,
)  # fmt: skip
def test_it_answers_as_the_certificate_itself(
    world: World, db: None, corrections: list[tuple[str | None, int, int, int]], on: int, known: int
) -> None:
    with transaction.atomic():
        begin_watch(world.county, world.certificate, now=world.certificate.issued_at)
        for state, first, last, at in sorted(corrections, key=lambda one: one[3]):
            first_on = add_days(world.certificate.issued_on, min(first, last))
            last_on = add_days(world.certificate.issued_on, max(first, last))
            moment = world.noon(at) + timedelta(days=1)
            correct_standing(world.certificate, state, first_on, last_on, cause="x", actor=PROGRAM, now=moment)
        day, moment = add_days(world.certificate.issued_on, on), world.noon(known + 1) + timedelta(minutes=1)
        (answer,) = as_of(world.county, day, moment)
        assert answer.is_certified == world.said(day, moment)
        assert answer.known_since == certificates.known_since(world.certificate, day, moment)
        # At every moment at which something became known from then on it was known so, and just before then it was not.
        known_at = {row.known.lower for row in Standing.objects.filter(certificate=world.certificate)}
        turns = [world.said(day, at) for at in sorted(known_at) if at <= moment]
        same = next((n for n, told in enumerate(reversed(turns)) if told != answer.is_certified), len(turns))
        assert answer.known_since == sorted(at for at in known_at if at <= moment)[-same]
        transaction.set_rollback(True)


@pytest.mark.database("program/rosters/as_of.py")
def test_who_was_on_it_that_day_once_each_and_by_pages(world: World, db: None) -> None:
    watch = begin_watch(world.county, world.certificate, now=world.noon(10))
    end_watch(watch, "stopped", now=world.noon(12))
    begin_watch(world.county, world.certificate, now=world.noon(12) + timedelta(hours=1))
    other = Organisation.objects.create(
        kind="employer", name="Other", name_key="other", address="x", contact="x", wants="x",
        asked_by=world.county.asked_by, asked_at=world.noon(0), approved_at=world.noon(0),
    )  # fmt: skip
    known = world.noon(40)

    def on(day: int) -> list[bool]:
        found = as_of(world.county, add_days(world.certificate.issued_on, day), known)
        return [one.is_certified for one in found]

    assert [len(on(day)) for day in (9, 10, 12, 13, 30)] == [0, 1, 1, 1, 1]
    assert Watch.objects.count() == 2
    assert list(as_of(other, day_of(known), known)) == []
    key = next(as_of(world.county, day_of(known), known)).key
    assert list(as_of(world.county, day_of(known), known, after=key)) == []
    assert list(as_of(world.county, day_of(known), known, limit=0)) == []


def test_a_day_before_its_issue_and_a_knowledge_before_it(world: World, db: None) -> None:
    begin_watch(world.county, world.certificate, now=world.certificate.issued_at - timedelta(days=5))
    before = add_days(world.certificate.issued_on, -2)
    (answer,) = as_of(world.county, before, world.noon(5))
    assert (answer.is_certified, answer.known_since) == (False, world.certificate.issued_at)
    for known in (world.noon(5), end_of(before)):
        (told,) = as_of(world.county, before, known)
        assert told.known_since == certificates.known_since(world.certificate, before, known)
    (unknown,) = as_of(world.county, before, end_of(before))
    assert (unknown.is_certified, unknown.known_since) == (False, None)
