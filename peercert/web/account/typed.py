"""What was typed into forms whose session had ended: sealed for its own account, given back after the sign-in.

Such a form comes without a session, so it does not say whose it is. Every page for someone signed in therefore leaves a
mark in the browser until that closes: a keyed digest of the account, which tells nobody anything, signed, so that no
stranger makes one and fills our store. What was typed is sealed to the mark and waits in the new, nameless session.
Only the account of the mark opens it; whoever else signs in there throws it away unseen. Each of several tabs keeps
its own, until the form it was typed into arrives.
"""

import base64
import hashlib
import json
from dataclasses import asdict, dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.translation import gettext as _

from peercert.gateways import keys

MARK = "typed_by"
KEY = "typed"
#: The most characters that are kept: far more than any form of ours takes.
MOST = 100_000
#: Of so many forms; those of more tabs push out the first.
FORMS = 5
#: The field by which a form that was given back says which it was.
ARRIVED = "given_back"


@dataclass(frozen=True)
class Typed:
    """A form as it was sent: where to, the page that it stood on, and its fields in order. Files are not kept."""

    action: str
    back: str
    fields: list[list[str]]
    had_file: bool


def leave_mark(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Note in the browser, until it closes, whose pages it shows; and forget what was kept of a form that arrived."""
    mark = _mark(request)
    if request.get_signed_cookie(MARK, "") != mark:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_signed_cookie(MARK, mark, httponly=True, samesite="Lax", secure=secure)
    if KEY in request.session and (arrived := request.POST.get(ARRIVED)):
        left = [sealed for sealed in request.session[KEY] if _name(sealed) != arrived]
        request.session[KEY] = left
        if left:
            says, link = _("What you typed in another tab is kept, too."), _("Look at it")
            there = reverse("account:give_back")
            messages.info(request, format_html('{} <a class="usa-link" href="{}">{}</a>', says, there, link))
    return response


def keep(request: HttpRequest, *, action: str, back: str) -> bool:
    """Keep what this request brings for the account of the mark; False where there is no mark or nothing to keep."""
    mark = request.get_signed_cookie(MARK, "")
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if name not in {"csrfmiddlewaretoken", ARRIVED}
    ]
    if not mark or not fields or sum(len(name) + len(value) for name, value in fields) > MOST:
        return False
    plain = json.dumps(asdict(Typed(action, back, fields, bool(request.FILES))))
    sealed = base64.b64encode(keys.encrypt(plain.encode(), _about(mark))).decode()
    request.session[KEY] = [*request.session.get(KEY, []), sealed][-FORMS:]
    return True


def kept(request: HttpRequest) -> dict[str, Typed]:
    """What was kept for whoever is signed in now, by name. What was kept for someone else is thrown away."""
    found = {}
    for sealed in request.session.pop(KEY, []):
        try:
            plain = keys.decrypt(base64.b64decode(sealed), _about(_mark(request)))
        except (keys.CannotOpen, ValueError):
            continue
        found[_name(sealed)] = Typed(**json.loads(plain))
        request.session[KEY] = [*request.session.get(KEY, []), sealed]
    return found


def _name(sealed: str) -> str:
    return hashlib.sha256(sealed.encode()).hexdigest()[:16]


def _mark(request: HttpRequest) -> str:
    return salted_hmac("peercert.typed", str(request.user.pk), algorithm="sha256").hexdigest()


def _about(mark: str) -> str:
    return f"typed by {mark}"
