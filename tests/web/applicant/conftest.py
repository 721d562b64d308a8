"""A person at the site, signed in, as a browser without a script sees it."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from peercert.program.people.models import Person
from tests import stories


@pytest.fixture
def story() -> stories.Story:
    """The story of these tests happens now, since pages ask the clock."""
    return stories.Story(now=timezone.now())


@pytest.fixture
def signed_in() -> Any:
    """`signed_in(person)`: a client with that person's session."""

    def sign_in(person: Person) -> Client:
        client = Client()
        client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
