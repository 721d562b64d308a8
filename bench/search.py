"""Search by name at a million people, beside reading one row by its key."""

import json
import random
from typing import Any

from bench import _people, _times, site
from tests import cluster

PEOPLE = 1_000_000
TRIES = 300


def run() -> dict[str, Any]:
    """p50, p95 and p99 of each kind of search, in milliseconds and as a ratio to the bare read."""
    return _times.in_own_process("bench.search")


def _typo(source: random.Random, name: str) -> str:
    at = source.randrange(1, len(name) - 2)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def measure() -> dict[str, Any]:
    """The measurement itself; needs a process of its own."""
    with site.database():
        from django.db import connection

        from peercert.program.certificates import queries as certificates
        from peercert.program.people import queries
        from peercert.program.people.models import LegalName, Person

        with cluster.connect_as_owner(connection.settings_dict["NAME"]) as owner:
            _people.fill(owner, PEOPLE)
        source = random.Random(1)
        ids = [source.randrange(1, PEOPLE + 1) for _ in range(TRIES)]
        named = list(LegalName.objects.filter(person__in=ids))
        full = [f"{name.first_key} {name.last_key}" for name in named]
        calls = {
            "one row by key": (lambda pk: Person.objects.get(pk=pk), ids),
            "whole name": (queries.people_called, full),
            "whole name, two letters swapped": (queries.people_called, [_typo(source, name) for name in full]),
            "a common last name": (queries.people_called, _people.COMMON_LAST * 20),
            "nobody by that name": (queries.people_called, [f"x{name[::-1]}" for name in full]),
            "public search, last name and initial": (
                lambda name: certificates.certificates_called(name.last_key, name.first_key[:1]),
                named,
            ),
        }
        return {"people": PEOPLE, **_times.beside(_times.timed(calls), "one row by key")}


if __name__ == "__main__":
    print(json.dumps(measure()))
