"""Widgets behind `fields.py`: plain HTML controls that need no script."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.dates import MONTHS


class DayWidget(forms.Widget):
    """Month as a list of names (no language writes those in another order), day and year as short numbers."""

    template_name = "ui/forms/widgets/day.html"
    use_fieldset = True
    PARTS = ("month", "day", "year")

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """The month is the first control, so an error summary links to it."""
        return f"{id_}_month" if id_ else ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        if isinstance(value, date):
            value = {"month": value.month, "day": value.day, "year": value.year}
        given = value if isinstance(value, dict) else {}
        widget = context["widget"]
        widget["parts"] = {part: str(given.get(part) or "") for part in self.PARTS}
        widget["months"] = [(str(number), word) for number, word in MONTHS.items()]
        widget["month"] = widget["parts"]["month"].lstrip("0")
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        """Read `name_month`, `name_day` and `name_year`; a whole ISO day under `name` is understood as well."""
        whole = data.get(name)
        if isinstance(whole, date):
            return {
                "month": str(whole.month),
                "day": str(whole.day),
                "year": f"{whole.year:04d}",
            }
        if isinstance(whole, str) and whole.count("-") == 2:
            year, month, day = whole.split("-")
            return {"month": month, "day": day, "year": year}
        return {part: data.get(f"{name}_{part}", "") for part in self.PARTS}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and all(f"{name}_{part}" not in data for part in self.PARTS)


class MoneyWidget(forms.TextInput):
    """A text box with the dollar sign before it and a decimal keyboard on phones."""

    template_name = "ui/forms/widgets/money.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})


class FileWidget(forms.FileInput):
    """On a phone a button that opens the camera, and everywhere one that chooses a file.

    Both carry the same name: a browser sends the empty one without a file name, and Django leaves it out.
    """

    template_name = "ui/forms/widgets/file.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        accept = "image/jpeg,image/png,image/heic,image/heif,application/pdf"
        super().__init__({"accept": accept, **(attrs or {})})

    def value_from_datadict(self, data: Any, files: MultiValueDict[str, Any], name: str) -> Any:
        """The last file that arrived under this name, from whichever of the two controls."""
        return files.get(name)
