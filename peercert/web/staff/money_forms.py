"""The forms of the payment pages: shape only; the journey says what may be."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.program.access import Barred
from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.money.models import Due
from peercert.program.money.queries import balance
from peercert.rules.numbers import read
from peercert.web.doors import sentence
from peercert.web.money_words import MEANS, PAYERS, RETURNS, due_words
from peercert.web.ui.fields import DayField, MoneyField


class PaymentForm(forms.Form):
    """A check or money order that arrived."""

    number = forms.CharField(
        label=gettext_lazy("Application number"),
        required=False,
        max_length=20,
        help_text=gettext_lazy(
            "As written on the payment, like A-2345-678X. Leave it empty if you don't know whose it is."
        ),
        widget=forms.TextInput(attrs={"class": "usa-input--medium", "autocomplete": "off"}),
    )
    means = forms.ChoiceField(label=gettext_lazy("What arrived"), choices=MEANS.items(), widget=forms.RadioSelect)
    reference = forms.CharField(
        label=gettext_lazy("Its number"),
        max_length=60,
        help_text=gettext_lazy("The number printed on the check or money order."),
        widget=forms.TextInput(attrs={"class": "usa-input--medium", "autocomplete": "off"}),
    )
    amount = MoneyField(label=gettext_lazy("Amount"))
    payer_name = forms.CharField(
        label=gettext_lazy("Who wrote it"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The name on the check or money order."),
    )
    received_on = DayField(label=gettext_lazy("The day it arrived"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case: Case | None = None
        self.fields["received_on"].latest = today  # type: ignore[attr-defined]
        self.fields["received_on"].latest_words = _("A payment cannot have arrived on a day that is still to come.")  # type: ignore[attr-defined]

    def clean_number(self) -> str:
        """The case behind the number, kept in `case`; a typing mistake and an unknown number are told apart."""
        typed = str(self.cleaned_data["number"]).strip()
        if not typed:
            return ""
        try:
            number = read(typed, "A")
        except ValueError:
            raise ValidationError(
                _("That is not an application number: one character is mistyped or missing.")
            ) from None
        self.case = Case.objects.filter(number=number).first()
        if self.case is None:
            raise ValidationError(
                _("No application has this number. Leave it empty to record the payment as unmatched.")
            )
        return number


class ReturnForm(forms.Form):
    """That a payment came back."""

    because = forms.ChoiceField(
        label=gettext_lazy("Why it came back"), choices=RETURNS.items(), widget=forms.RadioSelect
    )
    returned_on = DayField(label=gettext_lazy("The day it came back"))

    def __init__(self, *args: Any, today: date, received_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["returned_on"].latest = today  # type: ignore[attr-defined]
        self.fields["returned_on"].earliest = received_on  # type: ignore[attr-defined]


class PayerForm(forms.Form):
    """Who takes over a fee."""

    due = forms.ModelChoiceField(
        Due.objects.none(), label=gettext_lazy("Which fee"), to_field_name="uuid", empty_label=None
    )
    kind = forms.ChoiceField(label=gettext_lazy("Who pays"), choices=PAYERS.items(), widget=forms.RadioSelect)
    number = forms.CharField(
        label=gettext_lazy("Its number"),
        max_length=60,
        help_text=gettext_lazy("The scholarship's, the county's or the waiver's number."),
        widget=forms.TextInput(attrs={"class": "usa-input--medium", "autocomplete": "off"}),
    )
    payer = forms.CharField(
        label=gettext_lazy("Name of the payer"), required=False, max_length=200,
        help_text=gettext_lazy("For example the county."),
    )  # fmt: skip

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_dues = [due.pk for due in case.dues.all() if balance(due) > 0]
        field = self.fields["due"]
        field.queryset = Due.objects.filter(pk__in=open_dues).order_by("owed_on", "pk")  # type: ignore[attr-defined]
        field.label_from_instance = due_words  # type: ignore[attr-defined]


class SendBackForm(forms.Form):
    """That money went back to whoever had sent it."""

    reference = forms.CharField(
        label=gettext_lazy("Number of our check"), max_length=60,
        help_text=gettext_lazy("The check that you sent, made out to whoever wrote the payment."),
        widget=forms.TextInput(attrs={"class": "usa-input--medium", "autocomplete": "off"}),
    )  # fmt: skip
    sent_on = DayField(label=gettext_lazy("The day you sent it"))

    def __init__(self, *args: Any, today: date, received_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sent_on"].latest = today  # type: ignore[attr-defined]
        self.fields["sent_on"].earliest = received_on  # type: ignore[attr-defined]


class ReleaseForm(forms.Form):
    """Why a fee is not owed after all."""

    because = forms.CharField(label=gettext_lazy("Why is this fee not owed?"), max_length=200)


class TakeBackForm(forms.Form):
    """Why a payer is taken back."""

    because = forms.CharField(label=gettext_lazy("Why does this payer no longer pay?"), max_length=200)


def refused_in(form: forms.Form, refusal: Refused) -> None:
    """Show a refused step above the form, with what was typed kept; a refusal for an interest has a page of its own."""
    if isinstance(refusal, Barred) or refusal.reason == "not_yours":
        raise refusal
    form.add_error(None, sentence(refusal))
