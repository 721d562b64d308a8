"""What a holder takes along: the signed credential as a file, the same as VC-JWT, and a card for phone or wallet."""

from __future__ import annotations

import orjson
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from peercert.gateways import printer
from peercert.gateways.signer import jwt
from peercert.program.certificates import printing, queries, signing
from peercert.program.certificates.models import Certificate, Credential
from peercert.web.applicant.certificate import own_certificate
from peercert.web.doors import signed_in


@signed_in
@never_cache
@require_safe
def credential_jwt(request: HttpRequest, number: str) -> HttpResponse:
    """The same content as VC-JWT (ES256), for wallets that read nothing else; signed and verified now."""
    certificate, current = _current(request, number)
    document = orjson.loads(current.signed)
    del document["proof"]
    token = signing.sign_token(document)
    return _download(token.encode(), jwt.MEDIA_TYPE, f"credential-{certificate.number}.jwt")


@signed_in
@never_cache
@require_safe
def card(request: HttpRequest, number: str) -> HttpResponse:
    """A card the size of a bank card, as an image: to keep on the phone, or to print and cut out."""
    certificate, current = _current(request, number)
    try:
        image = printer.card(printing.page_of(certificate, current))
    except printer.CannotPrint:
        messages.warning(request, _("Your name has a letter that we cannot print yet. An officer is looking at it."))
        return redirect("applicant:certificate", number=number)
    return _download(image, "image/png", f"card-{certificate.number}.png")


def _current(request: HttpRequest, number: str) -> tuple[Certificate, Credential]:
    certificate = own_certificate(request, number)
    current = queries.current_credential(certificate)
    if current is None:
        raise Http404
    return certificate, current


def _download(content: bytes, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=media_type, headers=headers)
