"""One certificate by its number: what anyone may see, and for organisations also the days on which it was certified."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema
from ninja.params import Path, Query

from peercert import words
from peercert.program.certificates import queries
from peercert.program.certificates.locate import Located, locate
from peercert.rules import numbers
from peercert.web.api.answers import absolute, answer
from peercert.web.api.keys import Asking, KeyIfAny, wait
from peercert.web.api.problems import Problem, language, mistake
from peercert.web.api.route import reads
from peercert.web.public import throttle

router = Router(tags=["certificates"])


class Days(Schema):
    """A run of days, both ends included."""

    first: date = Field(alias="from")
    through: date


class Area(Schema):
    """An area of specialization."""

    code: str = Field(description="Never changes.")
    name: str = Field(description="In the language of Accept-Language.")


class CertificateAnswer(Schema):
    """What is known now of one certificate on one day."""

    number: str = Field(description="The number as it is written; use it from now on.")
    name: str = Field(description="The holder's legal name today.")
    on: date = Field(description="The day asked about, in California.")
    as_of: datetime = Field(description="The moment of this answer.")
    is_certified: bool
    standing: str | None = Field(description="Of today alone: a code that never changes. Null for a past day.")
    says: str = Field(description="The answer in words, in the language of Accept-Language (en, es).")
    issued_on: date | None = Field(description="Null for a past day.")
    good_through: date | None = Field(description="The last day of the term; null where it no longer means anything.")
    since: date | None = Field(description="Since when it is not in force, where that is today's answer.")
    areas: list[Area] = Field(
        description="Areas of specialization, of today alone and where certified. A holder need not show them: an "
        "empty list does not say that there are none."
    )
    certified: list[Days] | None = Field(
        description="With a key of scope `verify`: every run of days certified, as known now. Null without."
    )


class Moved(Schema):
    """Which number answers now."""

    number: str
    moved_to: str


@reads(
    router, "/certificates/{number}", CertificateAnswer, auth=KeyIfAny("", "verify"), operation="getCertificate",
    also={308: Moved},
)  # fmt: skip
def certificate(
    request: HttpRequest,
    number: str = Path(description="As printed; case, spaces and hyphens do not matter.", max_length=60),
    on: date | None = Query(None, description="A day in California, today or earlier. Default: today."),
) -> HttpResponse:
    """Verify one certificate

    Answers what the public page `/verify/` shows. A past day is certified or not, never with a reason; a day that has
    not come is refused. A number with a typing mistake is told apart from one that nobody has. A number that was
    replaced answers 308 with the address of the one that answers for it, one that was withdrawn 410.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    day = day_asked(on, asking)
    told = queries.answer_by_number(_written(number), day, today=asking.today)
    if told is None:
        return elsewhere(locate(number), request)
    asking.number = told.number
    body = _told(told, asking, language(request))
    return answer(request, {**body, "as_of": asking.moment}, tag=body)


def elsewhere(located: Located, request: HttpRequest) -> HttpResponse:
    """The way to the certificate that answers for a number. Raises Problem where none does.

    What may be a number of an earlier register is counted like names where strangers ask: those follow each other.
    """
    asking: Asking = request.asking  # type: ignore[attr-defined]
    kind = throttle.kind_of(located.number)
    if asking.key is None and kind != "number" and throttle.is_too_much(request, kind, asking.moment):
        raise wait(kind)
    if located.how == "retired":
        raise Problem(410, "retired_number")
    if located.certificate is None:
        raise no_certificate(located)
    return _moved(located.certificate.number, request)


def no_certificate(located: Located) -> Problem:
    """Why no certificate answers for a number."""
    if located.how == "unknown":
        return Problem(404, "unknown_number")
    code = "mistyped_number" if located.how == "mistyped" else "no_number"
    return Problem(422, code, errors=[mistake("number", code)])


def day_asked(on: date | None, asking: Asking) -> date:
    """The day of the question. Raises Problem for one that has not come."""
    if on is not None and on > asking.today:
        raise Problem(422, "invalid", errors=[mistake("on", "future_day")])
    return on or asking.today


def _written(typed: str) -> str:
    """The number as we write it; "" for what is none of ours."""
    try:
        return numbers.read(typed, "C")
    except ValueError:
        return ""


def _moved(number: str, request: HttpRequest) -> HttpResponse:
    asked = request.META.get("QUERY_STRING", "")
    address = absolute(f"/api/v1/certificates/{number}{'?' + asked if asked else ''}")
    response = answer(request, {"number": number, "moved_to": address}, status=308)
    response["Location"] = address
    return response


def _told(told: queries.Answer, asking: Asking, lang: str) -> dict[str, Any]:
    is_today = told.on == asking.today
    code = told.standing if is_today else "certified_then" if told.is_certified else "not_certified_then"
    return {
        "number": told.number,
        "name": told.name,
        "on": told.on,
        "is_certified": told.is_certified,
        "standing": told.standing or None,
        "says": words.fill("standing" if is_today else "problems", code, {"on": told.on}, lang),
        "issued_on": told.issued_on if is_today else None,
        "good_through": told.good_through,
        "since": told.since if told.standing not in {"suspended", "expired"} else None,
        "areas": [{"code": area, "name": words.fill("casework", f"provider_{area}", lang=lang)} for area in told.areas],
        "certified": (
            [{"from": first, "through": last} for first, last in told.certified] if asking.has("verify") else None
        ),
    }
