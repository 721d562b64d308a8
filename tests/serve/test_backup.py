"""Backup and restore, as the runbook says."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from peercert.config import postgres
from tests.cluster import ROOT
from tests.fixtures.served import Served, free_port

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
