"""What was typed into a form whose session had ended: sealed for its own account, given back after the sign-in.

Such a form comes without a session, so it does not say whose it is. Every page for someone signed in therefore leaves a
mark in the browser until that closes: a keyed digest of the account, which tells nobody anything, signed, so that no
stranger makes one and fills our store. What was typed is sealed to the mark and waits in the new, nameless session.
Only the account of the mark opens it; whoever else signs in there throws it away unseen.
"""

import base64
import json
from dataclasses import asdict, dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from peercert.gateways import keys

MARK = "typed_by"
KEY = "typed"
#: The most characters that are kept: far more than any form of ours takes.
MOST = 100_000


@dataclass(frozen=True)
class Typed:
    """A form as it was sent: where to, the page that it stood on, and its fields in order. Files are not kept."""

    action: str
    back: str
    fields: list[list[str]]
    had_file: bool


def leave_mark(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Note in the browser, until it closes, whose pages it shows."""
    mark = _mark(request)
    if request.get_signed_cookie(MARK, "") != mark:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_signed_cookie(MARK, mark, httponly=True, samesite="Lax", secure=secure)
    return response


def keep(request: HttpRequest, *, action: str, back: str) -> bool:
    """Keep what this request brings for the account of the mark; False where there is no mark or nothing to keep."""
    mark = request.get_signed_cookie(MARK, "")
    fields = [
        [name, value] for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    if not mark or not fields or sum(len(name) + len(value) for name, value in fields) > MOST:
        return False
    plain = json.dumps(asdict(Typed(action, back, fields, bool(request.FILES))))
    request.session[KEY] = base64.b64encode(keys.encrypt(plain.encode(), _about(mark))).decode()
    return True


def kept(request: HttpRequest) -> Typed | None:
    """What was kept for whoever is signed in now. What was kept for someone else is thrown away."""
    sealed = request.session.get(KEY)
    if sealed is None:
        return None
    try:
        plain = keys.decrypt(base64.b64decode(sealed), _about(_mark(request)))
    except keys.CannotOpen:
        del request.session[KEY]
        return None
    return Typed(**json.loads(plain))


def _mark(request: HttpRequest) -> str:
    return salted_hmac("peercert.typed", str(request.user.pk), algorithm="sha256").hexdigest()


def _about(mark: str) -> str:
    return f"typed by {mark}"
