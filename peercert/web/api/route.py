"""One way to add an operation: its words come from its docstring, and a parameter that nobody reads is refused."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.constants import NOT_SET

from peercert.web.api.keys import Key
from peercert.web.api.problems import Problem, mistake

View = Callable[..., Any]
Answers = Mapping[int, Any]
NOTHING: Answers = MappingProxyType({})


def reads(
    router: Router, path: str, answer: Any, *, auth: Key | None, operation: str, also: Answers = NOTHING, **more: Any
) -> Callable[[View], View]:
    """A GET operation. The docstring's first line is its summary, the rest its description."""
    return writes(router, path, {200: answer, **also}, auth=auth, operation=operation, method="GET", **more)


def writes(
    router: Router, path: str, answers: Answers, *, auth: Key | None, operation: str, method: str = "POST", **more: Any
) -> Callable[[View], View]:
    """An operation that sends something; `answers` are its schemas by status."""

    def add(view: View) -> View:
        known = frozenset(inspect.signature(view).parameters)
        summary, _, says = inspect.cleandoc(view.__doc__ or "").partition("\n")

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            unknown = sorted(name for name in request.GET if name.replace("-", "_").lstrip("_") not in known)
            if unknown:
                raise Problem(422, "invalid", errors=[mistake(name[:60], "unknown_field") for name in unknown[:20]])
            return view(request, *args, **kwargs)

        extra = {
            "x-scopes": None if auth is None or auth.is_optional else [auth.scope],
            **more.pop("openapi_extra", {}),
        }
        router.api_operation(
            [method], path, auth=auth or NOT_SET, response=answers, operation_id=operation, url_name=operation,
            summary=summary.strip(), description=says.strip() or summary.strip(), by_alias=True, openapi_extra=extra,
            **more,
        )(checked)  # fmt: skip
        return view

    return add
