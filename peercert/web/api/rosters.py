"""The roster kept by machine, and what changed for those on it."""

from datetime import date, datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema
from ninja.params import Path, Query

from peercert import words
from peercert.program.errors import Refused
from peercert.program.journey.rosters import receive_roster
from peercert.program.people.actor import PROGRAM
from peercert.program.people.models import LegalName
from peercert.program.rosters import queries
from peercert.program.rosters.models import Roster, RosterRow
from peercert.web.api.answers import LIMIT, USUAL, Link, absolute, answer, cursor_of, opened, paged
from peercert.web.api.keys import Asking, Key
from peercert.web.api.problems import Problem, language, mistake
from peercert.web.api.route import reads, writes
from peercert.web.doors import RETRY_AFTER

router = Router(tags=["rosters"])
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A CSV file with a header: number, npi, first, last, born_on.",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": "number\nC-7K3M-9QXF\n"}},
    }
}
_CURSOR = {"max_length": 2_000, "description": "From `next` of the page before."}


class Watched(Schema):
    """Somebody on the roster."""

    number: str
    since: datetime


class WatchedPage(Link):
    """The roster, the newest first."""

    items: list[Watched]


class RosterAnswer(Schema):
    """A roster as it was sent, and what became of it."""

    id: UUID
    state: Literal["waiting", "taken", "refused"]
    received_at: datetime
    replaces: bool
    rows: int
    accepted: int
    to_confirm: int = Field(description="Matched by name: a member says yes or no on the organization's page.")
    refused: int
    left: int = Field(description="Who was watched and is no longer, because the whole roster was sent without them.")
    reason: str | None = Field(description="Why nothing of it was taken, where the state is `refused`: a code.")
    says: str | None = Field(description="The same in words, in the language of Accept-Language.")


class Line(Schema):
    """One line of a roster with its answer."""

    line: int
    outcome: Literal["accepted", "matched", "declined", "refused"]
    reason: str | None = Field(description="A code that never changes, where it was not simply accepted.")
    says: str | None = Field(description="Where it waits or was refused: why, in the language of Accept-Language.")
    number: str | None = Field(description="Of whom the line was accepted for.")


class LinePage(Link):
    """Lines in their order."""

    items: list[Line]


class ChangeAnswer(Schema, extra="allow"):
    """One change, as in files and webhooks; never a reason."""

    id: UUID
    at: datetime
    certificate: str
    sequence: int = Field(description="Of this certificate, without gaps: an order, and a key to know a repeat by.")
    kind: Literal["standing", "other_days", "term", "expiry", "name", "specialization", "merge"]
    on: date
    name: str | None


class ChangePage(Link):
    """Changes in the order in which they happened."""

    items: list[ChangeAnswer]
    resume: str | None = Field(description="Ask here later for what comes after these; null where there is none yet.")


