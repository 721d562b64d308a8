"""What a person attests and signs, and what they may tell about themselves for the program's equity figures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from peercert.web.applicant.forms.answers import AnswerForm, ChoiceField, YesNoField, text
from peercert.web.applicant.forms.choices import ROLES


class LivedExperienceForm(AnswerForm):
    """That there is lived experience, in which role, and the two promises of the law. Never the story."""

    needed = ("lived_experience_role", "is_willing_to_share", "is_dedicated", "attests")
    lived_experience_role = ChoiceField(label=gettext_lazy("I have lived experience as"), choices=ROLES)
    is_willing_to_share = YesNoField(
        label=gettext_lazy("Are you willing to share your experience when it helps someone?"),
        help_text=gettext_lazy("You choose what, when and how much."),
    )
    is_dedicated = YesNoField(
        label=gettext_lazy("Are you strongly dedicated to recovery?"),
        help_text=gettext_lazy("Your own, or that of those you support."),
    )
    attests = forms.BooleanField(
        label=gettext_lazy("I attest that I have lived experience as I said above, and that my answers here are true."),
        error_messages={"required": gettext_lazy("Check the box to attest it.")},
    )

    def from_record(self, name: str) -> Any:
        """Whether it was attested."""
        if name == "attests":
            return self.record.lived_experience_attested_at is not None
        return getattr(self.record, name)

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """The attestation is a step of its own, not a column to write."""
        return {} if name == "attests" else {name: value}


class EthicsForm(AnswerForm):
    """The signature under the code of ethics."""

    needed = ("ethics_name",)
    ethics_name = text(
        gettext_lazy("Sign with your legal name"),
        most=200,
        help_text=gettext_lazy("Type your first and last name as you gave them. This is your written agreement."),
        required=gettext_lazy("Type your legal name to sign."),
        autocomplete="name",
    )

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """Signing is a step of its own."""
        return {}


SKIP = ("prefer_not_to_say", gettext_lazy("I prefer not to say"))


class AboutYouForm(AnswerForm):
    """Optional answers for counts by which the program sees whom it reaches. Kept apart from every case."""

    age_band = ChoiceField(
        label=gettext_lazy("Your age"),
        choices=(
            ("18_25", gettext_lazy("18 to 25")),
            ("26_40", gettext_lazy("26 to 40")),
            ("41_64", gettext_lazy("41 to 64")),
            ("65_up", gettext_lazy("65 or older")),
            SKIP,
        ),
    )
    ethnicity = forms.MultipleChoiceField(
        label=gettext_lazy("Race or ethnicity"),
        help_text=gettext_lazy("Check all that apply."),
        widget=forms.CheckboxSelectMultiple,
        choices=(
            ("american_indian", gettext_lazy("American Indian, Alaska Native or Indigenous")),
            ("asian", gettext_lazy("Asian")),
            ("black", gettext_lazy("Black or African American")),
            ("latino", gettext_lazy("Hispanic, Latino or Latina")),
            ("middle_eastern", gettext_lazy("Middle Eastern or North African")),
            ("pacific_islander", gettext_lazy("Native Hawaiian or Pacific Islander")),
            ("white", gettext_lazy("White")),
            ("another", gettext_lazy("Another")),
            SKIP,
        ),
    )
    gender = ChoiceField(
        label=gettext_lazy("Gender"),
        choices=(
            ("woman", gettext_lazy("Woman")),
            ("man", gettext_lazy("Man")),
            ("nonbinary", gettext_lazy("Nonbinary")),
            ("two_spirit", gettext_lazy("Two-Spirit")),
            ("another", gettext_lazy("Another")),
            SKIP,
        ),
    )
    is_transgender = ChoiceField(
        label=gettext_lazy("Are you transgender?"),
        choices=(("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), SKIP),
    )
    orientation = ChoiceField(
        label=gettext_lazy("Sexual orientation"),
        choices=(
            ("straight", gettext_lazy("Straight")),
            ("gay_or_lesbian", gettext_lazy("Gay or lesbian")),
            ("bisexual", gettext_lazy("Bisexual")),
            ("queer", gettext_lazy("Queer")),
            ("another", gettext_lazy("Another")),
            SKIP,
        ),
    )
    disability = ChoiceField(
        label=gettext_lazy("Do you live with a disability?"),
        choices=(("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), SKIP),
    )
    veteran = ChoiceField(
        label=gettext_lazy("Have you served in the U.S. military?"),
        choices=(("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), SKIP),
    )

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """An answer taken away is blank; "prefer not to say" stands alone."""
        if name == "ethnicity":
            return {name: ["prefer_not_to_say"] if "prefer_not_to_say" in (value or []) else list(value or [])}
        return {name: value or ""}
