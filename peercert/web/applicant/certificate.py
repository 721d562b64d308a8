"""The holder's certificate: the document, what others see, and whether they are found by name."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from peercert.gateways import files, keys
from peercert.program.casework.models import Task
from peercert.program.certificates import credentials, outside, queries
from peercert.program.certificates.models import Certificate
from peercert.program.errors import Refused
from peercert.program.journey import maintain
from peercert.rules.days import day_of
from peercert.web.applicant.linkedin import add_to_profile
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.standing import standing_word


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """The page, or the document's part alone while it is being made. A post chooses whether a name search finds it."""
    found = own_certificate(request, number)
    if request.method == "POST":
        leave_out = request.POST.get("found_by_name") == "no"
        maintain.leave_out_of_name_search(found.case_id, leave_out, actor=as_applicant(request), now=now())
        return redirect("applicant:certificate", number=found.number)
    if request.headers.get("HX-Request"):
        return render(request, "applicant/_certificate_file.html", document(found))
    moment = now()
    if queries.newest_file(found) is None or not credentials.says_it(found, day_of(moment)):
        # Queued with every change; asked again in case that job was lost. At most one such job waits.
        maintain.print_again(found.pk, actor=as_applicant(request), now=moment)
    answer = queries.public_answer(found, day_of(moment), today=day_of(moment))
    current = queries.current_credential(found)
    given = {
        **document(found),
        "credential": current,
        "linkedin": add_to_profile(found, current) if current else "",
        "answer": answer,
        "standing": standing_word(answer.standing),
        "moment": moment,
        "person": found.person,
    }
    return render(request, "applicant/certificate.html", given)


@signed_in
@require_safe
def certificate_file(request: HttpRequest, number: str) -> HttpResponse:
    """The document itself, to keep. 404 until it has been made."""
    return send_document(own_certificate(request, number))


def own_certificate(request: HttpRequest, number: str) -> Certificate:
    """The signed-in person's own certificate; anyone else's, or none, is refused with the same answer."""
    person = as_applicant(request).person
    found = Certificate.objects.filter(number=number, person=person).select_related("person", "case").first()
    if found is None:
        raise Refused("not_yours")
    return found


def document(certificate: Certificate) -> dict[str, Any]:
    """What the part about the document needs: the file if it is there, or why it is not."""
    return {
        "certificate": certificate,
        "file": queries.newest_file(certificate),
        "is_due": credentials.told(certificate, day_of(now())) is not None,
        "is_held_up": bool(outside.trouble()),
        "is_asked": Task.objects.filter(case=certificate.case, kind="print_certificate", closed_at=None).exists(),
    }


def send_document(certificate: Certificate) -> HttpResponse:
    """The newest print as a download; raises Http404 where it has not been made."""
    file = queries.newest_file(certificate)
    if file is None:
        raise Http404
    content = keys.decrypt(files.fetch(file.path), queries.about_file(certificate))
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="certificate-{certificate.number}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )
