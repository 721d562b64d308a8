"""Claiming a record from the register before this one, by its number and the e-mail address it holds."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.program.errors import Refused
from peercert.program.journey.claim import claim_record
from peercert.web.applicant.keep import said
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.public import throttle


class ClaimForm(forms.Form):
    """The number that one's paper or letter carries."""

    number = forms.CharField(
        label=gettext_lazy("Your certificate or application number"),
        help_text=gettext_lazy("As printed on your certificate or in a letter. Capitals and spaces do not matter."),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "usa-input--medium", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the number that your certificate or letter carries.")},
    )


@signed_in
def claim(request: HttpRequest) -> HttpResponse:
    """Claim; afterwards one's own place, where the record stands."""
    form = ClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        moment = now()
        if throttle.is_too_much(request, "claim", moment):
            return throttle.wait_page(request)
        try:
            claim_record(form.cleaned_data["number"], actor=as_applicant(request), now=moment)
        except Refused as why:
            form.add_error("number", said(why))
        else:
            messages.success(request, _("Your record is in your account now."))
            return redirect("applicant:home")
    return render(request, "applicant/claim.html", {"form": form}, status=422 if form.errors else 200)
