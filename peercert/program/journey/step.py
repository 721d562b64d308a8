"""What makes a function a step of the journey."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

from peercert.program.access import Barred
from peercert.program.casework.moves import tell_audit

P = ParamSpec("P")
R = TypeVar("R")


def step(function: Callable[P, R]) -> Callable[P, R]:
    """One transaction for the whole step. A step refused for an interest is undone and then recorded (ground rules)."""

    @wraps(function)
    def taken(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except Barred as refusal:
            given: dict[str, Any] = kwargs
            tell_audit(
                "refused_for_interest", actor=given["actor"], now=given["now"], reason=refusal.reason, **refusal.values
            )
            raise

    return taken
