"""How much an organisation may ask a day by its keys, counted and logged in one statement."""

from datetime import datetime

from django.db import connection

from peercert.program.people.organisations import ApiKey
from peercert.rules.days import day_of

#: Answers a day and organisation, by what is asked. A file counts its rows; people asked for by name count apart, since
#: a list of names could be asked through.
MOST_A_DAY = {
    "verify": 500_000,
    "verify_file": 2_000_000,
    "match": 100_000,
    "receipt": 100_000,
    "holder": 200_000,
    "roster": 200_000,
    "change": 200_000,
    "own": 50_000,
}


def settle(key: ApiKey, kind: str, *, number: str, count: int, status: int, now: datetime) -> int | None:
    """Count an answer against the day of the key's organisation and note it in the organisation's log.

    Answers what is left of the day, or None where this was too much: then nothing is counted, the log says 429, and
    the answer must not be sent. One statement: an answer that is sent is an answer that is logged.
    """
    on, most = day_of(now), MOST_A_DAY[kind]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH spent AS (
                INSERT INTO program_apitally AS t (organisation_id, "on", kind, count)
                SELECT %(organisation)s, %(on)s, %(kind)s, %(count)s WHERE %(count)s <= %(most)s
                ON CONFLICT (organisation_id, "on", kind) DO UPDATE SET count = t.count + excluded.count
                WHERE t.count + excluded.count <= %(most)s RETURNING count),
            logged AS (
                INSERT INTO program_apiuse (key_id, at, kind, number, count, status)
                SELECT %(key)s, %(now)s, %(kind)s, %(number)s, %(count)s,
                       CASE WHEN EXISTS (SELECT FROM spent) THEN %(status)s ELSE 429 END),
            used AS (
                UPDATE program_apikey SET last_used_on = %(on)s
                WHERE id = %(key)s AND %(first)s AND last_used_on IS DISTINCT FROM %(on)s)
            SELECT count FROM spent
            """,
            {
                "organisation": key.organisation_id, "on": on, "kind": kind, "count": count, "most": most,
                "key": key.pk, "now": now, "number": number, "status": status, "first": key.last_used_on != on,
            },
        )  # fmt: skip
        row = cursor.fetchone()
    return most - row[0] if row else None
