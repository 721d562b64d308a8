"""`peercert log audit`: finds whatever the owner of the tables changes, takes out or back-dates, and nothing else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from peercert.program.certificates import log, log_backfill
from peercert.program.certificates.log_audit import Counted, audit
from peercert.program.certificates.log_models import LogFact
from tests.rooms.test_log import Held

pytestmark = pytest.mark.database

Owner = Callable[..., None]


@pytest.fixture
def held(committed: str) -> Held:
    """A life with a suspension that was lifted and another name, all of it appended by two runs."""
    held = Held()
    held.correct("suspended", 0, 30)
    held.append()
    held.correct("in_force", 0, 30)
    held.rename("María", "Núñez")
    held.append()
    assert findings() == []
    return held


@pytest.fixture
def owner(as_owner: Any, held: Held) -> Owner:
    """Runs a statement as the tables' owner, with every trigger off."""
    tables = ["certificate", "standing", "term", "logfact", "logtile", "logcheckpoint", "legalname"]
    for table in tables:
        as_owner.execute(f"ALTER TABLE program_{table} DISABLE TRIGGER USER")

    def run(statement: str) -> None:
        assert as_owner.execute(statement).rowcount > 0

    return run


def findings() -> list[str]:
    return list(audit(Counted()))


def test_a_register_that_was_lived_fits_its_log(held: Held) -> None:
    counted = Counted()
    assert list(audit(counted)) == []
    assert (counted.entries, counted.checkpoints, counted.certificates) == (4, 2, 1)


CHANGED = {
    "a day of a standing": (
        "UPDATE program_standing SET valid = daterange(lower(valid), upper(valid) - 3) WHERE state = 'suspended'",
        "standing row .* was changed: the log has",
    ),
    "a standing called otherwise": (
        "UPDATE program_standing SET state = 'in_force' WHERE state = 'suspended'", "standing row .* was changed",
    ),
    "a suspension taken out": ("DELETE FROM program_standing WHERE state = 'suspended'", "standing row .* is missing"),
    "a standing known since earlier": (
        "UPDATE program_standing SET known = tstzrange(lower(known) - interval '9 days', upper(known))"
        " WHERE cause = 'issued' AND upper(known) IS NOT NULL",
        "standing row .* was changed",
    ),
    "a back-dated standing": (
        "INSERT INTO program_standing (certificate_id, state, valid, known, cause) SELECT certificate_id, 'suspended',"
        " daterange(upper(valid) + 9, upper(valid) + 12), tstzrange(lower(known) + interval '1 day', NULL), 'found'"
        " FROM program_standing WHERE cause = 'issued' AND upper_inf(valid) = false ORDER BY id LIMIT 1",
        "standing row .* is back-dated",
    ),
    "a back-dated standing that was closed before the next fact": (
        "INSERT INTO program_standing (certificate_id, state, valid, known, cause) SELECT certificate_id, 'suspended',"
        " daterange(upper(valid) + 9, upper(valid) + 12),"
        " tstzrange(lower(known) + interval '1 day', lower(known) + interval '2 days'), 'found'"
        " FROM program_standing WHERE cause = 'issued' ORDER BY id LIMIT 1",
        "no fact is of that moment: back-dated",
    ),
    "a longer term": ("UPDATE program_term SET last_on = last_on + 365", "term row .* was changed"),
    "another day of issue": ("UPDATE program_certificate SET issued_on = issued_on - 30", "its own row was changed"),
    "another name": ("UPDATE program_legalname SET last = 'Vega' WHERE until_at IS NULL", "name .* without a fact"),
    "a fact's text": (
        "UPDATE program_logfact SET public = replace(public, 'suspended', 'in_force') WHERE position = 1",
        "log entry 1: the fact was changed",
    ),
    "a fact and its entry": (
        "UPDATE program_logfact SET public = '{}', entry = sha256(salt || sha256(secret || convert_to(kept, 'UTF8'))"
        " || convert_to('{}', 'UTF8')) WHERE position = 1",
        "tile 0/0: log entry 1 is another",
    ),
    "a fact's moment": (
        "UPDATE program_logfact SET at = at - interval '2 days' WHERE position = 2",
        "log entry 2: its moment or kind was changed",
    ),
    "a fact taken out": ("DELETE FROM program_logfact WHERE position = 1", "log entry 1: its fact is missing"),
    "the newest fact taken out": ("DELETE FROM program_logfact WHERE position = 3", "entries 3 to 3: .* missing"),
    "a tile": (
        "UPDATE program_logtile SET hashes = overlay(hashes PLACING '\\x00' FROM 40)",
        "tile 0/0: log entry 1 is another",
    ),
    "a tile made shorter": (
        "UPDATE program_logtile SET hashes = substring(hashes FROM 1 FOR 96)", "the tiles hold 3 entries, the facts 4",
    ),
    "a head's row": (
        "UPDATE program_logcheckpoint SET root = sha256('another') WHERE size = 2", "checkpoint 2: the row is another",
    ),
    "a head's note": (
        "UPDATE program_logcheckpoint SET note = replace(note, E'\\n2\\n', E'\\n3\\n') WHERE size = 2",
        "checkpoint 2: its signature",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGED)
def test_what_the_owner_changed_is_found_and_named(owner: Owner, what: str) -> None:
    statement, wanted = CHANGED[what]
    owner(statement)
    found = findings()
    assert found
    assert any(re.search(wanted, one) for one in found), found


def test_a_certificate_made_up_later_and_back_dated_with_its_fact_is_found(held: Held) -> None:
    fact = log.bound("corrected", log.facts.known_now(held.certificate, now=held.story.now))
    fact.at = held.story.now - timedelta(days=50)
    fact.kept = fact.kept.replace(fact.kept[7:39], log.facts.moment(fact.at))
    fact.entry = log.facts.entry(bytes(fact.salt), bytes(fact.secret), fact.public, fact.kept)
    fact.save()
    held.append()
    assert any("log entry 4: back-dated" in one for one in findings())


def test_certificates_older_than_the_log_get_their_facts_once(held: Held, owner: Owner) -> None:
    before = [(fact.at, fact.kept) for fact in LogFact.objects.order_by("at")]
    for table in ("logfact", "logtile", "logcheckpoint"):
        owner(f"DELETE FROM program_{table}")
    assert findings() == [f"certificate {held.certificate.number}: no fact of it is in the log."]
    assert log_backfill.backfill() == 3  # the name alone changes nothing that is kept over time
    assert log_backfill.backfill() == 0
    held.append()
    assert findings() == []
    assert [fact.at for fact in LogFact.objects.order_by("position")] == [at for at, _ in before[:3]]
    assert log.proof_of(held.certificate, today=held.story.now.date()) is not None
