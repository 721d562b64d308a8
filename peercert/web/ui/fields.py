"""Form fields that ask in the way this site asks: days in three parts, money with its sign, files camera first."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from peercert.web.ui.templatetags.ui import day_words
from peercert.web.ui.widgets import DayWidget, FileWidget, MoneyWidget

PART_NAMES = {
    "month": gettext_lazy("month"),
    "day": gettext_lazy("day"),
    "year": gettext_lazy("year"),
}


class DayField(forms.Field):
    """A calendar day asked as month, day and year; gives a `date` or None.

    `earliest` and `latest` are inclusive; a form passes them from its own `now`, since no field reads the clock.
    `earliest_words` and `latest_words` replace the standard sentence for a day outside them.
    """

    widget = DayWidget

    def __init__(
        self,
        *,
        earliest: date | None = None,
        latest: date | None = None,
        earliest_words: Any = "",
        latest_words: Any = "",
        **kwargs: Any,
    ) -> None:
        self.earliest, self.latest = earliest, latest
        self.earliest_words, self.latest_words = earliest_words, latest_words
        kwargs.setdefault(
            "error_messages",
            {"required": gettext_lazy("Enter the month, the day and the year.")},
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        """Turn `{"month": "5", "day": "1", "year": "2026"}` (or a `date`) into a `date`; None where all is empty."""
        if value is None or isinstance(value, date):
            return value
        parts = {name: str(value.get(name) or "").strip() for name in PART_NAMES}
        if not any(parts.values()):
            return None
        missing = [str(words) for name, words in PART_NAMES.items() if not parts[name]]
        if missing:
            raise ValidationError(_missing(missing), code="incomplete")
        month = _number(parts["month"], 2)
        if month is None or not 1 <= month <= 12:
            raise ValidationError(_("Choose a month from the list."), code="month")
        year = _number(parts["year"], 4)
        if year is None or len(parts["year"]) != 4 or year < 1:
            raise ValidationError(_("Write the year with four digits, like 1990."), code="year")
        day = _number(parts["day"], 2)
        if day is None or not 1 <= day <= 31:
            raise ValidationError(_("Write the day as a number from 1 to 31."), code="day")
        last = monthrange(year, month)[1]
        if day > last:
            raise ValidationError(
                ngettext(
                    "That month has %(last)d day. Check the day and the month.",
                    "That month has %(last)d days. Check the day and the month.",
                    last,
                )
                % {"last": last},
                code="no_such_day",
            )
        return date(year, month, day)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is None:
            return
        if self.earliest and value < self.earliest:
            raise ValidationError(
                self.earliest_words or _("The day must be %(day)s or later.") % {"day": day_words(self.earliest)},
                code="too_early",
            )
        if self.latest and value > self.latest:
            raise ValidationError(
                self.latest_words or _("The day must be %(day)s or earlier.") % {"day": day_words(self.latest)},
                code="too_late",
            )

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True


class MoneyField(forms.DecimalField):
    """An amount asked in dollars and given in whole cents; `$1,234.50` and `1234.5` are both understood."""

    widget = MoneyWidget

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 9)
        kwargs.setdefault("decimal_places", 2)
        kwargs.setdefault("min_value", Decimal("0.01"))
        kwargs.setdefault(
            "error_messages",
            {
                "required": gettext_lazy("Enter an amount."),
                "invalid": gettext_lazy("Write the amount in dollars and cents, like 100.00."),
                "min_value": gettext_lazy("The amount must be more than zero."),
            },
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        """Take off the dollar sign and thousands commas, then read a decimal."""
        if isinstance(value, str):
            value = value.strip().removeprefix("$").replace(",", "").strip()
        return super().to_python(value)

    def clean(self, value: Any) -> int | None:
        """The amount in cents; None where it is left out."""
        dollars = super().clean(value)
        return None if dollars is None else int(dollars * 100)

    def prepare_value(self, value: Any) -> Any:
        """Show an amount of cents in dollars; show what was typed as it was typed."""
        return f"{value / 100:.2f}" if isinstance(value, int) else value


class UploadField(forms.FileField):
    """One file, taken with the camera or chosen; only its shape is looked at here, its content by the worker."""

    widget = FileWidget

    def __init__(self, *, accept: Sequence[str] = (), **kwargs: Any) -> None:
        kwargs.setdefault(
            "error_messages",
            {
                "required": gettext_lazy("Choose a file or take a photo."),
                "missing": gettext_lazy("Choose a file or take a photo."),
                "invalid": gettext_lazy("The file did not arrive. Choose it again."),
                "empty": gettext_lazy("That file is empty. Choose another one or take a new photo."),
            },
        )
        super().__init__(**kwargs)
        if accept:
            self.widget.attrs["accept"] = ",".join(accept)


def _number(text: str, digits: int) -> int | None:
    """The number written with ASCII digits, at most `digits` of them."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _missing(parts: list[str]) -> str:
    """One sentence that names the one or two parts that are still empty."""
    if len(parts) == 1:
        return _("Add the %(part)s.") % {"part": parts[0]}
    return _("Add the %(first)s and the %(second)s.") % {
        "first": parts[0],
        "second": parts[1],
    }
