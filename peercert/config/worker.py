"""The queue's worker: one process that does what the web deferred, and what the clock asks for.

Started by `serve` as `python -m peercert.config.worker`.
"""

import asyncio
import os
import signal

from peercert.config.children import die_with_parent


def silent_after() -> float:
    """Seconds without a sign of life after which a worker counts as dead: three missed ones."""
    from django.conf import settings

    return 3.0 * float(settings.ENVIRONMENT.queue_heartbeat)


async def work() -> None:
    """Do jobs until asked to stop (SIGTERM, SIGINT), then finish those begun."""
    from django.conf import settings
    from procrastinate.contrib.django import app

    env = settings.ENVIRONMENT
    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
        async with app.open_async():
            await app.run_worker_async(
                concurrency=env.queue_jobs,
                update_heartbeat_interval=env.queue_heartbeat,
                stalled_worker_timeout=silent_after(),
                # Notified of new jobs at once; the poll is for scheduled ones.
                fetch_job_polling_interval=2.0,
                shutdown_graceful_timeout=20.0,
            )


def main() -> None:
    """Set up Django and work."""
    # Without its parent the database goes too: a patient end would wait for it in vain. What was begun is done again.
    die_with_parent(signal.SIGKILL)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")
    import django

    django.setup()
    asyncio.run(work())


if __name__ == "__main__":
    main()
