"""Fixtures of the journey's tests."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from peercert.rules import figures
from peercert.rules.figures import Figure, Figures


@pytest.fixture
def reform(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A new entry of a figure comes into force on a day."""

    def enact(name: str, value: Any, since: date, certainty: str = "confirmed") -> None:
        law = figures.in_force()
        reformed = law.overlay(Figures({name: [Figure(name, value, since, "a later rule", certainty)]}))
        for part, held in vars(reformed).items():
            monkeypatch.setattr(law, part, held)

    return enact
