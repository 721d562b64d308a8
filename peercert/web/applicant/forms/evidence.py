"""What is shown for the law's requirements: photo ID, education, another state's certificate, military orders."""

from __future__ import annotations

from typing import Any

from django.forms import Select
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.rules import days
from peercert.web.applicant.forms.about import STATES
from peercert.web.applicant.forms.answers import AnswerForm, ChoiceField, YesNoField, refuse, text
from peercert.web.applicant.forms.choices import ORDERS, SERVICE, education_kinds, id_kinds
from peercert.web.ui.fields import DayField


class PhotoIdForm(AnswerForm):
    """Which ID, and until when it is good."""

    needed = ("id_kind",)
    id_kind = ChoiceField(label=gettext_lazy("Which photo ID will you show?"), choices=())
    id_expires_on = DayField(
        label=gettext_lazy("When does it expire?"),
        help_text=gettext_lazy("The day is printed on it. Leave this empty if your ID has no such day."),
    )

    def prepare(self) -> None:
        """Which IDs are accepted is a figure; an ID is good for some years at most."""
        kinds: Any = self.fields["id_kind"]
        kinds.choices = id_kinds(self.on)
        field: Any = self.fields["id_expires_on"]
        field.earliest, field.latest = days.add_years(self.on, -60), days.add_years(self.on, 60)
        field.earliest_words = field.latest_words = _("Check the year printed on your ID.")


class EducationForm(AnswerForm):
    """The highest thing that shows a high school education or its equivalent; "none of these" is an answer."""

    needed = ("education_kind",)
    education_kind = ChoiceField(
        label=gettext_lazy("What can you show?"),
        help_text=gettext_lazy("One of them is enough. It can be from any country and from any year."),
        choices=(),
    )

    def prepare(self) -> None:
        """What is accepted is a figure."""
        kinds: Any = self.fields["education_kind"]
        kinds.choices = education_kinds(self.on)


class OtherStateForm(AnswerForm):
    """The certificate of another state, and what stands against it."""

    needed = (
        "other_state",
        "other_in_good_standing",
        "other_has_pending_discipline",
        "other_has_open_complaint",
    )
    other_state = ChoiceField(
        label=gettext_lazy("Which state certified you?"),
        choices=[("", gettext_lazy("Choose")), *((code, code) for code in STATES if code != "CA")],
    )
    other_number = text(gettext_lazy("Number of that certificate"), most=60, help_text=gettext_lazy("If it has one."))
    other_issued_on = DayField(label=gettext_lazy("Issued on"))
    other_expires_on = DayField(
        label=gettext_lazy("Good until"), help_text=gettext_lazy("Leave empty if no day is printed on it.")
    )
    other_in_good_standing = YesNoField(
        label=gettext_lazy("Is it in force and in good standing today?"),
        help_text=gettext_lazy("Not expired, not suspended, nothing overdue."),
    )
    other_has_pending_discipline = YesNoField(label=gettext_lazy("Is any discipline against it pending or in force?"))
    other_has_open_complaint = YesNoField(label=gettext_lazy("Is there a complaint that has not been settled?"))

    def prepare(self) -> None:
        """It was issued in the past; the list of states is a list to choose from, not fifty buttons."""
        states: Any = self.fields["other_state"]
        states.widget = Select(choices=states.choices, attrs={"class": "usa-input--small"})
        issued: Any = self.fields["other_issued_on"]
        expires: Any = self.fields["other_expires_on"]
        issued.earliest, issued.latest = days.add_years(self.on, -60), self.on
        issued.latest_words = _("The day it was issued can't be in the future.")
        expires.earliest, expires.latest = days.add_years(self.on, -60), days.add_years(self.on, 60)
        expires.earliest_words = expires.latest_words = _("Check the year printed on the certificate.")

    def clean(self) -> dict[str, Any]:
        """It ends after it was issued."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        issued, expires = given.get("other_issued_on"), given.get("other_expires_on")
        if issued and expires and expires < issued:
            self.add_error(
                "other_expires_on", refuse(_("It can't end before it was issued. Check both days."), "order")
            )
        return given


class ServiceForm(AnswerForm):
    """Whose orders they are, and what shows them."""

    needed = ("service_role", "orders_kind")
    service_role = ChoiceField(label=gettext_lazy("Who has the orders?"), choices=SERVICE)
    orders_kind = ChoiceField(
        label=gettext_lazy("What can you show?"),
        help_text=gettext_lazy("A letter from the commanding officer is as good as the orders."),
        choices=ORDERS,
    )
    orders_from = DayField(label=gettext_lazy("Orders begin on"))
    orders_until = DayField(
        label=gettext_lazy("Orders end on"), help_text=gettext_lazy("Leave empty if no end is written in them.")
    )

    def prepare(self) -> None:
        """Orders lie within a working life."""
        for name in ("orders_from", "orders_until"):
            field: Any = self.fields[name]
            field.earliest, field.latest = days.add_years(self.on, -30), days.add_years(self.on, 30)
            field.earliest_words = field.latest_words = _("Check the year in the orders.")

    def clean(self) -> dict[str, Any]:
        """They end after they began."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = given.get("orders_from"), given.get("orders_until")
        if start and end and end < start:
            self.add_error(
                "orders_until", refuse(_("The orders can't end before they begin. Check both days."), "order")
            )
        return given
