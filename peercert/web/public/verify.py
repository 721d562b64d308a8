"""Verifying: a search by number, or by a whole last name and how the first name begins.

A name is sent in the body of the request and never stands in an address, a title or a log. Nobody by that name, nobody
certified and nobody who wants to be found by it get the same answer by the same steps.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.program.certificates import queries
from peercert.program.certificates.locate import locate
from peercert.rules import numbers
from peercert.rules.days import day_of
from peercert.rules.names import fold
from peercert.web.doors import now, public
from peercert.web.public import throttle
from peercert.web.public.file_form import FileForm
from peercert.web.standing import standing_word


class NumberForm(forms.Form):
    """A certificate number, however it is typed."""

    number = forms.CharField(
        label=gettext_lazy("Certificate number"),
        help_text=gettext_lazy("C and eight letters or digits, like C-7K3M-9QXF. Capitals and spaces do not matter."),
        max_length=60,
        widget=forms.TextInput(
            attrs={"class": "usa-input--medium", "autocomplete": "off", "autocapitalize": "characters",
                   "spellcheck": "false"}
        ),
        error_messages={"required": gettext_lazy("Enter the number that is printed on the certificate.")},
    )  # fmt: skip

    def clean_number(self) -> str:
        """The number as we write it."""
        return read_number(self.cleaned_data["number"])


class NameForm(forms.Form):
    """A whole last name, and the first name or how it begins."""

    last = forms.CharField(
        label=gettext_lazy("Last name, all of it"),
        help_text=gettext_lazy("If there are two, enter both. Accents and small typing mistakes do not matter."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the whole last name.")},
    )
    first = forms.CharField(
        label=gettext_lazy("First name, or its first letter"),
        max_length=100,
        widget=forms.TextInput(attrs={"class": "usa-input--medium", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter at least the first letter of the first name.")},
    )

    def clean_last(self) -> str:
        """A name that has at least one letter we can look up."""
        return _with_letters(self.cleaned_data["last"])

    def clean_first(self) -> str:
        """The same for the first name."""
        return _with_letters(self.cleaned_data["first"])


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The two forms; a number leads to its page, a name to a list of at most ten."""
    by_name = request.method == "POST" and "last" in request.POST
    by_number = request.method == "POST" and not by_name
    if by_number and throttle.is_too_much(request, throttle.kind_of(request.POST.get("number", "")), now()):
        return throttle.wait_page(request)
    number_form = NumberForm(request.POST if by_number else None, auto_id="number_%s")
    name_form = NameForm(request.POST if by_name else None, auto_id="name_%s")
    if by_number and number_form.is_valid():
        return redirect("public:certificate", number=number_form.cleaned_data["number"])
    context: dict[str, Any] = {
        "number_form": number_form,
        "name_form": name_form,
        "file_form": FileForm(auto_id="file_%s"),
    }
    if by_name and name_form.is_valid():
        moment = now()
        if throttle.is_too_much(request, "name", moment):
            return throttle.wait_page(request)
        context |= {"results": _results(name_form, moment), "as_of": moment, "most": queries.MOST_RESULTS}
    wrong = (by_name or by_number) and "results" not in context
    return noindex(render(request, "public/verify.html", context, status=422 if wrong else 200))


def read_number(typed: str) -> str:
    """The number that answers for what was typed, as we write it, an old number's new one; unknown ones as they are.

    Raises ValidationError that tells a typing mistake from what is no number.
    """
    located = locate(typed)
    if located.how == "mistyped":
        raise ValidationError(
            _("There is a typing mistake in this number. Compare it letter by letter with the certificate."),
            code="typing_mistake",
        )
    if located.how == "no_number":
        raise ValidationError(_not_a_number(typed), code="not_a_number")
    return located.certificate.number if located.certificate else located.number


def noindex(response: HttpResponse) -> HttpResponse:
    """Keep a page about people out of search engines and archives."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _results(form: NameForm, moment: Any) -> list[dict[str, Any]]:
    today = day_of(moment)
    found = queries.certificates_called(form.cleaned_data["last"], form.cleaned_data["first"])
    answers = queries.public_answers(found, today, today=today)
    return [{"answer": answer, "standing": standing_word(answer.standing)} for answer in answers]


def _not_a_number(typed: str) -> str:
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    if len(letters) == 9 and letters[0] in numbers.PREFIXES and letters[0] != "C":
        return _("This is not the number of a certificate: those begin with C.")
    return _("A certificate number is C and eight letters or digits, like C-7K3M-9QXF.")


def _with_letters(typed: str) -> str:
    if not any(letter.isalpha() for letter in fold(typed)):
        raise ValidationError(_("Write the name in letters, as it is printed on the certificate."))
    return typed
