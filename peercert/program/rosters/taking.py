"""Taking a roster: every line answered and every watch begun or ended by a few statements, all or nothing.

A line is found by its number, else by its NPI, else by name and birth date together. By number or NPI it is accepted,
unless a last name beside it is quite another than today's. By name it is only matched, for a member to say yes or no,
and of a line that is not matched nothing is told but that: whoever does not want to be found by name is not. Nobody
finds a birth date by trying: a name is answered with so many of them a day, and a line beyond says no more than that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from peercert.program.people.quotas import names_answered
from peercert.program.rosters.models import Roster
from peercert.program.rosters.reading import Line
from peercert.rules.days import day_of


@dataclass(frozen=True)
class Taken:
    """How many lines were answered how, how many of the refused were one birth date too many for a name, and how many
    watches began and ended.
    """

    rows: int
    accepted: int
    matched: int
    refused: int
    guessed: int
    began: int
    left: int


def take_lines(roster: Roster, given: Iterable[Line], *, now: datetime) -> Taken:
    """Answer every line of a locked roster, and begin and end watches by the answers.

    A roster that would replace another and on which nobody was found is taken for a mistake: no watch begins or ends.
    """
    values: dict[str, Any] = {
        "roster": roster.pk,
        "organisation": roster.organisation_id,
        "now": now,
        "today": day_of(now),
    }
    lines = _answerable(roster, given, now)
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN)
        with cursor.copy("COPY given FROM STDIN") as copy:
            for one in lines:
                copy.write_row(
                    (one.line, one.number, one.npi, one.first, one.last, one.born_on, one.first_key, one.last_key,
                     one.reason, one.old_key)
                )  # fmt: skip
        cursor.execute("ANALYZE given")
        for name, select in _FOUND.items():
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {select}; ANALYZE {name}", values)
        cursor.execute(_ANSWER, values)
        cursor.execute(f"DROP TABLE given, {', '.join(_FOUND)}")
        cursor.execute(_COUNT, values)
        rows, accepted, matched, guessed = cursor.fetchone() or (0, 0, 0, 0)
        cursor.execute(_BEGIN, values)
        began, left = cursor.rowcount, 0
        if roster.replaces and accepted + matched:
            cursor.execute(_LEAVE, values)
            left = cursor.rowcount
    return Taken(rows, accepted, matched, rows - accepted - matched, guessed, began, left)


def _answerable(roster: Roster, given: Iterable[Line], now: datetime) -> list[Line]:
    """The lines, those by name marked that ask about one birth date too many."""
    lines = list(given)
    asked = {
        place: (one.first_key, one.last_key, one.born_on)
        for place, one in enumerate(lines)
        if one.is_by_name and one.born_on is not None
    }
    answered = names_answered(roster.organisation_id, list(asked.values()), now=now)
    for place, is_answered in zip(asked, answered, strict=True):
        if not is_answered:
            lines[place] = replace(lines[place], reason="asked_too_often")
    return lines


_GIVEN = """
    CREATE TEMPORARY TABLE given (line int, number text, npi text, first text, last text, born_on date,
                                  first_key text, last_key text, reason text, old_key text)
    ON COMMIT DROP
