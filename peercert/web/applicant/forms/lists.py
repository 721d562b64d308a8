"""The rows of an application's lists: a job, a course of continuing education, a letter, a core training."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.program.people.models import LANGUAGES
from peercert.program.training.models import Provider
from peercert.rules import days
from peercert.web.applicant.forms.answers import AnswerForm, ChoiceField, HoursField, YesNoField, refuse, text
from peercert.web.applicant.forms.choices import LETTERS
from peercert.web.ui.fields import DayField


class EmploymentForm(AnswerForm):
    """One job as a peer, paid or not, with its days and hours."""

    needed = ("employer", "started_on", "is_paid")
    employer = text(
        gettext_lazy("Where did you work or volunteer?"),
        most=200,
        help_text=gettext_lazy("The agency or group."),
        required=gettext_lazy("Enter the name of the agency or group."),
        autocomplete="organization",
    )
    role = text(gettext_lazy("Your role there"), most=200, autocomplete="organization-title")
    started_on = DayField(
        label=gettext_lazy("First day"),
        help_text=gettext_lazy("If you don't know the day, write the first of the month."),
    )
    is_current = forms.BooleanField(label=gettext_lazy("I still work there"))
    ended_on = DayField(label=gettext_lazy("Last day"), help_text=gettext_lazy("Leave empty if you still work there."))
    hours_per_week = HoursField(
        label=gettext_lazy("Hours a week"),
        most=168,
        help_text=gettext_lazy("As a peer, on average. If you only know the total, leave this empty."),
    )
    hours_total = HoursField(
        label=gettext_lazy("Or: hours in all"), most=99_999, help_text=gettext_lazy("As a peer, over the whole time.")
    )
    is_paid = YesNoField(label=gettext_lazy("Was it paid?"), help_text=gettext_lazy("Both count."))
    supervisor_name = text(
        gettext_lazy("Supervisor's name"), most=200, help_text=gettext_lazy("Someone who can confirm your hours.")
    )
    supervisor_contact = text(gettext_lazy("Supervisor's phone or e-mail"), most=200)

    def prepare(self) -> None:
        """Work that has not been done yet does not count."""
        for name in ("started_on", "ended_on"):
            field: Any = self.fields[name]
            field.earliest, field.latest = days.add_years(self.on, -80), self.on
            field.earliest_words = _("Check the year.")
            field.latest_words = _("This day is in the future. Give the days until today.")

    def clean(self) -> dict[str, Any]:
        """A job ends after it began, once; and its hours are known in one way or the other."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = given.get("started_on"), given.get("ended_on")
        if start and end and end < start:
            self.add_error("ended_on", refuse(_("The last day can't come before the first. Check both."), "order"))
        if "ended_on" in given and not end and not given.get("is_current"):
            self.add_error("ended_on", refuse(_("Enter the last day, or say that you still work there."), "required"))
        if end and given.get("is_current"):
            self.add_error("ended_on", refuse(_("Leave the last day empty if you still work there."), "both"))
        hours = [given.get("hours_per_week", 0), given.get("hours_total", 0)]
        if hours == [None, None]:
            self.add_error("hours_per_week", refuse(_("Enter the hours a week, or the hours in all."), "required"))
        return given


