"""What keeps the queue and the sessions in order. Runs by the clock; running twice changes nothing more."""

from django.core.management import call_command
from procrastinate import JobContext, exceptions, jobs
from procrastinate.contrib.django import app
from procrastinate.manager import JobManager

from peercert.config.worker import LONG, silent_after

#: Finished jobs are looked at for a month, failed ones for half a year.
_HOURS_FINISHED = 31 * 24
_HOURS_FAILED = 183 * 24


@app.periodic(cron="* * * * * */10", periodic_id="stalled")
@app.task(name="housekeeping.retry_stalled", queueing_lock="housekeeping.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> int:
    """Put jobs back in the queue whose worker died in the middle; answer how many."""
    return await put_back_stalled(context.app.job_manager)


async def put_back_stalled(manager: JobManager) -> int:
    """The sweep itself: every job that is being done by a worker that has gone silent is queued again."""
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=silent_after()))
    for job in stalled:
        try:
            await manager.retry_job(job)
        except exceptions.UniqueViolation:
            # Its twin waits under the same queueing lock and will do the work.
            await manager.finish_job(job, status=jobs.Status.FAILED, delete_job=False)
    return len(stalled)


@app.periodic(cron="17 10 * * *", periodic_id="old_jobs")
@app.task(
    name="housekeeping.remove_old_jobs", queue=LONG, queueing_lock="housekeeping.remove_old_jobs", pass_context=True
)
async def remove_old_jobs(context: JobContext, timestamp: int) -> None:
    """Forget jobs that ended long ago."""
    await context.app.job_manager.delete_old_jobs(nb_hours=_HOURS_FINISHED)
    await context.app.job_manager.delete_old_jobs(
        nb_hours=_HOURS_FAILED, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="27 10 * * *", periodic_id="old_sessions")
@app.task(name="housekeeping.remove_old_sessions", queue=LONG, queueing_lock="housekeeping.remove_old_sessions")
def remove_old_sessions(timestamp: int) -> None:
    """Remove sessions that ended."""
    call_command("clearsessions")
