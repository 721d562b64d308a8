"""The page that shows every part of the house style, for whoever builds or judges a page (demo mode only)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from peercert.web.doors import public
from peercert.web.ui.fields import DayField, MoneyField, UploadField
from peercert.web.ui.parts import Chip, Event, Row, Stage, Task, steps_until

#: A moment that stays the same, so that two pictures of the page can be compared.
THEN = datetime(2026, 5, 1, 15, 14, tzinfo=ZoneInfo("America/Los_Angeles"))


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=gettext_lazy("Legal first name"), help_text=gettext_lazy("As it stands on your photo ID.")
    )
    born_on = DayField(label=gettext_lazy("Date of birth"), latest=date(2008, 5, 1))
    language = forms.ChoiceField(
        label=gettext_lazy("Language for letters"),
        choices=[("en", "English"), ("es", "Español")],
        widget=forms.RadioSelect,
    )
    needs = forms.MultipleChoiceField(
        label=gettext_lazy("What helps you"),
        choices=[("phone", gettext_lazy("A phone call")), ("paper", gettext_lazy("Letters on paper"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    county = forms.ChoiceField(
        label=gettext_lazy("County"), choices=[("", gettext_lazy("Choose")), ("fresno", "Fresno")]
    )
    amount = MoneyField(label=gettext_lazy("Amount received"))
    note = forms.CharField(label=gettext_lazy("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    photo_id = UploadField(
        label=gettext_lazy("Photo ID"), help_text=gettext_lazy("JPEG, PNG, HEIC or PDF, up to 15 MB.")
    )
    agrees = forms.BooleanField(label=gettext_lazy("I have read the code of ethics and agree to it"))


def examples() -> dict[str, object]:
    """The values that the parts are drawn from."""
    return {
        "then": THEN,
        "steps": steps_until([_("Application"), _("Review"), _("Training"), _("Exam"), _("Certificate")], 1),
        "tasks": [
            Task(_("Your name"), "done", _("Done"), "#tasks"),
            Task(_("Photo ID"), "yours", _("Needs a new photo"), "#tasks", hint=_("About 5 minutes")),
            Task(_("Education"), "waiting", _("Being looked at"), "#tasks"),
            Task(_("Check and submit"), "neutral", _("Cannot start yet"), hint=_("After the parts above")),
        ],
        "rows": [
            Row(_("Legal name"), "Alma García López", "#rows"),
            Row(_("Date of birth"), "", "#rows"),
            Row(_("Application number"), "A-7K3M-Q2XH"),
        ],
        "events": [
            Event(THEN, _("Application submitted"), "Alma García López", kind="done"),
            Event(THEN, _("Photo ID asked for again"), _("Reviewer"), _("The date cannot be read."), "yours"),
            Event(date(2026, 5, 4), _("Letter could not be delivered"), kind="problem"),
        ],
        "stages": [
            Stage(_("Apply"), _("Answer the questions and send your documents."), _("About 45 minutes")),
            Stage(_("We review"), _("You can see at any time where it stands."), _("Up to 30 days")),
        ],
        "filters": [
            Chip(_("Overdue"), "?overdue=1", True, "12"),
            Chip(_("Assigned to me"), "?mine=1", count="40"),
            Chip(_("In review"), "?stage=review"),
        ],
        "kinds": [
            ("done", _("In force")),
            ("yours", _("Yours to answer")),
            ("waiting", _("With us")),
            ("problem", _("Overdue")),
            ("neutral", _("Not started")),
        ],
        "cases": [
            ("A-7K3M-Q2XH", "Alma García López", date(2026, 5, 4), "problem", _("Overdue")),
            ("A-1Z8P-W0TD", "Lee Nguyen", date(2026, 5, 29), "waiting", _("With us")),
        ],
    }


@public
@require_safe
def parts(request: HttpRequest) -> HttpResponse:
    """All parts on one page; `?errors=1` shows the form as it comes back with sentences beside its fields."""
    wrong = {"born_on_month": "2", "born_on_day": "31", "born_on_year": "1990"}
    kept = request.session.get("parts", {})
    given = {
        name: answer["values"].get(name)
        or {key.removeprefix(f"{name}_"): part for key, part in answer["values"].items()}
        for name, answer in kept.get("answers", {}).items()
    }
    form = Sample(wrong) if "errors" in request.GET else Sample(initial=given)
    return render(request, "demo/parts.html", {"form": form, "version": kept.get("version", 0), **examples()})
