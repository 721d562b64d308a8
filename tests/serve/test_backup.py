"""Backup and restore, as the runbook says."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from peercert.config import postgres
from tests import cluster
from tests.cluster import ROOT
from tests.fixtures.ports import free_port
from tests.fixtures.served import Served

ACCOUNT = (
    "INSERT INTO program_account (email, password, is_active, is_demo, created_at)"
    " VALUES ('ana@example.org', '!', true, false, now())"
)


def run(served: Served, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a `peercert` command with the settings of `served`."""
    return subprocess.run(
        [sys.executable, "-m", "peercert.cli", *command],
        cwd=ROOT,
        env=served.settings(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def kept(serve: Callable[..., Served], tmp_path: Path) -> tuple[Served, Path]:
    """A running program with an account and a sealed file, and its backup."""
    served = serve()
    with served.connect() as connection:
        connection.execute(ACCOUNT)
    (served.home / "files/documents").mkdir(parents=True)
    (served.home / "files/documents/one").write_bytes(b"sealed")
    done = run(served, "backup", str(tmp_path / "backup"))
    assert done.returncode == 0, done.stderr
    return served, tmp_path / "backup"


def test_a_backup_of_the_running_program_is_whole_in_another_home(kept: tuple[Served, Path], tmp_path: Path) -> None:
    _, folder = kept
    other = Served(tmp_path / "other", free_port())
    try:
        restored = run(other, "restore", str(folder))
        assert restored.returncode == 0, restored.stderr
        other.start()
        with other.connect(postgres.RUNTIME) as connection:
            assert connection.execute("SELECT email FROM program_account").fetchall() == [("ana@example.org",)]
        assert (other.home / "files/documents/one").read_bytes() == b"sealed"
        assert "WRONG" not in run(other, "doctor").stdout

        again = run(other, "restore", str(folder))
        assert again.returncode == 2
        assert "not empty" in again.stderr
    finally:
        if other.process is not None:
            other.stop()


@pytest.fixture
def database() -> Iterator[Callable[..., Served]]:
    """`database(name)`: settings with a database of this name on the server of the run, whichever that is.

    It is a copy of `template`: as the run's server was migrated, unless another is named.
    """
    made: list[str] = []
    homes = Path(tempfile.mkdtemp(prefix="backup-", dir=os.environ["PEERCERT_TEST_RUN"]))
    url = cluster.template_url()
    named = url.split("?")[0].rpartition("/")[2]
    with cluster.connect_as_owner("postgres") as owner:

        def make(name: str, template: str = named) -> Served:
            name = f"{name}_{os.getpid()}"
            made.append(name)
            owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, template))))
            return Served(homes / name, free_port(), {"DATABASE_URL": url.replace(f"/{named}?", f"/{name}?")})

        yield make
        for name in made:
            owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    shutil.rmtree(homes)


@pytest.mark.database("config/backup.py", "config/migrate.py", "config/doctor.py")
def test_a_backup_comes_back_on_any_server_that_we_run_on(database: Callable[..., Served], tmp_path: Path) -> None:
    one, other = database("one"), database("other", "template0")
    assert run(one, "migrate").returncode == 0, "safe to run again"
    with psycopg.connect(one.environment["DATABASE_URL"]) as connection:
        connection.execute(ACCOUNT)
    assert run(one, "backup", str(tmp_path / "backup")).returncode == 0
    restored = run(other, "restore", str(tmp_path / "backup"))
    assert restored.returncode == 0, restored.stderr
    with psycopg.connect(other.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT email FROM program_account").fetchall() == [("ana@example.org",)]
    assert "WRONG" not in run(other, "doctor").stdout


@pytest.mark.database("config/backup.py")
def test_what_cannot_be_restored_whole_is_not_restored(database: Callable[..., Served], tmp_path: Path) -> None:
    one, other = database("one"), database("other", "template0")
    assert run(one, "backup", str(tmp_path / "backup")).returncode == 0
    with psycopg.connect(other.environment["DATABASE_URL"]) as connection:
        connection.execute("CREATE TYPE procrastinate_job_status AS ENUM ('in the way')")
    refused = run(other, "restore", str(tmp_path / "backup"))
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "already exists" in refused.stderr
    with psycopg.connect(other.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_torn_backup_is_refused_before_anything_is_restored(kept: tuple[Served, Path], tmp_path: Path) -> None:
    _, folder = kept
    (folder / "files/documents/one").write_bytes(b"changed")
    done = run(Served(tmp_path / "other", free_port()), "restore", str(folder))
    assert done.returncode == 2
    assert "files/documents/one" in done.stderr
    assert not (tmp_path / "other").exists()


def test_a_backup_never_writes_over_another(kept: tuple[Served, Path]) -> None:
    served, folder = kept
    assert "is there already" in run(served, "backup", str(folder)).stderr
