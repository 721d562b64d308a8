"""Passkeys in a real browser, with an authenticator of the browser's own making, on localhost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from peercert.program.notices.models import Letter
from peercert.program.people.models import Account
from tests.fixtures.browser import go
from tests.web.axe import violations

SECRET = "a long way round the bay"


@pytest.fixture
def phone(new_page: Callable[..., Any]) -> Any:
    """A page in a browser whose device makes passkeys and knows its owner."""
    page = new_page(viewport={"width": 390, "height": 844})
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    return page


def code() -> str:
    """The code that was sent last."""
    found = re.search(r"(?:is|es) (\S+)\n", Letter.objects.filter(code="account_code").latest("pk").message_text)
    assert found
    return found[1]


@pytest.mark.browser
def test_signing_up_with_a_passkey_and_in_again(phone: Any) -> None:
    phone.goto("/es/account/signup/")
    assert violations(phone) == []
    go(phone.get_by_role("link", name="Usar una llave de acceso"))
    phone.get_by_label("Dirección de correo electrónico").fill("sol@example.org")
    go(phone.get_by_role("button", name="Continuar"))
    phone.get_by_label("Código").fill(code())
    assert violations(phone) == []
    go(phone.get_by_role("button", name="Confirmar"))
    phone.get_by_label("Nombre de la llave de acceso").fill("mi teléfono")
    assert violations(phone) == []
    go(phone.get_by_role("button", name="Crear la llave de acceso"))
    phone.wait_for_url("**/es/apply/")
    account = Account.objects.get(email="sol@example.org")
    assert not account.has_usable_password()
    assert Authenticator.objects.get(user=account).wrap().name == "mi teléfono"
    phone.goto("/es/account/")
    assert violations(phone) == []
    go(phone.get_by_role("button", name="Cerrar sesión").first)
    phone.wait_for_url("**/es/")
    phone.goto("/es/account/login/")
    assert violations(phone) == []
    go(phone.get_by_role("button", name="Entrar con una llave de acceso"))
    phone.wait_for_url("**/es/apply/")


@pytest.mark.browser
def test_a_passkey_that_is_not_there_leaves_the_other_ways(phone: Any) -> None:
    phone.goto("/account/login/")
    phone.get_by_role("button", name="Sign in with a passkey").click()
    phone.get_by_text("The passkey was not used").wait_for()
    assert phone.get_by_role("button", name="Sign in with a passkey").is_enabled()


@pytest.mark.browser
def test_an_officer_adds_a_passkey_and_shows_it_once_to_get_to_the_desk(phone: Any) -> None:
    from datetime import UTC, datetime

    from peercert.demo import cast

    account = cast.enrol(cast.BY_KEY["ana"], now=datetime.now(UTC)).account
    assert account is not None
    account.set_password(SECRET)
    account.save()
    phone.goto("/account/login/")
    phone.get_by_label("E-mail address").fill(account.email)
    phone.get_by_label("Password").fill(SECRET)
    go(phone.get_by_role("button", name="Sign in", exact=True))
    phone.wait_for_url("**/account/second-factor/**")
    assert violations(phone) == []
    go(phone.get_by_role("link", name="Add a passkey"))
    phone.get_by_label("Password").fill(SECRET)
    go(phone.get_by_role("button", name="Continue"))
    go(phone.get_by_role("button", name="Make the passkey"))
    phone.get_by_role("heading", name="Recovery codes").wait_for()
    assert violations(phone) == []
    phone.goto("/staff/")
    go(phone.get_by_role("link", name="Use your passkey"))
    go(phone.get_by_role("button", name="Use your passkey"))
    phone.wait_for_url(re.compile(r"^[^?]*/staff/$"))
    # Next time the passkey alone leads to the desk.
    phone.context.clear_cookies()
    phone.goto("/account/login/")
    go(phone.get_by_role("button", name="Sign in with a passkey"))
    phone.wait_for_url(re.compile(r"^[^?]*/staff/$"))
    # The last one stays.
    phone.goto("/account/2fa/webauthn/")
    go(phone.get_by_role("link", name="Take off"))
    phone.get_by_text("the last one that you can sign in with").wait_for()
    assert Authenticator.objects.filter(user=account, type="webauthn").count() == 1
