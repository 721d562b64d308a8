"""`peercert serve`: it starts, refuses a second start, starts again what dies, and stops cleanly."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable

import pytest

from tests.cluster import PATIENCE, ROOT, eventually
from tests.fixtures.ports import free_port
from tests.fixtures.served import Served, command_of

Serve = Callable[..., Served]


def run_again(served: Served, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "peercert.cli", "serve"],
        cwd=ROOT,
        env={**served.settings(), **changed},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_it_says_where_it_is_and_stops_without_a_trace(serve: Serve) -> None:
    # A proxy of the machine is for the world outside, not for asking ourselves.
    served = serve(http_proxy="http://127.0.0.1:1")
    with urllib.request.urlopen(f"{served.address}/") as page:
        assert page.status == 200

    eventually(lambda: served.output.read_text().count("\n") >= 2, "two lines")
    assert served.output.read_text().splitlines() == [
        f"PeerCert is at {served.address}/",
        f"Walk in as any role at {served.address}/demo/",
    ]
    assert served.stop(signal.SIGINT) == 0
    assert served.left_overs() == []
    assert not (served.home / "postgres/data/postmaster.pid").exists()
    assert "database system is shut down" in (served.home / "postgres/log").read_text()


def test_it_listens_where_it_is_told_to(serve: Serve) -> None:
    served = serve(started=False, PEERCERT_BIND="127.0.0.2")
    served.launch()
    eventually(lambda: f"PeerCert is at {served.address}/" in served.output.read_text(), "its line")
    assert not served.is_ready()


def test_a_second_start_on_the_same_folder_says_so(serve: Serve) -> None:
    served = serve()
    second = run_again(served, PORT=str(free_port()))

    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert f"already runs on {served.home}" in second.stderr
    assert served.is_ready()


def test_a_taken_port_is_told_in_one_sentence(serve: Serve) -> None:
    served = serve()
    second = run_again(served, PEERCERT_HOME=str(served.home.with_name("other")))

    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert f"Port {served.port}" in second.stderr


@pytest.mark.parametrize("name", ["web", "web worker", "worker", "database"])
def test_what_is_killed_comes_back_and_what_was_committed_stays(serve: Serve, name: str) -> None:
    served = serve()
    with served.connect() as connection:
        connection.execute("CREATE TABLE kept (said text)")
        connection.execute("INSERT INTO kept VALUES ('before the cut')")

    killed = served.kill(name)
    eventually(lambda: not command_of(killed), f"{name} is gone")
    eventually(lambda: served.pid(name) not in {0, killed}, f"{name} is started again")
    eventually(lambda: served.takes_sessions() and served.is_ready(), "ready again")

    with served.connect() as connection:
        assert connection.execute("SELECT said FROM kept").fetchall() == [("before the cut",)]
    assert served.stop() == 0
    assert served.left_overs() == []


def test_nothing_outlives_a_killed_serve_and_the_next_start_works(serve: Serve) -> None:
    served = serve()
    with served.connect() as connection:
        connection.execute("CREATE TABLE kept (said text)")
        connection.execute("INSERT INTO kept VALUES ('before the cut')")

    served.kill("serve")
    served.process.wait(PATIENCE)
    eventually(lambda: not served.left_overs(), "every child is gone")

    served.start()
    with served.connect() as connection:
        assert connection.execute("SELECT said FROM kept").fetchall() == [("before the cut",)]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_start_that_still_fills_the_demo_stops_at_once_and_begins_anew(serve: Serve, how: signal.Signals) -> None:
    served = serve(started=False, PEERCERT_DEMO_STATE="yes")
    served.launch()
    eventually(lambda: "Filling the empty database" in served.output.read_text(), "the demo is being filled")
    served.process.send_signal(how)
    served.process.wait(PATIENCE)
    eventually(lambda: not served.left_overs(), "every child is gone")

    served.environment["PEERCERT_DEMO_STATE"] = "no"
    served.start()
    with served.connect() as connection:
        assert connection.execute("SELECT count(*) FROM program_person").fetchone() == (0,)


def test_backends_left_by_a_killed_database_are_ended_before_the_next_start(serve: Serve) -> None:
    served = serve()
    with served.connect() as other:
        other.execute("CREATE TABLE slow (id int)")
    busy = served.connect()
    # Asleep in a statement, a backend does not notice that its server is gone.
    busy.pgconn.send_query(b"INSERT INTO slow SELECT 1 FROM pg_sleep(1000)")
    busy.pgconn.flush()
    served.kill("database")
    # Left-over backends still answer for a moment, so that "ready" says little: a new session says more.
    eventually(lambda: served.takes_sessions(), "the database is back")
    busy.close()
    with served.connect() as connection:
        assert connection.execute("SELECT count(*) FROM slow").fetchone() == (0,)


def test_a_job_cut_off_in_the_middle_is_done_again(serve: Serve) -> None:
    served = serve()
    with served.connect() as connection:
        connection.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts, worker_id)"
            " SELECT 'default', 'housekeeping.remove_old_sessions', '{\"timestamp\": 0}', 'doing', 1, max(id)"
            " FROM procrastinate_workers"
        )

        def state() -> tuple[str, int] | None:
            return connection.execute(
                "SELECT status::text, attempts FROM procrastinate_jobs"
                " WHERE task_name = 'housekeeping.remove_old_sessions' AND args->>'timestamp' = '0'"
            ).fetchone()

        eventually(lambda: (found := state()) and found[0] == "succeeded", "the job is done")
        assert state() != ("succeeded", 1)


def test_files_of_a_second_home_are_its_own(serve: Serve) -> None:
    first, second = serve(), serve()
    assert first.is_ready()
    assert second.is_ready()
    first.stop()
    assert second.is_ready()
    shutil.rmtree(first.home)
    assert os.path.isdir(second.home)


KEY = """
from datetime import timedelta
from django.utils import timezone
from peercert.demo.partners import county
from peercert.program.journey.api_keys import make_key
from peercert.rules.days import day_of
from tests.stories import Story
story = Story(now=timezone.now() - timedelta(days=9))
until = day_of(story.now) + timedelta(days=9)
print(make_key(county(story).pk, "x", ["verify", "roster"], until, actor=story.actor("dana"), now=story.now)[1])
"""


def told_for(
    served: Served, method: str, path: str, head: str, body: bytes, *, is_whole: bool = False
) -> tuple[int, bytes]:
    """What is answered to whoever says no more after this body, where it is not whole: its status, and all of it."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as line:
        line.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: localhost:{served.port}\r\n{head}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        if not is_whole:
            line.shutdown(socket.SHUT_WR)
        told = b""
        while more := line.recv(65_536):
            told += more
    return int(told.split()[1]), told


