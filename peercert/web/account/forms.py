"""The forms of signing up and in, in our words: what is asked is allauth's, what is said is ours."""

import json
import struct
from typing import Any

from allauth.account import forms as account
from allauth.mfa.adapter import get_adapter as factors
from allauth.mfa.base import forms as factor
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as passkey
from django import forms
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

EMAIL = _("E-mail address")
PASSWORD = _("Password")
NEW_PASSWORD = _("New password")
LONG_ENOUGH = _("At least 12 characters. A few words that do not belong together are easy to keep and hard to guess.")
CODE = _("Code")


class _Said:
    """Gives the fields our labels and help, and takes the placeholders away: they vanish when one types."""

    said: dict[str, Any] = {}
    help: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            field.label = self.said.get(name, field.label)
            field.help_text = self.help.get(name, "")
        # One field for a new password: it can be shown, and pasted from where it is kept.
        if "password2" in self.fields:  # type: ignore[attr-defined]
            del self.fields["password2"]  # type: ignore[attr-defined]


class LoginForm(_Said, account.LoginForm):
    """E-mail and password."""

    said = {"login": EMAIL, "password": PASSWORD}


class SignupForm(_Said, account.SignupForm):
    """E-mail, and a password unless a passkey comes after."""

    said = {"email": EMAIL, "password1": PASSWORD}
    help = {"email": _("We send a code there to see that it is yours."), "password1": LONG_ENOUGH}

    def try_save(self, request: Any) -> Any:
        """As allauth's; an address that is taken costs the same work as one that is not."""
        if self.account_already_exists and self.cleaned_data.get("password1"):
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class AddEmailForm(_Said, account.AddEmailForm):
    """Another address."""

    said = {"email": EMAIL}
    help = {"email": _("We send a code there to see that it is yours.")}


class ChangeEmailForm(_Said, account.ChangeEmailForm):
    """Another address for an account that is just being made."""

    said = {"email": EMAIL}


class ChangePasswordForm(_Said, account.ChangePasswordForm):
    """The present password and the new one."""

    said = {"oldpassword": _("Present password"), "password1": NEW_PASSWORD}
    help = {"password1": LONG_ENOUGH}


class SetPasswordForm(_Said, account.SetPasswordForm):
    """A first password for someone who signs in with a passkey."""

    said = {"password1": NEW_PASSWORD}
    help = {"password1": LONG_ENOUGH}


class ResetPasswordForm(_Said, account.ResetPasswordForm):
    """Where to send the link."""

    said = {"email": EMAIL}


class ResetPasswordKeyForm(_Said, account.ResetPasswordKeyForm):
    """A new password by the link."""

    said = {"password1": NEW_PASSWORD}
    help = {"password1": LONG_ENOUGH}

    def save(self) -> None:
        """The new password. Who had only passkeys, and no longer has them, must not be asked for one afterwards."""
        from peercert.program.access import roles_of
        from peercert.program.people.models import Person
        from peercert.web.doors import now

        had_password = self.user.has_usable_password()
        super().save()
        person = Person.objects.filter(account=self.user).first()
        if not had_password and not roles_of(person, now()):
            found = Authenticator.objects.filter(user=self.user)
            if not found.filter(type=Authenticator.Type.TOTP).exists():
                found.delete()


class ConfirmEmailForm(_Said, account.ConfirmEmailVerificationCodeForm):
    """The code that was sent."""

    said = {"code": CODE}


class ReauthenticateForm(_Said, account.ReauthenticateForm):
    """The password once more, before something that matters."""

    said = {"password": PASSWORD}


class FactorForm(_Said, factor.AuthenticateForm):
    """The code of the app, or a recovery code."""

    said = {"code": _("Code of your app, or a recovery code")}


class FactorAgainForm(_Said, factor.ReauthenticateForm):
    """The same, before something that matters."""

    said = {"code": _("Code of your app, or a recovery code")}


class ActivateForm(_Said, totp.ActivateTOTPForm):
    """The first code of a new app."""

    said = {"code": _("Code that the app shows")}


class PasskeyJson(json.JSONDecoder):
    """JSON as browsers write it; numbers and nesting without end are told like any other mistake."""

    def decode(self, text: str, *args: Any) -> Any:
        """As Python's. Raises JSONDecodeError alone."""
        try:
            return super().decode(text, *args)
        except (ValueError, RecursionError) as wrong:
            raise json.JSONDecodeError(str(wrong), "", 0) from None


class _FromPasskey(_Said, forms.Form):
    """A form with what a passkey said. Others' code takes it apart; where that stumbles, the answer is not right."""

    credential = forms.JSONField(widget=forms.HiddenInput, decoder=PasskeyJson)

    def full_clean(self) -> None:
        """As Django's, for any bytes that somebody sends."""
        try:
            super().full_clean()
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, struct.error):
            self.add_error("credential", factors().validation_error("incorrect_code"))


class LoginPasskeyForm(_FromPasskey, passkey.LoginWebAuthnForm):
    """Signing in with a passkey alone."""


class FactorPasskeyForm(_FromPasskey, passkey.AuthenticateWebAuthnForm):
    """A passkey after the password."""


class FactorPasskeyAgainForm(_FromPasskey, passkey.ReauthenticateWebAuthnForm):
    """The same, before something that matters."""


class AddPasskeyForm(_FromPasskey, passkey.AddWebAuthnForm):
    """A passkey and its name. It always signs in by itself."""

    said = {"name": _("Name of the passkey")}
    help = {"name": _("So that you can tell it from others, such as “my phone”.")}
    passwordless = forms.BooleanField(
        required=False, initial=True, label="", widget=forms.CheckboxInput(attrs={"hidden": True})
    )


class SignupPasskeyForm(_FromPasskey, passkey.SignupWebAuthnForm):
    """The first passkey."""

    said = {"name": _("Name of the passkey")}
    help = {"name": _("So that you can tell it from others, such as “my phone”.")}


class RenamePasskeyForm(_Said, passkey.EditWebAuthnForm):
    """Another name for a passkey."""

    said = {"name": _("Name of the passkey")}
