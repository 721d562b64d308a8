"""A holder's NPI: entered with its first day, ended on a day, and what was entered before."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.program.certificates.models import Certificate
from peercert.program.errors import Refused
from peercert.program.journey import watched
from peercert.program.rosters import queries
from peercert.program.rosters.models import Npi
from peercert.rules.days import add_days, day_of
from peercert.web.applicant.certificate import own_certificate
from peercert.web.doors import as_applicant, now, sentence, signed_in
from peercert.web.ui.fields import DayField

#: The field beside which a refusal stands.
BESIDE = {"npi_mistyped": "npi", "npi_no_number": "npi", "day_in_future": "first_on", "npi_overlaps": "first_on"}


class NpiForm(forms.Form):
    """Ten digits, and since when they are theirs."""

    npi = forms.CharField(
        label=gettext_lazy("Your NPI (National Provider Identifier)"), max_length=30,
        help_text=gettext_lazy("Ten digits. The federal registry gave it to you."),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the ten digits.")},
    )  # fmt: skip
    first_on = DayField(label=gettext_lazy("Yours since"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_on"].latest = today  # type: ignore[attr-defined]


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def npi(request: HttpRequest, number: str) -> HttpResponse:
    """The one that is theirs today, the form, and the spans before."""
    certificate, moment = own_certificate(request, number), now()
    today = day_of(moment)
    step = request.POST.get("step", "")
    form = NpiForm(
        request.POST if request.method == "POST" and step != "end" else None, today=today, initial={"first_on": today}
    )
    refusal = ""
    if request.method == "POST":
        try:
            if _take(request, certificate, step, form):
                return redirect("applicant:npi", number=certificate.number)
        except Refused as refused:
            if step == "end":
                refusal = sentence(refused)
            else:
                form.add_error(BESIDE.get(refused.reason), sentence(refused))
    context = {
        "certificate": certificate, "form": form, "refusal": refusal,
        "current": queries.npi_on(certificate.person, today), "rows": npi_rows(certificate),
    }  # fmt: skip
    return render(request, "applicant/npi.html", context, status=409 if refusal else 422 if form.errors else 200)


def npi_rows(certificate: Certificate) -> list[tuple[Npi, date | None]]:
    """Every span with its last day, the newest first."""
    return [
        (one, add_days(one.days.upper, -1) if one.days.upper else None) for one in queries.npis_of(certificate.person)
    ]


def _take(request: HttpRequest, certificate: Certificate, step: str, form: NpiForm) -> bool:
    moment, actor = now(), as_applicant(request)
    if step == "end":
        current = queries.npi_on(certificate.person, day_of(moment))
        if current is None:
            raise Refused("npi_ended")
        watched.end_npi(current.pk, day_of(moment), actor=actor, now=moment)
        messages.success(request, _("Today is its last day."))
        return True
    if not form.is_valid():
        return False
    given = form.cleaned_data
    made = watched.enter_npi(certificate.person_id, given["npi"], given["first_on"], actor=actor, now=moment)
    messages.success(
        request, _("Your NPI is kept.") if made else _("We look at this number before we keep it, and write to you.")
    )
    return True
