"""The forms of the certificate page: certify, correct a standing, record an end or a name, ask about the past."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from peercert.gateways.printer import prints
from peercert.program.journey.maintain import CORRECTIONS
from peercert.rules.names import tidy
from peercert.web.standing import area_words, standing_word
from peercert.web.ui.fields import DayField

SMALL = {"rows": 3}


class CertifyForm(forms.Form):
    """Why an officer certifies, where the law is not sure."""

    because = forms.CharField(
        label=_("Why do you certify?"), max_length=1000, required=False, widget=forms.Textarea(SMALL),
        help_text=_("Needed where the law does not approve by itself. It stays with the determination."),
    )  # fmt: skip


class CorrectForm(forms.Form):
    """Which standing on which days, and why."""

    state = forms.ChoiceField(label=_("How does it stand on these days?"), widget=forms.RadioSelect)
    first_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"), required=False, help_text=_("Leave it empty only for a revocation."))
    because = forms.CharField(
        label=_("Why?"), max_length=1000, widget=forms.Textarea(SMALL),
        help_text=_("For the timeline of the case. Nobody outside sees it."),
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [(code, standing_word(code).word) for code in CORRECTIONS]


class EndForm(forms.Form):
    """That the holder gave it up or died, and from which day on."""

    how = forms.ChoiceField(label=_("What happened?"), widget=forms.RadioSelect)
    from_on = DayField(label=_("From which day on?"))

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["how"].choices = [
            ("surrendered", _("The holder gave it up, in writing")),
            ("ended_by_death", _("The holder died")),
        ]
        self.fields["from_on"].latest = today


class AreaForm(forms.Form):
    """That an area of specialization belongs to the certificate from a day on, and what shows it."""

    area = forms.ChoiceField(label=_("Which area of specialization?"), widget=forms.RadioSelect)
    first_on = DayField(label=_("From which day on?"))
    because = forms.CharField(
        label=_("What shows it?"), max_length=1000, widget=forms.Textarea(SMALL),
        help_text=_("For the timeline of the case. Nobody outside sees it."),
    )  # fmt: skip

    def __init__(self, *args: object, areas: list[str], today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = list(zip(areas, area_words(areas), strict=True))
        self.fields["first_on"].latest = today


class AreaEndForm(forms.Form):
    """That an area belongs to the certificate no more from a day on, and why."""

    area = forms.ChoiceField(label=_("Which area of specialization?"), widget=forms.RadioSelect)
    from_on = DayField(
        label=_("From which day on does it no longer belong to it?"),
        help_text=_("Its own first day, if it was recorded by mistake."),
    )
    because = forms.CharField(
        label=_("Why?"), max_length=1000, widget=forms.Textarea(SMALL),
        help_text=_("For the timeline of the case. Nobody outside sees it."),
    )  # fmt: skip

    def __init__(self, *args: object, areas: list[str], today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = list(zip(areas, area_words(areas), strict=True))
        self.fields["from_on"].latest = today


class LegalNameForm(forms.Form):
    """The legal name as it is to be printed."""

    first = forms.CharField(label=_("First name"), max_length=100)
    middle = forms.CharField(label=_("Middle name"), max_length=100, required=False)
    last = forms.CharField(label=_("Last name"), max_length=100)
    because = forms.ChoiceField(label=_("Why is it another name?"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["because"].choices = [
            ("correction", _("It was written wrongly")),
            ("spelling", _("It is spelled in Latin letters, as on the ID")),
            ("marriage", _("Marriage or divorce")),
            ("court_order", _("Court order")),
        ]

    def clean(self) -> dict[str, Any]:
        """A spelling that cannot be printed would only ask for another."""
        given = self.cleaned_data
        for part in ("first", "middle", "last"):
            if not prints(tidy(given.get(part, ""))):
                self.add_error(part, _("The certificate cannot be printed with these letters. Write it as on the ID."))
        return given


class EndNpiForm(forms.Form):
    """An NPI that is no longer the holder's, or never was."""

    how = forms.ChoiceField(
        label=_("What about the NPI?"), widget=forms.RadioSelect,
        choices=[("never", _("It never was this holder’s")), ("until", _("It was theirs through a day"))],
    )  # fmt: skip
    last_on = DayField(label=_("Last day"), required=False, help_text=_("Only if it was theirs."))

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_on"].latest = today

    def clean(self) -> dict[str, object]:
        """A last day where there was one."""
        given = dict(self.cleaned_data)
        if given.get("how") == "until" and "last_on" in given and given["last_on"] is None:
            self.add_error("last_on", _("Enter the last day on which it was theirs."))
        return given


class PastForm(forms.Form):
    """Which day is asked about, and what was known when."""

    on = DayField(label=_("Day asked about"))
    known_on = DayField(label=_("As known at the end of"))

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["known_on"].latest = today
