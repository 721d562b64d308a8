"""What a form says when an answer needs a second look: plain, without blame, the same on every page.

Django's own sentences ("Ensure this value has at most…") are written for those who make forms. They are replaced at the
one place where Django keeps them, so that the forms of libraries say ours as well.
"""

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


def install() -> None:
    """Put the sentences in; safe to call twice."""
    forms.Field.default_error_messages["required"] = _("Answer this question.")
    forms.BooleanField.default_error_messages = {"required": _("Check the box to go on.")}
    for field in (forms.ChoiceField, forms.TypedChoiceField, forms.MultipleChoiceField):
        field.default_error_messages = {
            **field.default_error_messages,
            "invalid_choice": _("Choose one of the answers in the list."),
        }
    forms.ModelChoiceField.default_error_messages["invalid_choice"] = _(
        "That answer is no longer in the list. Choose another one."
    )
    forms.IntegerField.default_error_messages["invalid"] = _("Write a whole number, like 12.")
    forms.DecimalField.default_error_messages["invalid"] = _("Write a number, like 12 or 12.5.")
    forms.FileField.default_error_messages["required"] = _("Choose a file or take a photo.")
    validators.EmailValidator.message = _("Write the whole e-mail address, like name@example.org.")
    validators.validate_email.message = validators.EmailValidator.message
    validators.URLValidator.message = _("Write the whole address, like https://example.org.")
    validators.MaxLengthValidator.message = ngettext_lazy(
        "Write at most %(limit_value)d character. This has %(show_value)d.",
        "Write at most %(limit_value)d characters. This has %(show_value)d.",
        "limit_value",
    )
    validators.MinLengthValidator.message = ngettext_lazy(
        "Write at least %(limit_value)d character.",
        "Write at least %(limit_value)d characters.",
        "limit_value",
    )
    validators.MinValueValidator.message = _("Write %(limit_value)s or more.")
    validators.MaxValueValidator.message = _("Write %(limit_value)s or less.")
    validators.DecimalValidator.messages["max_decimal_places"] = ngettext_lazy(
        "Write at most %(max)s digit after the point.", "Write at most %(max)s digits after the point.", "max"
    )
    validators.ProhibitNullCharactersValidator.message = _("Take out the characters that cannot be printed.")
