"""A county with an agreement and a key, and the API as a machine calls it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from peercert.program.people.organisations import Agreement, ApiKey, Organisation
from peercert.program.people.queries import digest_of
from peercert.rules.days import day_of
from tests.stories import Story

SCOPES = ["verify", "match", "receipts", "holders", "roster", "changes"]


@dataclass
class Machine:
    """An organisation's software with its key."""

    key: ApiKey
    secret: str
    client: Client

    def get(self, path: str, **headers: str) -> Any:
        """Ask for something under /api/v1."""
        return self.client.get(f"/api/v1{path}", headers=self._headers(headers))

    def post(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        """Send something."""
        return self.client.post(f"/api/v1{path}", body, content_type, headers=self._headers(headers))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}", **{name.replace("_", "-"): said for name, said in more.items()}}


@pytest.fixture
def machine(db: None) -> Callable[..., Machine]:
    """Makes an organisation with a key of these scopes (default: all)."""
    made: list[Organisation] = []

    def make(*scopes: str, name: str = "") -> Machine:
        story, now = Story(), timezone.now()
        asked_by = story.person("devon") if not made else made[0].asked_by
        name = name or f"County {len(made)}"
        county = Organisation.objects.create(
            kind="county", name=name, name_key=name.lower(), address="1 Main St", contact="Dana Reyes", wants="staff",
            asked_by=asked_by, asked_at=now, approved_at=now,
        )  # fmt: skip
        made.append(county)
        Agreement.objects.create(
            organisation=county, purpose="employment", text_en="Why", text_es="Por qué", signed_by="Dana",
            from_on=date(2026, 1, 1), until_on=day_of(now) + timedelta(days=365), approved_at=now,
        )  # fmt: skip
        secret = f"pck_{len(made)}_a-secret-of-the-county"
        key = ApiKey.objects.create(
            organisation=county, name="nightly", scopes=list(scopes) or SCOPES, prefix=secret[:12],
            digest=digest_of(secret), made_by=asked_by, made_at=now, expires_on=day_of(now) + timedelta(days=90),
        )  # fmt: skip
        return Machine(key, secret, Client())

    return make
