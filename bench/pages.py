"""Pages at 200,000 cases and 1,000,000 people: the officers' queue, a case, and the public's question about a number.

Server time of the whole program but the network, beside a bare view that reads one row by its key. With BENCH_SQL=1,
`python -m bench.pages` also says on standard error what each page asks of the database; BENCH_PEOPLE and BENCH_CASES
make it smaller.
"""

import json
import os
import random
import re
import sys
from collections import Counter
from typing import Any

from bench import _cases, _people, _times, site

PEOPLE = int(os.environ.get("BENCH_PEOPLE", 1_000_000))
CASES = int(os.environ.get("BENCH_CASES", 200_000))
TRIES = 120

#: What an officer asks the queue for.
ASKED = {
    "queue, as it opens": "",
    "queue, in review and overdue": "stage=review&due=overdue",
    "queue, mine": "assigned=me",
    "queue, all of reciprocity": "stage=all&topic=reciprocity",
    "queue, a question open": "flag=question",
    "queue, the person must act": "acts=person",
    "queue, sorted by name": "sort=name",
    "queue, all, sorted by name": "stage=all&sort=name&order=desc",
    "queue, over, sorted by receipt": "stage=closed&sort=received",
}
#: Last names that a search for stops at a thousand people of, and first names like them.
COMMON = _people.COMMON_LAST + _people.COMMON_FIRST


def run() -> dict[str, Any]:
    """p50, p95 and p99 of server time for each page, in milliseconds and as a ratio to the bare view."""
    return _times.in_own_process("bench.pages")


def _addresses() -> Any:
    """The site's addresses and one more: a view that reads one case by its key and says its number."""
    from django.http import HttpResponse
    from django.urls import path

    from peercert.config import urls
    from peercert.program.casework.models import Case

    def bare(request: Any, pk: int) -> HttpResponse:
        return HttpResponse(Case.objects.get(pk=pk).number)

    class Addresses:
        urlpatterns = [path("bare/<int:pk>/", bare), *urls.urlpatterns]

    return Addresses


def measure() -> dict[str, Any]:
    """The measurement itself; needs a process of its own."""
    with site.database():
        from django.conf import settings
        from django.db import connection
        from django.test import Client
        from django.utils import timezone

        from peercert.program.casework.models import Case
        from peercert.program.certificates.models import Certificate
        from peercert.program.people.models import LegalName

        settings.ROOT_URLCONF = _addresses()
        settings.ALLOWED_HOSTS = ["testserver"]
        with site.connect_as_superuser(connection.settings_dict["NAME"]) as owner:
            story = _cases.fill(owner, PEOPLE, CASES, timezone.now())
        source, client = random.Random(1), Client()
        account = story.person("ana").account
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")

        def get(path: str) -> None:
            at = f"10.{source.randrange(256)}.{source.randrange(256)}.{source.randrange(1, 255)}"
            answer = client.get(path, REMOTE_ADDR=at)
            assert answer.status_code == 200, (path, answer.status_code)

        def some(**wanted: Any) -> list[str]:
            rows = Case.objects.filter(**wanted).values_list("number", flat=True)
            return [rows[source.randrange(500 if CASES > 100_000 else 5)] for _ in range(20)]

        keys = list(Case.objects.exclude(stage="draft").values_list("pk", flat=True)[:TRIES])
        certified = list(Certificate.objects.values_list("number", flat=True)[:TRIES])
        who = LegalName.objects.filter(person__in=source.sample(range(1, CASES), TRIES))
        calls: dict[str, Any] = {
            "bare view": (get, [f"/bare/{key}/" for key in keys]),
            "public, one certificate": (get, [f"/verify/{number}/" for number in certified]),
            **{name: (get, [f"/staff/?{query}"] * TRIES) for name, query in ASKED.items()},
            "queue, by a whole name": (get, [f"/staff/?stage=all&q={one.first_key}+{one.last_key}" for one in who]),
            "queue, by a common name": (get, [f"/staff/?stage=all&q={one}" for one in COMMON]),
            "queue, by number": (get, [f"/staff/?stage=all&q={number}" for number in some(stage="certified")]),
        }
        for stage in ("submitted", "review", "recommended", "approved", "certified"):
            calls[f"case page, {stage}"] = (get, [f"/staff/cases/{number}/" for number in some(stage=stage)])
        for name, (_call, paths) in calls.items():
            get(paths[0])
            if os.environ.get("BENCH_SQL"):
                _explain(name, client, paths[-1])
        found = _times.beside(_times.timed(calls), "bare view")
        return {"people": PEOPLE, "cases": Case.objects.count(), **found}


def _explain(name: str, client: Any, path: str) -> None:
    """Say on standard error what a page asks of the database, and how its slow questions are answered."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        client.get(path, REMOTE_ADDR="10.1.2.3")
    slow = [one for one in asked.captured_queries if float(one["time"]) >= 0.004]
    sys.stderr.write(f"\n== {name}: {len(asked)} statements, {sum(float(one['time']) for one in asked):.3f} s\n")
    counted = Counter(re.sub(r"'[^']*'|[0-9]+", "?", one["sql"]) for one in asked)
    for text, count in counted.most_common(12):
        if count > 1:
            sys.stderr.write(f"{count} x {text[:120]} ... {text[-160:]}\n")
    for one in slow:
        if one["sql"].startswith(("SELECT", "WITH")):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + one["sql"])
                plan = "\n".join(line for (line,) in cursor.fetchall())
            sys.stderr.write(f"{one['time']} {one['sql'][:3000]}\n{plan}\n")


if __name__ == "__main__":
    print(json.dumps(measure()))
