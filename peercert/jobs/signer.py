"""The outside signer: looked after every few minutes, and followed where a key was rotated in it."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from peercert.config.worker import OUTWARD
from peercert.gateways.signer.keys import SignerDown
from peercert.program.journey import keep_keys
from peercert.program.people.actor import PROGRAM

log = logging.getLogger(__name__)


@app.periodic(cron="*/5 * * * *", periodic_id="outside_signer")
@app.task(name="signer.follow", queue=OUTWARD, queueing_lock="signer.follow")
def follow(timestamp: int) -> None:
    """Put newer versions of outside keys to use. Nothing to do where every key is here; one that is down is noted, so
    that operators see it before somebody waits for a signature."""
    try:
        keep_keys.follow_outside(actor=PROGRAM, now=timezone.now())
    except SignerDown as down:
        log.warning("%s", down)
