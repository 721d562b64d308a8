"""The queue's worker: one process that does what the web deferred, and what the clock asks for, in four lanes.

Started by `serve` as `python -m peercert.config.worker`.
"""

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor

from peercert.config.children import die_with_parent

LONG, OUTWARD, DOUBTFUL = "long", "outward", "doubtful"
#: The queues, each with hands of its own, so many times those of the settings: nobody's letter waits for a long job or
#: for a stranger's machine, and nobody's machine for one that did not answer, which is DOUBTFUL until it does. Whoever
#: waits for a stranger holds no connection to the database meanwhile, so they may be many.
LANES = {"default": 1, LONG: 1, OUTWARD: 16, DOUBTFUL: 16}


def silent_after() -> float:
    """Seconds without a sign of life after which a worker counts as dead: three missed ones."""
    from django.conf import settings

    return 3.0 * float(settings.ENVIRONMENT.queue_heartbeat)


async def work(stop: asyncio.Event) -> None:
    """Do the jobs of every lane until asked to stop, then finish those begun."""
    from django.conf import settings
    from procrastinate.contrib.django import app

    env = settings.ENVIRONMENT
    # A thread for each job that may be done at the same time, and some for names that are looked up.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(sum(LANES.values()) * env.queue_jobs + 4))
    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
        async with app.open_async():
            lanes = [
                asyncio.create_task(
                    app.run_worker_async(
                        name=lane,
                        queues=[lane],
                        concurrency=hands * env.queue_jobs,
                        install_signal_handlers=False,
                        update_heartbeat_interval=env.queue_heartbeat,
                        stalled_worker_timeout=silent_after(),
                        # Notified of new jobs at once; the poll is for scheduled ones.
                        fetch_job_polling_interval=2.0,
                        shutdown_graceful_timeout=20.0,
                    )
                )
                for lane, hands in LANES.items()
            ]
            stopped = asyncio.create_task(stop.wait())
            # A lane that ends by itself has lost the database. The others end too; `serve` begins all again.
            await asyncio.wait([stopped, *lanes], return_when=asyncio.FIRST_COMPLETED)
            for task in (stopped, *lanes):
                task.cancel()
            for ended in await asyncio.gather(*lanes, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended


async def work_until_signalled() -> None:
    """Work until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await work(stop)


def main() -> None:
    """Set up Django and work."""
    # Without its parent the database goes too: a patient end would wait for it in vain. What was begun is done again.
    die_with_parent(signal.SIGKILL)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")
    import django

    django.setup()
    asyncio.run(work_until_signalled())


if __name__ == "__main__":
    main()
