"""Verifying what somebody hands over: a credential file, a PDF, a picture of a code, or text. Told step by step; of a
receipt, whether we gave it.

What is sent is looked at in memory and never kept. Keys and statuses come from our own register; no address that a file
names is ever fetched.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert import words
from peercert.gateways import presented
from peercert.gateways.signer import compact, receipt, verify
from peercert.gateways.signer.jwt import taken_apart
from peercert.gateways.signer.keys import SignerDown
from peercert.program.certificates import receipts, signing, status_lists
from peercert.program.certificates.locate import locate
from peercert.rules.days import day_of
from peercert.web.doors import now, public
from peercert.web.public import throttle
from peercert.web.public.certificate import told
from peercert.web.public.file_form import FileForm
from peercert.web.public.verify import noindex
from peercert.web.standing import area_words
from peercert.web.ui.parts import Kind, Row
from peercert.web.ui.templatetags.ui import reader
from peercert.words import verdict as verdict_words

#: The kind of state for each heading; every other one is a problem.
_KINDS: dict[str, Kind] = {"genuine": "done", "genuine_only": "waiting", "genuine_code": "waiting"}

#: Half of the threads answer everybody else, whatever pictures strangers send.
_LOOKING = BoundedSemaphore(max(1, settings.ENVIRONMENT.web_threads // 2))


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_file(request: HttpRequest) -> HttpResponse:
    """The form; what was sent is answered on the same page, and forgotten."""
    sent = request.method == "POST"
    form = FileForm(request.POST if sent else None, request.FILES if sent else None)
    if not sent or not form.is_valid():
        return noindex(render(request, "public/verify_file.html", {"form": form}, status=422 if sent else 200))
    moment = now()
    if throttle.is_too_much(request, "file", moment):
        return throttle.wait_page(request)
    try:
        given = _looked_through(form.content)
        told = _of_receipt(given[0]) if receipt.is_like(given[0]) else _explained(judged(given, moment), moment)
    except presented.NothingThere as why:
        form.add_error("file", words.fill("verifying", why.code, lang=reader()))
        status = 503 if why.code == "busy" else 422
        return noindex(render(request, "public/verify_file.html", {"form": form}, status=status))
    return noindex(render(request, "public/verify_file.html", {"form": FileForm(), "as_of": moment, **told}))


def _looked_through(content: bytes) -> Sequence[bytes | str]:
    """What was handed in; a picture has its turn where not too many are looked through. Raises NothingThere."""
    if not presented.is_looked_through(content):
        return [content]
    if not _LOOKING.acquire(blocking=False):
        raise presented.NothingThere("busy")
    try:
        return presented.credentials_in(content)
    finally:
        _LOOKING.release()


def judged(given: Sequence[bytes | str], at: datetime) -> verify.Verdict:
    """Every step, by the keys and lists of our own register. Raises NothingThere."""
    origin = settings.ENVIRONMENT.origin
    keys = {signing.method_of(key.kid): key for key in signing.public_keys("credential", "jwt")}
    printing = {compact.key_name(key): key for key in keys.values()}

    def own_list(address: str) -> bytes | None:
        """The status list at an address of ours, from our own tables."""
        number = address.rpartition("/")[2]
        if not re.fullmatch("[0-9]{1,8}", number) or address != status_lists.list_address(int(number)):
            return None
        try:
            signed = status_lists.signed_list(int(number), now=at)
        except SignerDown:
            return None
        return None if signed is None else signed.encode()

    return presented.judged(
        given,
        origin=origin,
        resolve_key=keys.get,
        resolve_code_key=printing.get,
        fetch_status=own_list,
        log_keys=signing.public_keys("log"),
        at=at,
    )


def _explained(found: verify.Verdict, moment: datetime) -> dict[str, Any]:
    summary = verdict_words.summary(found.steps)
    shown: dict[str, Any] = {
        "verdict": words.fill("verifying", summary, lang=reader()),
        "kind": _KINDS.get(summary, "problem"),
        "lines": verdict_words.lines(found.steps, reader()),
        "says": _says(found.says),
        "number": found.number,
    }
    certificate = locate(found.number).certificate if found.number and found.is_genuine else None
    if certificate is not None:
        today = day_of(moment)
        shown |= told(certificate, today, today, moment)
    return shown


def _of_receipt(given: bytes | str) -> dict[str, Any]:
    """Whether we gave a receipt, by our records, and what it says. Nothing of one that we never gave is told."""
    kept = receipts.given(given if isinstance(given, str) else given.decode("ascii"))
    code, kind, says, values = "receipt_never_given", "problem", [], {}
    if kept is not None:
        is_trusted = receipts.is_trusted(kept, signing.leaked("receipt"))
        code, kind = ("receipt_given", "done") if is_trusted else ("receipt_of_leaked_key", "waiting")
        values = {"made": kept.made_at}
        certified = taken_apart(kept.text).payload["answer"]["is_certified"]
        says = [
            Row(_("Certificate number"), receipts.asked_as(kept)),
            Row(_("Day asked about"), words.shown(kept.on, reader())),
            Row(_("Certified that day"), _("Yes") if certified else _("No")),
            Row(_("As known"), words.shown(kept.known_at, reader())),
        ]
    verdict, about = (words.fill("verifying", f"{code}{part}", values, reader()) for part in ("", "_says"))
    return {"verdict": verdict, "kind": kind, "about": about, "says": says}


def _says(says: Any) -> list[Row]:
    if not says:
        return []
    rows = [
        (_("Name"), says["name"]), (_("Certificate number"), says["number"]),
        (_("Issued"), words.shown(says["issued_on"], reader())),
        (_("Good through"), words.shown(says["last_day"], reader())),
        (_("Areas of specialization"), "; ".join(area_words(says["areas"]))),
    ]  # fmt: skip
    return [Row(label, value) for label, value in rows if value]
