"""Answers as JSON, told apart by an entity tag, and lists in pages by signed cursors."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from ninja import Schema
from pydantic import Field

from peercert.web.api.problems import Problem, mistake

#: Rows a page where nothing else is asked, and at most.
USUAL, MOST = 50, 500
LIMIT = {"ge": 1, "le": MOST, "description": "How many a page."}
_SALT = "peercert.api.cursor"


class Link(Schema):
    """A page of a list."""

    next: str | None = Field(description="Where the next page is; null on the last one.")


def answer(
    request: HttpRequest, body: Mapping[str, Any], *, media_type: str = "application/json", status: int = 200,
    tag: object = None,
) -> HttpResponse:  # fmt: skip
    """The body as JSON, or 304 where the asker has it already. `tag`: what makes it another one; default the body."""
    told = orjson.dumps(body, option=orjson.OPT_UTC_Z)
    seen = told if tag is None else orjson.dumps(tag, default=str)
    etag = f'W/"{hashlib.blake2b(seen, digest_size=12).hexdigest()}"'
    if request.method == "GET" and _matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(told, media_type, status)
    response["ETag"] = etag
    return response


def _matches(asked: str, etag: str) -> bool:
    return asked.strip() == "*" or etag.removeprefix("W/") in {
        one.strip().removeprefix("W/") for one in asked.split(",")
    }


def absolute(path: str) -> str:
    """An address of ours in whole."""
    return f"{settings.ENVIRONMENT.origin}{path}"


def cursor_of(request: HttpRequest, filters: Mapping[str, Any], after: Any) -> str:
    """A cursor that goes on after a key, with the filters it belongs to, for this list and this asker alone.

    Of the same question it is the same at any time: a page that did not change has not changed its entity tag either.
    """
    return signing.Signer(salt=_salt(request)).sign_object({"f": dict(filters), "a": after})


def opened(request: HttpRequest, cursor: str | None, filters: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """The filters and the key to go on after. Filters beside a cursor must be its own. Raises Problem."""
    if cursor is None:
        return dict(filters), None
    try:
        kept = signing.Signer(salt=_salt(request)).unsign_object(cursor)
    except signing.BadSignature:
        raise Problem(422, "invalid", errors=[mistake("cursor", "bad_cursor")]) from None
    given = {name: value for name, value in filters.items() if value is not None}
    if any(kept["f"].get(name) != value for name, value in given.items()):
        raise Problem(422, "invalid", errors=[mistake("cursor", "cursor_of_another_question")])
    return kept["f"], kept["a"]


def next_page(request: HttpRequest, filters: Mapping[str, Any], after: Any, limit: int, name: str = "limit") -> str:
    """The address of the next page, which carries all it needs."""
    query = QueryDict(mutable=True)
    query["cursor"] = cursor_of(request, filters, after)
    if limit != USUAL:
        query[name] = str(limit)
    return absolute(f"{request.path}?{query.urlencode()}")


def paged(
    request: HttpRequest,
    rows: list[Any],
    shown: Callable[[Any], Mapping[str, Any]],
    *,
    filters: Mapping[str, Any],
    key: Callable[[Any], Any],
    limit: int,
) -> HttpResponse:
    """A page of a list from up to `limit` + 1 rows: the one too many says that there is a next page."""
    onward = next_page(request, filters, key(rows[limit - 1]), limit) if len(rows) > limit else None
    response = answer(request, {"items": [shown(row) for row in rows[:limit]], "next": onward})
    if onward:
        response["Link"] = f'<{onward}>; rel="next"'
    return response


def _salt(request: HttpRequest) -> str:
    asking = getattr(request, "asking", None)
    who = asking.key.organisation_id if asking is not None and asking.key is not None else ""
    return f"{_SALT}:{request.path}:{who}"
