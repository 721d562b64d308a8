"""The directory of training providers: who may teach what in which language, on any day. For everyone."""

from datetime import date
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema
from ninja.params import Path, Query

from peercert.program.training.models import Provider
from peercert.program.training.queries import teaching_on
from peercert.rules import numbers
from peercert.web.api.answers import LIMIT, USUAL, Link, answer, opened, paged
from peercert.web.api.certificates import day_asked
from peercert.web.api.keys import Asking, KeyIfAny
from peercert.web.api.problems import Problem, mistake
from peercert.web.api.route import reads

router = Router(tags=["providers"])

Kind = Literal["core", "continuing_education", "parent_caregiver_family", "crisis", "unhoused", "justice"]


class Teaching(Schema):
    """One type of training in one language, and since when it may be taught."""

    type: Kind
    language: str = Field(description="ISO 639-1.")
    first: date = Field(alias="from", description="Approved, and the contract executed.")
    through: date | None = Field(description="The last day; null where none is set.")


class ProviderAnswer(Schema):
    """A provider and what it may teach on the day asked about."""

    number: str
    name: str
    website: str | None
    on: date
    teaches: list[Teaching]


class ProviderPage(Link):
    """Providers by name."""

    items: list[ProviderAnswer]


@reads(router, "/providers", ProviderPage, auth=KeyIfAny("", "own"), operation="listProviders")
def listed(
    request: HttpRequest,
    type: Kind | None = Query(None, description="The type of training."),
    language: str | None = Query(None, pattern="^[a-z]{2}$", description="ISO 639-1, as `en` or `es`."),
    on: date | None = Query(None, description="A day in California, today or earlier. Default: today."),
    cursor: str | None = Query(None, max_length=2_000, description="From `next` of the page before."),
    limit: int = Query(USUAL, **LIMIT),
) -> HttpResponse:
    """Who may teach

    Providers that are approved with their contract executed, as of a day. A course counts only where its provider was
    authorized for that type and language on the day it was taught.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    given = {"type": type, "language": language, "on": on and on.isoformat()}
    filters, after = opened(request, cursor, given)
    day = day_asked(date.fromisoformat(filters["on"]) if filters["on"] else None, asking)
    filters = {**filters, "on": day.isoformat()}
    rows = teaching_on(day, **{name: filters[name] for name in ("type", "language") if filters[name]})
    if after is not None:
        rows = rows.filter(Q(name_key__gt=after[0]) | Q(name_key=after[0], pk__gt=after[1]))
    return paged(
        request, list(rows[: limit + 1]), lambda row: _shown(row, day), filters=filters,
        key=lambda row: [row.name_key, row.pk], limit=limit,
    )  # fmt: skip


@reads(router, "/providers/{number}", ProviderAnswer, auth=KeyIfAny("", "own"), operation="getProvider")
def one(
    request: HttpRequest,
    number: str = Path(..., max_length=60, description="T and eight letters or digits."),
    on: date | None = Query(None, description="A day in California, today or earlier. Default: today."),
) -> HttpResponse:
    """What one provider may teach

    404 where it was authorized for nothing on that day.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    try:
        written = numbers.read(number, "T")
    except ValueError:
        raise Problem(422, "invalid", errors=[mistake("number", "wrong_value")]) from None
    day = day_asked(on, asking)
    row = teaching_on(day).filter(number=written).first()
    if row is None:
        raise Problem(404, "no_such_provider")
    return answer(request, _shown(row, day))


def _shown(row: Provider, day: date) -> dict[str, Any]:
    return {
        "number": row.number, "name": row.name, "website": row.website or None, "on": day,
        "teaches": [
            {"type": span.type, "language": span.language, "from": max(span.approved_on, span.contract_executed_on),
             "through": span.until_on}
            for span in row.teaches  # type: ignore[attr-defined]
        ],
    }  # fmt: skip
