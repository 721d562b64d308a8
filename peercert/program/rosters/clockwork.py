"""What time alone changes for those who watch: a standing that turns on its day, and the days before it expires.

Each statement finds what is due and not yet written, so that a run that comes twice, late or after a week's outage
writes the same rows. A change of the clock's is of the day on which it was due, and concerns whoever watched that day.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from peercert.program.rosters.actions import reach_watchers
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure

#: Certificates that are locked at once.
BATCH = 1_000
#: How far back a turn is looked for: longer than any outage.
LOOKS_BACK = 45

_WATCHED = """
    EXISTS (SELECT 1 FROM program_watch w WHERE w.certificate_id = d.certificate_id AND w.until_at IS NULL
            AND (w.from_at AT TIME ZONE 'America/Los_Angeles')::date <= d."on")
"""

#: A day on which what is known now stands otherwise than the day before, and that nobody was told of.
_TURNS = f"""
    WITH edges AS (
        SELECT certificate_id, lower(valid) AS day FROM program_standing
        WHERE upper_inf(known) AND lower(valid) > %(since)s AND lower(valid) <= %(today)s {{only}}
        UNION
        SELECT certificate_id, upper(valid) FROM program_standing
        WHERE upper_inf(known) AND upper(valid) > %(since)s AND upper(valid) <= %(today)s {{only}}),
    due AS (
        SELECT e.certificate_id, e.day AS "on", 'standing' AS kind,
               'turn:' || e.certificate_id || ':' || e.day AS key,
               jsonb_build_object('last_on', (SELECT max(last_on) FROM program_term t
                                              WHERE t.certificate_id = e.certificate_id),
                                  'standing', coalesce(s.state, CASE WHEN EXISTS (
                    SELECT 1 FROM program_standing later WHERE later.certificate_id = e.certificate_id
                    AND upper_inf(later.known) AND lower(later.valid) > e.day) THEN 'not_certified' ELSE 'expired' END)
               ) AS values
        FROM edges e
        LEFT JOIN program_standing s
            ON s.certificate_id = e.certificate_id AND upper_inf(s.known) AND s.valid @> e.day
        LEFT JOIN program_standing b
            ON b.certificate_id = e.certificate_id AND upper_inf(b.known) AND b.valid @> (e.day - 1)
        WHERE s.state IS DISTINCT FROM b.state)
    SELECT d.* FROM due d
    WHERE {_WATCHED} AND NOT EXISTS (
        SELECT 1 FROM program_change c
        WHERE c.certificate_id = d.certificate_id AND c.kind = 'standing' AND c."on" >= d."on")
"""  # noqa: S608

#: The nearest of the figure's days before the last one that was reached, of what is in force or suspended.
_EXPIRIES = f"""
    WITH due AS (
        SELECT t.certificate_id, t.last_on - n.days AS "on", 'expiry' AS kind,
               'expiry:' || t.certificate_id || ':' || t.last_on || ':' || n.days AS key,
               jsonb_build_object('last_on', t.last_on, 'days', n.days) AS values
        FROM (SELECT certificate_id, max(last_on) AS last_on FROM program_term WHERE true {{only}}
              GROUP BY certificate_id) t
        CROSS JOIN LATERAL (SELECT min(day) AS days FROM unnest(%(notice)s::int[]) AS day
                            WHERE day >= t.last_on - %(today)s) n
        WHERE t.last_on >= %(today)s AND n.days IS NOT NULL
          AND EXISTS (SELECT 1 FROM program_standing s WHERE s.certificate_id = t.certificate_id
                      AND upper_inf(s.known) AND s.valid @> %(today)s AND s.state IN ('in_force', 'suspended')))
    SELECT d.* FROM due d
    WHERE {_WATCHED} AND NOT EXISTS (SELECT 1 FROM program_change c WHERE c.key = d.key)
"""  # noqa: S608

_WRITE = """
    WITH found AS ({due})
    INSERT INTO program_change (uuid, certificate_id, sequence, kind, "on", at, values, key)
    SELECT gen_random_uuid(), f.certificate_id,
           coalesce((SELECT max(c.sequence) FROM program_change c WHERE c.certificate_id = f.certificate_id), 0)
             + row_number() OVER (PARTITION BY f.certificate_id ORDER BY f."on"),
           f.kind, f."on", %(now)s, f.values, f.key
    FROM found f RETURNING id
"""


def record_turns(now: datetime) -> int:
    """Record every standing that turned by its day alone: expiry, the first and the day after the last of a run."""
    return _record(_TURNS, now)


def record_expiries(now: datetime) -> int:
    """Record that a certificate that someone watches will expire, at each of the figure's days before."""
    return _record(_EXPIRIES, now)


def _record(due: str, now: datetime) -> int:
    today = day_of(now)
    given: dict[str, Any] = {
        "now": now, "today": today, "since": add_days(today, -LOOKS_BACK),
        "notice": sorted(figure("expiry_notice_days", today).value),
    }  # fmt: skip
    with connection.cursor() as cursor:
        everyone = due.format(only="")
        cursor.execute(f"SELECT DISTINCT certificate_id FROM ({everyone}) found ORDER BY 1", given)  # noqa: S608
        ids = [pk for (pk,) in cursor.fetchall()]
    return sum(_batch(due, given, ids[at : at + BATCH], now) for at in range(0, len(ids), BATCH))


@transaction.atomic
def _batch(due: str, given: dict[str, Any], ids: list[int], now: datetime) -> int:
    """Lock these certificates, in their order, then write what is still due of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM program_certificate WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
        only = due.format(only="AND certificate_id = ANY(%(ids)s)")
        cursor.execute(_WRITE.format(due=only), {**given, "ids": ids})
        changes = [pk for (pk,) in cursor.fetchall()]
    reach_watchers(changes, now=now)
    return len(changes)
