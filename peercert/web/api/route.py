"""One way to add an operation: its words come from its docstring, and a parameter that nobody reads is refused."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.constants import NOT_SET
from ninja.params import models

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
        known = _read_by(view)
        summary, _, says = inspect.cleandoc(view.__doc__ or "").partition("\n")

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            faults = [(name, "unknown_field") for name in sorted(request.GET) if name not in known]
            faults += [(name, "given_twice") for name, said in request.GET.lists() if name in known and len(said) > 1]
            if faults:
                raise Problem(422, "invalid", errors=[mistake(name[:60], code) for name, code in faults[:20]])
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


def _read_by(view: View) -> frozenset[str]:
    """The parameters of the query that a view reads, as they are written."""
    declared = inspect.signature(view).parameters.items()
    return frozenset(one.default.alias or name for name, one in declared if isinstance(one.default, models.Query))
