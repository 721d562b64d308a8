"""What machines ask: is the process alive, is it ready, how does the queue stand."""

import secrets
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from peercert.program.certificates import outside
from peercert.web.doors import public

#: A worker tells the database every ten seconds that it lives.
_WORKER_SILENT_SECONDS = 60


@public
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 where the database answers and a worker has been heard of; else 503 with what is missing."""
    missing = []
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)",
                [_WORKER_SILENT_SECONDS],
            )
            (workers,) = cursor.fetchone()
        if not workers:
            missing.append("worker")
    except Error:
        missing.append("database")
    answer = {"ready": not missing, "missing": missing}
    if not missing and outside.trouble():
        # Everything but signing goes on, and signing waits: no reason to send people elsewhere.
        answer["troubled"] = ["signer"]
    return JsonResponse(answer, status=503 if missing else 200)


@public
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts in Prometheus' text format, for the loopback or a bearer of PEERCERT_METRICS_TOKEN."""
    if not _may_measure(request):
        raise PermissionDenied
    lines = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status ORDER BY 1")
        lines += ["# TYPE peercert_jobs gauge"]
        lines += [f'peercert_jobs{{status="{status}"}} {count}' for status, count in cursor.fetchall()]
        cursor.execute(
            """
            SELECT coalesce(extract(epoch FROM now() - min(event.at)), 0)
            FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id
            WHERE job.status = 'todo' AND event.type = 'deferred'
              AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
            """
        )
        (age,) = cursor.fetchone()
        lines += ["# TYPE peercert_oldest_waiting_job_seconds gauge", f"peercert_oldest_waiting_job_seconds {age}"]
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        (sessions,) = cursor.fetchone()
        lines += ["# TYPE peercert_database_sessions gauge", f"peercert_database_sessions {sessions}"]
    if outside.is_set():
        lines += ["# TYPE peercert_outside_signer_up gauge", f"peercert_outside_signer_up {int(not outside.trouble())}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _may_measure(request: HttpRequest) -> bool:
    token = settings.ENVIRONMENT.metrics_token
    if token is not None:
        return secrets.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    # Behind a proxy of the same machine everybody would seem to be the loopback.
    if settings.ENVIRONMENT.proxies or request.META.get("PEERCERT_FORWARDED"):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
