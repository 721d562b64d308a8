"""The two roles on a server that others run: made by `peercert migrate`, used by the program."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from peercert.config import postgres
from tests.cluster import ROOT

WHO = """
import django, sys
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT session_user, current_user, has_table_privilege('program_determination', 'INSERT'),"
                   " has_table_privilege('program_determination', 'UPDATE')")
    print(*cursor.fetchone())
"""


@pytest.fixture(scope="module")
def running() -> Iterator[postgres.Cluster]:
    """A server that others run, for every test here."""
    folder = Path(tempfile.mkdtemp(prefix="roles-", dir=os.environ["PEERCERT_TEST_RUN"]))
    cluster = postgres.Cluster(folder / "postgres", durable=False)
    process = cluster.start()
    with as_superuser(cluster) as connection:
        connection.execute(f"DROP DATABASE {postgres.DATABASE}")
        connection.execute(f"DROP ROLE {postgres.RUNTIME}")
    yield cluster
    postgres.stop(process)
    shutil.rmtree(cluster.socket, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def as_superuser(cluster: postgres.Cluster) -> psycopg.Connection:
    """A connection of whoever runs the server."""
    return psycopg.connect(cluster.url(postgres.SUPERUSER, "postgres"), autocommit=True)


@pytest.fixture(scope="module")
def tables(running: postgres.Cluster) -> str:
    """The name of a database whose tables were made by an owner with the least rights that `migrate` asks for."""
    with as_superuser(running) as connection:
        connection.execute("CREATE ROLE boss LOGIN")
        connection.execute("CREATE ROLE web LOGIN")
        connection.execute("CREATE DATABASE tables OWNER boss")
        connection.execute(f"CREATE ROLE {postgres.RUNTIME}; GRANT {postgres.RUNTIME} TO boss")
    migrated = run("-m", "peercert.cli", "migrate", DATABASE_URL=running.url("boss", "tables"))
    assert migrated.returncode == 0, migrated.stderr
    with psycopg.connect(running.url(postgres.SUPERUSER, "tables"), autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {postgres.RUNTIME}")
        connection.execute(f"DROP ROLE {postgres.RUNTIME}")
    return "tables"


@pytest.fixture
def server(running: postgres.Cluster, tables: str) -> Iterator[Callable[[str], str]]:
    """`server(role)`: address of a database with those tables, nobody's but their owner's.

    `boss` owns them and may make roles, `web` has no rights, and the runtime role is not there.
    """
    with as_superuser(running) as connection:
        connection.execute("ALTER ROLE boss CREATEROLE")
        connection.execute(f"CREATE DATABASE peers OWNER boss TEMPLATE {tables}")
    yield lambda role: running.url(role, "peers")
    with as_superuser(running) as connection:
        connection.execute("DROP DATABASE peers WITH (FORCE)")
        connection.execute(f"DROP ROLE IF EXISTS {postgres.RUNTIME}")


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PEERCERT_")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**clean, "DJANGO_SETTINGS_MODULE": "peercert.config.settings", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_with_one_address_the_program_steps_down_to_the_runtime_role(server: Callable[[str], str]) -> None:
    env = {"DATABASE_URL": server("boss")}
    migrated = run("-m", "peercert.cli", "migrate", **env)
    assert migrated.returncode == 0, migrated.stderr
    assert run("-c", WHO, **env).stdout.split() == ["boss", postgres.RUNTIME, "True", "False"]
    assert run("-m", "peercert.cli", "migrate", **env).returncode == 0


def test_with_two_addresses_the_programs_own_role_gets_the_rights_and_no_more(server: Callable[[str], str]) -> None:
    env = {"DATABASE_URL": server("web"), "DATABASE_OWNER_URL": server("boss")}
    migrated = run("-m", "peercert.cli", "migrate", **env)
    assert migrated.returncode == 0, migrated.stderr
    assert run("-c", WHO, **env).stdout.split() == ["web", "web", "True", "False"]
    doctor = run("-m", "peercert.cli", "doctor", **env)
    assert "ok    role      web can only add" in doctor.stdout


def test_an_owner_who_may_not_make_roles_is_told_what_to_run(server: Callable[[str], str]) -> None:
    with psycopg.connect(server(postgres.SUPERUSER), autocommit=True) as connection:
        connection.execute("ALTER ROLE boss NOCREATEROLE")
    refused = run("-m", "peercert.cli", "migrate", DATABASE_URL=server("boss"))
    assert refused.returncode == 2
    assert f'CREATE ROLE {postgres.RUNTIME}; GRANT {postgres.RUNTIME} TO "boss";' in refused.stderr
    assert "Traceback" not in refused.stderr

    with psycopg.connect(server(postgres.SUPERUSER), autocommit=True) as connection:
        connection.execute(f'CREATE ROLE {postgres.RUNTIME}; GRANT {postgres.RUNTIME} TO "boss";')
    assert run("-m", "peercert.cli", "migrate", DATABASE_URL=server("boss")).returncode == 0


def test_a_database_that_does_not_answer_is_told_in_one_sentence(server: Callable[[str], str]) -> None:
    nowhere = server("boss").replace("/peers?", "/elsewhere?")
    refused = run("-m", "peercert.config.prepare", DATABASE_URL=nowhere)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "does not answer" in refused.stderr
