"""What a person attests and signs, and what they may tell about themselves for the program's equity figures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as __

from peercert.web.applicant.forms.answers import AnswerForm, ChoiceField, YesNoField, text
from peercert.web.applicant.forms.choices import ROLES


class LivedExperienceForm(AnswerForm):
    """That there is lived experience, in which role, and the two promises of the law. Never the story."""

    needed = ("lived_experience_role", "is_willing_to_share", "is_dedicated", "attests")
    lived_experience_role = ChoiceField(label=__("I have lived experience as"), choices=ROLES)
    is_willing_to_share = YesNoField(
        label=__("Are you willing to share your experience when it helps someone?"),
        help_text=__("You choose what, when and how much."),
    )
    is_dedicated = YesNoField(
        label=__("Are you strongly dedicated to recovery?"), help_text=__("Your own, or that of those you support.")
    )
    attests = forms.BooleanField(
        label=__("I attest that this is true. Nobody asked me for my story, a diagnosis or any proof."),
        error_messages={"required": __("Check the box to attest it.")},
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
        __("Sign with your legal name"),
        most=200,
        help_text=__("Type your first and last name as you gave them. This is your written agreement."),
        required=__("Type your legal name to sign."),
        autocomplete="name",
    )

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """Signing is a step of its own."""
        return {}


SKIP = ("prefer_not_to_say", __("I prefer not to say"))


class AboutYouForm(AnswerForm):
    """Optional answers for counts by which the program sees whom it reaches. Kept apart from every case."""

    age_band = ChoiceField(
        label=__("Your age"),
        choices=(
            ("18_25", __("18 to 25")),
            ("26_40", __("26 to 40")),
            ("41_64", __("41 to 64")),
            ("65_up", __("65 or older")),
            SKIP,
        ),
    )
    ethnicity = forms.MultipleChoiceField(
        label=__("Race or ethnicity"),
        help_text=__("Check all that apply."),
        widget=forms.CheckboxSelectMultiple,
        choices=(
            ("american_indian", __("American Indian, Alaska Native or Indigenous")),
            ("asian", __("Asian")),
            ("black", __("Black or African American")),
            ("latino", __("Hispanic, Latino or Latina")),
            ("middle_eastern", __("Middle Eastern or North African")),
            ("pacific_islander", __("Native Hawaiian or Pacific Islander")),
            ("white", __("White")),
            ("another", __("Another")),
            SKIP,
        ),
    )
    gender = ChoiceField(
        label=__("Gender"),
        choices=(
            ("woman", __("Woman")),
            ("man", __("Man")),
            ("nonbinary", __("Nonbinary")),
            ("two_spirit", __("Two-Spirit")),
            ("another", __("Another")),
            SKIP,
        ),
    )
    is_transgender = ChoiceField(label=__("Are you transgender?"), choices=(("yes", __("Yes")), ("no", __("No")), SKIP))
    orientation = ChoiceField(
        label=__("Sexual orientation"),
        choices=(
            ("straight", __("Straight")),
            ("gay_or_lesbian", __("Gay or lesbian")),
            ("bisexual", __("Bisexual")),
            ("queer", __("Queer")),
            ("another", __("Another")),
            SKIP,
        ),
    )
    disability = ChoiceField(
        label=__("Do you live with a disability?"), choices=(("yes", __("Yes")), ("no", __("No")), SKIP)
    )
    veteran = ChoiceField(
        label=__("Have you served in the U.S. military?"), choices=(("yes", __("Yes")), ("no", __("No")), SKIP)
    )

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """An answer taken away is blank; "prefer not to say" stands alone."""
        if name == "ethnicity":
            return {name: ["prefer_not_to_say"] if "prefer_not_to_say" in (value or []) else list(value or [])}
        return {name: value or ""}
