"""Version 1: its operations and its description. What is promised here is extended, never broken."""

from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.types import DictStrAny

from peercert.gateways.signer.keys import SignerDown
from peercert.program.errors import Refused
from peercert.web.api import (
    certificates,
    description,
    holders,
    log,
    problems,
    providers,
    receipts,
    rosters,
    verifications,
)
from peercert.web.api.answers import answer
from peercert.web.api.route import reads
from peercert.web.whole import CutShort


class Strict(Parser):
    """JSON as RFC 8259 has it: no NaN, no lone surrogates, no nesting without end."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """The body of the request; raises ValueError for another form."""
        if request.content_type != "application/json":
            raise ValueError(request.content_type)
        body: DictStrAny = orjson.loads(request.body)
        return body


class Described(NinjaAPI):
    """Ninja's description, completed by what it cannot know."""

    def get_openapi_schema(self, **given: Any) -> Any:
        """OpenAPI 3.1."""
        return description.complete(super().get_openapi_schema(path_prefix="/api/v1/"))


api = Described(
    title="PeerCert",
    version="1.0.0",
    description=description.SAYS,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    parser=Strict(),
    servers=[{"url": settings.ENVIRONMENT.origin, "description": "This register"}],
    openapi_extra=description.EXTRA,
)

for kind in (problems.Problem, ValidationError, HttpError, Refused, CutShort, SignerDown):
    api.add_exception_handler(kind, problems.of_exception)
for part in (certificates, verifications, receipts, providers, holders, rosters, log):
    api.add_router("", part.router)


@reads(api.default_router, "/openapi.json", DictStrAny, auth=None, operation="getDescription", tags=["about"])
def described(request: HttpRequest) -> HttpResponse:
    """The description of this API

    OpenAPI 3.1, for people who generate a client from it or read it in a viewer.
    """
    return answer(request, _description())


@cache
def _description() -> dict[str, Any]:
    """The description, made once: it changes with the program alone."""
    made: dict[str, Any] = orjson.loads(orjson.dumps(api.get_openapi_schema(), option=orjson.OPT_NON_STR_KEYS))
    return made
