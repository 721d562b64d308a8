"""Who applies and how to reach them: name, contact, languages, where they live and work."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from peercert.program.counties.queries import all_counties
from peercert.program.people.models import LANGUAGES
from peercert.rules import days
from peercert.web.applicant.forms.answers import AnswerForm, ChoiceField, YesNoField, refuse, text
from peercert.web.ui.fields import DayField

#: Two-letter codes of the states, the district and the territories, as they stand on an envelope.
STATES = (
    "CA AL AK AZ AR CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"
).split()


class NameForm(AnswerForm):
    """The legal name as on the ID, the name a person goes by, the birth date."""

    needed = ("first_name", "last_name", "born_on")
    first_name = text(
        __("First name"),
        most=100,
        help_text=__("As on your photo ID. If you have two first names, write both."),
        required=__("Enter your first name."),
        autocomplete="given-name",
    )
    middle_name = text(
        __("Middle name"),
        most=100,
        help_text=__("If you give it, it must be the one on your ID. You can leave it out."),
        autocomplete="additional-name",
    )
    last_name = text(
        __("Last name or names"),
        most=100,
        help_text=__("All of them, as on your photo ID."),
        required=__("Enter your last name."),
        autocomplete="family-name",
    )
    chosen_name = text(
        __("Name you go by"),
        most=100,
        help_text=__("If it is another one. We greet you with it; your certificate carries your legal name."),
        autocomplete="nickname",
    )
    born_on = DayField(label=__("Birth date"), help_text=__("As on your photo ID."))

    def prepare(self) -> None:
        """A birth date lies in the past, and within a human life."""
        field: Any = self.fields["born_on"]
        field.earliest = days.add_years(self.on, -120)
        field.latest = self.on
        field.earliest_words = _("Check the year of your birth.")
        field.latest_words = _("Your birth date can't be in the future. Check the year.")

    def clean_first_name(self) -> str:
        """A name holds at least one letter."""
        return _a_name(self.cleaned_data["first_name"])

    def clean_last_name(self) -> str:
        """A name holds at least one letter."""
        return _a_name(self.cleaned_data["last_name"])


def _a_name(given: str) -> str:
    if given and not any(letter.isalpha() for letter in given):
        raise refuse(_("Write the name with letters, as on your ID."), "letters")
    return " ".join(given.split())


class ContactForm(AnswerForm):
    """How to reach the person; someone without a fixed address says so and is asked nothing more about it."""

    needed = ("phone",)
    phone = text(
        __("Phone number"),
        most=40,
        help_text=__("We call only if a letter does not reach you. A relative's or a shelter's number is fine."),
        required=__("Enter a phone number where we can leave word for you."),
        autocomplete="tel",
        inputmode="tel",
    )
    has_no_fixed_address = forms.BooleanField(
        label=__("I have no fixed address now"),
        help_text=__("Then leave the address empty. It changes nothing for your application."),
    )
    street = text(__("Street and number, or P.O. box"), most=200, autocomplete="street-address")
    city = text(__("City"), most=100, autocomplete="address-level2")
    state = forms.ChoiceField(label=__("State"), choices=[("", __("Choose")), *((code, code) for code in STATES)])
    postal_code = text(__("ZIP code"), most=20, autocomplete="postal-code", inputmode="numeric")
    wants_paper = YesNoField(
        label=__("Do you want letters on paper too?"),
        help_text=__("Every letter is in your account in any case. Paper takes some days longer."),
    )

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """An address that is not said to be missing is simply not answered."""
        return {name: (value or None) if name == "has_no_fixed_address" else value}

    def prepare(self) -> None:
        """Narrow boxes for short answers."""
        self.fields["state"].widget.attrs.update({"autocomplete": "address-level1", "class": "usa-input--small"})
        self.fields["postal_code"].widget.attrs["class"] = "usa-input--small"

    def clean_phone(self) -> str:
        """Ten digits at home, more abroad; how they are grouped is the person's own way."""
        phone = str(self.cleaned_data["phone"])
        if phone and not 7 <= len(re.sub(r"\D", "", phone)) <= 15:
            raise refuse(_("Write the number with its area code, like 916 555 0100."), "phone")
        return phone

    def clean_postal_code(self) -> str:
        """Five digits, or nine with a hyphen."""
        code = str(self.cleaned_data["postal_code"]).strip()
        if code and not re.fullmatch(r"\d{5}(-?\d{4})?", code):
            raise refuse(_("Write the ZIP code with five digits, like 95815."), "postal_code")
        return code

    def clean(self) -> dict[str, Any]:
        """An address is whole, unless there is none."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not given.get("has_no_fixed_address"):
            for name, sentence in (
                ("street", _("Enter the street and number, or say that you have no fixed address.")),
                ("city", _("Enter the city.")),
                ("state", _("Choose the state.")),
                ("postal_code", _("Enter the ZIP code.")),
            ):
                if name in given and not given[name]:
                    self.add_error(name, forms.ValidationError(sentence, code="required"))
        return given


OTHER_LANGUAGES = (
    ("asl", __("American Sign Language")),
    ("ar", __("Arabic")),
    ("hy", __("Armenian")),
    ("km", __("Cambodian (Khmer)")),
    ("zh", __("Chinese")),
    ("en", __("English")),
    ("fa", __("Farsi")),
    ("hi", __("Hindi")),
    ("hmn", __("Hmong")),
    ("ja", __("Japanese")),
    ("ko", __("Korean")),
    ("lo", __("Lao")),
    ("ium", __("Mien")),
    ("pa", __("Punjabi")),
    ("ru", __("Russian")),
    ("es", __("Spanish")),
    ("tl", __("Tagalog")),
    ("th", __("Thai")),
    ("uk", __("Ukrainian")),
    ("vi", __("Vietnamese")),
    ("other", __("Another language")),
)


class LanguagesForm(AnswerForm):
    """The language of letters, and the others in which a person could support someone."""

    needed = ("written_language",)
    written_language = ChoiceField(
        label=__("In which language should we write to you?"),
        choices=LANGUAGES,
        help_text=__("Letters, questions and answers come in this language. You can change it later."),
    )
    other_languages = forms.MultipleChoiceField(
        label=__("Which languages do you speak well enough to support someone in?"),
        help_text=__("Counties look for people who speak their communities' languages."),
        choices=OTHER_LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
    )


class PlacesForm(AnswerForm):
    """County of residence and of work. "Outside California" and "no fixed address" are answers like any other."""

    needed = ("residence", "workplace")
    columns: ClassVar[dict[str, tuple[str, ...]]] = {
        "residence": ("county_of_residence", "lives_outside_california"),
        "workplace": ("county_of_work", "works_outside_california", "is_not_working"),
    }
    residence = forms.ChoiceField(
        label=__("In which county do you live?"),
        help_text=__(
            "You don't have to live in California. If you have no fixed address, choose the county where you are most."
        ),
        error_messages={"required": __("Choose a county, or “Outside California”.")},
    )
    workplace = forms.ChoiceField(
        label=__("In which county do you work or volunteer?"),
        help_text=__("As a peer or in any other work."),
        error_messages={"required": __("Choose a county, “Outside California” or “I don't work now”.")},
    )

    def prepare(self) -> None:
        """The counties by name, after the answers that are no county."""
        counties = [(str(county.pk), county.name) for county in all_counties()]
        outside = ("outside", _("Outside California"))
        choose = ("", _("Choose"))
        live: Any = self.fields["residence"]
        work: Any = self.fields["workplace"]
        live.choices = [choose, outside, *counties]
        if self.record.has_no_fixed_address:
            live.choices = [choose, ("none", _("No fixed address")), outside, *counties]
        work.choices = [choose, ("none", _("I don't work now")), outside, *counties]

    def from_record(self, name: str) -> Any:
        """The one choice that the columns stand for."""
        record = self.record
        if name == "residence":
            if record.lives_outside_california:
                return "outside"
            if record.county_of_residence_id:
                return str(record.county_of_residence_id)
            return "none" if record.has_no_fixed_address and record.lives_outside_california is False else ""
        if record.is_not_working:
            return "none"
        if record.works_outside_california:
            return "outside"
        return str(record.county_of_work_id or "")

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """One choice as its columns."""
        county = next((one for one in all_counties() if str(one.pk) == value), None)
        if name == "residence":
            return {
                "county_of_residence": county,
                "lives_outside_california": None if not value else value == "outside",
            }
        return {
            "county_of_work": county,
            "works_outside_california": None if not value else value == "outside",
            "is_not_working": None if not value else value == "none",
        }
