"""Rosters at a million certificates: one of 100,000 lines taken, its changes noted, a past day asked, beside plain SQL.

BENCH_CERTIFICATES makes it smaller.
"""

import json
import os
import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench import _people, _times, site
from tests import cluster

CERTIFICATES = int(os.environ.get("BENCH_CERTIFICATES", 1_000_000))
ROWS = min(100_000, CERTIFICATES)

#: What no way of taking a roster can do without: each number looked up, the watches written.
JOIN = """
    INSERT INTO bare_watch (id, uuid, organisation_id, certificate_id, from_at, ended_because)
    SELECT row_number() OVER (), gen_random_uuid(), %s, c.id, now(), '' FROM unnest(%s::text[]) AS asked(number)
    JOIN program_certificate c ON c.number = asked.number
"""
FAN_OUT = """
    INSERT INTO bare_reach (id, organisation_id, change_id, at)
    SELECT row_number() OVER (), w.organisation_id, c.id, c.at FROM program_change c
    JOIN program_watch w ON w.certificate_id = c.certificate_id AND w.until_at IS NULL
"""
AS_OF = """
    SELECT c.id, c.number, s.state FROM program_watch w JOIN program_certificate c ON c.id = w.certificate_id
    LEFT JOIN program_standing s ON s.certificate_id = c.id AND s.valid @> %s AND s.known @> %s
    WHERE w.organisation_id = %s
"""


def run() -> dict[str, Any]:
    """Lines, changes and answers a second, each as a part of what plain SQL does of the same."""
    return _times.in_own_process("bench.rosters")


def measure() -> dict[str, Any]:
    """The measurement itself; needs a process of its own."""
    with site.database():
        from django.db import connection
        from django.utils import timezone

        from peercert.demo import partners
        from peercert.demo.stories import Story
        from peercert.program.journey import rosters
        from peercert.program.rosters.actions import reach_watchers
        from peercert.program.rosters.as_of import as_of
        from peercert.program.rosters.models import Change, Reach, Watch
        from peercert.rules.days import day_of

        with cluster.connect_as_owner(connection.settings_dict["NAME"]) as owner:
            numbers = random.Random(3).sample(_people.fill(owner, CERTIFICATES, CERTIFICATES), ROWS)
        story = Story(now=timezone.now() - timedelta(days=4))
        county = partners.opened(story, "dana", partners.COUNTY)
        content = "\n".join(["number", *numbers]).encode()
        sent = rosters.receive_roster(
            county.pk, "bench.csv", content, replaces=True, actor=story.actor("dana"), now=timezone.now()
        )

        def sql(statement: str, values: list[Any]) -> None:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                cursor.fetchall() if cursor.description else None

        def asked() -> None:
            assert len(list(as_of(county, day, timezone.now()))) == ROWS

        sql("CREATE TEMP TABLE bare_watch (LIKE program_watch INCLUDING ALL)", [])
        sql("CREATE TEMP TABLE bare_reach (LIKE program_reach INCLUDING ALL)", [])
        day = day_of(_people.WHEN) + timedelta(days=30)
        found = {
            "a roster taken": _beside(
                lambda: rosters.take_roster(sent.pk, now=timezone.now()), lambda: sql(JOIN, [county.pk, numbers])
            )
        }
        assert Watch.objects.count() == ROWS
        Watch.objects.update(from_at=timezone.now() - timedelta(days=300 * 10))
        sql(
            'INSERT INTO program_change (uuid, certificate_id, sequence, kind, "on", at, values)'
            " SELECT gen_random_uuid(), certificate_id, 1, 'name', current_date, now(), '{}' FROM program_watch",
            [],
        )
        sql("ANALYZE", [])
        changes = list(Change.objects.values_list("pk", flat=True))
        found["changes noted"] = _beside(lambda: reach_watchers(changes, now=timezone.now()), lambda: sql(FAN_OUT, []))
        assert Reach.objects.count() == ROWS
        found["answers for a past day"] = _beside(asked, lambda: sql(AS_OF, [day, timezone.now(), county.pk]))
        return {"certificates": CERTIFICATES, "lines": ROWS, **found}


def _beside(ours: Callable[[], object], bare: Callable[[], object]) -> dict[str, float]:
    """Lines a second, and as a part of the bare way's."""
    taken = [_seconds(call) for call in (ours, bare)]
    return {"seconds": taken[0], "a second": ROWS / taken[0], "of plain SQL": taken[1] / taken[0]}


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(measure()))
