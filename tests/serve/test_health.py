"""What machines may ask."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client


def a_worker_lives() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def test_live_needs_no_database(client: Client) -> None:
    assert client.get("/health/live").content == b"ok\n"


@pytest.mark.database("config/health.py")
def test_ready_names_what_is_missing(db: None, client: Client) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "missing": ["worker"]})
    a_worker_lives()
    assert client.get("/health/ready").json() == {"ready": True, "missing": []}


@pytest.mark.database("config/health.py")
def test_metrics_are_for_the_loopback(db: None, client: Client) -> None:
    assert b"peercert_oldest_waiting_job_seconds 0" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="nonsense").status_code == 403


def test_a_proxy_on_the_same_machine_does_not_make_the_world_a_loopback(db: None, client: Client) -> None:
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="203.0.113.7").status_code == 403


def test_the_token_opens_the_metrics_and_then_nothing_else_does(db: None, client: Client, settings: Any) -> None:
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, metrics_token="secret")
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer secret", REMOTE_ADDR="203.0.113.7").status_code == 200


@pytest.mark.parametrize(
    ("trusted", "said", "address"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 192.0.2.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
    ],
)
def test_a_forwarded_address_counts_from_our_own_proxies(
    trusted: int, said: str, address: str, settings: Any, rf: Any
) -> None:
    from dataclasses import replace

    from peercert.config.proxies import TrustedProxies

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, proxies=trusted)
    seen: list[str] = []
    TrustedProxies(lambda request: seen.append(request.META["REMOTE_ADDR"]))(rf.get("/", HTTP_X_FORWARDED_FOR=said))  # type: ignore[func-returns-value, arg-type, return-value]
    assert seen == [address]


def test_pages_carry_a_strict_policy(db: None, client: Client) -> None:
    policy = client.get("/health/live").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "img-src 'self' data:" in policy
