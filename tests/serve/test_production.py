"""The program in production: behind a proxy that ends TLS, without the demo's doors."""

import base64
import http.client
import json
from collections.abc import Callable

import pytest

from tests.cluster import PATIENCE
from tests.fixtures.served import Served

SETTINGS = {
    "PEERCERT_MODE": "production",
    "PEERCERT_SECRET": "a secret of this test alone, longer than fifty characters",
    "PEERCERT_KEYS": base64.b64encode(bytes(range(32))).decode(),
    "PEERCERT_ORIGIN": "https://certification.example.org",
    "PEERCERT_EMBEDDED_DATABASE": "yes",
    "PEERCERT_PROXIES": "1",
    "PEERCERT_STATIC": "built",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "CLAMD_URL": "tcp://127.0.0.1:1",
}


@pytest.fixture
def production(serve: Callable[..., Served]) -> Served:
    # The fixture's own "no demo state" is the default here.
    return serve(**SETTINGS, PEERCERT_DEMO_STATE="no")


def ask(
    served: Served, path: str, *, host: str = "certification.example.org", scheme: str = "https"
) -> http.client.HTTPResponse:
    """What the proxy would get."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    told = {"Host": host, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": scheme, "Accept-Encoding": "br, gzip"}
    connection.request("GET", path, headers=told)
    return connection.getresponse()


def test_it_answers_as_production_must(production: Served) -> None:
    plain = ask(production, "/", scheme="http")
    assert (plain.status, plain.headers["Location"]) == (301, "https://certification.example.org/")

    page = ask(production, "/account/login/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert page.headers["Content-Encoding"] == "gzip"
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-csrf=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie

    assert ask(production, "/demo/").status == 404
    assert ask(production, "/", host="elsewhere.example.org").status == 400
    assert ask(production, "/metrics").status == 403
    # A probe on the machine itself comes without the proxy.
    assert ask(production, "/health/ready", host="127.0.0.1", scheme="http").status == 200


def test_static_files_are_compressed_and_kept_for_ever(production: Served) -> None:
    files = json.loads((production.home / "static/staticfiles.json").read_text())["paths"]
    sheet = ask(production, f"/static/{files['site.css']}")
    assert sheet.status == 200
    assert sheet.headers["Content-Encoding"] == "br"
    assert "immutable" in sheet.headers["Cache-Control"]
