"""What a holder shares by a link: their certificate as it stands now, and the signed credential to keep and verify."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from peercert.program.certificates import queries, share_links
from peercert.program.certificates.locate import at
from peercert.program.certificates.models import Certificate, Credential, ShareLink
from peercert.rules.days import day_of
from peercert.web.doors import now, public
from peercert.web.public import throttle
from peercert.web.public.certificate import told
from peercert.web.public.verify import noindex


@public
@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a link. A link that ended and one that never was get the same answer."""
    moment = now()
    if throttle.is_too_much(request, "number", moment):
        return throttle.wait_page(request)
    today = day_of(moment)
    link = share_links.opened_by(token, today)
    certificate = _that_answers(link)
    if link is None or certificate is None:
        return noindex(
            render(
                request,
                "public/shared_ended.html",
                {"says": _("This link no longer works, or was not copied whole.")},
                status=404,
            )
        )
    if request.method == "GET" and not _is_holder(request, certificate):
        share_links.record_look(link, now=moment)
    context = told(certificate, today, today, moment) | {
        "credential": queries.current_credential(certificate), "token": token, "last_on": link.last_on,
    }  # fmt: skip
    return noindex(render(request, "public/shared.html", context))


@public
@never_cache
@require_safe
def credential_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A signed credential as a file, for its holder, or for whoever opens one of the holder's links (`?share=`).

    One that is no longer current is not handed out again, and anyone else is told the same as for one that never was.
    """
    found = Credential.objects.filter(uuid=uuid).select_related("certificate").first()
    if found is None or not (_is_holder(request, found.certificate) or _is_shared(request, found.certificate)):
        says = _("Only its holder and those with whom the holder shared it may open this credential.")
        return noindex(render(request, "public/shared_ended.html", {"says": says}, status=403))
    if found.superseded_at is not None:
        says = _("This credential is no longer current. Its holder can show you the one that is.")
        return noindex(render(request, "public/shared_ended.html", {"says": says}, status=410))
    return noindex(send_credential(found))


def send_credential(credential: Credential) -> HttpResponse:
    """The credential exactly as signed, as a download."""
    return HttpResponse(
        credential.signed,
        content_type="application/vc",
        headers={
            "Content-Disposition": f'attachment; filename="credential-{credential.certificate.number}.json"',
            "Cache-Control": "private, no-store",
        },
    )


def _is_holder(request: HttpRequest, certificate: Certificate) -> bool:
    actor = request.actor  # type: ignore[attr-defined]
    return bool(actor and actor.person and actor.person.pk == certificate.person_id)


def _is_shared(request: HttpRequest, certificate: Certificate) -> bool:
    return _that_answers(share_links.opened_by(request.GET.get("share", ""), day_of(now()))) == certificate


def _that_answers(link: ShareLink | None) -> Certificate | None:
    """The certificate that answers for what was shared: another where they were merged, none where it is gone."""
    return at(link.certificate, link.certificate.number).certificate if link else None
