"""A migrated database for benches that need one, and the program set up on it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from peercert.config import postgres
from peercert.config.lock import locked
from tests import cluster


def connect_as_superuser(database: str) -> psycopg.Connection:
    """A connection that may fill tables without each key being looked up; of the embedded server alone."""
    url = cluster.cluster(Path(os.environ["PEERCERT_TEST_RUN"])).url(postgres.SUPERUSER, database)
    return psycopg.connect(url, autocommit=True)


@contextmanager
def database() -> Iterator[None]:
    """Django on an empty, migrated database of its own, as the runtime role; gone afterwards.

    Once in a process: Django reads its settings once. A bench that needs rows as the owner asks `tests.cluster`.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    if "PEERCERT_TEST_RUN" not in os.environ:
        os.environ["PEERCERT_TEST_RUN"] = tempfile.mkdtemp(prefix="peercert-bench-")
    run = Path(os.environ["PEERCERT_TEST_RUN"])
    import django

    django.setup()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, run, ignore_errors=True)
        stack.callback(shutil.rmtree, cluster.cluster(run).socket, ignore_errors=True)
        stack.enter_context(locked(run))
        server = cluster.start(run)
        if server is not None:
            stack.callback(postgres.stop, server)
        from django.db import connections

        stack.callback(connections.close_all)
        with cluster.clone("bench") as name:
            connections.settings["default"]["NAME"] = name
            yield
            connections.close_all()