"""

#: How lines find a certificate, each way a table of its own whose size the planner then knows. The newest certificate
#: of a person is the one that is meant by an NPI or a name.
_FOUND = {
    "by_number": """
        SELECT g.line, coalesce(c.merged_into_id, c.id) AS id FROM given g
        LEFT JOIN program_certificate own ON own.number = g.number
        LEFT JOIN program_oldnumber old ON own.id IS NULL AND old.key = g.old_key
        JOIN program_certificate c ON c.id = coalesce(own.id, old.certificate_id)
        WHERE g.number <> '' AND (c.retired_at IS NULL OR c.merged_into_id IS NOT NULL)
    """,
    "by_npi": """
        SELECT DISTINCT ON (g.line) g.line, c.id, c.person_id FROM given g
        JOIN program_npi n ON n.npi = g.npi AND n.days @> %(today)s AND n.taken_back_at IS NULL
        JOIN program_certificate c ON c.person_id = n.person_id AND c.retired_at IS NULL
        WHERE g.reason = '' AND g.npi <> '' ORDER BY g.line, c.issued_at DESC, c.id DESC
    """,
    "by_name": """
        SELECT g.line, min(newest.id) AS id FROM given g
        JOIN program_legalname n ON n.until_at IS NULL AND n.last_key = g.last_key AND n.first_key = g.first_key
        JOIN program_person p ON p.id = n.person_id AND p.born_on = g.born_on AND NOT p.is_left_out_of_name_search
        CROSS JOIN LATERAL (SELECT c.id FROM program_certificate c
                            WHERE c.person_id = p.id AND c.retired_at IS NULL
                            ORDER BY c.issued_at DESC, c.id DESC LIMIT 1) newest
        WHERE g.reason = '' AND g.number = '' AND g.npi = '' GROUP BY g.line HAVING count(*) = 1
    """,
}

_ANSWER = """
    WITH
    objected AS MATERIALIZED (
        SELECT c.person_id, c.merged_into_id FROM program_objection o JOIN program_watch w ON w.id = o.watch_id
        JOIN program_certificate c ON c.id = w.certificate_id
        WHERE o.is_upheld AND w.organisation_id = %(organisation)s),
    barred AS MATERIALIZED (
        SELECT c.id FROM program_certificate c JOIN objected ON objected.person_id = c.person_id
        UNION SELECT merged_into_id FROM objected WHERE merged_into_id IS NOT NULL),
    found AS (
        SELECT g.*, coalesce(by_number.id, by_npi.id, by_name.id) AS certificate_id,
               by_number.id IS NOT NULL AND by_npi.id IS NOT NULL AND NOT EXISTS (
                   SELECT 1 FROM program_certificate c WHERE c.id = by_number.id AND c.person_id = by_npi.person_id
               ) AS differ
        FROM given g
        LEFT JOIN by_number ON by_number.line = g.line
        LEFT JOIN by_npi ON by_npi.line = g.line AND (g.number = '' OR by_number.id IS NOT NULL)
        LEFT JOIN by_name ON by_name.line = g.line),
    known AS (
        SELECT f.*, row_number() OVER (PARTITION BY f.certificate_id ORDER BY f.line) AS place,
               w.id IS NOT NULL AS is_watched,
               coalesce(f.certificate_id IN (SELECT id FROM barred), false) AS is_barred,
               f.last_key <> '' AND NOT string_to_array(f.last_key, ' ') && string_to_array(n.last_key, ' ')
                 AND replace(f.last_key, ' ', '') <> replace(n.last_key, ' ', '') AS name_differs
        FROM found f
        LEFT JOIN program_certificate c ON c.id = f.certificate_id
        LEFT JOIN program_legalname n ON n.person_id = c.person_id AND n.until_at IS NULL
        LEFT JOIN program_watch w ON w.certificate_id = f.certificate_id AND w.organisation_id = %(organisation)s
            AND w.until_at IS NULL),
    answered AS (
        SELECT k.*, CASE
            WHEN reason <> '' AND (certificate_id IS NULL OR reason <> 'number_mistyped') THEN reason
            WHEN certificate_id IS NULL AND number <> '' THEN 'number_unknown'
            WHEN certificate_id IS NULL AND npi <> '' THEN 'npi_unknown'
            WHEN certificate_id IS NULL THEN 'not_matched'
            WHEN differ THEN 'number_and_npi_differ'
            WHEN is_barred THEN 'not_watchable'
            WHEN place > 1 THEN 'twice'
            ELSE '' END AS refusal,
            CASE WHEN is_watched THEN '' WHEN number = '' AND npi = '' THEN 'by_name'
                 WHEN name_differs THEN 'name_differs' ELSE '' END AS doubt
        FROM known k)
    INSERT INTO program_rosterrow (roster_id, line, number, npi, first, last, born_on, first_key, last_key,
                                   outcome, reason, certificate_id)
    SELECT %(roster)s, line, number, npi, first, last, born_on, first_key, last_key,
           CASE WHEN refusal <> '' THEN 'refused' WHEN doubt <> '' THEN 'matched' ELSE 'accepted' END,
           CASE WHEN refusal <> '' THEN refusal ELSE doubt END,
           CASE WHEN refusal IN ('', 'twice') THEN certificate_id END
    FROM answered ORDER BY line
"""

_COUNT = """
    SELECT count(*), count(*) FILTER (WHERE outcome = 'accepted'), count(*) FILTER (WHERE outcome = 'matched'),
           count(*) FILTER (WHERE reason = 'asked_too_often')
    FROM program_rosterrow WHERE roster_id = %(roster)s
"""

_BEGIN = """
    INSERT INTO program_watch (uuid, organisation_id, certificate_id, from_at, ended_because)
    SELECT gen_random_uuid(), %(organisation)s, certificate_id, %(now)s, '' FROM program_rosterrow
    WHERE roster_id = %(roster)s AND outcome = 'accepted' ORDER BY line
    ON CONFLICT (organisation_id, certificate_id) WHERE until_at IS NULL DO NOTHING
"""

#: NOT IN is answered from a hash, whatever the planner believes of rows that this very transaction wrote. Whoever has a
#: name that was not answered goes on being watched.
_LEAVE = """
    UPDATE program_watch SET until_at = greatest(%(now)s, from_at), ended_because = 'left_roster'
    WHERE organisation_id = %(organisation)s AND until_at IS NULL AND certificate_id NOT IN (
        SELECT certificate_id FROM program_rosterrow
        WHERE roster_id = %(roster)s AND outcome IN ('accepted', 'matched') AND certificate_id IS NOT NULL)
      AND certificate_id NOT IN (
        SELECT c.id FROM program_rosterrow r
        JOIN program_legalname n ON n.until_at IS NULL AND n.last_key = r.last_key AND n.first_key = r.first_key
        JOIN program_certificate c ON c.person_id = n.person_id
        WHERE r.roster_id = %(roster)s AND r.reason = 'asked_too_often')
"""
