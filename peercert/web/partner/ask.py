"""Asking for the account of an organisation: who it is, whom we reach there, and what it is for."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from peercert.program.counties.models import County
from peercert.program.errors import Refused
from peercert.program.journey import organisations
from peercert.program.people.organisations import KINDS
from peercert.web.doors import as_applicant, now, sentence, signed_in
from peercert.web.partner.words import said

#: The field beside which a refusal stands.
BESIDE = {"county_needed": "county_code", "organisation_kind": "kind"}


class AskForm(forms.Form):
    """What we must know before an officer calls back."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What kind of organization is it?"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what kind of organization it is.")},
    )  # fmt: skip
    county_code = forms.ChoiceField(
        label=gettext_lazy("Which county or city program?"), required=False,
        help_text=gettext_lazy("Only if it is one."),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Its full name"), max_length=200,
        help_text=gettext_lazy("Holders read it where they see who watches their certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": gettext_lazy("Enter the name of the organization.")},
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("Its postal address"), max_length=300,
        error_messages={"required": gettext_lazy("Enter the address.")},
    )  # fmt: skip
    contact = forms.CharField(
        label=gettext_lazy("Whom we call there: name and phone number"), max_length=200,
        help_text=gettext_lazy("Someone who can confirm that you may act for it."),
        error_messages={"required": gettext_lazy("Enter whom we call.")},
    )  # fmt: skip
    wants = forms.CharField(
        label=gettext_lazy("What do you need the account for?"), max_length=2000,
        help_text=gettext_lazy("For example: we employ 40 specialists and check each certificate every month."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Say in a sentence what the account is for.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(code, said(f"kind_{code}")) for code, _name in KINDS]  # type: ignore[attr-defined]
        counties = County.objects.order_by("name").values_list("code", "name")
        self.fields["county_code"].choices = [("", _("None")), *counties]  # type: ignore[attr-defined]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form; what was asked is answered by an officer, who calls back."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisations.ask_for_account(**form.cleaned_data, actor=as_applicant(request), now=now())
        except Refused as refusal:
            form.add_error(BESIDE.get(refusal.reason), sentence(refusal))
        else:
            messages.success(request, _("It reached us. An officer calls the person you named, then answers you."))
            return redirect("partner:home")
    # A form sent without a single field is looked at, too.
    if request.method == "POST" and not form.is_bound:
        form = AskForm({})
    return render(request, "partner/ask.html", {"form": form}, status=422 if form.errors else 200)
