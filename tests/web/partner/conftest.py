"""People of organisations at their pages."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import stories

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def story() -> stories.Story:
    """A story of ten days ago, since pages ask the clock."""
    return stories.Story(now=timezone.now() - timezone.timedelta(days=10))


@pytest.fixture
def at(story: stories.Story) -> Any:
    """`at("dana")`: a client with the session of one of the cast."""

    def sign_in(who: str, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(story.person(who).account, backend=BACKEND)
        return client

    return sign_in
