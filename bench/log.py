"""The public log at ten million entries: appending at its beginning and at its end, and proofs, beside plain hashing.

What lies between is copied: facts with salts and hashes of their own by SQL, with their places, and the tiles over
them by the appender's own arithmetic. What is measured is appended by the appender.
"""

import hashlib
import json
import os
import random
import time
from typing import Any

from bench import _people, _times, site
from tests import cluster

ENTRIES = int(os.environ.get("BENCH_ENTRIES", 10_000_000))
STRETCH = 100_000
TRIES = 300


def run() -> dict[str, Any]:
    """Entries per second of an append at both ends, beside bare SHA-256 and a plain COPY; p50 of each kind of proof."""
    return _times.in_own_process("bench.log")


def measure() -> dict[str, Any]:
    """The measurement itself; needs a process of its own."""
    with site.database():
        from django.db import connection

        from peercert.program.certificates import log, tree
        from peercert.program.certificates.log_models import LogFact
        from peercert.program.certificates.models import Certificate

        name = connection.settings_dict["NAME"]
        with cluster.connect_as_owner(name) as owner:
            _people.fill(owner, 1_000, 1_000)
        for certificate in Certificate.objects.order_by("pk")[:10]:
            log.record_fact(certificate, "issued", now=_people.WHEN)
        log.append_pending(now=_people.WHEN)
        with site.connect_as_superuser(name) as superuser:
            copied = _copy(superuser, STRETCH)
            _facts(superuser, STRETCH)
            first = _append()
            _between(superuser, ENTRIES - 2 * STRETCH - 10)
            _facts(superuser, STRETCH)
            last = _append()
        size = log.tree_size()
        luck = random.Random(2)
        facts = list(LogFact.objects.filter(position__in=[luck.randrange(size) for _ in range(TRIES)]))
        sizes = [luck.randrange(1, size) for _ in range(TRIES)]
        proofs = _times.timed(
            {
                "one row by key": (lambda fact: LogFact.objects.get(pk=fact.pk), facts),
                "inclusion proof": (lambda fact: log.inclusion(fact.position, size), facts),
                "consistency proof": (lambda earlier: log.consistency(earlier, size), sizes),
                "a tile": (lambda earlier: log.tile(0, earlier // tree.WIDTH, 1), sizes),
            }
        )
        return {
            "entries": size,
            "bare SHA-256 of two a leaf, a second": _bare(),
            "plain COPY of such facts, a second": copied,
            "appended, the first 100,000, a second": first,
            "appended, the last 100,000, a second": last,
            **_times.beside(proofs, "one row by key"),
        }


def _append() -> int:
    """Append what waits; answers the entries per second, the signed head included."""
    from peercert.program.certificates import log

    start = time.perf_counter()
    count = log.append_pending(now=_people.WHEN)
    return round(count / (time.perf_counter() - start))


#: Facts with a salt, a secret and an entry of their own, of ten lived ones.
_MADE = """
    SELECT certificate_id, kind, at + n * interval '1 millisecond', public, kept, salt, secret,
           sha256(salt || sha256(secret || convert_to(kept, 'UTF8')) || convert_to(public, 'UTF8')), {position}
    FROM (SELECT f.certificate_id, f.kind, f.at, {texts}, n, sha256(int8send(n) || f.salt) AS salt,
                 sha256(int8send(n) || f.secret) AS secret
          FROM generate_series({first}, {last}) n JOIN program_logfact f ON f.position = n % 10) made
"""
_INTO = "INSERT INTO program_logfact (certificate_id, kind, at, public, kept, salt, secret, entry, position)"


def _facts(superuser: Any, count: int) -> None:
    """Facts that wait for their place."""
    (known,) = superuser.execute("SELECT count(*) FROM program_logfact").fetchone()
    made = _MADE.format(position="NULL::bigint", texts="f.public, f.kept", first=known, last=known + count - 1)
    superuser.execute(_INTO + made)


def _between(superuser: Any, count: int) -> None:
    """Facts that have their place, with short texts since nothing measured reads them, and the tiles that they fill."""
    from peercert.program.certificates import log, tree

    size = begin = log.tree_size()
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        texts = "'{}' AS public, '{}' AS kept"
        superuser.execute(_INTO + _MADE.format(position="n", texts=texts, first=size, last=size + count - 1))
    edge = log.tiles_at(tree.edge(size))
    changed: dict[tree.Place, bytes] = {}
    with superuser.transaction(), superuser.cursor("entries", binary=True) as cursor:
        cursor.execute("SELECT entry FROM program_logfact WHERE position >= %s ORDER BY position", [begin])
        while rows := cursor.fetchmany(50_000):
            made = tree.grown(size, edge, [tree.leaf(entry) for (entry,) in rows])
            size += len(rows)
            edge = {place: made.get(place) or edge[place] for place in tree.edge(size)}
            changed |= made
    with superuser.transaction(), superuser.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.executemany(
            "DELETE FROM program_logtile WHERE level = %s AND place = %s", list(tree.edge(begin) & changed.keys())
        )
        with cursor.copy("COPY program_logtile (level, place, hashes) FROM STDIN") as copy:
            for (level, place), hashes in changed.items():
                copy.write_row((level, place, hashes))
    superuser.execute("VACUUM ANALYZE program_logfact")


def _copy(superuser: Any, count: int) -> int:
    """Rows a second of a plain COPY into a table of the same columns without index or trigger."""
    superuser.execute("CREATE TEMP TABLE plain AS SELECT * FROM program_logfact LIMIT 0")
    row = superuser.execute("SELECT * FROM program_logfact LIMIT 1").fetchone()
    start = time.perf_counter()
    with superuser.cursor() as cursor, cursor.copy("COPY plain FROM STDIN") as copy:
        for _ in range(count):
            copy.write_row(row)
    return round(count / (time.perf_counter() - start))


def _bare() -> int:
    """Leaves a second where nothing but their two hashes is computed: the leaf's own and one node."""
    hashed, new = b"\x00" * 33, hashlib.sha256
    start = time.perf_counter()
    for _ in range(STRETCH * 5):
        node = b"\x01" + new(hashed).digest() + b"\x00" * 32
        new(node).digest()
    return round(STRETCH * 5 / (time.perf_counter() - start))


if __name__ == "__main__":
    print(json.dumps(measure()))
