"""Dates and numbers are written as in the United States, in both languages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import formats, translation

MOMENT = datetime(2026, 5, 1, 15, 14, tzinfo=ZoneInfo("America/Los_Angeles"))


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "May 1, 2026", "May 1, 2026, 3:14 p.m. PDT"),
        ("es", "1 de mayo de 2026", "1 de mayo de 2026, 3:14 p.m. PDT"),
    ],
)
def test_days_and_moments(language: str, day: str, moment: str) -> None:
    with translation.override(language):
        assert formats.date_format(date(2026, 5, 1)) == day
        assert formats.date_format(MOMENT, "DATETIME_FORMAT") == moment


@pytest.mark.parametrize("language", ["en", "es"])
def test_numbers(language: str) -> None:
    with translation.override(language):
        assert formats.number_format(1234.5, decimal_pos=2, force_grouping=True) == "1,234.50"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_day_typed_in_one_field_is_read_month_first(language: str) -> None:
    with translation.override(language):
        assert formats.get_format("DATE_INPUT_FORMATS")[1] == "%m/%d/%Y"
