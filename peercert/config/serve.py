"""`peercert serve`: database if embedded, tables, web server and worker, in the foreground until asked to stop.

Every child has a session of its own and dies with this process. What dies is started again, whatever its exit code: a
worker whose database went away ends with 0. Stopping goes worker, web, database, so that each finishes what it began.
"""

import contextlib
import http.client
import importlib.util
import os
import select
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from peercert.config import children, database, postgres, prepare
from peercert.config.environment import Environment, WrongSetting, read
from peercert.config.lock import locked

#: Seconds before a dead child is started again: more each time, from the start again after a quiet while.
_WAITS = (0.1, 0.5, 1.0, 2.0, 5.0)
_QUIET = 30.0
#: A web server that ends this often before it ever answered will not answer the next time.
_FALSE_STARTS = 3


@dataclass
class Child:
    """A process that is kept alive."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop: Callable[[subprocess.Popen[bytes]], None]
    process: subprocess.Popen[bytes]
    started: float
    falls: int = 0
    due: float | None = None

    @classmethod
    def begin(
        cls, name: str, start: Callable[[], subprocess.Popen[bytes]], stop: Callable[[subprocess.Popen[bytes]], None]
    ) -> "Child":
        """Start it for the first time. Raises what `start` raises."""
        return cls(name, start, stop, start(), time.monotonic())

    def look(self) -> None:
        """Notice a death, and start it again when its wait is over."""
        now = time.monotonic()
        if self.due is None and self.process.poll() is not None:
            self.falls = 0 if now - self.started > _QUIET else self.falls
            self.due = now + _WAITS[min(self.falls, len(_WAITS) - 1)]
            self.falls += 1
            sys.stderr.write(f"{self.name} ended with {self.process.returncode}; it is started again.\n")
        if self.due is not None and now >= self.due:
            self.due = None
            self.started = now
            try:
                self.process = self.start()
            except (postgres.DatabaseTrouble, OSError) as trouble:
                sys.stderr.write(f"{self.name} did not start: {trouble}\n")


class Interrupted(Exception):
    """Asked to stop."""


def arguments(parser: ArgumentParser) -> None:
    """Options of the command: none; everything is in the environment."""


def command(options: Namespace | None = None) -> int:
    """Serve until SIGTERM or SIGINT; answers the exit code. Raises WrongSetting with the operator's sentence."""
    env = read()
    refuse_taken_port(env)
    running: list[Child] = []
    with locked(env.home), _woken_by_signals() as wake:
        try:
            start_all(env, running, wake)
            while True:
                wake(0.5)
                for child in running:
                    child.look()
        except Interrupted:
            return 0
        finally:
            _ignore_signals()
            for child in reversed(running):
                child.stop(child.process)


def start_all(env: Environment, running: list[Child], wake: Callable[[float], None]) -> None:
    """Start database, web server and worker in this order, each when the one before is ready; say where."""
    if env.is_embedded:
        cluster = database.cluster(env)
        running.append(Child.begin("The database", cluster.start, postgres.stop))
        wake(0)
    found = _done("peercert.config.prepare", wake=wake)
    if found == prepare.REFUSED:
        raise SystemExit(2)  # it has said why
    if found not in {prepare.READY, prepare.EMPTY}:
        raise WrongSetting(f"Preparing ended with {found}: its message stands above.")
    if found == prepare.EMPTY and env.is_demo and env.demo_state and importlib.util.find_spec("peercert.demo"):
        sys.stdout.write("Filling the empty database with the demo state ...\n")
        sys.stdout.flush()
        if _done("peercert.cli", "demo", wake=wake) != 0:
            sys.stderr.write("The demo state is not complete; the site starts without it.\n")
    web = Child.begin("The web server", lambda: start_web(env), lambda process: end(process, 15.0))
    running.append(web)
    _await_web(env, web, wake)
    running.append(Child.begin("The worker", start_worker, lambda process: end(process, 30.0)))
    sys.stdout.write(f"PeerCert is at {env.origin}/\n")
    if env.personas and env.is_demo:
        sys.stdout.write(f"Walk in as any role at {env.origin}/demo/\n")
    sys.stdout.flush()


def _done(module: str, *options: str, wake: Callable[[float], None]) -> int:
    """Run a module of ours to its end and answer its exit code; asked to stop meanwhile, we end it first."""
    process = children.spawn([sys.executable, "-m", module, *options], on_parent_death=signal.SIGKILL)
    try:
        while process.poll() is None:
            wake(0.5)
    except Interrupted:
        end(process, 10.0)
        raise
    return process.returncode


def start_web(env: Environment) -> subprocess.Popen[bytes]:
    """The web server's parent process, which starts its own again where one is killed."""
    return children.spawn(
        [
            sys.executable, "-m", "granian", "peercert.config.wsgi:application",
            "--interface", "wsgi",
            "--host", env.bind,
            "--port", str(env.port),
            "--http", "1",
            "--no-ws",
            "--workers", str(env.web_workers),
            "--blocking-threads", str(env.web_threads),
            "--backlog", "1024",
            "--respawn-failed-workers",
            "--respawn-interval", "0.2",
            "--workers-kill-timeout", "10",
            "--log-level", "warning",
        ],
        on_parent_death=signal.SIGKILL,
    )  # fmt: skip


def start_worker() -> subprocess.Popen[bytes]:
    """The queue's worker."""
    return children.spawn([sys.executable, "-m", "peercert.config.worker"], on_parent_death=signal.SIGKILL)


def end(process: subprocess.Popen[bytes], patience: float) -> None:
    """Ask a child's whole session to end, and kill what is left of it after `patience` seconds."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def refuse_taken_port(env: Environment) -> None:
    """Raises WrongSetting where another program listens on our port, or the address is none of this machine."""
    try:
        family = socket.getaddrinfo(env.bind, env.port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((env.bind, env.port))
    except socket.gaierror as error:
        raise WrongSetting(
            f"PEERCERT_BIND is {env.bind!r} ({error.strerror}): set it to an address of this machine."
        ) from None
    except OSError as error:
        raise WrongSetting(
            f"Port {env.port} of {env.bind} cannot be used ({error.strerror}): stop what uses it, or set PORT."
        ) from None


def _await_web(env: Environment, web: Child, wake: Callable[[float], None]) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(env.bind, env.bind)  # noqa: S104 - compared, not bound
    while not _answers(host, env.port):
        wake(0.05)
        web.look()
        if web.falls >= _FALSE_STARTS:
            raise WrongSetting("The web server did not start: its message stands above.")


def _answers(host: str, port: int) -> bool:
    """Whether the web server is there, asked past every proxy of this machine and by a name that is always known."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health/live", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def _woken_by_signals() -> Iterator[Callable[[float], None]]:
    """A function that waits some seconds, or until a child ends; it raises Interrupted once we were asked to stop."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    asked: list[int] = []
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: asked.append(number))

    def wake(seconds: float) -> None:
        if not asked:
            select.select([ours], [], [], seconds)
            with contextlib.suppress(BlockingIOError):
                ours.recv(4096)
        if asked:
            raise Interrupted

    try:
        yield wake
    finally:
        signal.set_wakeup_fd(-1)
        ours.close()
        theirs.close()


def _ignore_signals() -> None:
    """While stopping, a second Ctrl-C must not leave the database running."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
