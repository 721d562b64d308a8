"""Webhooks: sending what waits, for a little while at a time, and trying the door of addresses that do not answer."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert.config.worker import DOUBTFUL, OUTWARD
from peercert.gateways import webhooks as gateway
from peercert.gateways.signer.keys import SignerDown
from peercert.jobs.patience import Patient
from peercert.program.certificates.signing import signer_for
from peercert.program.journey import webhooks
from peercert.program.rosters.actions import knock_later, send_later
from peercert.program.rosters.webhooks import Endpoint

#: Lines to one address at the same time, messages in one round, and seconds until others have their turn.
LINES, ROUND, SLICE = 8, 64, 10.0
_Message = tuple[webhooks.Event, dict[str, str]]


@app.task(name="webhooks.knock", queue=DOUBTFUL, retry=Patient(max_attempts=3, exponential_wait=2))
def knock(endpoint_id: int) -> None:
    """Try the door of an address that is new, or resumed, or was down: with one message, on nobody else's time."""
    endpoint = Endpoint.objects.select_related("organisation").get(pk=endpoint_id)
    events = webhooks.knocks(endpoint, now=timezone.now())
    if not events:
        return
    ((event, headers),) = _signed(endpoint, events)
    _let_go()
    line = _line(endpoint)
    answer = line.send(event.body, headers)
    line.close()
    if event.delivery is None:
        webhooks.knocked(endpoint_id, answer, now=timezone.now())
    else:
        webhooks.answered(endpoint_id, [(event.delivery.pk, answer)], now=timezone.now())


@app.task(name="webhooks.send", queue=OUTWARD, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def send(endpoint_id: int) -> None:
    """Send what is due to one address, round by round; what is left has its turn after others.

    The queue lets one sender an address work at a time. Killed between the other side's yes and our row, it sends again
    under the same key.
    """
    with ThreadPoolExecutor(LINES) as threads:
        talk = _Talk(threads, time.monotonic() + SLICE)
        most = 1  # until the other side has answered, so that one that hangs costs one line and no more
        while _round(endpoint_id, most, talk):
            most = ROUND
            if time.monotonic() > talk.ends:
                send_later(endpoint_id, at=timezone.now())
                break
        while not talk.lines.empty():
            talk.lines.get().close()


@dataclass
class _Talk:
    """The lines to one address, and when nothing more is begun on them: after the slice, or once one found it down."""

    threads: ThreadPoolExecutor
    ends: float
    lines: "SimpleQueue[gateway.Line]" = field(default_factory=SimpleQueue)
    is_down: bool = False

    def post(self, endpoint: Endpoint, message: _Message) -> gateway.Answer | None:
        """Send one message; None where that is for later."""
        event, headers = message
        if self.is_down or time.monotonic() > self.ends:
            return None
        try:
            line = self.lines.get_nowait()
        except Empty:
            line = _line(endpoint)
        answer = line.send(event.body, headers)
        self.lines.put(line)
        self.is_down = self.is_down or answer.became in {"down", "gone"}
        return answer


def _round(endpoint_id: int, most: int, talk: _Talk) -> bool:
    """Send one message to each of some people; false where nothing more is to be sent now.

    Neither a transaction nor a connection to the database waits for the other side.
    """
    endpoint = Endpoint.objects.select_related("organisation").get(pk=endpoint_id)
    events = webhooks.due(endpoint, most=most, now=timezone.now())
    if not events:
        return False
    try:
        signed = _signed(endpoint, events)
    except SignerDown:
        return False  # nothing left, so nothing is lost: `send_waiting` asks again within a minute
    _let_go()
    answers = talk.threads.map(partial(talk.post, endpoint), signed)
    pairs = [
        (event.delivery.pk, answer) for event, answer in zip(events, answers, strict=True) if event.delivery and answer
    ]
    webhooks.answered(endpoint_id, pairs, now=timezone.now())
    return not talk.is_down


@app.periodic(cron="* * * * *", periodic_id="waiting_webhooks")
@app.task(name="webhooks.send_waiting", queueing_lock="webhooks.send_waiting")
def send_waiting(timestamp: int) -> None:
    """Queue the sending to every address for which something is due: after a pause, or where a job was lost."""
    now = timezone.now()
    for endpoint in webhooks.waiting_endpoints(now):
        (send_later if endpoint.next_at is None else knock_later)(endpoint.pk)
    stale = Endpoint.objects.filter(state="new", last_said="", made_at__lt=now - timedelta(minutes=10))
    for endpoint in stale:
        knock_later(endpoint.pk)


def _let_go() -> None:
    """Leave the connection to the database to others until it is needed again; a transaction keeps it."""
    if not connection.in_atomic_block:
        connection.close()


def _line(endpoint: Endpoint) -> gateway.Line:
    return gateway.Line(endpoint.url, allow_local=settings.ENVIRONMENT.is_demo)


def _signed(endpoint: Endpoint, events: Sequence[webhooks.Event]) -> list[_Message]:
    """Messages with their headers, signed here: the threads that send hold no connection to the database."""
    signer, moment = signer_for("webhook"), timezone.now()
    return [(event, gateway.signed_headers(endpoint.url, event.body, event.key, signer, moment)) for event in events]
