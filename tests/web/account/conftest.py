"""People of the demonstration's cast, at the present moment."""

import pytest
from django.utils import timezone

from tests import stories


@pytest.fixture
def story(db: None) -> stories.Story:
    """A story of ten days ago, since pages ask the clock."""
    return stories.Story(now=timezone.now() - timezone.timedelta(days=10))
