"""What verifiers fetch: our keys as a DID document, and the status lists. Open to every site, cached for moments."""

import hashlib

import orjson
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from peercert.program.certificates import signing
from peercert.program.certificates.status_lists import signed_list
from peercert.web.doors import now, public

#: Seconds for which a copy may be kept, ours and others' between us and the reader: a bit is seen within a minute.
KEPT = 30


@public
@require_safe
def did_document(request: HttpRequest) -> HttpResponse:
    """`/.well-known/did.json`: every key that still verifies something."""
    return published(request, orjson.dumps(signing.did_document()), "application/did+json")


@public
@require_safe
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """`/status/<n>`: the list as a signed credential, as it stands now."""
    text = signed_list(number, now=now())
    if text is None:
        raise Http404
    return published(request, text.encode(), "application/vc")


def published(request: HttpRequest, content: bytes, media_type: str) -> HttpResponse:
    """A document for any site's script, with a tag by which one who has it already is told so in a few bytes."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    answer: HttpResponse = (
        HttpResponseNotModified() if tag in asked or "*" in asked else HttpResponse(content, content_type=media_type)
    )
    answer["ETag"] = tag
    answer["Cache-Control"] = f"public, max-age={KEPT}"
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Expose-Headers"] = "ETag"
    return answer
