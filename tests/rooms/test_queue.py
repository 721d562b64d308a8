"""Queueing by name, in the transaction of the step that asks for the work."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, connections, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import TaskNotFound

from peercert.config.worker import LANES
from peercert.jobs.housekeeping import put_back_stalled
from peercert.program.casework.queue import defer

TASK = "housekeeping.remove_old_sessions"


def aside(work: Callable[..., Awaitable[int | None]], *given: object) -> int | None:
    """Do it in a thread of its own: after a browser was tried, this one has a loop that runs already."""

    def done() -> int | None:
        try:
            return async_to_sync(work)(*given)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(done).result()


def test_an_unknown_task_is_refused_at_once(db: None) -> None:
    with pytest.raises(TaskNotFound):
        defer("letters.sned", letter=1)


def test_every_job_is_in_a_lane_that_the_worker_has() -> None:
    ours = [task for name, task in app.tasks.items() if not name.startswith(("builtin:", "procrastinate."))]
    assert {task.queue for task in ours} == set(LANES)


def test_work_of_a_step_that_is_undone_is_never_done(committed: str) -> None:
    with transaction.atomic():
        defer(TASK, timestamp=0)
        transaction.set_rollback(True)
    assert not ProcrastinateJob.objects.exists()


def test_a_second_job_under_the_same_name_is_left_out_and_the_step_goes_on(db: None) -> None:
    with transaction.atomic():
        assert defer(TASK, once="sweep", timestamp=0)
        assert not defer(TASK, once="sweep", timestamp=1)
        assert ProcrastinateJob.objects.count() == 1


def test_a_job_for_later_waits_for_its_moment(db: None, run_jobs: Callable[..., list[str]]) -> None:
    moment = timezone.now() + timedelta(days=1)
    defer(TASK, at=moment, timestamp=0)
    assert run_jobs() == []
    assert run_jobs(until=moment) == [TASK]
    assert run_jobs(until=moment) == []


@pytest.mark.database("queue")
def test_a_job_whose_worker_went_silent_is_queued_again_and_others_are_not(committed: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 hour'), (now()) RETURNING id"
        )
        (silent,), (alive,) = cursor.fetchall()
        for number, (worker, lock) in enumerate([(silent, None), (alive, None), (silent, "sweep")]):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id, queueing_lock)"
                " VALUES ('default', %s, jsonb_build_object('timestamp', %s::int), 'doing', %s, %s)",
                [TASK, number, worker, lock],
            )
    defer(TASK, once="sweep", timestamp=9)

    assert aside(put_back_stalled, app.job_manager) == 2
    states = {job.args["timestamp"]: job.status for job in ProcrastinateJob.objects.all()}
    # The third has a twin that waits under the same name and will do its work.
    assert states == {0: "todo", 1: "doing", 2: "failed", 9: "todo"}


@pytest.mark.database("queue")
def test_a_real_worker_does_what_was_queued(committed: str) -> None:
    defer(TASK, timestamp=0)

    async def work() -> None:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            async with app.open_async():
                await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    aside(work)
    assert ProcrastinateJob.objects.get(task_name=TASK).status == "succeeded"


@pytest.mark.database("queue")
def test_a_step_that_the_worker_does_queues_in_its_own_transaction_too(committed: str) -> None:
    def undone() -> None:
        with transaction.atomic():
            defer(TASK, timestamp=0)
            defer(TASK, once="sweep", timestamp=1)
            transaction.set_rollback(True)
        connection.close()

    async def work() -> None:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            async with app.open_async():
                await sync_to_async(undone, thread_sensitive=False)()

    aside(work)
    assert not ProcrastinateJob.objects.exists()
