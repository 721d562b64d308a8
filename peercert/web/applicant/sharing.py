"""Sharing a certificate by a link that ends on a day, and what became of each link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.program.certificates import share_links
from peercert.program.certificates.models import ShareLink
from peercert.program.errors import Refused
from peercert.program.journey import share
from peercert.rules.days import add_days, day_of
from peercert.web.applicant.certificate import own_certificate
from peercert.web.applicant.keep import said
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.templatetags.ui import day_words

#: How long a link may last, to choose from; the law's own longest is always among them.
DAYS = (7, 30, 90)
#: Links that ended long ago are not listed.
SHOWN = 50


class LinkForm(forms.Form):
    """How long the link works, and for whom it is."""

    days = forms.ChoiceField(label=gettext_lazy("How long should the link work?"), widget=forms.RadioSelect)
    label = forms.CharField(
        label=gettext_lazy("For whom is it?"),
        help_text=gettext_lazy("Only you see this. It helps you to tell your links apart."),
        max_length=60,
        required=False,
    )

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        most = (share.latest_day(today) - today).days
        offered = sorted({*(days for days in DAYS if days < most), most})
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            (
                str(days),
                ngettext("%(days)s day, through %(day)s", "%(days)s days, through %(day)s", days)
                % {"days": days, "day": day_words(add_days(today, days))},
            )
            for days in offered
        ]


@dataclass(frozen=True)
class Line:
    """One link as its holder sees it; `address` is blank where it no longer works."""

    link: ShareLink
    address: str


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sharing(request: HttpRequest, number: str) -> HttpResponse:
    """The links, and a form for a new one. A post makes one, or ends the one it names (`end`)."""
    certificate, today = own_certificate(request, number), day_of(now())
    if request.method == "POST" and "end" in request.POST:
        share.end_link(certificate.pk, _link_id(request.POST["end"]), actor=as_applicant(request), now=now())
        messages.success(request, _("The link has ended. Nobody can open it now."))
        return redirect("applicant:sharing", number=number)
    form = LinkForm(request.POST if request.method == "POST" else None, today=today)
    if request.method == "POST" and form.is_valid():
        last_on = add_days(today, int(form.cleaned_data["days"]))
        try:
            share.make_link(certificate.pk, last_on, form.cleaned_data["label"], actor=as_applicant(request), now=now())
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("Your link is ready. Copy it from the list and send it."))
            return redirect("applicant:sharing", number=number)
    lines = [_line(link, today) for link in share_links.links_of(certificate)[:SHOWN]]
    given = {"certificate": certificate, "form": form, "lines": lines}
    return render(request, "applicant/sharing.html", given, status=422 if form.errors else 200)


def _line(link: ShareLink, today: date) -> Line:
    works = link.ended_at is None and link.last_on >= today
    token = share_links.token_of(link) if works else ""
    address = f"{settings.ENVIRONMENT.origin}{reverse('public:shared', args=[token])}" if token else ""
    return Line(link, address)


def _link_id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Http404 from None
