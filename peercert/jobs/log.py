"""The transparency log: giving the facts their places, every few seconds, and signing the head."""

from contextlib import suppress

from django.utils import timezone
from procrastinate.contrib.django import app

from peercert.gateways.signer.keys import SignerDown
from peercert.program.certificates import log


@app.periodic(cron="* * * * * */10", periodic_id="log_append")
@app.task(name="log.append", queueing_lock="log.append")
def append(timestamp: int) -> int:
    """Append what waits. Nothing queues it, so that no step waits for another on the queue's lock; a run missed is made
    up for by the next, and so is a head whose signer was down. Answers how many entries were added."""
    with suppress(SignerDown):
        return log.append_pending(now=timezone.now())
    return 0
