"""Who applies and how to reach them: name, contact, languages, where they live and work."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.gateways.printer import prints
from peercert.program.counties.queries import all_counties
from peercert.program.people.models import LANGUAGES
from peercert.rules import days
from peercert.rules.names import tidy
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
        gettext_lazy("First name"),
        most=100,
        help_text=gettext_lazy("As on your photo ID. If you have two first names, write both."),
        required=gettext_lazy("Enter your first name."),
        autocomplete="given-name",
    )
    middle_name = text(
        gettext_lazy("Middle name"),
        most=100,
        help_text=gettext_lazy("If you give it, it must be the one on your ID. You can leave it out."),
        autocomplete="additional-name",
    )
    last_name = text(
        gettext_lazy("Last name or names"),
        most=100,
        help_text=gettext_lazy("All of them, as on your photo ID."),
        required=gettext_lazy("Enter your last name."),
        autocomplete="family-name",
    )
    chosen_name = text(
        gettext_lazy("Name you go by"),
        most=100,
        help_text=gettext_lazy(
            "If it is another one, in any letters. We greet you with it; your certificate carries your legal name."
        ),
        autocomplete="nickname",
    )
    born_on = DayField(label=gettext_lazy("Birth date"), help_text=gettext_lazy("As on your photo ID."))

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

    def clean_middle_name(self) -> str:
        """The same, where one is given."""
        return _a_name(self.cleaned_data["middle_name"])

    def clean_last_name(self) -> str:
        """A name holds at least one letter."""
        return _a_name(self.cleaned_data["last_name"])


def _a_name(given: str) -> str:
    given = tidy(given)
    if given and not any(letter.isalpha() for letter in given):
        raise refuse(_("Write the name with letters, as on your ID."), "letters")
    if not prints(given):
        sentence = _("Our certificate cannot show these letters yet. Write the name in the Latin letters of your ID.")
        raise refuse(sentence, "print")
    return given


class ContactForm(AnswerForm):
    """How to reach the person; someone without a fixed address says so and is asked nothing more about it."""

    needed = ("phone", "street", "city", "state", "postal_code")
    phone = text(
        gettext_lazy("Phone number"),
        most=40,
        help_text=gettext_lazy(
            "We call only if a letter does not reach you. A relative's or a shelter's number is fine."
        ),
        required=gettext_lazy("Enter a phone number where we can leave word for you."),
        autocomplete="tel",
        inputmode="tel",
    )
    has_no_fixed_address = forms.BooleanField(
        label=gettext_lazy("I have no fixed address now"),
        help_text=gettext_lazy("Then leave the address empty. It changes nothing for your application."),
    )
    street = text(
        gettext_lazy("Street and number, or P.O. box"),
        most=200,
        required=gettext_lazy("Enter the street and number, or say that you have no fixed address."),
        autocomplete="street-address",
    )
    city = text(gettext_lazy("City"), most=100, required=gettext_lazy("Enter the city."), autocomplete="address-level2")
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("Choose")), *((code, code) for code in STATES)],
        error_messages={"required": gettext_lazy("Choose the state.")},
    )
    postal_code = text(
        gettext_lazy("ZIP code"),
        most=20,
        required=gettext_lazy("Enter the ZIP code."),
        autocomplete="postal-code",
        inputmode="numeric",
    )
    wants_paper = YesNoField(
        label=gettext_lazy("Do you want letters on paper too?"),
        help_text=gettext_lazy("Every letter is in your account in any case. Paper takes some days longer."),
    )

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """An address that is not said to be missing is simply not answered."""
        return {name: (value or None) if name == "has_no_fixed_address" else value}

    def prepare(self) -> None:
        """An address is whole, unless there is none; narrow boxes for short answers."""
        says = self.data.get("has_no_fixed_address") if self.is_bound else self.record.has_no_fixed_address
        if says:
            for name in self.needed[1:]:
                self.fields[name].required = False
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


OTHER_LANGUAGES = (
    ("asl", gettext_lazy("American Sign Language")),
    ("ar", gettext_lazy("Arabic")),
    ("hy", gettext_lazy("Armenian")),
    ("km", gettext_lazy("Cambodian (Khmer)")),
    ("zh", gettext_lazy("Chinese")),
    ("en", gettext_lazy("English")),
    ("fa", gettext_lazy("Farsi")),
    ("hi", gettext_lazy("Hindi")),
    ("hmn", gettext_lazy("Hmong")),
    ("ja", gettext_lazy("Japanese")),
    ("ko", gettext_lazy("Korean")),
    ("lo", gettext_lazy("Lao")),
    ("ium", gettext_lazy("Mien")),
    ("pa", gettext_lazy("Punjabi")),
    ("ru", gettext_lazy("Russian")),
    ("es", gettext_lazy("Spanish")),
    ("tl", gettext_lazy("Tagalog")),
    ("th", gettext_lazy("Thai")),
    ("uk", gettext_lazy("Ukrainian")),
    ("vi", gettext_lazy("Vietnamese")),
    ("other", gettext_lazy("Another language")),
)


class LanguagesForm(AnswerForm):
    """The language of letters, and the others in which a person could support someone."""

    needed = ("written_language",)
    written_language = ChoiceField(
        label=gettext_lazy("In which language should we write to you?"),
        choices=LANGUAGES,
        help_text=gettext_lazy("Letters, questions and answers come in this language. You can change it later."),
    )
    other_languages = forms.MultipleChoiceField(
        label=gettext_lazy("Which languages do you speak well enough to support someone in?"),
        help_text=gettext_lazy("Counties look for people who speak their communities' languages."),
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
        label=gettext_lazy("In which county do you live?"),
        help_text=gettext_lazy(
            "You don't have to live in California. If you have no fixed address, choose the county where you are most."
        ),
        error_messages={"required": gettext_lazy("Choose a county, or “Outside California”.")},
    )
    workplace = forms.ChoiceField(
        label=gettext_lazy("In which county do you work or volunteer?"),
        help_text=gettext_lazy("As a peer or in any other work."),
        error_messages={"required": gettext_lazy("Choose a county, “Outside California” or “I don't work now”.")},
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
