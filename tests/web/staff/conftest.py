"""Officers at their pages, signed in, as a browser without a script sees them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from tests import stories


@pytest.fixture
def story() -> stories.Story:
    """A story of ten days ago, since pages ask the clock."""
    return stories.Story(now=timezone.now() - timezone.timedelta(days=10))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Addresses are English unless a test says otherwise; a page in Spanish leaves its language behind."""
    with translation.override("en"):
        yield


@pytest.fixture
def at(story: stories.Story) -> Any:
    """`at("ana")`: a client with the session of one of the cast."""

    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(story.person(who).account, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
