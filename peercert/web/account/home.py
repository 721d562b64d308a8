"""One place for everything about an account: how one signs in, how one is called, where letters go."""

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from peercert.program.people.models import Account, Person
from peercert.program.people.queries import current_name
from peercert.web.doors import signed_in
from peercert.web.ui.parts import Row

LANGUAGE = {"en": "English", "es": "Español"}


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each line with its way to change it."""
    person: Person = request.actor.person  # type: ignore[attr-defined]
    context = {"signing_in": _signing_in(request.user), "you": _you(person), "is_officer": request.actor.is_officer}  # type: ignore[attr-defined, arg-type]
    return render(request, "account/home.html", context)


@signed_in
def factors_index(request: HttpRequest) -> HttpResponse:
    """Second factors stand on the account's one page."""
    return redirect("account:home")


def _signing_in(account: Account) -> list[Row]:
    found = list(Authenticator.objects.filter(user=account))
    kinds = [one.type for one in found]
    passkeys = kinds.count(Authenticator.Type.WEBAUTHN)
    has_app = Authenticator.Type.TOTP in kinds
    rows = [
        Row(_("E-mail address"), account.email, reverse("account_email")),
        Row(
            _("Password"),
            _password(account, passkeys),
            reverse("account_change_password" if account.has_usable_password() else "account_set_password"),
        ),
        Row(
            _("Passkeys"),
            ngettext("%(number)s passkey", "%(number)s passkeys", passkeys) % {"number": passkeys}
            if passkeys
            else _("none yet"),
            reverse("mfa_list_webauthn"),
        ),
        Row(
            _("Authenticator app"),
            _("set up") if has_app else _("not set up"),
            reverse("mfa_deactivate_totp" if has_app else "mfa_activate_totp"),
        ),
    ]
    codes = next((one for one in found if one.type == Authenticator.Type.RECOVERY_CODES), None)
    if codes is not None:
        left = len(codes.wrap().get_unused_codes())
        words = ngettext("%(number)s code left", "%(number)s codes left", left) % {"number": left}
        rows.append(Row(_("Recovery codes"), words, reverse("mfa_view_recovery_codes")))
    elif passkeys or has_app:
        rows.append(Row(_("Recovery codes"), _("none yet"), reverse("mfa_generate_recovery_codes")))
    return rows


def _password(account: Account, passkeys: int) -> str:
    if account.has_usable_password():
        return _("chosen")
    return _("none: you sign in with a passkey") if passkeys else _("none yet")


def _you(person: Person) -> list[Row]:
    change = reverse("account:you")
    name = current_name(person)
    place = ", ".join(part for part in (person.street, person.city, person.state, person.postal_code) if part)
    rows = [
        Row(_("Name that we call you by"), person.chosen_name or (name.first if name else _("not given")), change),
        Row(_("Language of letters"), LANGUAGE[person.language], change),
        Row(_("Letters"), _("on paper") if person.wants_paper else _("by e-mail"), change),
        Row(_("Postal address"), place or _("not given"), change),
        Row(
            _("Found by name in the register"),
            _("no: by number only") if person.is_left_out_of_name_search else _("yes, once certified"),
            change,
        ),
    ]
    if name is not None:
        rows.insert(0, Row(_("Legal name"), name.full, hint=_("Changes with an application, or by writing to us.")))
    return rows
