"""Everything that goes wrong, told in one form: RFC 9457 problem details, and OperationOutcome where FHIR is spoken."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation.trans_real import parse_accept_lang_header
from ninja.errors import HttpError, ValidationError

from peercert import words
from peercert.gateways.signer.keys import SignerDown
from peercert.program.errors import Refused
from peercert.web.doors import RETRY_AFTER
from peercert.web.whole import CutShort

PROBLEM, FHIR = "application/problem+json", "application/fhir+json"

#: What an answer of Django's own means, where no view of ours has said it better.
_BY_STATUS = {
    400: "unreadable", 401: "key_needed", 403: "not_yours", 404: "no_such_address", 405: "method_not_allowed",
    413: "too_large", 415: "wrong_media_type", 429: "wait", 503: "unavailable",
}  # fmt: skip
#: What pydantic calls a mistake, as codes of words/field_problems.toml.
_BY_TYPE = {
    "missing": "missing", "date_from_datetime_parsing": "not_a_day", "date_parsing": "not_a_day",
    "date_from_datetime_inexact": "not_a_day", "date_type": "not_a_day", "string_too_long": "too_long",
    "extra_forbidden": "unknown_field", "datetime_from_date_parsing": "not_a_moment",
    "datetime_parsing": "not_a_moment", "timezone_aware": "not_a_moment", "datetime_type": "not_a_moment",
}  # fmt: skip


class Problem(Exception):
    """An answer that is no good news. `code` is one of words/problems.toml, `errors` say what is wrong where.

    `more` are further members of the answer.
    """

    def __init__(
        self, status: int, code: str, *, errors: Sequence[Mapping[str, Any]] = (), headers: Mapping[str, str] = {},
        more: Mapping[str, Any] = {}, **values: Any,
    ) -> None:  # fmt: skip
        self.status, self.code, self.errors, self.headers, self.values = status, code, errors, headers, values
        self.more = more
        super().__init__(code)


def language(request: HttpRequest) -> str:
    """The first language of Accept-Language that we speak; English where there is none."""
    asked = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    spoken = (tag[:2] for tag, _weight in parse_accept_lang_header(asked[:500]))
    return next((tag for tag in spoken if tag in words.LANGUAGES), "en")


def mistake(at: str, code: str, **values: Any) -> dict[str, Any]:
    """One entry of `errors`; its words are filled in when the problem is told."""
    return {"at": at, "code": code, **values}


def told(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The answer that tells a problem, in the reader's language and in the form of the part of the API it is about."""
    lang = language(request)
    title = words.fill("problems", problem.code, problem.values, lang)
    errors = [
        {"says": words.fill("field_problems", entry["code"], entry, lang), **entry} for entry in problem.errors
    ]  # fmt: skip
    if request.path_info.startswith("/api/v1/fhir/"):
        response = HttpResponse(orjson.dumps(_outcome(problem, title, errors)), FHIR, problem.status)
    else:
        body = {"type": f"{settings.ENVIRONMENT.origin}/api/#{problem.code}", "title": title,
                "status": problem.status, "code": problem.code}  # fmt: skip
        if errors:
            body["errors"] = errors
        told = orjson.dumps({**body, **problem.more}, option=orjson.OPT_UTC_Z)
        response = HttpResponse(told, PROBLEM, problem.status)
    for name, value in problem.headers.items():
        response[name] = value
    response["Content-Language"] = lang
    return response


def retold(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """An error that is not yet a problem, as one: Django's own pages are for people."""
    if response.status_code < 400 or response["Content-Type"].split(";")[0] in {PROBLEM, FHIR}:
        return response
    code = _BY_STATUS.get(response.status_code, "unreadable" if response.status_code < 500 else "fault")
    kept = {name: response[name] for name in ("Allow", "Retry-After", "WWW-Authenticate") if name in response}
    return told(request, Problem(response.status_code, code, headers=kept))


def of_exception(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What ninja and the journey raise, as a problem."""
    if isinstance(exception, Problem):
        return told(request, exception)
    if isinstance(exception, ValidationError):
        errors = [_mistake_of(error) for error in exception.errors]
        return told(request, Problem(422, "invalid", errors=errors))
    if isinstance(exception, CutShort):
        return told(request, Problem(400, "cut_short"))
    if isinstance(exception, Refused):
        return told(request, _problem_of(exception, language(request)))
    if isinstance(exception, SignerDown):
        return told(request, Problem(503, "unavailable", headers={"Retry-After": str(RETRY_AFTER)}))
    assert isinstance(exception, HttpError)
    if exception.status_code == 400 and request.content_type != "application/json":
        return told(request, Problem(415, "wrong_media_type"))
    return told(request, Problem(exception.status_code, _BY_STATUS.get(exception.status_code, "unreadable")))


def _mistake_of(error: Mapping[str, Any]) -> dict[str, Any]:
    place = [str(part) for part in error["loc"] if part not in {"body", "query", "path", "header"}]
    at = ".".join(place[1:] if len(place) > 1 and error["loc"][0] == "body" else place)
    return mistake(at, _BY_TYPE.get(error["type"], "wrong_value"))


def _problem_of(refusal: Refused, lang: str) -> Problem:
    says = words.fill("refusals", refusal.reason, refusal.values, lang)
    status = 403 if refusal.reason == "not_yours" else 409
    return Problem(status, "refused", says=says)


def _outcome(problem: Problem, title: str, errors: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = {401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
             410: "deleted", 422: "invalid", 429: "throttled"}  # fmt: skip
    issue = {
        "severity": "fatal" if problem.status >= 500 else "error",
        "code": kinds.get(problem.status, "exception" if problem.status >= 500 else "processing"),
        "details": {"coding": [{"system": f"{settings.ENVIRONMENT.origin}/api/", "code": problem.code}], "text": title},
    }
    if errors:
        issue["diagnostics"] = "; ".join(f"{entry['at']}: {entry['says']}" for entry in errors)
    return {"resourceType": "OperationOutcome", "issue": [issue]}
