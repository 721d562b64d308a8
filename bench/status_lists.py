"""Status lists at a million certificates: rebuilt from the rows and signed, beside the same places read by plain SQL.

BENCH_CERTIFICATES makes it smaller.
"""

import gzip
import json
import os
from typing import Any

from bench import _people, _times, site
from tests import cluster

CERTIFICATES = int(os.environ.get("BENCH_CERTIFICATES", 1_000_000))
TRIES = 60
#: Three of four places of a list are taken; every tenth credential is no longer current.
MADE = """
    WITH lists AS (
        INSERT INTO program_statuslist (number, made_at)
        SELECT n, now() FROM generate_series(1, ceil({count} / (0.75 * {length}))::int) n RETURNING id, number)
    INSERT INTO program_credential
        (certificate_id, uuid, key, kid, status_list_id, status_index, signed, made_at, superseded_at)
    SELECT c.id, gen_random_uuid(), '', 'bench', l.id, c.id * 57349 % {length}, '{{}}', now(),
           CASE WHEN c.id % 10 = 0 THEN now() END
    FROM program_certificate c
    JOIN lists l ON l.number = 1 + c.id / (0.75 * {length})::int WHERE c.id <= {count}
"""


def run() -> dict[str, Any]:
    """p50 and p95 of a rebuild and of its parts, in milliseconds and as a ratio to the plain SQL."""
    return _times.in_own_process("bench.status_lists")


def measure() -> dict[str, Any]:
    """The measurement itself; needs a process of its own."""
    with site.database():
        from django.core.cache import cache
        from django.db import connection

        from peercert.program.certificates import signing, status_lists
        from peercert.program.certificates.models import StatusList

        with cluster.connect_as_owner(connection.settings_dict["NAME"]) as owner:
            _people.fill(owner, CERTIFICATES, CERTIFICATES)
            owner.execute("ALTER TABLE program_credential DISABLE TRIGGER USER")
            owner.execute(MADE.format(count=CERTIFICATES, length=StatusList.LENGTH))
            owner.execute("VACUUM ANALYZE program_credential")
        signing.signer_for("credential")
        lists = list(StatusList.objects.order_by("number"))
        bits = {one.pk: bytes(status_lists.bits_of(one)) for one in lists}

        def plain(one: StatusList) -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT status_index FROM program_credential"
                    " WHERE status_list_id = %s AND superseded_at IS NOT NULL",
                    [one.pk],
                )
                cursor.fetchall()

        def rebuilt(one: StatusList) -> None:
            cache.clear()
            assert status_lists.signed_list(one.number, now=_people.WHEN)

        asked = [lists[turn % len(lists)] for turn in range(TRIES)]
        found = _times.timed(
            {
                "the set places by plain SQL": (plain, asked),
                "gzip of the same bits": (lambda one: gzip.compress(bits[one.pk]), asked),
                "the bits of a list": (status_lists.bits_of, asked),
                "a list rebuilt and signed": (rebuilt, asked),
                "the same list again": (lambda one: status_lists.signed_list(one.number, now=_people.WHEN), asked),
            }
        )
        told = _times.beside(found, "the set places by plain SQL")
        return {"certificates": CERTIFICATES, "lists": len(lists), **told}


if __name__ == "__main__":
    print(json.dumps(measure()))
