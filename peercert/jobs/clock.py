"""The clock: what time alone does, every hour. A run looks at whatever is due, so one that was missed loses nothing."""

from django.utils import timezone
from procrastinate.contrib.django import app

from peercert.config.worker import LONG
from peercert.program.journey import clockwork, destroy
from peercert.program.people.quotas import destroy_uses, forget_names


class Troubled(Exception):
    """Some cases could not be moved; the others were. The job counts as failed, so that operators see it."""


@app.periodic(cron="7 * * * *", periodic_id="clockwork")
@app.task(name="clock.tick", queue=LONG, queueing_lock="clock.tick")
def tick(timestamp: int) -> None:
    """Reminders, expiries, ends and late questions."""
    troubles = clockwork.tick(timezone.now())
    if troubles:
        raise Troubled("; ".join(troubles))


@app.periodic(cron="47 9 * * *", periodic_id="destroy_evidence")
@app.task(name="clock.destroy_evidence", queue=LONG, queueing_lock="clock.destroy_evidence")
def destroy_evidence(timestamp: int) -> None:
    """Identity documents and sealed originals of decisions that have long been final; what was asked long ago."""
    destroy.destroy_evidence(timezone.now())
    destroy_uses(timezone.now())
    forget_names(timezone.now())
