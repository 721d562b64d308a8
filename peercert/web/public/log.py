"""The page that explains the public log in plain words, and shows its newest head."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.program.certificates import log
from peercert.web.doors import public


@public
@require_safe
def log_page(request: HttpRequest) -> HttpResponse:
    """Words, the newest checkpoint, and the keys that it is verified with."""
    head, keys = log.newest_checkpoint(), log.verifiers()
    return render(request, "public/log.html", {"head": head, "keys": keys, "address": f"https://{log.origin()}"})
