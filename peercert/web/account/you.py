"""How we call a person, in which language we write, and where to."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.program.journey import accounts
from peercert.program.people.models import LANGUAGES, Person
from peercert.web.doors import as_applicant, now, signed_in

FIELDS = (
    "chosen_name", "language", "wants_paper", "street", "city", "state", "postal_code", "is_left_out_of_name_search",
)  # fmt: skip


class YouForm(forms.Form):
    """What a person decides about themselves, at any time and without giving a reason."""

    chosen_name = forms.CharField(
        label=gettext_lazy("Name that we call you by"), max_length=100, required=False,
        help_text=gettext_lazy("It stands in every greeting. The certificate carries the legal name."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("Language of letters"), choices=LANGUAGES, widget=forms.RadioSelect)
    wants_paper = forms.BooleanField(label=gettext_lazy("Send my letters on paper"), required=False)
    street = forms.CharField(
        label=gettext_lazy("Street and number, or P.O. box"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )  # fmt: skip
    city = forms.CharField(
        label=gettext_lazy("City"), max_length=100, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )  # fmt: skip
    state = forms.CharField(
        label=gettext_lazy("State"), max_length=40, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1", "class": "usa-input--small"}),
    )  # fmt: skip
    postal_code = forms.CharField(
        label=gettext_lazy("ZIP code"), max_length=20, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "usa-input--small"}),
    )  # fmt: skip
    is_left_out_of_name_search = forms.BooleanField(
        label=gettext_lazy("Leave me out when strangers search the register by name"), required=False,
        help_text=gettext_lazy("Your certificate can still be verified by its number. You need not say why."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Paper needs an address."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("wants_paper") and not (given.get("street") and given.get("city")):
            self.add_error("street", _("Letters on paper need a street and a city."))
        return given


@signed_in
def you(request: HttpRequest) -> HttpResponse:
    """Ask, save, and go back to the account."""
    person: Person = request.actor.person  # type: ignore[attr-defined]
    form = YouForm(request.POST or None, initial={name: getattr(person, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        accounts.change_own(form.cleaned_data, actor=as_applicant(request), now=now())
        messages.success(request, _("Your changes are saved."))
        return redirect("account:home")
    return render(request, "account/you.html", {"form": form}, status=422 if form.errors else 200)
