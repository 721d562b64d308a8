"""Rosters: answering what was sent, telling holders, what time alone changes, the daily summary, and forgetting."""

from contextlib import suppress
from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from peercert.config.worker import LONG
from peercert.gateways.signer.keys import SignerDown
from peercert.jobs.patience import Patient
from peercert.program.journey import digests, past_rosters, rosters, watched
from peercert.program.rosters import actions, clockwork
from peercert.program.rosters.models import PastRoster, Roster


@app.task(name="rosters.take", queue=LONG, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def take(roster_id: int) -> None:
    """Answer one roster, all of it or nothing. Cut off, it begins again."""
    rosters.take_roster(roster_id, now=timezone.now())


@app.task(name="rosters.make_past", queue=LONG, retry=Patient(max_attempts=10, exponential_wait=2))
def make_past(past_id: int) -> None:
    """Make file and print of a roster as of a day. Cut off, it begins again and finds the receipts it signed."""
    past_rosters.make_past_roster(past_id, now=timezone.now())


@app.task(name="rosters.tell_holders", queue=LONG, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def tell_holders() -> None:
    """Write to the holders whom somebody began to watch."""
    watched.tell_holders(now=timezone.now())


@app.periodic(cron="*/10 * * * *", periodic_id="waiting_rosters")
@app.task(name="rosters.take_waiting", queue=LONG, queueing_lock="rosters.take_waiting")
def take_waiting(timestamp: int) -> None:
    """Take what has waited for ten minutes and tell whom nobody told: a job was lost or gave up."""
    late = Roster.objects.filter(state="waiting", received_at__lt=timezone.now() - timedelta(minutes=10))
    for roster_id in late.order_by("received_at").values_list("pk", flat=True):
        rosters.take_roster(roster_id, now=timezone.now())
    watched.tell_holders(now=timezone.now())


@app.periodic(cron="31 * * * *", periodic_id="waiting_past_rosters")
@app.task(name="rosters.make_waiting", queue=LONG, queueing_lock="rosters.make_waiting")
def make_waiting(timestamp: int) -> None:
    """Make what has waited for an hour: its job was lost or gave up."""
    late = PastRoster.objects.filter(state="waiting", asked_at__lt=timezone.now() - timedelta(hours=1))
    with suppress(SignerDown):  # the next hour finds them again
        for past_id in late.order_by("asked_at").values_list("pk", flat=True):
            past_rosters.make_past_roster(past_id, now=timezone.now())


@app.periodic(cron="11 * * * *", periodic_id="roster_clock")
@app.task(name="rosters.clock", queue=LONG, queueing_lock="rosters.clock")
def clock(timestamp: int) -> None:
    """End watches that no agreement allows any more; then record what turned by its day, and what will expire."""
    now = timezone.now()
    actions.end_watches_without_agreement(now=now)
    clockwork.record_turns(now)
    clockwork.record_expiries(now)


@app.periodic(cron="41 * * * *", periodic_id="roster_digests")
@app.task(name="rosters.digests", queue=LONG, queueing_lock="rosters.digests")
def send_digests(timestamp: int) -> None:
    """The summary of yesterday to whoever has not had it: an hour that is missed loses nothing."""
    digests.send_digests(now=timezone.now())


@app.periodic(cron="57 9 * * *", periodic_id="forget_rosters")
@app.task(name="rosters.forget", queue=LONG, queueing_lock="rosters.forget")
def forget(timestamp: int) -> None:
    """Forget what was written of people on old rosters, and remove old files."""
    now = timezone.now()
    actions.forget_lines(now=now)
    past_rosters.remove_old(now=now)
