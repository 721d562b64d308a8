"""What our own form fields understand, and what they say where they do not."""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import override

from peercert.web.ui.fields import DayField, MoneyField, UploadField
from peercert.web.ui.templatetags import ui


class Born(forms.Form):
    born_on = DayField(label="Date of birth", earliest=date(1900, 1, 1), latest=date(2026, 5, 1))


def born(month: str = "", day: str = "", year: str = "") -> Born:
    return Born({"born_on_month": month, "born_on_day": day, "born_on_year": year})


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (("5", "1", "1990"), date(1990, 5, 1)),
        (("05", "01", "1990"), date(1990, 5, 1)),
        ((" 2 ", "29", "2024"), date(2024, 2, 29)),
    ],
)
def test_a_day_in_three_parts_is_understood(parts: tuple[str, str, str], found: date) -> None:
    form = born(*parts)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["born_on"] == found


@pytest.mark.parametrize(
    ("parts", "english", "spanish"),
    [
        (("", "", ""), "Enter the month, the day and the year.", "Escriba el mes, el día y el año."),
        (("5", "", "1990"), "Add the day.", "Agregue el día."),
        (("5", "", ""), "Add the day and the year.", "Agregue el día y el año."),
        (("2", "31", "1990"), "That month has 28 days. Check the day and the month.", "Ese mes tiene 28 días."),
        (("5", "1", "90"), "Write the year with four digits, like 1990.", "Escriba el año con cuatro cifras"),
        (("5", "x", "1990"), "Write the day as a number from 1 to 31.", "Escriba el día como un número"),
        (("13", "1", "1990"), "Choose a month from the list.", "Elija un mes de la lista."),
        (("5", "٣", "1990"), "Write the day as a number from 1 to 31.", "Escriba el día como un número"),
        (("5", "1\x00", "1990"), "Write the day as a number from 1 to 31.", "Escriba el día como un número"),
        (
            ("5", "2", "2026"),
            "The day must be May 1, 2026 or earlier.",
            "La fecha debe ser el 1 de mayo de 2026 o antes.",
        ),
        (("5", "2", "1800"), "The day must be January 1, 1900 or later.", "La fecha debe ser el 1 de enero de 1900"),
    ],
)
def test_a_day_that_is_not_one_is_told_in_plain_words(parts: tuple[str, str, str], english: str, spanish: str) -> None:
    for language, words in (("en", english), ("es", spanish)):
        with override(language):
            assert born(*parts).errors["born_on"][0].startswith(words)


def test_what_was_typed_comes_back_as_it_was_typed() -> None:
    page = str(born("2", "31", "90"))
    assert '<option value="2" selected>' in page
    assert 'value="31"' in page
    assert 'value="90"' in page
    assert page.count('aria-invalid="true"') == 3


def test_a_day_kept_is_shown_in_its_three_parts_and_does_not_count_as_changed() -> None:
    same = QueryDict("born_on_month=5&born_on_day=1&born_on_year=1990")
    form = Born(same, initial={"born_on": date(1990, 5, 1)})
    assert not form.has_changed()
    assert '<option value="5" selected>' in str(Born(initial={"born_on": date(1990, 5, 1)}))


def test_a_day_of_birth_is_never_a_guess_about_order() -> None:
    """Three named boxes: the fourth of May cannot be read as the fifth of April in either language."""
    with override("es"):
        form = born("5", "4", "1990")
        assert form.is_valid()
        assert form.cleaned_data["born_on"] == date(1990, 5, 4)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("100", 10000), ("$1,234.50", 123450), (" 80.05 ", 8005), ("", None), ("0", None), ("1.999", None)],
)
def test_money_is_read_in_dollars_and_kept_in_cents(typed: str, cents: int | None) -> None:
    class Paid(forms.Form):
        amount = MoneyField(label="Amount")

    form = Paid({"amount": typed})
    assert (form.cleaned_data["amount"] if form.is_valid() else None) == cents


def test_the_file_that_came_from_either_control_is_the_one_that_counts() -> None:
    class Photo(forms.Form):
        photo = UploadField(label="Photo")

    picture = SimpleUploadedFile("a.jpg", b"x")
    form = Photo({}, MultiValueDict({"photo": [picture]}))
    assert form.is_valid(), form.errors
    page = str(Photo())
    assert page.index('capture="environment"') < page.index("application/pdf")
    assert page.count('name="photo"') == 2
    assert page.count("<label") == 3, "each control has a label of its own"


@pytest.mark.parametrize(
    ("field", "given", "english", "spanish"),
    [
        (forms.CharField(), "", "Answer this question.", "Responda esta pregunta."),
        (forms.BooleanField(), "", "Check the box to go on.", "Marque la casilla para seguir."),
        (forms.EmailField(), "name@", "Write the whole e-mail address", "Escriba el correo electrónico completo"),
        (forms.IntegerField(), "x", "Write a whole number, like 12.", "Escriba un número entero, como 12."),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "Choose one of the answers", "Elija una de las respuestas"),
        (forms.CharField(max_length=2), "abc", "Write at most 2 characters. This has 3.", "Escriba 2 caracteres"),
    ],
)
def test_a_form_never_blames(field: Any, given: str, english: str, spanish: str) -> None:
    for language, words in (("en", english), ("es", spanish)):
        with override(language), pytest.raises(forms.ValidationError) as refused:
            field.clean(given)
        with override(language):
            assert str(refused.value.messages[0]).startswith(words)


def test_amounts_and_days_read_the_same_way_everywhere() -> None:
    assert ui.money(123450) == "$1,234.50"
    assert ui.money(None) == ""
    with override("es"):
        assert ">1 de mayo de 2026<" in ui.day(date(2026, 5, 1))
    assert ">May 1, 2026<" in ui.day(date(2026, 5, 1))
