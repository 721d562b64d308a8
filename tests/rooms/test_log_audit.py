"""`peercert log audit`: finds whatever the owner of the tables changes, takes out or back-dates, and nothing else."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from peercert.program.certificates import log, log_backfill
from peercert.program.certificates.log_audit import Counted, audit, withheld
from peercert.program.certificates.log_models import LogFact
from tests import cluster
from tests.rooms.test_log import Held

Owner = Callable[..., None]
TABLES = ("certificate", "standing", "term", "logfact", "logtile", "logcheckpoint", "legalname")


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
    for table in TABLES:
        as_owner.execute(f"ALTER TABLE program_{table} DISABLE TRIGGER USER")

    def run(statement: str) -> None:
        assert as_owner.execute(statement).rowcount > 0

    return run


def findings() -> list[str]:
    return list(audit(Counted()))


@pytest.mark.database("guards")
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
    "the parts of a name": (
        "UPDATE program_legalname SET middle = last, last = '' WHERE until_at IS NULL",
        "name row .* was changed: the log has",
    ),
    "a name known since earlier": (
        "UPDATE program_legalname SET from_at = from_at - interval '9 days' WHERE until_at IS NULL",
        "name row .* was changed: the log has",
    ),
    "a former name": (
        "UPDATE program_legalname SET first = 'Mara' WHERE until_at IS NOT NULL",
        "name row .* was changed: the log has",
    ),
    "the end of a former name": (
        "UPDATE program_legalname SET until_at = until_at - interval '1 day' WHERE until_at IS NOT NULL",
        "name row .* was changed: the log has",
    ),
    "a former name taken out": (
        "DELETE FROM program_legalname WHERE until_at IS NOT NULL", "name row .* is missing; the log has",
    ),
    "a former name made up": (
        "INSERT INTO program_legalname (person_id, first, middle, last, first_key, last_key, words, from_at, until_at,"
        " because) SELECT person_id, 'Rosa', '', 'Vega', 'rosa', 'vega', '{rosa,vega}', from_at - interval '5 days',"
        " from_at, 'marriage' FROM program_legalname WHERE until_at IS NULL",
        "name row .* is back-dated: the log does not have",
    ),
    "a current name that is over": (
        "UPDATE program_legalname SET until_at = now() WHERE until_at IS NULL", "name row .* is over since",
    ),
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


def test_what_is_kept_out_of_the_log_or_under_no_head_is_found(held: Held, owner: Owner) -> None:
    soon, later = (held.story.now + timedelta(minutes=minutes) for minutes in (1, 90))
    assert list(withheld(later)) == []
    owner("DELETE FROM program_logcheckpoint WHERE size = 4")
    assert list(withheld(later)) == ["log entries 2 to 3 stand under no signed head."]
    log.sign_head(now=held.story.now)
    held.correct("suspended", 0, 30)
    assert list(withheld(soon)) == []
    (found,) = withheld(later)
    assert "1 facts wait for a place in the log" in found
    held.append()
    assert list(withheld(later)) == []


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


#: One lived certificate many times over: each with a case, rows and a fact of its own, bound as the journey binds them.
MANY = """
    CREATE TEMPORARY TABLE lived ON COMMIT DROP AS
        SELECT c.id, c.uuid, c.number, c.case_id, s.id AS standing, t.id AS term FROM program_certificate c
        JOIN program_standing s ON s.certificate_id = c.id JOIN program_term t ON t.certificate_id = c.id
        ORDER BY c.id LIMIT 1;
    CREATE TEMPORARY TABLE made ON COMMIT DROP AS
        SELECT lived.*, n, md5(n::text)::uuid AS new_uuid, 'C' || n AS new_number
        FROM lived, generate_series({first}, {last}) n;
    INSERT INTO program_case SELECT (jsonb_populate_record(c, jsonb_build_object(
        'id', c.id + n, 'uuid', new_uuid, 'number', 'A' || n))).* FROM made JOIN program_case c ON c.id = case_id;
    INSERT INTO program_certificate SELECT (jsonb_populate_record(c, jsonb_build_object(
        'id', c.id + n, 'uuid', new_uuid, 'number', new_number, 'case_id', made.case_id + n))).*
        FROM made JOIN program_certificate c ON c.id = made.id;
    INSERT INTO program_standing SELECT (jsonb_populate_record(s, jsonb_build_object(
        'id', s.id + n, 'certificate_id', made.id + n))).* FROM made JOIN program_standing s ON s.id = standing;
    INSERT INTO program_term SELECT (jsonb_populate_record(t, jsonb_build_object(
        'id', t.id + n, 'certificate_id', made.id + n))).* FROM made JOIN program_term t ON t.id = term;
    INSERT INTO program_logfact (certificate_id, kind, at, public, kept, salt, secret, entry)
        SELECT made.id + n, kind, at, told, known, salt, salt,
               sha256(salt || sha256(salt || convert_to(known, 'UTF8')) || convert_to(told, 'UTF8'))
        FROM (SELECT made.*, f.kind, f.at, sha256(int4send(n)) AS salt, replace(f.public, number, new_number) AS told,
                     replace(replace(replace(f.kept, '[' || made.id || ',"' || uuid || '",' || case_id || ',',
                                             '[' || made.id + n || ',"' || new_uuid || '",' || case_id + n || ','),
                                     '[[' || standing || ',"in_force"', '[[' || standing + n || ',"in_force"'),
                             '"terms":[[' || term || ',', '"terms":[[' || term + n || ',') AS known
              FROM made JOIN program_logfact f ON f.certificate_id = made.id) made;
"""


def test_the_command_answers_by_its_exit_code_and_takes_no_more_memory_for_a_larger_log(
    committed: str, as_owner: Any
) -> None:
    held = Held()
    for table in TABLES:
        as_owner.execute(f"ALTER TABLE program_{table} DISABLE TRIGGER USER")
    peaks = []
    for first, last in ((10_000, 11_999), (12_000, 15_999)):
        with as_owner.transaction():
            as_owner.execute(MANY.format(first=first, last=last))
        held.append()
        as_owner.execute("ANALYZE")
        code, told, peak = audited(committed)
        assert (code, f"{last - 9_998} entries" in told, "everything fits" in told) == (0, True, True), told
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 4_000, peaks
    as_owner.execute("UPDATE program_term SET last_on = last_on + 1 WHERE id = (SELECT max(id) FROM program_term)")
    code, told, _ = audited(committed)
    assert code == 1
    assert "1 findings" in told
    assert "certificate C15999: term row" in told


#: The command, which then says the most memory that its process ever had, in KiB.
AUDIT = """
import re, sys
from peercert import cli
code = cli.main(["log", "audit"])
print(re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1])
sys.exit(code)
"""


def audited(database: str) -> tuple[int, str, int]:
    """What `peercert log audit` answers in a process of its own: exit code, lines, and its memory."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PEERCERT_", "DJANGO_"))}
    url = urlsplit(cluster.template_url())._replace(path=f"/{database}")
    done = subprocess.run(
        [sys.executable, "-c", AUDIT], env=env | {"DATABASE_URL": url.geturl()},
        cwd=cluster.ROOT, capture_output=True, text=True, timeout=cluster.PATIENCE, check=False,
    )  # fmt: skip
    told, _, peak = done.stdout.rstrip().rpartition("\n")
    assert peak.isdigit(), done.stderr
    return done.returncode, told, int(peak)
