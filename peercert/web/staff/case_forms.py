"""The small forms of the case page."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from peercert.program.access import MAY, officers_as
from peercert.program.casework.models import Case
from peercert.program.journey.review import HOLD_REASONS
from peercert.program.people.models import DeclaredInterest
from peercert.web.doors import now
from peercert.web.staff.case_frame import named_all, said

SMALL = {"rows": 3}


class NoteForm(forms.Form):
    """A note for colleagues."""

    text = forms.CharField(
        label=_("Note for colleagues"),
        max_length=4000,
        widget=forms.Textarea(SMALL),
        help_text=_("The person may read it: it is part of what they can download about themselves."),
    )


class MatchForm(forms.Form):
    """Whether two records are one person, and why."""

    answer = forms.ChoiceField(
        label=_("Is this the same person?"),
        choices=[("different", _("No, different people")), ("same", _("Yes, the same person"))],
        widget=forms.RadioSelect,
    )
    because = forms.CharField(label=_("How do you know?"), max_length=1000, widget=forms.Textarea({"rows": 2}))


class HoldForm(forms.Form):
    """Why nothing is certified for now."""

    reason = forms.ChoiceField(label=_("Why hold the certificate back?"))
    because = forms.CharField(label=_("What has to be cleared up?"), max_length=1000, widget=forms.Textarea(SMALL))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(code, said(f"hold_{code}")) for code in HOLD_REASONS]


class LiftForm(forms.Form):
    """Why a hold is lifted."""

    because = forms.CharField(label=_("Why is the hold lifted?"), max_length=1000, widget=forms.Textarea({"rows": 2}))


class BecauseForm(forms.Form):
    """A reason in a sentence."""

    because = forms.CharField(label=_("Why?"), max_length=2000, widget=forms.Textarea(SMALL))

    def __init__(self, *args: object, label: object = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["because"].label = label


def assignees(case: Case, roles: Iterable[str] = MAY["assign"]) -> list[tuple[str, str]]:
    """Officers who may be given this case, by name: (uuid, name)."""
    people = officers_as(roles, now()).select_related("account")
    tied = DeclaredInterest.objects.filter(officer__in=people, about=case.person_id, ended_at=None)
    declared = case.parts.filter(part="declared_interest").values_list("person", flat=True)
    barred = {case.person_id, *tied.values_list("officer", flat=True), *declared}
    names = named_all(people)
    free = [(str(one.uuid), names[one.pk]) for one in people if one.pk not in barred]
    return sorted(free, key=lambda pair: pair[1].casefold())
