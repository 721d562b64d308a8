"""What others see of a certificate: by its number, by a link, in the signed file; and who looked or watches."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.program.certificates import queries, share_links
from peercert.program.journey import specialize
from peercert.program.rosters.queries import watchers
from peercert.rules.days import day_of
from peercert.web.applicant.certificate import own_certificate
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.public.certificate import told
from peercert.web.standing import area_words


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def others_see(request: HttpRequest, number: str) -> HttpResponse:
    """The page; a post chooses whether the areas of specialization are shown to others."""
    certificate = own_certificate(request, number)
    if request.method == "POST":
        shows = request.POST.get("areas") == "show"
        specialize.show_areas(certificate.pk, shows, actor=as_applicant(request), now=now())
        return redirect("applicant:others_see", number=number)
    moment = now()
    today = day_of(moment)
    links = share_links.links_of(certificate).filter(looks__gt=0)
    given = told(certificate, today, today, moment) | {
        "certificate": certificate,
        "areas": area_words(queries.areas_on(certificate, today)),
        "credential": queries.current_credential(certificate),
        "looked_at": links.order_by("-last_looked_at").first(),
        "looks": sum(links.values_list("looks", flat=True)),
        "watchers": [watcher.organisation.name for watcher in watchers(certificate, today)],
    }
    return render(request, "applicant/others_see.html", given)
