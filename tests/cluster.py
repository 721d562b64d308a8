"""The database server of a test run: a migrated cluster, copied from a cache, without fsync."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from peercert.config import postgres

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "test-clusters"
#: Seconds that anything may take which a test waits for: how long says something about the machine, nothing about us.
PATIENCE = 180.0


def cluster(run: Path) -> postgres.Cluster:
    """The embedded server of the run in this folder."""
    return postgres.Cluster(run / "postgres", durable=False)


def template_url() -> str:
    """The owner's address of the migrated database that clones are made of."""
    given = os.environ.get("PEERCERT_TEST_DATABASE_URL")
    return given or cluster(Path(os.environ["PEERCERT_TEST_RUN"])).url()


def start(run: Path) -> subprocess.Popen[bytes] | None:
    """Start the run's server with its template migrated; None where the run uses another server.

    The caller holds the lock on the run's folder.
    """
    if "PEERCERT_TEST_DATABASE_URL" in os.environ:
        migrate()
        return None
    server = cluster(run)
    ready = CACHE / digest()
    if ready.is_dir():
        server.folder.mkdir(parents=True)
        shutil.copytree(ready, server.data)
        server.data.chmod(0o700)
        return server.start()
    process = server.start()
    migrate()
    postgres.stop(process)
    keep(server.data, ready)
    return server.start()


def migrate() -> None:
    """Migrate the template in a process of its own, as an operator would."""
    code = "import sys; from peercert.config import migrate; sys.exit(migrate.main())"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "peercert.config.settings"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env=env)


def keep(data: Path, ready: Path) -> None:
    """Keep a stopped, migrated data folder for the next run; older ones go."""
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    making = CACHE / f"making-{os.getpid()}"
    shutil.copytree(data, making)
    making.rename(ready)


def digest() -> str:
    """Says whether a kept cluster still fits: everything that makes its tables and rights."""
    files = [
        *sorted(ROOT.glob("peercert/**/migrations/*.py")),
        ROOT / "peercert/program/append_only.py",
        ROOT / "peercert/config/migrate.py",
        ROOT / "peercert/config/postgres.py",
        ROOT / "requirements-dev.lock",
    ]
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode() + file.read_bytes())
    return found.hexdigest()[:20]


def connect_as_owner(database: str) -> psycopg.Connection:
    """A connection of the tables' owner, outside every transaction."""
    return psycopg.connect(make_conninfo(template_url(), dbname=database), autocommit=True)


@cache
def _maintenance() -> tuple[psycopg.Connection, str]:
    """This process's own session beside the databases it makes and drops, and the template's name."""
    # Read, not asked for: a session in the template would keep the others from making clones of it.
    return connect_as_owner("postgres"), str(conninfo_to_dict(template_url())["dbname"])


@contextmanager
def clone(name: str) -> Iterator[str]:
    """A database of its own made of the template, dropped afterwards."""
    owner, template = _maintenance()
    wanted = sql.Identifier(name)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(wanted)
    alone(owner, drop)
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(wanted, sql.Identifier(template))
    alone(owner, make)
    try:
        yield name
    finally:
        alone(owner, drop)


def alone(owner: psycopg.Connection, statement: sql.Composed) -> None:
    """Do what needs a database without sessions: one that was told to end may take longer than the server waits."""

    def done() -> bool:
        try:
            owner.execute(statement)
        except psycopg.errors.ObjectInUse:
            return False
        return True

    eventually(done, f"nobody in the database: {statement.as_string(owner)}")


def eventually(question: Callable[[], Any], wanted: str, seconds: float = PATIENCE) -> Any:
    """The first true answer to `question`, asked again and again; fails with what was wanted after `seconds`."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {wanted}")
        threading.Event().wait(0.02)
    return answer
