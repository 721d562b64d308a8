"""Webhooks: sending what waits, for a little while at a time, and trying the door of new addresses."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert.config.worker import OUTWARD
from peercert.gateways import webhooks as gateway
from peercert.gateways.signer.keys import SignerDown
from peercert.jobs.patience import Patient
from peercert.program.certificates.signing import signer_for
from peercert.program.journey import webhooks
from peercert.program.rosters.webhooks import Endpoint

#: Lines to one address at the same time, messages in one round, and seconds until others have their turn.
LINES, ROUND, SLICE = 8, 64, 20.0
_Message = tuple[webhooks.Event, dict[str, str]]


@app.task(name="webhooks.knock", queue=OUTWARD, retry=Patient(max_attempts=3, exponential_wait=2))
def knock(endpoint_id: int) -> None:
    """Try the door of an address that is new, or resumed."""
    endpoint = Endpoint.objects.get(pk=endpoint_id)
    if endpoint.state != "new":
        return
    ((event, headers),) = _signed(endpoint, [webhooks.first_knock(endpoint, timezone.now())])
    line = _line(endpoint)
    answer = line.send(event.body, headers)
    line.close()
    webhooks.knocked(endpoint_id, answer, now=timezone.now())


@app.task(name="webhooks.send", queue=OUTWARD, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def send(endpoint_id: int) -> None:
    """Send what is due to one address, round by round; what is left has its turn after others.

    One sender an address at a time. Killed between the other side's yes and our row, it sends again under the same key.
    """
    with _alone(endpoint_id) as is_alone, ThreadPoolExecutor(LINES) as threads:
        lines: SimpleQueue[gateway.Line] = SimpleQueue()
        ends = time.monotonic() + SLICE
        while is_alone and _round(endpoint_id, threads, lines):
            if time.monotonic() > ends:
                webhooks.send_later(endpoint_id, at=timezone.now())
                break
        while not lines.empty():
            lines.get().close()


@contextmanager
def _alone(endpoint_id: int) -> Iterator[bool]:
    """Whether this is the one sender to an address now. The lock is the session's: a killed worker lets go of it."""
    name = f"webhooks:{endpoint_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        is_alone = bool(cursor.fetchone()[0])
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _round(endpoint_id: int, threads: ThreadPoolExecutor, lines: "SimpleQueue[gateway.Line]") -> bool:
    """Send one message to each of some people; false where nothing more is to be sent now. No transaction waits."""
    endpoint = Endpoint.objects.select_related("organisation").get(pk=endpoint_id)
    events = webhooks.due(endpoint, most=ROUND, now=timezone.now())
    if not events:
        return False
    try:
        signed = _signed(endpoint, events)
    except SignerDown:
        return False  # nothing left, so nothing is lost: `send_waiting` asks again within a minute

    def post(message: _Message) -> gateway.Answer:
        event, headers = message
        try:
            line = lines.get_nowait()
        except Empty:
            line = _line(endpoint)
        answer = line.send(event.body, headers)
        lines.put(line)
        return answer

    answers = threads.map(post, signed)
    pairs = [(event.delivery.pk, answer) for event, answer in zip(events, answers, strict=True) if event.delivery]
    after = webhooks.answered(endpoint_id, pairs, now=timezone.now())
    return after.state == "active" and after.next_at is None


@app.periodic(cron="* * * * *", periodic_id="waiting_webhooks")
@app.task(name="webhooks.send_waiting", queueing_lock="webhooks.send_waiting")
def send_waiting(timestamp: int) -> None:
    """Queue the sending to every address for which something is due: after a pause, or where a job was lost."""
    now = timezone.now()
    for endpoint_id in webhooks.waiting_endpoints(now):
        webhooks.send_later(endpoint_id)
    stale = Endpoint.objects.filter(state="new", last_said="", made_at__lt=now - timedelta(minutes=10))
    for endpoint in stale:
        webhooks.knock_later(endpoint)


def _line(endpoint: Endpoint) -> gateway.Line:
    return gateway.Line(endpoint.url, allow_local=settings.ENVIRONMENT.is_demo)


def _signed(endpoint: Endpoint, events: Sequence[webhooks.Event]) -> list[_Message]:
    """Messages with their headers, signed here: the threads that send hold no connection to the database."""
    signer, moment = signer_for("webhook"), timezone.now()
    return [(event, gateway.signed_headers(endpoint.url, event.body, event.key, signer, moment)) for event in events]
