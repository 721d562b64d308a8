"""What to do when nothing opens one's account any more; the last is to write to us. Looks nothing up: tells nothing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from peercert.program.errors import Refused
from peercert.program.journey import recover
from peercert.rules import numbers
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import now, public, sentence
from peercert.web.public import throttle
from peercert.web.ui.templatetags.ui import day_words


class HelpForm(forms.Form):
    """Who someone is, and how an officer reaches them."""

    name = forms.CharField(
        label=gettext_lazy("Your full name"), max_length=200,
        help_text=gettext_lazy("As you gave it in your application."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name.")},
    )  # fmt: skip
    phone = forms.CharField(
        label=gettext_lazy("Phone number where we reach you"), max_length=40, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "usa-input--medium"}),
    )  # fmt: skip
    email = forms.EmailField(
        label=gettext_lazy("E-mail address that you can open now"), max_length=254, required=False,
        help_text=gettext_lazy("One of the two is enough."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    number = forms.CharField(
        label=gettext_lazy("Application number, if you know it"), max_length=60, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "usa-input--medium"}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Anything that helps us, such as when to call"), max_length=1000, required=False,
        help_text=gettext_lazy("No password, and nothing about health."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def clean_number(self) -> str:
        """The number as we write it; a typing mistake is told, whether the number exists is not."""
        try:
            return numbers.read(self.cleaned_data["number"], "A") if self.cleaned_data["number"] else ""
        except ValueError:
            raise forms.ValidationError(
                _("There is a typing mistake in this number. Compare it with a letter of ours, or leave it out.")
            ) from None


@public
@require_http_methods(["GET", "HEAD", "POST"])
def cannot_sign_in(request: HttpRequest) -> HttpResponse:
    """The ways back, the easiest first; the last is to write to us."""
    moment = now()
    form = HelpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if throttle.is_too_much(request, "help", moment):
            return throttle.wait_page(request)
        try:
            asked = recover.ask_for_help(**form.cleaned_data, language=(get_language() or "en")[:2], now=moment)
        except Refused as why:
            form.add_error("phone", sentence(why))
        else:
            words = _("It reached us. An officer calls or writes to you by %(day)s.")
            messages.success(request, words % {"day": day_words(asked.due_on)})
            return redirect("public:cannot_sign_in")
    given: dict[str, Any] = {"form": form, "hours": int(figure("recovery_delay_hours", day_of(moment)).value)}
    return render(request, "public/cannot_sign_in.html", given, status=422 if form.errors else 200)
