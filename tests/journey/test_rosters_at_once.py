"""What happens to one roster at once: nobody waits for each other for good, and nobody reads past who still writes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from peercert.demo import partners
from peercert.program.casework.moves import lock
from peercert.program.certificates.models import Certificate
from peercert.program.journey import rosters
from peercert.program.journey.organisations import locked
from peercert.program.journey.standing_changed import announce
from peercert.program.people.actor import PROGRAM
from peercert.program.rosters import queries
from peercert.program.rosters.models import Reach
from peercert.program.rosters.queries import WRITING, settled
from tests import stories
from tests.journey.test_organisations import who

pytestmark = pytest.mark.database("locks", "program/rosters/queries.py")


@pytest.fixture
def others(committed: str) -> Any:
    """A second connection to the database of this test."""
    second = connection.copy()
    yield second
    second.close()


def test_who_only_names_what_is_locked_goes_on(committed: str, others: Any) -> None:
    story = stories.Story()
    certificate = Certificate.objects.get(case=stories.certified(story))
    county = partners.county(story)
    rosters.watch(county.pk, certificate.number, **who(story, "dana"))
    named: Callable[[str, int], str] = "SELECT FROM program_{} WHERE id = {} FOR KEY SHARE NOWAIT".format
    with transaction.atomic():
        locked(county.pk)
        lock(certificate.case_id)
        announce(certificate, "corrected", actor=PROGRAM, now=story.now)
        with others.cursor() as cursor:
            for table, key in (
                ("organisation", county.pk), ("case", certificate.case_id), ("certificate", certificate.pk),
            ):  # fmt: skip
                cursor.execute(named(table, key))
    assert Reach.objects.filter(organisation=county).exists()


def test_no_change_is_read_past_one_that_is_still_being_written(
    committed: str, others: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = stories.Story()
    certificate = Certificate.objects.get(case=stories.certified(story))
    county = partners.county(story)
    rosters.watch(county.pk, certificate.number, **who(story, "dana"))
    assert settled(county) == 0
    announce(certificate, "corrected", actor=PROGRAM, now=story.now)
    told = Reach.objects.get(organisation=county).pk
    assert settled(county) == told
    monkeypatch.setattr(queries, "PATIENCE", "20ms")
    with transaction.atomic():
        announce(certificate, "name", actor=PROGRAM, now=story.now)
        with others.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [WRITING])
            assert cursor.fetchone() == (False,)
    others.close()
    with others.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [WRITING])
    with pytest.raises(OperationalError):
        settled(county)
    # Unlocked by name: a server notices only after a while that a connection was closed.
    with others.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [WRITING])
        assert cursor.fetchone() == (True,)
    assert settled(county) > told
