"""The log for machines: head, tiles and entries (C2SP tlog-tiles), consistency, and the proof of one certificate.

Everything but a proof is hashes: open to every site and kept by caches, the tiles for ever. A proof names a person to
whoever has the number, so it is counted like the verify page and kept nowhere.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from peercert.program.certificates import log, tree
from peercert.program.certificates.locate import locate
from peercert.rules.days import day_of
from peercert.web.doors import now, public
from peercert.web.public import throttle

_PLACE = re.compile(r"((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")
#: What never changes may be kept for a year; the head and what follows from it only for a moment.
_FOR_EVER, _BRIEFLY = "public, max-age=31536000, immutable", "public, max-age=5"
_LARGEST = 10**12

View = Callable[..., HttpResponse]


def to_everyone(view: View) -> View:
    """Scripts of every site may read it."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return opened


@public
@to_everyone
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed head, as a signed note."""
    head = log.newest_checkpoint()
    if head is None:
        raise Http404
    return _kept(HttpResponse(head.note, content_type="text/plain; charset=utf-8"), _BRIEFLY)


@public
@to_everyone
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The keys that heads are verified with, the one in use first."""
    return _kept(JsonResponse(log.verifiers(), safe=False), _BRIEFLY)


@public
@to_everyone
@require_safe
def consistency(request: HttpRequest) -> HttpResponse:
    """The hashes that show the tree of `second` entries (default: all) to continue that of `first`."""
    head = log.newest_checkpoint()
    size = 0 if head is None else head.size
    first, second = (_number(request.GET.get(name, given)) for name, given in (("first", ""), ("second", str(size))))
    try:
        if first is None or second is None:
            raise log.OutOfRange
        path = log.consistency(first, second)
    except log.OutOfRange:
        title = f"Give first and second as numbers: 0 <= first <= second <= {size}, the size of the newest checkpoint."
        problem = {"type": "about:blank", "title": title, "status": 400}
        return JsonResponse(problem, status=400, content_type="application/problem+json")
    found = {"first": first, "second": second, "path": [one.hex() for one in path]}
    return _kept(JsonResponse(found), _FOR_EVER if "second" in request.GET else _BRIEFLY)


@public
@to_everyone
@require_safe
def tile(request: HttpRequest, level: int, address: str) -> HttpResponse:
    """A tile, or as much of one as was there."""
    place, width = _read(address)
    found = log.tile(level, place, width) if level < 8 else None
    return _bytes(found)


@public
@to_everyone
@require_safe
def entries(request: HttpRequest, address: str) -> HttpResponse:
    """The entries that belong to a tile of the lowest level, each behind its length in two bytes."""
    found = log.entries(*_read(address))
    return _bytes(None if found is None else b"".join(len(one).to_bytes(2) + one for one in found))


@public
@never_cache
@to_everyone
@require_safe
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """That what the verify page says today stands in the log; 404 until it does."""
    moment = now()
    if throttle.is_too_much(request, throttle.kind_of(number), moment):
        return throttle.wait_page(request)
    located = locate(number)
    certificate = located.certificate
    if certificate is None:
        return _unproven(410 if located.how == "retired" else 404, "No certificate has this number.")
    if certificate.number != number:
        return redirect(reverse("log:proof", args=[certificate.number]))
    found = log.proof_of(certificate, today=day_of(moment))
    if found is None:
        return _unproven(404, "The log takes new entries every few seconds. Ask again in a minute.")
    response = JsonResponse(found.document())
    response["Content-Disposition"] = f'attachment; filename="proof-{certificate.number}.json"'
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _unproven(status: int, title: str) -> HttpResponse:
    problem = {"type": "about:blank", "title": title, "status": status}
    return JsonResponse(problem, status=status, content_type="application/problem+json")


def _read(address: str) -> tuple[int, int]:
    """Place and width of a tile's address; each has one spelling."""
    found = _PLACE.fullmatch(address)
    if found is None:
        raise Http404
    place, width = int(re.sub(r"\D", "", found[1])), int(found[2] or tree.WIDTH)
    if place >= _LARGEST or tree.address(place) != found[1] or (found[2] and width >= tree.WIDTH):
        raise Http404
    return place, width


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _bytes(found: bytes | None) -> HttpResponse:
    if found is None:
        raise Http404
    return _kept(HttpResponse(found, content_type="application/octet-stream"), _FOR_EVER)


def _kept(response: HttpResponse, how: str) -> HttpResponse:
    response["Cache-Control"] = how
    return response