def test_what_was_cut_on_its_way_is_never_taken_for_the_whole(serve: Serve) -> None:
    """The server itself hands over a cut body as if it had ended."""
    served = serve()
    key = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", KEY],
        cwd=ROOT, env=served.settings(), capture_output=True, text=True, timeout=PATIENCE, check=True,
    ).stdout.strip()  # fmt: skip
    known = f"Authorization: Bearer {key}"
    chunk, end = (b"%x\r\n%s\r\n" % (len(text), text) for text in (b'{"number": "C-0000-0000"}\n', b'{"rows": 1}'))
    stream = f"{known}\r\nTransfer-Encoding: chunked\r\nContent-Type: application/jsonl"
    status, told = told_for(served, "POST", "/api/v1/verifications", stream, chunk + end + b"0\r\n\r\n", is_whole=True)
    assert (status, b'"unknown"' in told) == (200, True), told
    for cut in (chunk, chunk + end[:5], chunk + b"zz\r\n"):
        status, told = told_for(served, "POST", "/api/v1/verifications", stream, cut)
        assert (status, b"C-0000-0000" in told) == (422, False), told
    file = f"{known}\r\nContent-Length: 99\r\nContent-Type: text/csv"
    assert told_for(served, "PUT", "/api/v1/roster", file, b"number\nC-0000-0000\n")[0] == 400
    form = "Content-Length: 99\r\nContent-Type: application/x-www-form-urlencoded"
    assert told_for(served, "POST", "/verify/", form, b"number=C-0000-0000")[0] == 400
    whole = f"{known}\r\nTransfer-Encoding: chunked\r\nContent-Type: text/csv"
    assert told_for(served, "PUT", "/api/v1/roster", whole, b"0\r\n\r\n", is_whole=True)[0] == 411