class ContinuingEducationForm(AnswerForm):
    """One course of continuing education; law-and-ethics hours count inside its hours."""

    needed = ("title", "hours", "completed_on")
    title = text(gettext_lazy("Name of the course"), most=200, required=gettext_lazy("Enter the name of the course."))
    hours = HoursField(label=gettext_lazy("Hours"), most=500, help_text=gettext_lazy("As printed on its certificate."))
    law_and_ethics_hours = HoursField(
        label=gettext_lazy("Of these, hours in law and ethics"),
        most=500,
        help_text=gettext_lazy("Leave empty if there were none."),
    )
    completed_on = DayField(label=gettext_lazy("Completed on"))

    def prepare(self) -> None:
        """A course is completed in the past."""
        field: Any = self.fields["completed_on"]
        field.earliest, field.latest = days.add_years(self.on, -60), self.on
        field.earliest_words = _("Check the year.")
        field.latest_words = _("This day is in the future. List the course once you have completed it.")

    def clean(self) -> dict[str, Any]:
        """Law-and-ethics hours are a part of the hours."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        hours, part = given.get("hours"), given.get("law_and_ethics_hours")
        if hours is not None and part is not None and part > hours:
            sentence = _("These hours are part of the hours above, so they can't be more. Check both numbers.")
            self.add_error("law_and_ethics_hours", refuse(sentence, "more"))
        return given


class LetterForm(AnswerForm):
    """One letter about the person's work."""

    needed = ("kind", "writer")
    kind = ChoiceField(label=gettext_lazy("Who wrote it?"), choices=LETTERS)
    writer = text(
        gettext_lazy("Name of the person who wrote it"),
        most=200,
        required=gettext_lazy("Enter the name of the person who wrote it."),
    )
    dated_on = DayField(label=gettext_lazy("Day on the letter"))
    is_on_letterhead = YesNoField(
        label=gettext_lazy("Is it on the agency's letterhead?"),
        help_text=gettext_lazy("The law asks this of the supervisor's letter."),
    )

    def prepare(self) -> None:
        """A letter is dated in the past."""
        field: Any = self.fields["dated_on"]
        field.earliest, field.latest = days.add_years(self.on, -10), self.on
        field.earliest_words = _("Check the year.")
        field.latest_words = _("The day on the letter can't be in the future.")


class TrainingForm(AnswerForm):
    """A core course: which provider, when, in which language. Its certificate is asked for after approval."""

    columns: ClassVar[dict[str, tuple[str, ...]]] = {"provider": ("provider", "provider_name")}
    needed = ("provider",)
    provider = forms.ChoiceField(
        label=gettext_lazy("Training provider"),
        help_text=gettext_lazy("Only courses of providers that were approved when they taught them count."),
        error_messages={"required": gettext_lazy("Choose the provider, or “Another provider”.")},
    )
    language = ChoiceField(label=gettext_lazy("Language of the course"), choices=LANGUAGES)
    hours = HoursField(label=gettext_lazy("Hours"), most=500)
    started_on = DayField(label=gettext_lazy("First day of the course"))
    completed_on = DayField(
        label=gettext_lazy("Last day of the course"), help_text=gettext_lazy("Leave empty if you are still in it.")
    )

    OTHER: ClassVar[str] = "Another provider"

    def prepare(self) -> None:
        """Providers by name; one who is not listed can be named later, with the certificate."""
        providers = [(str(one.pk), one.name) for one in Provider.objects.order_by("name")]
        field: Any = self.fields["provider"]
        field.choices = [("", _("Choose")), *providers, ("other", _("Another provider"))]
        for name in ("started_on", "completed_on"):
            day: Any = self.fields[name]
            day.earliest, day.latest = days.add_years(self.on, -30), days.add_years(self.on, 2)
            day.earliest_words = day.latest_words = _("Check the year.")

    def from_record(self, name: str) -> Any:
        """The one choice that the columns stand for."""
        if name != "provider":
            return getattr(self.record, name)
        return str(self.record.provider_id or "") or ("other" if self.record.provider_name else "")

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """One choice as its columns."""
        if name != "provider":
            return {name: value}
        provider = Provider.objects.filter(pk=int(value)).first() if str(value).isdigit() else None
        return {"provider": provider, "provider_name": self.OTHER if value == "other" else ""}

    def clean(self) -> dict[str, Any]:
        """A course ends after it began."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = given.get("started_on"), given.get("completed_on")
        if start and end and end < start:
            self.add_error("completed_on", refuse(_("The last day can't come before the first. Check both."), "order"))
        return given
