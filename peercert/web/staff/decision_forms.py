"""The form by which an officer advises or decides: an outcome, the grounds of a denial, and why."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from peercert.program.journey.grounds import Ground
from peercert.web.staff.case_frame import language


class DecisionForm(forms.Form):
    """`grounds` are chosen where the outcome is a denial; those that were not asked for yet cannot be chosen."""

    outcome = forms.ChoiceField(
        label=_("What do you decide?"),
        choices=[("approve", _("Approve")), ("deny", _("Deny"))],
        widget=forms.RadioSelect,
    )
    grounds = forms.MultipleChoiceField(
        label=_("If you deny: on which grounds?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The letter names these, in the person's language."),
    )
    because = forms.CharField(
        label=_("Why, where you differ from the law's proposal or from the recommendation"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Stays in the record, not in the letter."),
    )

    def __init__(
        self, *args: object, grounds: Sequence[Ground], outcome: str = "", with_grounds: bool = True, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        usable = [(one.key, one.line(language())) for one in grounds if one.may_deny]
        if with_grounds and usable:
            self.fields["grounds"].choices = usable
            self.fields["grounds"].initial = [one.key for one in grounds if one.may_deny and not one.is_new]
        else:
            del self.fields["grounds"]
        if outcome:
            self.fields["outcome"].choices = [(outcome, dict(self.fields["outcome"].choices)[outcome])]
            self.fields["outcome"].initial = outcome

    def chosen(self, grounds: Sequence[Ground]) -> list[Ground]:
        """The grounds that were chosen, where the outcome is a denial."""
        if self.cleaned_data["outcome"] != "deny":
            return []
        return [one for one in grounds if one.key in set(self.cleaned_data.get("grounds", []))]
