"""FHIR over the API: holders on the asker's roster, or asked for by number; nobody else."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params import Path, Query

from peercert.program.certificates.locate import locate
from peercert.program.certificates.models import Certificate, Specialization, Standing
from peercert.program.certificates.queries import areas_are_shown
from peercert.program.people.models import LegalName
from peercert.program.people.quotas import READ_WITHOUT_NUMBER
from peercert.program.rosters.models import Npi, Watch
from peercert.program.rosters.queries import is_barred, may_read
from peercert.rules.names import fold
from peercert.web.api import fhir
from peercert.web.api.answers import MOST, USUAL, absolute, answer, next_page, opened
from peercert.web.api.keys import Asking, Key
from peercert.web.api.problems import FHIR, Problem, language, mistake
from peercert.web.api.route import reads

router = Router(tags=["FHIR"])
R4 = "/fhir/r4"
_TYPE: dict[str, Any] = {"responses": {200: {"content": {FHIR: {"schema": {"type": "object"}}}}}}
_CURSOR = {"max_length": 2_000, "description": "From the link `next` of the page before."}
_COUNT = {"alias": "_count", "ge": 0, "description": f"Resources a page, at most {MOST}. 0: how many there are, alone."}
_FORMAT = {"alias": "_format", "description": "In place of Accept. JSON alone is spoken here."}
Format = Literal["json", "application/json", "text/json", "application/fhir+json"]


@reads(router, f"{R4}/metadata", None, auth=None, operation="fhirMetadata", openapi_extra=_TYPE)
def metadata(request: HttpRequest, format: Format | None = Query(None, **_FORMAT)) -> HttpResponse:
    """What is spoken here of FHIR

    A CapabilityStatement of FHIR R4 (4.0.1).
    """
    _speak(request, format)
    return answer(request, fhir.capability(), media_type=FHIR)


@reads(
    router, f"{R4}/Practitioner", None, auth=Key("holders", "holder"), operation="fhirSearchPractitioner",
    openapi_extra=_TYPE,
)  # fmt: skip
def practitioners(
    request: HttpRequest,
    identifier: str | None = Query(None, max_length=300, description="`system|value` or `value`: a number or an NPI."),
    id: UUID | None = Query(None, alias="_id", description="The id of one resource."),
    family: str | None = Query(None, max_length=100, description="How the last name begins."),
    given: str | None = Query(None, max_length=100, description="How the first name begins."),
    active: Literal["true", "false"] | None = Query(None, description="Whether certified today."),
    cursor: str | None = Query(None, **_CURSOR),
    count: int = Query(USUAL, **_COUNT),
    format: Format | None = Query(None, **_FORMAT),
) -> HttpResponse:
    """Holders as Practitioner

    With a certificate number as `identifier` the holder of that number, unless an objection of theirs to you was
    upheld; else those on your roster. Paging goes on under the same filters by the link `next`.
    """
    _speak(request, format)
    given_filters = {"identifier": identifier, "id": id and str(id), "family": family, "given": given, "active": active}
    return _bundle(request, "Practitioner", given_filters, cursor, count)


@reads(
    router, f"{R4}/PractitionerRole", None, auth=Key("holders", "holder"), operation="fhirSearchPractitionerRole",
    openapi_extra=_TYPE,
)  # fmt: skip
def roles(
    request: HttpRequest,
    identifier: str | None = Query(None, max_length=300, description="`system|value` or `value`: a number or an NPI."),
    id: UUID | None = Query(None, alias="_id", description="The id of one resource."),
    practitioner: str | None = Query(None, max_length=100, description="`Practitioner/…`, or its id alone."),
    specialty: str | None = Query(None, max_length=300, description="The code of an area of specialization."),
    active: Literal["true", "false"] | None = Query(None, description="Whether certified today."),
    cursor: str | None = Query(None, **_CURSOR),
    count: int = Query(USUAL, **_COUNT),
    format: Format | None = Query(None, **_FORMAT),
) -> HttpResponse:
    """Holders as PractitionerRole

    What they may do, for how long, in which areas. The same holders as Practitioner.
    """
    _speak(request, format)
    if practitioner is not None:
        id = _uuid(practitioner.removeprefix("Practitioner/"))
    given = {"identifier": identifier, "id": id and str(id), "specialty": specialty, "active": active}
    return _bundle(request, "PractitionerRole", given, cursor, count)


@reads(
    router, f"{R4}/Practitioner/{{uuid:id}}", None, auth=Key("holders", "holder"), operation="fhirReadPractitioner",
    openapi_extra=_TYPE,
)  # fmt: skip
def practitioner(
    request: HttpRequest,
    id: UUID = Path(..., description="The id of the resource."),
    format: Format | None = Query(None, **_FORMAT),
) -> HttpResponse:
    """One holder as Practitioner

    Of your roster, or whom you asked for by number some days ago at most: a figure, 30 days now.
    """
    _speak(request, format)
    return _read(request, "Practitioner", id)


@reads(
    router, f"{R4}/PractitionerRole/{{uuid:id}}", None, auth=Key("holders", "holder"),
    operation="fhirReadPractitionerRole", openapi_extra=_TYPE,
)  # fmt: skip
def role(
    request: HttpRequest,
    id: UUID = Path(..., description="The id of the resource."),
    format: Format | None = Query(None, **_FORMAT),
) -> HttpResponse:
    """One holder as PractitionerRole

    Of your roster, or whom you asked for by number some days ago at most: a figure, 30 days now.
    """
    _speak(request, format)
    return _read(request, "PractitionerRole", id)


def _speak(request: HttpRequest, format: Format | None) -> None:
    """Raises Problem where the asker reads no JSON."""
    if format is None and request.get_preferred_type([FHIR, "application/json", "text/json"]) is None:
        raise Problem(406, "not_acceptable")


def _read(request: HttpRequest, kind: str, id: UUID) -> HttpResponse:
    asking: Asking = request.asking  # type: ignore[attr-defined]
    found = Certificate.objects.filter(uuid=id).select_related("merged_into").first()
    if found is None or not may_read(asking.organisation, found, asking.today):
        raise Problem(404, "no_such_holder")
    asking.number, asking.logged = found.number, READ_WITHOUT_NUMBER
    if found.merged_into is not None:
        response = answer(request, {"resourceType": "Parameters"}, media_type=FHIR, status=308)
        response["Location"] = absolute(f"{fhir.BASE}/{kind}/{found.merged_into.uuid}")
        return response
    if found.retired_at is not None:
        raise Problem(410, "retired_number")
    holder = fhir.holders([found], asking.today)[0]
    return answer(request, fhir.SHAPES[kind](holder, language(request)), media_type=FHIR)


def _bundle(request: HttpRequest, kind: str, given: Mapping[str, Any], cursor: str | None, count: int) -> HttpResponse:
    asking: Asking = request.asking  # type: ignore[attr-defined]
    if many := [name for name, said in given.items() if said and "," in said]:
        raise Problem(422, "invalid", errors=[mistake(name, "given_twice") for name in many])
    filters, after = opened(request, cursor, given)
    sought, by_number = _sought(filters, asking)
    count = min(count, MOST)
    if not count:
        return answer(
            request, {"resourceType": "Bundle", "type": "searchset", "total": sought.count()}, media_type=FHIR
        )
    rows = list(sought.filter(pk__gt=after or 0).order_by("pk")[: count + 1])
    onward = next_page(request, filters, rows[count - 1].pk, count, name="_count") if len(rows) > count else None
    rows = rows[:count]
    asking.count = max(len(rows), 1)
    if filters["identifier"] and len(rows) == 1:
        asking.number, asking.logged = rows[0].number, "" if by_number else READ_WITHOUT_NUMBER
    lang = language(request)
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "self", "url": absolute(request.get_full_path())}],
    }
    if onward:
        bundle["link"].append({"relation": "next", "url": onward})
    entries = [_entry(kind, holder, lang) for holder in fhir.holders(rows, asking.today)]
    if entries:
        bundle["entry"] = entries
    return answer(request, bundle, media_type=FHIR)


def _entry(kind: str, holder: fhir.Holder, lang: str) -> dict[str, Any]:
    return {
        "fullUrl": absolute(f"{fhir.BASE}/{kind}/{holder.certificate.uuid}"),
        "resource": fhir.SHAPES[kind](holder, lang),
        "search": {"mode": "match"},
    }


def _sought(filters: Mapping[str, Any], asking: Asking) -> tuple[QuerySet[Certificate], bool]:
    """Certificates that answer, by number or from the roster, under the other filters; and whether by number."""
    watched = Watch.objects.filter(organisation=asking.organisation, until_at=None, certificate=OuterRef("pk"))
    rows = Certificate.objects.filter(retired_at=None)
    by_number = False
    if filters["identifier"]:
        rows, by_number = _identified(rows, filters["identifier"], asking)
    if not by_number:
        rows = rows.filter(Exists(watched))
    if filters["id"]:
        rows = rows.filter(uuid=filters["id"])
    name = LegalName.objects.filter(person=OuterRef("person"), until_at=None)
    for part, field in (("family", "last_key"), ("given", "first_key")):
        if filters.get(part):
            key = fold(filters[part])
            rows = rows.filter(Exists(name.filter(**{f"{field}__startswith": key}))) if key else rows.none()
    if filters["active"]:
        in_force = _in_force(asking)
        rows = rows.filter(in_force if filters["active"] == "true" else ~in_force)
    if filters.get("specialty"):
        rows = rows.filter(_specialized(filters["specialty"], asking))
    return rows, by_number


def _identified(rows: QuerySet[Certificate], typed: str, asking: Asking) -> tuple[QuerySet[Certificate], bool]:
    """The rows that an identifier names, and whether it named somebody by number."""
    where, _, value = typed.rpartition("|")
    if where not in {"", fhir.NPI, fhir.system("certificate")}:
        return rows.none(), False
    if where != fhir.system("certificate") and len(value) == 10 and value.isdigit():
        npi = Npi.objects.filter(npi=value, person=OuterRef("person"), taken_back_at=None, days__contains=asking.today)
        return rows.filter(Exists(npi)), False
    if where == fhir.NPI:
        return rows.none(), False
    located = locate(value[:60])
    if located.certificate is None or is_barred(asking.organisation, located.certificate):
        return rows.none(), False
    return rows.filter(pk=located.certificate.pk), True


def _in_force(asking: Asking) -> Exists:
    known = Standing.objects.filter(certificate=OuterRef("pk"), known__upper_inf=True, valid__contains=asking.today)
    return Exists(known.filter(state="in_force"))


def _specialized(typed: str, asking: Asking) -> Q:
    """Who is told to be specialized so: nobody is found by an area that their answer does not show."""
    where, _, code = typed.rpartition("|")
    if where not in {"", fhir.system("specialization")} or not areas_are_shown(asking.today):
        return Q(pk__in=[])
    known = Specialization.objects.filter(
        certificate=OuterRef("pk"), area=code, known__upper_inf=True, valid__contains=asking.today
    )
    return Q(Exists(known), _in_force(asking), shows_areas=True)


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Problem(422, "invalid", errors=[mistake("practitioner", "wrong_value")]) from None
