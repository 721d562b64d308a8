"""The description: judged by Spectral, and held against what the API does by Schemathesis, operation by operation."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import InvalidSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from peercert.program.certificates.models import Certificate
from peercert.web.public import throttle
from tests import stories
from tests.cluster import PATIENCE
from tests.web.api.conftest import Machine

JUDGES = Path(__file__).parents[2] / "judges"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own client: the end of a request does not close the connection of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def described() -> dict[str, Any]:
    return dict(json.loads(Client().get("/api/v1/openapi.json").content))


def test_spectral_has_nothing_against_it(tmp_path: Path, db: None) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(described()))

    def lint() -> tuple[int, str]:
        done = subprocess.run(
            ["node_modules/.bin/spectral", "lint", "--fail-severity=hint", "-r", "api.spectral.yaml", str(file)],
            cwd=JUDGES, capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        return done.returncode, done.stdout

    assert lint() == (0, "No results with a severity of 'hint' or higher found!\n")
    broken = described()
    del broken["paths"]["/api/v1/providers"]["get"]["responses"]["default"]
    file.write_text(json.dumps(broken))
    assert lint()[0] == 1


def test_it_is_openapi_3_1_and_every_operation_says_who_may(db: None) -> None:
    told = described()
    assert told["openapi"] == "3.1.0"
    operations = {operation["operationId"]: operation for item in told["paths"].values() for operation in item.values()}
    assert len(operations) == sum(len(item) for item in told["paths"].values())
    free = {name for name, operation in operations.items() if {} in operation.get("security", [{}])}
    assert free == {
        "getDescription", "getCertificate", "getProof", "getReceiptKeys", "getReceiptRecord", "listProviders",
        "getProvider", "fhirMetadata", "getCheckpoint", "getConsistency", "getInclusion",
    }  # fmt: skip


def test_the_api_does_what_the_description_says(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch, one_connection: None
) -> None:
    plenty = (throttle.Allowance(9_999, 900), throttle.Allowance(9_999, 86_400))
    for kind in ("number", "old_number"):
        monkeypatch.setitem(throttle.ALLOWED, kind, plenty)
    Certificate.objects.get(case=stories.certified(stories.Story()))
    county = machine()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    tried = set()
    for found in schema.get_all_operations():
        assert not isinstance(found, InvalidSchema)
        operation = found.ok()
        tried.add(operation.label)

        @given(case=operation.as_strategy())
        @settings(
            max_examples=10,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def holds(case: Any) -> None:
            asked = {"Authorization": f"Bearer {county.secret}", "Accept-Encoding": "identity"}
            case.call_and_validate(headers=asked, checks=CHECKS)

        holds()
    assert len(tried) > 20
