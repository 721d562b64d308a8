"""The public pages of the register at 200,000 certificates, beside a bare view that reads one row by its key."""

import json
import random
from typing import Any

from bench import _people, _times, site
from tests import cluster

CERTIFICATES = 200_000
TRIES = 300


def run() -> dict[str, Any]:
    """p50 and p95 of server time for each page, in milliseconds and as a ratio to the bare view."""
    return _times.in_own_process("bench.verify")


def _addresses() -> Any:
    """The site's addresses and one more: a view that reads one certificate by its key and says its number."""
    from django.http import HttpResponse
    from django.urls import path

    from peercert.config import urls
    from peercert.program.certificates.models import Certificate

    def bare(request: Any, pk: int) -> HttpResponse:
        return HttpResponse(Certificate.objects.get(pk=pk).number)

    class Addresses:
        urlpatterns = [path("bare/<int:pk>/", bare), *urls.urlpatterns]

    return Addresses


def measure() -> dict[str, Any]:
    """The measurement itself; needs a process of its own."""
    with site.database():
        from django.conf import settings
        from django.db import connection
        from django.test import Client

        from peercert.program.certificates import queries
        from peercert.program.certificates.models import Certificate
        from peercert.program.people.models import LegalName

        with cluster.connect_as_owner(connection.settings_dict["NAME"]) as owner:
            made = _people.fill(owner, CERTIFICATES, CERTIFICATES)
        settings.ROOT_URLCONF = _addresses()
        settings.ALLOWED_HOSTS = ["testserver"]
        client, source = Client(), random.Random(1)
        chosen = [source.choice(made) for _ in range(TRIES)]
        named = list(LegalName.objects.filter(person__in=source.sample(range(1, CERTIFICATES), TRIES)))
        rows = list(Certificate.objects.filter(number__in=chosen))
        day = rows[0].issued_on

        def get(path: str) -> None:
            answer = client.get(path, REMOTE_ADDR=_address(source))
            assert answer.status_code == 200, path

        def search(name: LegalName) -> None:
            body = {"last": name.last, "first": name.first[:1]}
            answer = client.post("/verify/", body, REMOTE_ADDR=_address(source))
            assert answer.status_code == 200

        calls = {
            "bare view": (get, [f"/bare/{row.pk}/" for row in rows]),
            "empty search page": (get, ["/verify/"] * TRIES),
            "certificate page": (get, [f"/verify/{number}/" for number in chosen]),
            "certificate page, a past day": (get, [f"/verify/{number}/?on={day}" for number in chosen]),
            "search by name": (search, named),
            "standing on a day, the query alone": (lambda row: queries.standing_on(row, day), rows),
        }
        return {"certificates": CERTIFICATES, **_times.beside(_times.timed(calls), "bare view")}


def _address(source: random.Random) -> str:
    """Another asker each time, so that none is asked to wait."""
    return f"10.{source.randrange(256)}.{source.randrange(256)}.{source.randrange(1, 255)}"


if __name__ == "__main__":
    print(json.dumps(measure()))
