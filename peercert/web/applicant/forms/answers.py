"""What every form of answers has in common: it is drawn from a record, and each valid answer can be kept by itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.program.applications.actions import trace
from peercert.program.applications.queries import is_given
from peercert.web.ui.fields import DayField
from peercert.web.ui.templatetags.ui import day_words

YES_NO = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))


class YesNoField(forms.TypedChoiceField):
    """A question answered by yes or no; None where it is not answered."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"required": gettext_lazy("Choose yes or no.")})
        super().__init__(choices=YES_NO, coerce=lambda value: value == "yes", empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A stored truth as the name of its choice."""
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class ChoiceField(forms.TypedChoiceField):
    """One of a few answers, all in sight; None where none is chosen."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"required": gettext_lazy("Choose one of the answers.")})
        super().__init__(empty_value=None, **kwargs)


class HoursField(forms.DecimalField):
    """A number of hours, whole or with a part, written as people write it."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": "usa-input--small", "inputmode": "decimal"}))
        kwargs.setdefault(
            "error_messages",
            {
                "required": gettext_lazy("Enter the hours."),
                "invalid": gettext_lazy("Write the hours as a number, like 20 or 7.5."),
                "min_value": gettext_lazy("Hours can't be less than zero."),
                "max_value": gettext_lazy("That is more than %(limit_value)s hours. Check the number."),
                "max_decimal_places": gettext_lazy("Write at most two digits after the point, like 7.25."),
                "max_digits": gettext_lazy("That number is too long. Check the hours."),
                "max_whole_digits": gettext_lazy("That number is too long. Check the hours."),
            },
        )
        super().__init__(min_value=0, max_value=most, max_digits=8, decimal_places=2, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Commas of thousands are taken off before reading."""
        return super().to_python(value.replace(",", "") if isinstance(value, str) else value)


class AnswerForm(forms.Form):
    """Answers drawn from `record` (an Application or one of its rows) as they stood when the page was drawn.

    `columns` names, for a field that is kept in columns of other names, those columns. `needed` are the fields without
    which the group is not complete; all others are optional. The hidden `version` remembers what each column held.
    """

    columns: ClassVar[dict[str, tuple[str, ...]]] = {}
    needed: ClassVar[tuple[str, ...]] = ()
    use_required_attribute = False
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, record: Any, on: date, **kwargs: Any) -> None:
        self.record, self.on = record, on
        super().__init__(data, initial=self.drawn(), **kwargs)
        for name, field in self.fields.items():
            field.required = name in self.needed
        self.prepare()

    def prepare(self) -> None:
        """Set what depends on the day or the record (limits of days, lists to choose from)."""

    def columns_of(self, name: str) -> tuple[str, ...]:
        """The columns in which a field is kept."""
        return self.columns.get(name, (name,))

    def answers(self) -> Iterable[str]:
        """The names of the fields that are answers."""
        return (name for name in self.fields if name != "version")

    def drawn(self) -> dict[str, Any]:
        """What each field shows, from the record."""
        names = [name for name in self.base_fields if name != "version"]
        shown = {name: self.from_record(name) for name in names}
        return {**shown, "version": self.token()}

    def from_record(self, name: str) -> Any:
        """What one field shows; a field kept in several columns says itself how."""
        return getattr(self.record, name, None)

    def to_columns(self, name: str, value: Any) -> dict[str, Any]:
        """The columns that one valid answer is kept in."""
        return {name: value}

    def token(self, base: dict[str, str] | None = None) -> str:
        """What every column holds now, as the opaque `version` of this page; `base` overrides single columns."""
        names = [name for name in self.base_fields if name != "version"]
        seen = {
            column: trace(getattr(self.record, column))
            for name in names
            for column in self.columns_of(name)
            if hasattr(self.record, column)
        }
        return base64.urlsafe_b64encode(json.dumps({**seen, **(base or {})}).encode()).decode()

    def seen(self) -> dict[str, str]:
        """What the page showed when it was drawn, from its `version`; nothing is known of a page without one."""
        try:
            known = json.loads(base64.urlsafe_b64decode(str(self["version"].data or "")))
        except ValueError:
            return {}
        return {str(key): str(value) for key, value in known.items()} if isinstance(known, dict) else {}

    def clean_one(self, name: str) -> Any:
        """One answer by itself; an empty one is a valid answer too (it takes the old one away). May raise."""
        field = self.fields[name]
        field.required = False
        value = field.clean(self[name].data)
        if clean := getattr(self, f"clean_{name}", None):
            self.cleaned_data = {name: value}
            value = clean()
        return value

    def valid_answers(self) -> dict[str, Any]:
        """Of a whole page that was sent: every answer that can be kept, whether or not another needs a second look."""
        self.is_valid()
        arrived = {name for name in self.answers() if not self.is_missing(name)}
        kept = {name: value for name, value in self.cleaned_data.items() if name in arrived}
        # An answer taken away is kept too, although its empty place is told as missing.
        emptied = {name for name in arrived - set(kept) if self.errors.get(name) and self.has_only_required(name)}
        return kept | {name: self.fields[name].to_python(None) for name in emptied}

    def is_missing(self, name: str) -> bool:
        """Whether nothing at all arrived for a field that always sends something (a page cut short)."""
        widget = self.fields[name].widget
        if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
            return False
        return widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))

    def has_only_required(self, name: str) -> bool:
        """Whether the only thing to say about a field is that it is empty."""
        return {error.code for error in self.errors.as_data().get(name, [])} == {"required"}

    def changes(self, values: dict[str, Any]) -> dict[str, Any]:
        """Valid answers as columns."""
        return {column: kept for name, value in values.items() for column, kept in self.to_columns(name, value).items()}

    def field_of(self, column: str) -> str:
        """The field that shows a column."""
        return next((name for name in self.answers() if column in self.columns_of(name)), column)

    def say(self, name: str, value: Any = None) -> str:
        """An answer in words: the choice's label, the day in words, yes or no."""
        return said(self[name], self.from_record(name) if value is None else value)


def said(bound: BoundField, value: Any) -> str:
    """A value of this field in words; empty where there is none."""
    if not is_given(value):
        return ""
    if isinstance(bound.field, DayField) and isinstance(value, date):
        return day_words(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(bound.field, forms.MultipleChoiceField):
        labels = {str(key): str(label) for key, label in bound.field.choices}
        return ", ".join(labels.get(str(one), str(one)) for one in value)
    if isinstance(bound.field, forms.ChoiceField):
        return str(flat(bound.field.choices).get(str(value), value))
    return str(value)


def flat(choices: Iterable[Any]) -> dict[str, Any]:
    """Choices with their groups opened."""
    found: dict[str, Any] = {}
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            found |= flat(label)
        else:
            found[str(key)] = label
    return found


def text(label: Any, *, most: int, help_text: Any = "", required: Any = None, **attrs: Any) -> forms.CharField:
    """A line of text in a person's own words; every script of the world is welcome."""
    messages = {
        "max_length": gettext_lazy("That is longer than we can keep (%(limit_value)s letters). Shorten it."),
        "required": required or gettext_lazy("Enter an answer."),
        "null_characters_not_allowed": gettext_lazy(
            "There is a sign in this answer that can't be written. Type it again."
        ),
    }
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=most,
        error_messages=messages,
        widget=forms.TextInput(attrs=attrs),
    )


def refuse(sentence: Any, code: str) -> ValidationError:
    """A sentence beside a field."""
    return ValidationError(sentence, code=code)
