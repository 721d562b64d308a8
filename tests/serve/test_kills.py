"""kill -9 of web, worker and database in the middle of submit, determine, import and issue: each row once, or none.

"In the middle" is made certain: a lock holds the step inside its transaction, after its first writes, when the process
dies. Then whoever was cut off does it again, as a person or the clock would.
"""

import fcntl
import http.cookiejar
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cluster import PATIENCE, ROOT, eventually
from tests.fixtures.served import Served, programs

LIFE = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from tests import stories
story = stories.Story(now=timezone.now() - timezone.timedelta(days=3))
def session(who):
    account, kept = story.person(who).account, SessionStore()
    kept[SESSION_KEY], kept[HASH_SESSION_KEY] = str(account.pk), account.get_session_auth_hash()
    kept[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    kept.create()
    return kept.session_key
draft = stories.drafted(story)
advised = stories.recommended(story, "devon")
story.members["eve"] = stories.cast.Member("eve", "Eve", "Moua", "eve@example.com")
sits = stories.authorised(story, "eve", "reciprocity")
story.wait(days=2)
file = stories.vendor_file(stories.vendor_line(story, sits, "PASS")).decode()
print(json.dumps({
    "maria": session("maria"), "tom": session("tom"), "li": session("li"), "draft": str(draft.uuid),
    "draft_id": draft.pk, "advised": advised.number, "advised_id": advised.pk, "sits_id": sits.pk, "file": file,
}))
"""


class Browser:
    """A person at the site without a script: pages, their hidden fields, and the session they hold."""

    def __init__(self, served: Served, session: str) -> None:
        self.served = served
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.opener.addheaders = [("Cookie", f"session={session}")]
        self.session = session

    def page(self, path: str) -> str:
        """A page as text."""
        with self.opener.open(self._asked(path), timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def post(self, path: str, given: dict[str, str], file: tuple[str, str, str] | None = None, page: str = "") -> int:
        """Send the form of a page with its token; answers the status, 0 where the site went away meanwhile."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(page or path))
        assert token is not None
        return self.send(path, {**given, "csrfmiddlewaretoken": token.group(1)}, file)

    def send(self, path: str, given: dict[str, str], file: tuple[str, str, str] | None = None) -> int:
        """Send a form as it is."""
        body, kind = _multipart(given, file)
        asked = self._asked(path, body)
        asked.add_header("Content-Type", kind)
        try:
            with self.opener.open(asked, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as answered:
            return answered.code
        except OSError:
            return 0

    def _asked(self, path: str, body: bytes | None = None) -> urllib.request.Request:
        cookies = "; ".join([f"session={self.session}", *(f"{one.name}={one.value}" for one in self.jar)])
        return urllib.request.Request(
            self.served.address + path, data=body, headers={"Cookie": cookies, "Referer": self.served.address}
        )


def _multipart(given: dict[str, str], file: tuple[str, str, str] | None) -> tuple[bytes, str]:
    head = "--b\r\nContent-Disposition: form-data"
    parts = [f'{head}; name="{name}"\r\n\r\n{value}\r\n' for name, value in given.items()]
    if file:
        name, filename, content = file
        named = f'{head}; name="{name}"; filename="{filename}"'
        parts.append(f"{named}\r\nContent-Type: text/plain\r\n\r\n{content}\r\n")
    return "".join([*parts, "--b--\r\n"]).encode(), "multipart/form-data; boundary=b"


@pytest.fixture(scope="module")
def kept() -> tuple[Path, dict[str, Any]]:
    """The home in which LIFE was lived and its queue emptied, stopped cleanly; lived once for all workers of a run."""
    home = Path(os.environ["PEERCERT_TEST_RUN"]) / "killed"
    told = home.with_suffix(".json")
    with home.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            with programs() as serve:
                facts = lived_on(serve(), home)
            told.write_text(json.dumps(facts))
    return home, json.loads(told.read_text())


def lived_on(served: Served, home: Path) -> dict[str, Any]:
    """Live LIFE there, let the worker do what it brought, stop it, and keep its folder as `home`."""
    facts: dict[str, Any] = json.loads(
        run(served, "manage.py", "shell", "-v", "0", "-c", LIFE).strip().splitlines()[-1]
    )
    # A worker that still writes letters would be taken for the step that stands still.
    due = "status = 'doing' OR status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
    waiting = f"SELECT count(*) FROM procrastinate_jobs WHERE {due}"
    eventually(lambda: ask(served, waiting) == 0, "an empty queue")
    assert served.stop() == 0
    shutil.rmtree(home, ignore_errors=True)
    served.home.rename(home)
    return facts


def shell(served: Served, code: str) -> str:
    """What this code says there."""
    return run(served, "manage.py", "shell", "-v", "0", "-c", code)


def run(served: Served, *command: str) -> str:
    """What a Python command on that home says."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env=served.settings(), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def lived(serve: Callable[..., Served], kept: tuple[Path, dict[str, Any]]) -> tuple[Served, dict[str, Any]]:
    """A running program with a draft to send, a case to decide, and a result to take."""
    home, facts = kept
    return serve(kept=home), facts


def ask(served: Served, question: str, *given: object) -> Any:
    """One value from the database, once it takes questions."""

    def asked() -> tuple[Any, ...] | None:
        try:
            with served.connect() as connection:
                return connection.execute(question, given).fetchone()  # type: ignore[arg-type]
        except psycopg.OperationalError:
            return None

    answer = eventually(asked, "an answer of the database")
    return answer[0]


@contextmanager
def held(served: Served, table: str) -> Iterator[psycopg.Connection[Any]]:
    """Nobody writes to this table meanwhile: a step that does stands still in the middle of its transaction."""
    connection = served.connect()
    try:
        connection.execute("BEGIN")
        connection.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")  # type: ignore[arg-type]
        yield connection
    finally:
        connection.close()


def stands_still(served: Served, table: str) -> bool:
    """Whether a step waits for that lock."""
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    return bool(ask(served, waits, table))


def cut_off(served: Served, victim: str, table: str, begin: Callable[[], object]) -> None:
    """Begin a step, kill `victim` while the step stands in the middle, and wait until everything runs again."""
    with held(served, table):
        thread = threading.Thread(target=begin, daemon=True)
        thread.start()
        eventually(lambda: stands_still(served, table), f"a step that waits for {table}")
        served.kill(victim)
    thread.join(PATIENCE)
    # Whoever was cut off no longer holds anything: its locks go with its connection. A killed database is back by then,
    # so that "ready" is not what its last session still answered.
    eventually(lambda: not stands_still(served, table), "nobody waiting")
    served.wait_until_ready()


@pytest.mark.parametrize("victim", ["web", "web worker", "database"])
def test_an_application_is_sent_once_or_not_at_all(lived: tuple[Served, dict[str, Any]], victim: str) -> None:
    served, facts = lived
    maria = Browser(served, facts["maria"])
    path = f"/apply/{facts['draft']}/check/"
    page = maria.page(path)
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    cut_off(served, victim, "program_letter", lambda: maria.post(path, {"key": key.group(1)}))
    state = "SELECT stage || coalesce(number, '') FROM program_case WHERE id = %s"
    rows = (
        "SELECT (SELECT count(*) FROM program_due WHERE case_id = %s) + "
        "(SELECT count(*) FROM program_check WHERE case_id = %s) + "
        "(SELECT count(*) FROM program_timelineentry WHERE case_id = %s AND verb = 'submitted')"
    )
    case = facts["draft_id"]
    if ask(served, state, case) == "draft":
        assert ask(served, rows, case, case, case) == 0
    for _ in range(2):
        assert maria.send(path, {"key": key.group(1), "csrfmiddlewaretoken": _token(maria)}) in {200, 302}
    assert (
        ask(served, "SELECT count(*) FROM program_timelineentry WHERE case_id = %s AND verb = 'submitted'", case) == 1
    )
    assert ask(served, "SELECT count(*) FROM program_due WHERE case_id = %s", case) == 1
    assert ask(served, "SELECT count(*) FROM program_letter WHERE case_id = %s AND code = 'receipt'", case) == 1


def _token(browser: Browser) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.page("/apply/copy/"))
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("victim", ["web", "web worker", "database"])
def test_a_case_is_decided_once_or_not_at_all(lived: tuple[Served, dict[str, Any]], victim: str) -> None:
    served, facts = lived
    tom, case = Browser(served, facts["tom"]), facts["advised_id"]
    path = f"/staff/cases/{facts['advised']}/determine/"
    given = {"outcome": "approve", "because": "Everything was seen.", "confirm": "1"}
    cut_off(served, victim, "program_letter", lambda: tom.post(path, given))
    counted = "SELECT count(*) FROM program_determination WHERE case_id = %s"
    approved = "SELECT (stage = 'approved')::int FROM program_case WHERE id = %s"
    assert ask(served, counted, case) == ask(served, approved, case)
    if ask(served, counted, case) == 0:
        assert tom.post(path, given) in {200, 302}
    assert (ask(served, counted, case), ask(served, approved, case)) == (1, 1)
    assert ask(served, "SELECT count(*) FROM program_letter WHERE case_id = %s AND code LIKE 'approved%%'", case) == 1


@pytest.mark.parametrize(
    ("victim", "table"),
    [
        ("web worker", "program_examfile"),
        ("database", "program_examfile"),
        ("worker", "program_certificate"),
        ("database", "program_certificate"),
    ],
)
def test_a_result_is_taken_and_one_certificate_issued(
    lived: tuple[Served, dict[str, Any]], victim: str, table: str
) -> None:
    served, facts = lived
    li, case = Browser(served, facts["li"]), facts["sits_id"]

    def give() -> int:
        file = ("file", "results.txt", facts["file"])
        return li.post("/staff/exams/import/", {}, file, page="/staff/exams/")

    cut_off(served, victim, table, give)
    if ask(served, "SELECT count(*) FROM program_examfile WHERE kind = 'import'") == 0:
        assert table == "program_examfile"
        assert give() in {200, 302}

    def certificates() -> int:
        return int(ask(served, "SELECT count(*) FROM program_certificate WHERE case_id = %s", case))

    eventually(lambda: certificates() == 1, "the certificate")
    printed = (
        "SELECT count(*) FROM program_certificatefile f JOIN program_certificate c ON c.id = f.certificate_id "
        "WHERE c.case_id = %s"
    )
    eventually(lambda: ask(served, printed, case) == 1, "the printed certificate")
    assert ask(served, "SELECT count(*) FROM program_sitting WHERE case_id = %s", case) == 1
    assert ask(served, "SELECT stage FROM program_case WHERE id = %s", case) == "certified"
    standing = (
        "SELECT count(*) FROM program_standing s JOIN program_certificate c ON c.id = s.certificate_id "
        "WHERE c.case_id = %s"
    )
    assert ask(served, standing, case) == 1
    assert ask(served, "SELECT count(*) FROM program_letter WHERE case_id = %s AND code LIKE 'certified%%'", case) == 1
    give()
    assert (certificates(), ask(served, "SELECT count(*) FROM program_examfile WHERE kind = 'import'")) == (1, 1)


MORE_FACTS = """
from datetime import timedelta
from django.utils import timezone
from peercert.program.certificates import log
from peercert.program.certificates.models import Certificate
certificate, begun = Certificate.objects.get(), timezone.now()
for count in range(300):
    log.record_fact(certificate, "corrected", now=begun + timedelta(microseconds=count))
"""


def test_the_public_log_is_whole_after_its_appender_was_killed(lived: tuple[Served, dict[str, Any]]) -> None:
    """The places are given, the tree has not grown yet: that is when the worker dies."""
    served, facts = lived
    file = ("file", "results.txt", facts["file"])
    assert Browser(served, facts["li"]).post("/staff/exams/import/", {}, file, page="/staff/exams/") in {200, 302}
    count = "SELECT count(*) FROM program_logfact"
    eventually(lambda: ask(served, count) == 1, "the certificate")
    cut_off(served, "worker", "program_logtile", lambda: shell(served, MORE_FACTS))
    eventually(lambda: ask(served, f"{count} WHERE position IS NULL") == 0, "every fact in its place")
    eventually(lambda: ask(served, "SELECT max(size) FROM program_logcheckpoint") == 301, "a signed head")
    places = "SELECT count(DISTINCT position) FROM program_logfact WHERE position BETWEEN 0 AND 300"
    assert ask(served, places) == ask(served, count) == 301
    assert "301 entries" in run(served, "-m", "peercert.cli", "log", "audit")
