"""Outside work is queued here by the name of its task, so that no room imports the jobs."""

from datetime import datetime
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager

#: Queues through the connection of the step. Inside the worker the app itself queues through the worker's own, in no
#: transaction of ours: others would see a job before what it is about, and keep it where the step is undone.
_OF_THE_STEP = JobManager(DjangoConnector())
#: Where work stands that comes by the thousand and for which nobody waits: after everything else of the long jobs.
_BEHIND: dict[str, Any] = {"queue": "long", "priority": -1}


def defer(
    task: str,
    *,
    at: datetime | None = None,
    once: str | None = None,
    alone: str | None = None,
    behind: bool = False,
    **arguments: Any,
) -> bool:
    """Queue the task of this name in the present transaction; it is done only if that commits.

    `at`: not before this moment. `once`: a name under which at most one such job waits at a time; where one already
    waits nothing is queued and the answer is False. `behind`: after everything for which somebody waits. `arguments`
    must be plain JSON. Raises TaskNotFound for a name that no job has.
    """
    where = _BEHIND if behind else {}
    job = app.configure_task(task, allow_unknown=False, schedule_at=at, queueing_lock=once, lock=alone, **where)
    job.job_manager = _OF_THE_STEP
    if once is None:
        job.defer(**arguments)
        return True
    try:
        # A taken name breaks the statement, and without a savepoint the whole transaction with it.
        with transaction.atomic():
            job.defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True
