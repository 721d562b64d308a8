"""The roster as of a past day: who was on it, whether each was certified that day, and since when that is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from peercert.program.certificates.queries import KNOWN_SINCE
from peercert.program.people.organisations import Organisation
from peercert.program.rosters.models import Watch
from peercert.rules.days import add_days, start_of

#: How many rows are fetched at once.
BATCH = 2_000


@dataclass(frozen=True)
class AsOf:
    """One person of a roster on a day. `name` is today's, blank where the organisation no longer watches.

    `certificate_id` and `answers` are of the certificate that answers: another one where they were merged by then.
    `known_since`: since when that is known, without a break; None where nothing of the certificate was.
    """

    key: int
    number: str
    certificate_id: int
    answers: str
    name: str
    is_certified: bool
    known_since: datetime | None


def as_of(
    organisation: Organisation, on: date, known_at: datetime, *, after: int = 0, limit: int | None = None
) -> Iterator[AsOf]:
    """Everyone whom the organisation watched on that day, each once, by key above `after`, as known at `known_at`.

    One statement, read in pieces: a hundred thousand rows cost as many reads as there are pieces.
    """
    while limit is None or limit > 0:
        size = BATCH if limit is None else min(BATCH, limit)
        rows = _piece(organisation, on, known_at, after, size)
        yield from rows
        if len(rows) < size:
            return
        after = rows[-1].key
        limit = None if limit is None else limit - size


def people_as_of(organisation: Organisation, on: date) -> int:
    """How many the organisation watched on that day."""
    watched = Watch.objects.filter(organisation=organisation, from_at__lt=start_of(add_days(on, 1)))
    still = watched.filter(Q(until_at=None) | Q(until_at__gt=start_of(on)))
    return int(still.aggregate(people=Count("certificate", distinct=True))["people"])


def _piece(organisation: Organisation, on: date, known_at: datetime, after: int, size: int) -> list[AsOf]:
    given: dict[str, Any] = {
        "organisation": organisation.pk, "on": on, "known": known_at, "after": after, "size": size,
        "begins": start_of(on), "ends": start_of(add_days(on, 1)),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_AS_OF, given)
        return [AsOf(*row) for row in cursor.fetchall()]


_AS_OF = f"""
    WITH watched AS MATERIALIZED (
        SELECT certificate_id, bool_or(until_at IS NULL) AS is_watching FROM program_watch
        WHERE organisation_id = %(organisation)s AND certificate_id > %(after)s
          AND certificate_id IN (SELECT certificate_id FROM program_watch
              WHERE organisation_id = %(organisation)s AND certificate_id > %(after)s
              AND from_at < %(ends)s AND (until_at IS NULL OR until_at > %(begins)s)
              GROUP BY certificate_id ORDER BY certificate_id LIMIT %(size)s)
        GROUP BY certificate_id)
    SELECT c.id, c.number, a.id, a.number,
           CASE WHEN w.is_watching OR (a.id <> c.id AND EXISTS (
                    SELECT FROM program_watch o WHERE o.organisation_id = %(organisation)s
                    AND o.certificate_id = a.id AND o.until_at IS NULL))
                THEN concat_ws(' ', n.first, nullif(n.middle, ''), n.last) ELSE '' END,
           coalesce(s.state = 'in_force', false),
           {KNOWN_SINCE.format(id="a.id")}
    FROM watched w
    JOIN program_certificate c ON c.id = w.certificate_id
    JOIN program_certificate a ON a.id =
        CASE WHEN c.merged_into_id IS NOT NULL AND c.retired_at <= %(known)s THEN c.merged_into_id ELSE c.id END
    LEFT JOIN program_legalname n ON n.person_id = a.person_id AND n.until_at IS NULL
    LEFT JOIN program_standing s ON s.certificate_id = a.id AND s.valid @> %(on)s AND s.known @> %(known)s
    ORDER BY c.id
"""  # noqa: S608
