"""Letters live through a killed worker: none is lost, and one cut short goes again under the same Message-ID."""

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.cluster import PATIENCE, ROOT, eventually
from tests.fixtures.mail import Mailbox
from tests.fixtures.served import Served

LIFE = """
from django.utils import timezone
from tests.stories import Story, submitted, paid
story = Story(now=timezone.now())
paid(story, submitted(story), "application")
submitted(story, "devon")
"""


def live(served: Served) -> None:
    """Two people apply, one of them pays: four letters are written."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", LIFE],
        cwd=ROOT, env=served.settings(), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_worker_killed_while_it_sends_loses_no_letter_and_sends_that_one_again_under_its_id(
    serve: Callable[..., Served], mailbox: Mailbox, monkeypatch: Any
) -> None:
    taken = threading.Event()
    take = mailbox.handle_DATA

    async def hang_once(server: Any, session: Any, envelope: Any) -> str:
        """The server has the first message and does not get to say so."""
        answer = await take(server, session, envelope)
        if not taken.is_set():
            taken.set()
            await asyncio.sleep(600)
        return answer

    monkeypatch.setattr(mailbox, "handle_DATA", hang_once)
    served = serve(EMAIL_URL=f"smtp://127.0.0.1:{mailbox.port}", PEERCERT_QUEUE_JOBS="1")
    live(served)
    assert taken.wait(PATIENCE), "no letter was on its way"
    with served.connect() as connection:

        def waiting() -> int:
            row = connection.execute("SELECT count(*) FROM program_letter WHERE state <> 'sent'").fetchone()
            assert row is not None
            return int(row[0])

        assert waiting() > 0
        served.kill("worker")
        eventually(lambda: waiting() == 0, "every letter sent")
        rows = connection.execute("SELECT message_id, tries, reached_on IS NOT NULL FROM program_letter").fetchall()
    arrived = Counter(str(message["Message-ID"]) for message in mailbox.messages)
    assert set(arrived) == {message_id for message_id, _, _ in rows}
    assert arrived[str(mailbox.messages[0]["Message-ID"])] == 2
    assert sum(arrived.values()) == len(rows) + 1
    assert all(reached for _, _, reached in rows)
