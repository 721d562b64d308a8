"""How sign-in is fitted to this program: a person with every account, letters instead of mails, secrets sealed."""

import base64
import uuid
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from peercert.gateways import keys
from peercert.program.access import roles_of
from peercert.program.notices.actions import write_to_address
from peercert.program.people.actions import new_person, retire_address, take_up_address
from peercert.program.people.models import Account, Person
from peercert.program.people.queries import ABOUT_SECOND_FACTOR, memberships_of, person_by_email
from peercert.web.account.landing import landing
from peercert.web.doors import now


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts, their messages and their throttles."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed. Write to us to open it again."),
        "cannot_remove_primary_email": _("Make another address your main one first."),
        "duplicate_email": _("This address is in your account already."),
        "email_password_mismatch": _("The e-mail address or the password is not right. Type both again."),
        "email_taken": _("This address cannot be added. Try another one."),
        "enter_current_password": _("Your present password is not right. Type it again."),
        "incorrect_code": _("The code is not right. Look at it again, or ask for a new one."),
        "incorrect_password": _("The password is not right. Type it again."),
        "invalid_or_expired_key": _("The link was used already, or is too old."),
        "invalid_login": _("The e-mail address or the password is not right. Type both again."),
        "invalid_password_reset": _("The link was used already, or is too old."),
        "max_email_addresses": _("An account can have %d addresses. Take one off first."),
        "too_many_login_attempts": _("Ten tries were not right. Wait 15 minutes, then try again."),
        "unverified_primary_email": _("Confirm the address first, with the code that we send there."),
        "same_as_current": _("This is the one you have. Type another."),
        "rate_limited": _("That was many times in a row. Wait a few minutes, then try again."),
    }

    def save_user(self, request: HttpRequest, user: Account, form: Any, commit: bool = True) -> Account:
        """An account and its person, in one transaction; the language is that of the page."""
        with transaction.atomic():
            saved: Account = super().save_user(request, user, form, commit)
            new_person(account=saved, language=(get_language() or "en")[:2], is_demo=settings.ENVIRONMENT.is_demo)
        return saved

    def login(self, request: HttpRequest, user: Account) -> None:
        """Sign in, and note in the session that it was done here and not by the demonstration."""
        super().login(request, user)
        request.session.pop("persona", None)
        request.session["signed_in_by"] = "allauth"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Officers to their desk, everyone else to their application."""
        return landing(Person.objects.filter(account_id=request.user.pk).first(), now())

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Where signing in leads, too."""
        return self.get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the one page of the account."""
        return reverse("account:home")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """An address added later leads back to the addresses; the first one goes on with signing in."""
        return reverse("account_email")

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """An address that its person confirms is in use again, whatever they said of it before."""
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            take_up_address(Person.objects.get(account_id=email_address.user_id), email_address.email)
        return confirmed

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A letter instead of a mail. Nothing is sent for an address without an account; the work is the same."""
        kind = template_prefix.rpartition("/")[2]
        account: Account | None = context.get("user")
        person = Person.objects.filter(account=account).first() if account else person_by_email(email)
        person = person or _person_of(email)
        if person is None:
            _as_if(email)
            return
        _write(person, email, _LETTERS.get(kind, _changed)(self, kind, context))
        if kind == "email_deleted":
            removed = str(context["deleted_email"])
            _write(person, removed, ("address_removed", {"help": self.address("public:cannot_sign_in")}, {}))
            retire_address(person, removed, now=now())

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a reset, at the site's own address whatever host was asked."""
        uid, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.ENVIRONMENT.origin}{path}"

    def address(self, name: str) -> str:
        """A page of this site as a letter names it."""
        return f"{settings.ENVIRONMENT.origin}{reverse(name)}"


Parts = tuple[str, dict[str, Any], dict[str, str]]


def _write(person: Person, email: str, parts: Parts) -> None:
    code, values, secrets = parts
    write_to_address(
        person, code, to_address=email, key=f"account:{uuid.uuid4()}", now=now(), values=values, secrets=secrets
    )


def _code(adapter: AccountAdapter, kind: str, context: dict[str, Any]) -> Parts:
    return "account_code", {}, {"code": str(context["code"])}


def _exists(adapter: AccountAdapter, kind: str, context: dict[str, Any]) -> Parts:
    values = {"sign_in": adapter.address("account_login"), "reset": adapter.address("account_reset_password")}
    return "account_exists", values, {}


def _reset(adapter: AccountAdapter, kind: str, context: dict[str, Any]) -> Parts:
    return "account_reset", {}, {"link": str(context["password_reset_url"])}


def _changed(adapter: AccountAdapter, kind: str, context: dict[str, Any]) -> Parts:
    values = {
        "what": ("account_changes", kind),
        "account": adapter.address("account:home"),
        "help": adapter.address("public:cannot_sign_in"),
    }
    return "account_changed", values, {}


_LETTERS: dict[str, Callable[[AccountAdapter, str, dict[str, Any]], Parts]] = {
    "email_confirmation": _code,
    "email_confirmation_signup": _code,
    "account_already_exists": _exists,
    "password_reset_key": _reset,
}


def _person_of(email: str) -> Person | None:
    """The person who confirmed this address, though they sign in with another."""
    return Person.objects.filter(
        account__emailaddress__email__iexact=email, account__emailaddress__verified=True
    ).first()


class _Undone(Exception):
    """Takes back what was written only for the sake of the time it takes."""


def _as_if(email: str) -> None:
    """Write a letter and undo it, so that an address without an account takes as long as one with it."""
    try:
        with transaction.atomic():
            nobody = new_person(language=(get_language() or "en")[:2])
            write_to_address(
                nobody, "account_reset", to_address=email, key=f"account:{uuid.uuid4()}", now=now(),
                secrets={"link": "-"},
            )  # fmt: skip
            raise _Undone
    except _Undone:
        return


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors and passkeys; their secrets lie sealed in the database."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _("This address cannot be added. Try another one."),
        "cannot_delete_authenticator": _("This is the last one that you can sign in with. Add another first."),
        "cannot_generate_recovery_codes": _("Add an authenticator app or a passkey first."),
        "incorrect_code": _("The code is not right. Wait for the next one and type that."),
        "unverified_email": _("Confirm your e-mail address first, with the code that we sent there."),
    }

    def encrypt(self, text: str) -> str:
        """The secret, sealed with the key of the settings."""
        return base64.b64encode(keys.encrypt(text.encode(), ABOUT_SECOND_FACTOR)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; raises keys.CannotOpen where no key of the settings fits."""
        return keys.decrypt(base64.b64decode(encrypted_text), ABOUT_SECOND_FACTOR).decode()

    def generate_authenticator_name(self, user: Account, type: Authenticator.Type) -> str:
        """A name to tell passkeys apart until the person gives a better one."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last factor of an officer or a member, and not the last passkey of someone without a password."""
        account: Account = authenticator.user
        others = Authenticator.objects.filter(user=account).exclude(pk=authenticator.pk)
        others = others.exclude(type=Authenticator.Type.RECOVERY_CODES)
        if others.exists():
            return True
        person = Person.objects.filter(account=account).first()
        if person is not None and memberships_of(person).exists():
            return False
        return account.has_usable_password() and not roles_of(person, now())

    def get_totp_label(self, user: Account) -> str:
        """What the app shows beside the code."""
        return user.email

    def _get_site_name(self) -> str:
        return settings.MFA_TOTP_ISSUER