@reads(router, "/roster", WatchedPage, auth=Key("roster", "roster"), operation="listRoster")
def roster(
    request: HttpRequest, cursor: str | None = Query(None, **_CURSOR), limit: int = Query(USUAL, **LIMIT)
) -> HttpResponse:
    """Whom you watch

    Everybody on your organization's roster today.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    filters, after = opened(request, cursor, {})
    rows = queries.open_watches(asking.organisation).select_related("certificate")
    rows = rows if after is None else rows.filter(pk__lt=after)
    return paged(
        request, list(rows[: limit + 1]), lambda row: {"number": row.certificate.number, "since": row.from_at},
        filters=filters, key=lambda row: row.pk, limit=limit,
    )  # fmt: skip


@writes(
    router, "/roster", {202: RosterAnswer}, auth=Key("roster", "roster"), operation="replaceRoster", method="PUT",
    openapi_extra=_FILE,
)  # fmt: skip
def replace(request: HttpRequest) -> HttpResponse:
    """Send the whole roster

    Whoever is not in the file is no longer watched. The answer is made by and by: look at `Location`. The same file
    again within an hour is the same roster.
    """
    return _received(request, replaces=True)


@writes(
    router, "/roster", {202: RosterAnswer}, auth=Key("roster", "roster"), operation="addToRoster", openapi_extra=_FILE
)
def add(request: HttpRequest) -> HttpResponse:
    """Send some who are new on the roster

    Everybody who was watched before stays so.
    """
    return _received(request, replaces=False)


@reads(router, "/rosters/{uuid:id}", RosterAnswer, auth=Key("roster", "roster"), operation="getRoster")
def one(request: HttpRequest, id: UUID = Path(..., description="The roster's id.")) -> HttpResponse:
    """What became of a roster

    `waiting` until it is read; then how many lines were accepted, are to be confirmed, or were refused. A roster that
    cannot be read, or on which nobody is found, is `refused` as a whole, with its reason, and changes nothing.
    """
    return answer(request, _shown(_found(request, id), language(request)))


@reads(router, "/rosters/{uuid:id}/lines", LinePage, auth=Key("roster", "roster"), operation="listRosterLines")
def lines(
    request: HttpRequest,
    id: UUID = Path(..., description="The roster's id."),
    cursor: str | None = Query(None, **_CURSOR),
    limit: int = Query(USUAL, **LIMIT),
) -> HttpResponse:
    """The answer to each line of a roster

    In the order of the file.
    """
    found = _found(request, id)
    filters, after = opened(request, cursor, {})
    rows = queries.lines_of(found).select_related("certificate").filter(line__gt=after or 0)
    return paged(
        request, list(rows[: limit + 1]), partial(_line, lang=language(request)), filters=filters,
        key=lambda row: row.line, limit=limit,
    )  # fmt: skip


@reads(router, "/changes", ChangePage, auth=Key("changes", "change"), operation="listChanges")
def changes(
    request: HttpRequest,
    since: datetime | None = Query(None, description="From this moment on, with its zone. Default: from the first."),
    cursor: str | None = Query(None, max_length=2_000, description="From `next` or `resume`."),
    limit: int = Query(USUAL, **LIMIT),
) -> HttpResponse:
    """What changed for those on your roster

    In the order in which it was told; standing, term, name, areas of specialization, expiry ahead and merges. Keep
    `resume` and ask it again: nothing is told twice and nothing is left out.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    if since is not None and since.tzinfo is None:
        raise Problem(422, "invalid", errors=[mistake("since", "not_a_moment")])
    filters, after = opened(request, cursor, {"since": since and since.isoformat()})
    try:
        newest = queries.settled(asking.organisation)
    except OperationalError:
        raise Problem(503, "unavailable", headers={"Retry-After": str(RETRY_AFTER)}) from None
    rows = queries.reached(asking.organisation).filter(pk__lte=newest).order_by("pk")
    if filters["since"]:
        rows = rows.filter(at__gte=datetime.fromisoformat(filters["since"]))
    found = list(rows.filter(pk__gt=after or 0).select_related("change__certificate")[: limit + 1])
    page, last = found[:limit], found[:limit][-1].pk if found else after
    people = [reach.change.certificate.person_id for reach in page]
    names = {name.person_id: name.full for name in LegalName.objects.filter(person__in=people, until_at=None)}
    onward = last and absolute(f"{request.path}?cursor={cursor_of(request, filters, last)}&limit={limit}")
    body = {
        "items": [queries.told(one, names.get(one.change.certificate.person_id, "")) for one in page],
        "next": onward if len(found) > limit else None,
        "resume": onward or None,
    }
    asking.count = max(len(page), 1)
    return answer(request, body)


def _received(request: HttpRequest, *, replaces: bool) -> HttpResponse:
    asking: Asking = request.asking  # type: ignore[attr-defined]
    if request.content_type != "text/csv":
        raise Problem(415, "wrong_media_type")
    try:
        made = receive_roster(
            asking.organisation.pk, f"api-{asking.moment:%Y-%m-%d}.csv", request.read(), replaces=replaces,
            source="api", actor=PROGRAM, now=asking.moment,
        )  # fmt: skip
    except Refused as refusal:
        codes = {"roster_empty": "empty", "roster_too_large": "too_large"}
        if refusal.reason in codes:
            raise Problem(422, "invalid", errors=[mistake("file", codes[refusal.reason])]) from None
        raise
    response = answer(request, _shown(made, language(request)), status=202)
    response["Location"] = absolute(f"/api/v1/rosters/{made.uuid}")
    return response


def _found(request: HttpRequest, id: UUID) -> Roster:
    asking: Asking = request.asking  # type: ignore[attr-defined]
    found = queries.rosters_of(asking.organisation).filter(uuid=id).first()
    if found is None:
        raise Problem(404, "no_such_address")
    return found


def _shown(row: Roster, lang: str) -> dict[str, Any]:
    return {
        "id": row.uuid, "state": row.state, "received_at": row.received_at, "replaces": row.replaces, "rows": row.rows,
        "accepted": row.accepted, "to_confirm": row.to_confirm, "refused": row.refused, "left": row.left,
        "reason": row.reason or None,
        "says": words.fill("refusals", row.reason, row.values, lang) if row.reason else None,
    }  # fmt: skip


def _line(row: RosterRow, *, lang: str) -> dict[str, Any]:
    accepted = row.outcome == "accepted" and row.certificate is not None
    says = row.reason and row.outcome in {"matched", "refused"}
    return {
        "line": row.line, "outcome": row.outcome, "reason": row.reason or None,
        "says": words.fill("refusals", row.reason, lang=lang) if says else None,
        "number": row.certificate.number if accepted else None,
    }  # fmt: skip
