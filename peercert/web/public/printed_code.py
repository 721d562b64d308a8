"""The printed code: a page that checks it on the reader's own device, with or without a network.

The code stands behind the # of an address, which no browser sends: the page holds the program's public keys and the
words for every outcome, and a script does the rest. A worker in the browser keeps this page, and it alone.
"""

import hashlib
import json
from importlib.metadata import version
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from peercert import words
from peercert.gateways.signer import achievement, compact
from peercert.program.certificates import signing
from peercert.web.doors import now, public
from peercert.web.ui.templatetags.ui import reader

#: What the page is made of besides itself.
FILES = ("site.css", "site.js", "verify.js", "icons.svg", "favicon.svg")


class CodeForm(forms.Form):
    """The code as text: checked by a script, or without one by `verify_file`."""

    text = forms.CharField(
        label=gettext_lazy("Text of the code"),
        help_text=gettext_lazy("The address that the code holds, or the letters behind its #."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
    )


@public
@never_cache
@require_safe
def printed_code(request: HttpRequest) -> HttpResponse:
    """The page that checks a printed code; the one that is kept for when there is no network."""
    return render(request, "public/printed_code.html", {"code_form": CodeForm(), **code_words()})


@public
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the pages of verifying an application that a phone keeps beside its others."""
    start = reverse("public:printed_code")
    icons: list[dict[str, str]] = [{"src": static("favicon.svg"), "type": "image/svg+xml", "sizes": "any"}]
    for size in (192, 512):
        # Each phone cuts a maskable icon to a shape of its own: the mark lies within the circle that is left to all.
        icon = {"src": static(f"app-{size}.png"), "type": "image/png", "sizes": f"{size}x{size}"}
        icons += [{**icon, "purpose": "any"}, {**icon, "purpose": "maskable"}]
    told = {
        "name": _("Verify a peer support specialist’s certificate"), "short_name": _("Verify"), "lang": reader(),
        "id": start, "start_url": start, "scope": reverse("public:verify"), "display": "minimal-ui",
        "background_color": "#ffffff", "theme_color": "#3f57a6", "icons": icons,
    }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The worker's script, at an address that stays: it may serve what lies beside it, one language's verifying.

    Its text changes whenever what it keeps does; a browser that sees another text takes everything anew.
    """
    files = [static(name) for name in FILES]
    digest = hashlib.sha256(" ".join([version("peercert"), *files]).encode()).hexdigest()[:16]
    shell = {"version": digest, "page": reverse("public:printed_code"), "files": files}
    body = f"self.SHELL = {json.dumps(shell)};\nimportScripts({json.dumps(static('verify_worker.js'))});\n"
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def code_words() -> dict[str, Any]:
    """What a page that checks codes has to know: keys as of now, and the words for areas."""
    keys = {compact.key_name(key): key.public.hex() for key in signing.public_keys("credential")}
    areas = [(area, words.fill("casework", f"provider_{area}", lang=reader())) for area in achievement.AREAS]
    return {"code_keys": json.dumps(keys), "code_keys_at": now(), "code_areas": [*areas, ("other", _("another area"))]}
