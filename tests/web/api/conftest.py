"""A county with an agreement and a key, and the API as a machine calls it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from peercert.demo import partners
from peercert.program.journey import api_keys, organisations
from peercert.program.people.organisations import SCOPES, ApiKey
from peercert.rules.days import day_of
from tests.stories import Story

KINDS = (("dana", partners.COUNTY), ("noor", partners.EMPLOYER))


@dataclass
class Machine:
    """An organisation's software with its key; `who` administers it in `story`."""

    key: ApiKey
    secret: str
    story: Story
    who: str
    client: Client

    def get(self, path: str, **headers: str) -> Any:
        """Ask for something under /api/v1."""
        return self.client.get(f"/api/v1{path}", headers=self._headers(headers))

    def post(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        """Send something."""
        return self.client.post(f"/api/v1{path}", body, content_type, headers=self._headers(headers))

    def agree(self, kind: str, most: int | None) -> None:
        """A manager agrees another quota with its organisation."""
        sam = self.story.actor("sam")
        organisations.agree_quota(self.key.organisation_id, kind, most, actor=sam, now=self.story.now)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): said for name, said in more.items()}
        return {"Authorization": f"Bearer {self.secret}", **named}


def machines() -> Callable[..., Machine]:
    """Makes an organisation, first the county, then an employer, with a key of these scopes (default: all)."""
    story, made = Story(now=timezone.now() - timedelta(days=9)), list(KINDS)

    def make(*scopes: str) -> Machine:
        who, asked = made.pop(0)
        row = partners.opened(story, who, replace(asked))
        key, secret = api_keys.make_key(
            row.pk, "nightly", scopes or [code for code, _ in SCOPES], day_of(story.now) + timedelta(days=60),
            actor=story.actor(who), now=story.now,
        )  # fmt: skip
        return Machine(key, secret, story, who, Client())

    return make


@pytest.fixture
def machine(db: None) -> Callable[..., Machine]:
    """What `machines` answers, for one test."""
    return machines()
