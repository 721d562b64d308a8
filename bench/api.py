"""The API at a million certificates, over HTTP and by the web server of production, beside a bare read of one row.

BENCH_CERTIFICATES makes it smaller.
"""

import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import _people, _times, site
from tests import cluster

CERTIFICATES = int(os.environ.get("BENCH_CERTIFICATES", 1_000_000))
ROWS = 100_000
TRIES, ASKERS = 1_500, 4
SECRET = "pck_a-secret-of-the-bench"
HEADERS = {"Authorization": f"Bearer {SECRET}"}


def run() -> dict[str, Any]:
    """p50 and p99 of single answers, answers a second, rows a second of a file, each beside its bare measure."""
    return _times.in_own_process("bench.api")


def measure() -> dict[str, Any]:
    """The measurement itself; needs a process of its own."""
    with site.database():
        from django.db import connection

        with cluster.connect_as_owner(connection.settings_dict["NAME"]) as owner:
            made = _people.fill(owner, CERTIFICATES, CERTIFICATES)
        _key()
        source = random.Random(1)
        ids = [source.randrange(1, CERTIFICATES + 1) for _ in range(TRIES)]
        numbers = [source.choice(made) for _ in range(TRIES)]
        one = "/api/v1/certificates/"
        day = (_people.WHEN + timedelta(days=30)).date().isoformat()
        with _served() as port:
            found = _single(
                port,
                {
                    "bare one-row read": ("GET", [f"/bare/{pk}/" for pk in ids], None),
                    "verify": ("GET", [f"{one}{number}" for number in numbers], None),
                    "verify, a past day": ("GET", [f"{one}{number}?on={day}" for number in numbers], None),
                    "receipt": ("POST", numbers[: TRIES // 3], lambda told: json.dumps({"number": told, "on": day})),
                },
            )
            rows = source.choices(made, k=ROWS)
            found["file"] = _file(port, rows)
        found["file"]["the same join in plain SQL, rows a second"] = _plain(rows)
        return {"certificates": CERTIFICATES, **found}


def _key() -> None:
    """An organisation with an agreement and a key."""
    from peercert.program.people.actions import new_person
    from peercert.program.people.organisations import Agreement, ApiKey, Organisation
    from peercert.program.people.queries import digest_of
    from peercert.rules.days import day_of

    now = datetime.now(UTC)
    by, last = new_person(), day_of(now) + timedelta(days=30)
    county = Organisation.objects.create(
        kind="county", name="Bench", name_key="bench", address="-", contact="-", wants="-", asked_by=by, asked_at=now,
        approved_at=now,
    )  # fmt: skip
    Agreement.objects.create(
        organisation=county, purpose="network", text_en="-", text_es="-", signed_by="-", from_on=day_of(now),
        until_on=last, approved_at=now,
    )  # fmt: skip
    ApiKey.objects.create(
        organisation=county, name="bench", scopes=["verify", "receipts"], prefix=SECRET[:12], digest=digest_of(SECRET),
        made_by=by, made_at=now, expires_on=last,
    )  # fmt: skip


@contextmanager
def _served() -> Iterator[int]:
    """The site on a port, by one process with as many threads as `peercert serve` gives it."""
    from django.db import connection

    from peercert.config import postgres

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    database = cluster.cluster(Path(os.environ["PEERCERT_TEST_RUN"])).url(
        postgres.RUNTIME, connection.settings_dict["NAME"]
    )
    with tempfile.TemporaryDirectory() as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PEERCERT_", "DJANGO_"))}
        env |= {"DATABASE_URL": database, "PEERCERT_HOME": home, "PEERCERT_STATIC": "plain", "PORT": str(port)}
        server = subprocess.Popen(
            [sys.executable, "-m", "granian", "bench._api_site:application", "--interface", "wsgi", "--host",
             "127.0.0.1", "--port", str(port), "--http", "1", "--no-ws", "--workers", "1", "--blocking-threads",
             str(ASKERS), "--log-level", "warning"],
            env=env,
        )  # fmt: skip
        try:
            cluster.eventually(lambda: _ask(port, "GET", "/bare/1/")[0] == 200, "the site answers", seconds=300)
            yield port
        finally:
            server.terminate()
            server.wait()


def _ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request(method, path, body, HEADERS)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""


def _single(port: int, calls: dict[str, tuple[str, Sequence[str], Callable[[str], str] | None]]) -> dict[str, Any]:
    """Each call by one asker, taking turns, and then by several at once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(TRIES):
        for name, (method, given, body) in calls.items():
            if turn >= len(given):
                continue
            start = time.perf_counter()
            _one(connection, method, given[turn], body)
            times[name].append((time.perf_counter() - start) * 1000)
    found: dict[str, Any] = {}
    for name, (method, given, body) in calls.items():
        taken = sorted(times[name][len(times[name]) // 10 :])
        found[name] = {
            "p50 ms": round(statistics.median(taken), 2), "p99 ms": round(taken[int(len(taken) * 0.99)], 2),
            "a second": round(_rate(port, method, given, body)),
        }  # fmt: skip
    bare = found["bare one-row read"]["a second"]
    for told in found.values():
        told["of the bare read"] = round(told["a second"] / bare, 2)
    return found


def _one(connection: http.client.HTTPConnection, method: str, given: str, body: Callable[[str], str] | None) -> None:
    path = given if body is None else "/api/v1/receipts"
    more = {} if body is None else {"Content-Type": "application/json"}
    connection.request(method, path, body and body(given), {**HEADERS, **more})
    answer = connection.getresponse()
    told = answer.read()
    assert answer.status in {200, 201}, (answer.status, told)


def _rate(port: int, method: str, given: Sequence[str], body: Callable[[str], str] | None) -> float:
    def work(part: Sequence[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for one in part:
            _one(connection, method, one, body)

    with ThreadPoolExecutor(ASKERS) as pool:
        start = time.perf_counter()
        list(pool.map(work, [given[at::ASKERS] for at in range(ASKERS)]))
        return len(given) / (time.perf_counter() - start)


def _file(port: int, numbers: list[str]) -> dict[str, Any]:
    body = "number\n" + "\n".join(numbers) + "\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        connection.request("POST", "/api/v1/verifications", body, {**HEADERS, "Content-Type": "text/csv"})
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status == 200, told[:500]
        assert told.count(b"\r\n") == len(numbers) + 1
        best = max(best, len(numbers) / (time.perf_counter() - start))
    return {"rows": len(numbers), "rows a second": round(best)}


def _plain(numbers: list[str]) -> int:
    """The join alone: a number's standing today, fetched by psycopg."""
    from django.db import connection

    best = 0.0
    with connection.cursor() as cursor:
        for _ in range(3):
            start = time.perf_counter()
            cursor.execute(
                """
                SELECT asked.number, s.state FROM unnest(%s::text[]) AS asked(number)
                LEFT JOIN program_certificate c ON c.number = asked.number
                LEFT JOIN program_standing s
                     ON s.certificate_id = c.id AND upper_inf(s.known) AND s.valid @> current_date
                """,
                [numbers],
            )
            assert len(cursor.fetchall()) == len(numbers)
            best = max(best, len(numbers) / (time.perf_counter() - start))
    return round(best)


if __name__ == "__main__":
    print(json.dumps(measure()))
