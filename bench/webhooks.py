"""A fan-out of 100,000 changes to an organisation's machine: queued, signed and taken, beside what bare parts take.

BENCH_CERTIFICATES makes the register smaller.
"""

import os
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

from bench import _people, _times, site
from tests import cluster

CERTIFICATES = int(os.environ.get("BENCH_CERTIFICATES", 1_000_000))
EVENTS = min(100_000, CERTIFICATES)
#: Posts without us: enough to know their rate.
BARE = 3_000
#: A receiver in a process of its own that says yes to everything, on the port it prints.
RECEIVER = """
import sys, socketserver, http.server
class Yes(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
    def log_message(self, *told): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Yes)
print(server.server_port, flush=True)
server.serve_forever()
"""


def run() -> dict[str, Any]:
    """Changes queued and messages taken a second, and each as a ratio to the same without us."""
    return _times.in_own_process("bench.webhooks")


def measure() -> dict[str, Any]:
    """The measurement itself; needs a process of its own."""
    with site.database():
        from django.db import connection
        from django.utils import timezone

        from peercert.demo import partners
        from peercert.demo.stories import Story
        from peercert.jobs import webhooks as jobs
        from peercert.program.journey import webhooks
        from peercert.program.rosters.actions import reach_watchers
        from peercert.program.rosters.models import Change
        from peercert.program.rosters.webhooks import Delivery, Endpoint

        with cluster.connect_as_owner(connection.settings_dict["NAME"]) as owner:
            _people.fill(owner, CERTIFICATES, CERTIFICATES)
        story = Story(now=timezone.now() - timedelta(days=4))
        row = partners.opened(story, "dana", partners.COUNTY)
        receiver = subprocess.Popen([sys.executable, "-c", RECEIVER], stdout=subprocess.PIPE, text=True)
        assert receiver.stdout is not None
        url = f"http://127.0.0.1:{receiver.stdout.readline().strip()}/"
        endpoint = webhooks.add_endpoint(row.pk, url, actor=story.actor("dana"), now=timezone.now())
        Endpoint.objects.update(state="active")
        try:
            return {
                **_queued(row.pk, connection, reach_watchers, Change, Delivery),
                **_taken(endpoint, jobs, webhooks, Delivery),
            }
        finally:
            receiver.kill()


def _queued(organisation: int, connection: Any, reach_watchers: Any, change: Any, delivery: Any) -> dict[str, Any]:
    from django.utils import timezone

    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO program_watch (uuid, organisation_id, certificate_id, from_at, ended_because) "
            "SELECT gen_random_uuid(), %s, id, now() - interval '1 hour', ''"
            " FROM program_certificate ORDER BY id LIMIT %s",
            [organisation, EVENTS],
        )
        cursor.execute(
            'INSERT INTO program_change (uuid, certificate_id, sequence, kind, "on", at, values) '
            "SELECT gen_random_uuid(), id, 1, 'standing', current_date, %s, jsonb_build_object('standing', 'suspended')"
            " FROM program_certificate ORDER BY id LIMIT %s",
            [now, EVENTS],
        )
        cursor.execute("ANALYZE")
    keys = list(change.objects.values_list("pk", flat=True))
    began = time.perf_counter()
    reach_watchers(keys, now=now)
    ours = time.perf_counter() - began
    assert delivery.objects.count() == EVENTS
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bare (LIKE program_reach INCLUDING ALL)")
        cursor.execute("CREATE TEMP TABLE bare_two (LIKE program_delivery INCLUDING ALL)")
        began = time.perf_counter()
        cursor.execute("INSERT INTO bare SELECT * FROM program_reach")
        cursor.execute("INSERT INTO bare_two SELECT * FROM program_delivery")
        bare = time.perf_counter() - began
    return {
        "queued": {
            "events": EVENTS,
            "seconds": ours,
            "per second": EVENTS / ours,
            "of a bare copy of the rows": bare / ours,
        }
    }


def _taken(endpoint: Any, jobs: Any, webhooks: Any, delivery: Any) -> dict[str, Any]:
    from django.utils import timezone

    from peercert.gateways import webhooks as gateway

    jobs.SLICE = 3600.0
    (event,) = webhooks.due(endpoint.__class__.objects.select_related("organisation").get(), most=1, now=timezone.now())
    began = time.perf_counter()
    jobs.send(endpoint.pk)
    ours = time.perf_counter() - began
    assert delivery.objects.filter(state="taken").count() == EVENTS
    line = gateway.Line(endpoint.url, allow_local=True)
    began = time.perf_counter()
    for _ in range(BARE):
        assert line.send(event.body, {"Content-Type": gateway.CONTENT_TYPE}).became == "taken"
    bare = time.perf_counter() - began
    rate = EVENTS / ours
    return {"taken": {"events": EVENTS, "seconds": ours, "per second": rate, "of bare posts": rate * bare / BARE}}


if __name__ == "__main__":
    import json

    print(json.dumps(measure()))
