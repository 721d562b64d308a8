"""Signing up, signing in and getting back in, as a browser without a script does it."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation

from peercert.jobs import accounts as jobs
from peercert.program.journey import recover
from peercert.program.notices.actions import record_sent
from peercert.program.notices.models import Letter
from peercert.program.people.models import Account, Person
from tests import stories

SECRET = "a long way round the bay"


@pytest.fixture(autouse=True)
def fresh(db: None) -> Iterator[None]:
    """Throttles count from nothing, and a page in Spanish leaves its language behind."""
    cache.clear()
    with translation.override("en"):
        yield


def newest(code: str) -> Letter:
    """The letter written last under this code."""
    return Letter.objects.filter(code=code).latest("pk")


def code_in(letter: Letter) -> str:
    """The code that the message says."""
    found = re.search(r"(?:is|es) (\S+)\n", letter.message_text)
    assert found, letter.message_text
    return found[1]


def signed_up(client: Client, email: str = "new@example.org", where: str = "/account/signup/") -> Account:
    """Someone who signed up with a password and confirmed the address."""
    client.post(where, {"email": email, "password1": SECRET})
    client.post("/account/confirm-email/", {"code": code_in(newest("account_code"))})
    return Account.objects.get(email=email)


def sign_in(client: Client, email: str, password: str = SECRET) -> Any:
    """The answer to e-mail and password."""
    return client.post("/account/login/", {"login": email, "password": password})


def officer(story: stories.Story, who: str = "ana") -> Account:
    """One of the officers, with a password."""
    account = story.person(who).account
    assert account is not None
    account.set_password(SECRET)
    account.save()
    return account


def with_app(account: Account) -> Account:
    """The account with an authenticator app."""
    totp.TOTP.activate(account, totp.generate_totp_secret())
    return account


def app_code(account: Account) -> str:
    """What the app shows now."""
    wrapped = Authenticator.objects.get(user=account, type="totp").wrap()
    from allauth.mfa.adapter import get_adapter

    secret = get_adapter().decrypt(wrapped.instance.data["secret"])
    counter = int(time.time()) // 30
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def test_signing_up_makes_a_person_in_the_pages_language_and_confirms_the_address() -> None:
    client = Client()
    answer = client.post("/es/account/signup/", {"email": "Nueva@Example.org", "password1": SECRET})
    assert answer.status_code == 302
    letter = newest("account_code")
    assert (letter.to_address, letter.language, letter.subject) == ("nueva@example.org", "es", "Su código")
    page = client.get("/es/account/confirm-email/").content.decode()
    assert "nueva@example.org" in page
    done = client.post("/es/account/confirm-email/", {"code": code_in(letter)})
    assert done["Location"] == "/es/apply/"
    person = Person.objects.get(account__email="nueva@example.org")
    assert person.language == "es"
    assert EmailAddress.objects.get(user=person.account).verified
    assert client.get("/es/account/").status_code == 200


def test_a_kept_letter_hides_the_code_that_its_message_says() -> None:
    Client().post("/account/signup/", {"email": "new@example.org", "password1": SECRET})
    letter = newest("account_code")
    assert code_in(letter) not in letter.text
    assert "••••••" in letter.text


def test_outside_the_demonstration_a_sent_code_is_forgotten(settings: Any) -> None:
    Client().post("/account/signup/", {"email": "new@example.org", "password1": SECRET})
    letter = newest("account_code")
    code = code_in(letter)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mode="production")
    record_sent(letter, now=timezone.now())
    letter.refresh_from_db()
    assert code not in letter.message_text


def test_an_address_that_is_taken_gets_the_same_page_and_a_letter_to_its_owner() -> None:
    signed_up(Client())
    cache.clear()
    pages = []
    for email in ("new@example.org", "other@example.org"):
        client = Client()
        answer = client.post("/account/signup/", {"email": email, "password1": SECRET})
        page = client.get("/account/confirm-email/").content.decode().replace(email, "")
        pages.append((answer.status_code, answer["Location"], re.sub(r'value="[^"]{20,}"', "", page)))
    assert pages[0] == pages[1]
    assert newest("account_exists").to_address == "new@example.org"
    assert Account.objects.filter(email="new@example.org").count() == 1


def test_the_reset_says_the_same_of_every_address_and_writes_to_known_ones_alone() -> None:
    signed_up(Client())
    pages = []
    for email in ("new@example.org", "nobody@example.org"):
        client = Client()
        answer = client.post("/account/password/reset/", {"email": email}, follow=True)
        pages.append((answer.redirect_chain, re.sub(r'value="[^"]{20,}"', "", answer.content.decode())))
    assert pages[0] == pages[1]
    assert set(Letter.objects.filter(code="account_reset").values_list("to_address", flat=True)) == {"new@example.org"}
    assert not Person.objects.filter(account=None).exists()


def reset(email: str, password: str) -> None:
    """Choose a new password by the link that was sent."""
    client = Client()
    client.post("/account/password/reset/", {"email": email})
    found = re.search(r"http://[^/]+(\S+)", newest("account_reset").message_text)
    assert found
    at = client.get(found[1])
    assert client.post(at["Location"], {"password1": password}).status_code == 302


def test_a_reset_by_the_link_signs_in_with_the_new_password_and_ends_the_old_session() -> None:
    old = Client()
    signed_up(old)
    reset("new@example.org", "another way round the bay")
    assert sign_in(Client(), "new@example.org").status_code == 200
    assert sign_in(Client(), "new@example.org", "another way round the bay").status_code == 302
    assert old.get("/account/").status_code == 302
    assert "link" in newest("account_changed").text


def test_the_link_is_at_the_sites_own_address_whatever_host_was_asked(settings: Any) -> None:
    signed_up(Client())
    Client().post("/account/password/reset/", {"email": "new@example.org"}, HTTP_HOST="127.0.0.1")
    assert f"\n{settings.ENVIRONMENT.origin}/account/password/reset/key/" in newest("account_reset").message_text


def test_who_only_has_a_lost_passkey_gets_in_by_the_reset() -> None:
    account = signed_up(Client())
    account.set_unusable_password()
    account.save()
    Authenticator.objects.create(user=account, type="webauthn", data={})
    reset("new@example.org", SECRET)
    client = Client()
    assert sign_in(client, "new@example.org")["Location"] == "/apply/"
    assert client.get("/account/").status_code == 200


def test_an_officers_lost_passkey_is_not_opened_by_a_mailbox(story: stories.Story) -> None:
    account = officer(story)
    account.set_unusable_password()
    account.save()
    Authenticator.objects.create(user=account, type="webauthn", data={})
    reset(account.email, SECRET)
    assert sign_in(Client(), account.email)["Location"] == "/account/2fa/authenticate/"


def test_ten_wrong_tries_lock_for_a_while_and_say_so_whether_or_not_there_is_an_account() -> None:
    signed_up(Client())
    answers = []
    for number, email in enumerate(("new@example.org", "nobody@example.org")):
        client = Client(REMOTE_ADDR=f"192.0.2.{number + 1}")
        for _ in range(10):
            last = sign_in(client, email, "wrong and wrong again")
            assert "15 minutes" not in last.content.decode()
        locked = sign_in(client, email)
        assert "15 minutes" in locked.content.decode()
        answers.append(re.sub(r'value="[^"]*"', "", locked.content.decode()))
    assert answers[0] == answers[1]


def test_ten_wrong_codes_lock_the_second_factor_too() -> None:
    account = with_app(signed_up(Client()))
    client = Client()
    assert sign_in(client, account.email)["Location"] == "/account/2fa/authenticate/"
    for _ in range(10):
        assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.post("/account/2fa/authenticate/", {"code": app_code(account)}).status_code == 200
    assert client.get("/account/").status_code == 302


def test_three_wrong_codes_of_a_letter_end_it() -> None:
    client = Client()
    client.post("/account/signup/", {"email": "new@example.org", "password1": SECRET})
    code = code_in(newest("account_code"))
    for _ in range(3):
        client.post("/account/confirm-email/", {"code": "WRONG1"})
    client.post("/account/confirm-email/", {"code": code})
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", r"/\evil.example", "javascript:alert(1)", "http:///evil"]
)
def test_signing_in_leads_to_no_other_site(elsewhere: str) -> None:
    signed_up(Client())
    client = Client()
    said = {"login": "new@example.org", "password": SECRET, "next": elsewhere}
    assert client.post("/account/login/", said)["Location"] == "/apply/"
    asked = client.get("/account/second-factor/", {"next": elsewhere})
    assert asked.context["wanted"] == "/apply/"


def test_a_session_from_before_the_sign_in_is_worth_nothing_afterwards() -> None:
    signed_up(Client())
    client = Client()
    before = client.session  # as an attacker would plant it
    before["eligibility"] = {}
    before.save()
    planted = client.cookies["session"] = before.session_key
    sign_in(client, "new@example.org")
    assert client.cookies["session"].value != planted
    other = Client()
    other.cookies["session"] = planted
    assert other.get("/account/").status_code == 302


def test_an_officer_with_a_password_alone_is_led_to_a_second_factor(story: stories.Story) -> None:
    account = officer(story)
    client = Client()
    assert sign_in(client, account.email)["Location"] == "/staff/"
    answer = client.get("/staff/")
    assert answer["Location"] == "/account/second-factor/?next=%2Fstaff%2F"
    assert "Add a passkey" in client.get(answer["Location"]).content.decode()


def test_an_officer_with_an_app_types_its_code_and_is_in(story: stories.Story) -> None:
    account = with_app(officer(story))
    client = Client()
    assert sign_in(client, account.email)["Location"] == "/account/2fa/authenticate/"
    assert client.get("/account/2fa/authenticate/").status_code == 200
    assert client.post("/account/2fa/authenticate/", {"code": app_code(account)})["Location"] == "/staff/"
    assert client.get("/staff/").status_code == 200


def test_an_officers_last_factor_stays(story: stories.Story) -> None:
    account = with_app(officer(story))
    client = Client()
    sign_in(client, account.email)
    client.post("/account/2fa/authenticate/", {"code": app_code(account)})
    client.post("/account/reauthenticate/", {"password": SECRET})
    answer = client.post("/account/2fa/totp/deactivate/")
    assert "the last one" in answer.content.decode()
    assert Authenticator.objects.filter(user=account, type="totp").exists()


def test_a_person_may_take_their_app_off_again() -> None:
    client = Client()
    account = with_app(signed_up(client))
    client.post("/account/reauthenticate/", {"password": SECRET})
    assert client.post("/account/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user=account).exists()


def test_the_secret_of_an_app_is_sealed_in_the_database() -> None:
    account = signed_up(Client())
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(account, secret)
    assert secret not in str(Authenticator.objects.get(user=account).data)


def test_signing_out_everywhere_ends_the_other_sessions_alone() -> None:
    one, other = Client(), Client()
    signed_up(one)
    sign_in(other, "new@example.org")
    assert other.get("/account/").status_code == 200
    one.post("/account/sign-out-everywhere/")
    assert one.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_what_a_person_says_about_themselves_is_kept() -> None:
    client = Client()
    account = signed_up(client)
    said = {
        "chosen_name": "Sol", "language": "es", "wants_paper": "on", "street": "1 First Street", "city": "Fresno",
        "state": "CA", "postal_code": "93701", "is_left_out_of_name_search": "on",
    }  # fmt: skip
    assert client.post("/account/you/", said)["Location"] == "/account/"
    person = Person.objects.get(account=account)
    assert (person.chosen_name, person.language, person.wants_paper, person.is_left_out_of_name_search) == (
        "Sol", "es", True, True,
    )  # fmt: skip
    assert client.post("/account/you/", {"language": "es", "wants_paper": "on"}).status_code == 422


def test_an_address_taken_off_is_told_so_and_never_written_to_until_confirmed_again() -> None:
    client = Client()
    account = signed_up(client)
    client.post("/account/reauthenticate/", {"password": SECRET})
    add(client, "second@example.org")
    client.post("/account/email/", {"email": "second@example.org", "action_primary": ""})
    account.refresh_from_db()
    assert account.email == "second@example.org"
    client.post("/account/email/", {"email": "new@example.org", "action_remove": ""})
    assert newest("address_removed").to_address == "new@example.org"
    assert newest("account_changed").to_address == "second@example.org"
    person = Person.objects.get(account=account)
    assert [one.email for one in person.retired_addresses.all()] == ["new@example.org"]
    cache.clear()
    add(client, "new@example.org")
    assert not person.retired_addresses.exists()


def add(client: Client, email: str) -> None:
    """Add an address to the account and confirm it."""
    client.post("/account/email/", {"email": email, "action_add": ""})
    assert newest("account_code").to_address == email
    client.post("/account/confirm-email/", {"code": code_in(newest("account_code"))})


def test_after_a_recovery_the_link_the_new_address_and_its_code_lead_in(story: stories.Story) -> None:
    now = timezone.now() - timedelta(days=3)
    devon = story.person("devon")
    opened = recover.open_recovery(devon.pk, "back@example.org", "by video", actor=story.actor("ana"), now=now)
    recover.second_recovery(opened.pk, actor=story.actor("sam"), now=now)
    jobs.complete(opened.pk)
    found = re.search(r"http://[^/]+(\S+)", newest("recovery_done").message_text)
    assert found
    client = Client()
    at = client.get(found[1])
    assert client.post(at["Location"], {"password1": SECRET}).status_code == 302
    assert sign_in(client, "back@example.org")["Location"] == "/account/confirm-email/"
    done = client.post("/account/confirm-email/", {"code": code_in(newest("account_code"))})
    assert done["Location"] == "/apply/"
    assert client.get("/account/").status_code == 200
    assert sign_in(Client(), "devon@example.com").status_code == 200


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page() -> None:
    answer = Client().post("/account/still-here/", HTTP_REFERER="http://testserver/es/account/you/")
    assert answer["Location"] == "/account/login/?next=%2Fes%2Faccount%2Fyou%2F"
    answer = Client().post("/account/you/", HTTP_REFERER="http://elsewhere.example/trap/")
    assert answer["Location"] == "/account/login/?next=%2Faccount%2Fyou%2F"


PAGES = [
    "/account/login/", "/account/signup/", "/account/signup/passkey/", "/account/password/reset/",
    "/account/password/reset/done/", "/account/password/reset/key/done/", "/account/password/reset/key/1-nothing/",
    "/cannot-sign-in/", "/account/inactive/",
]  # fmt: skip
OWN = [
    "/account/", "/account/you/", "/account/email/", "/account/password/change/", "/account/logout/",
    "/account/reauthenticate/", "/account/2fa/webauthn/", "/account/2fa/webauthn/add/", "/account/2fa/totp/activate/",
    "/account/2fa/totp/deactivate/", "/account/2fa/recovery-codes/", "/account/2fa/recovery-codes/generate/",
    "/account/2fa/reauthenticate/", "/account/second-factor/",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["", "/es"])
def test_every_page_of_signing_in_stands_in_our_frame(path: str, language: str) -> None:
    page = Client().get(language + path).content.decode()
    assert 'class="pc-header"' in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize("language", ["", "/es"])
def test_every_page_of_an_account_stands_in_our_frame(language: str) -> None:
    client = Client()
    account = signed_up(client)
    client.post("/account/reauthenticate/", {"password": SECRET})
    for path in OWN:
        if path.endswith("totp/deactivate/"):
            with_app(account)
            RecoveryCodes.activate(account)
        answer = client.get(language + path, follow=True)
        assert answer.status_code == 200, path
        assert answer.content.decode().count("<h1") == 1, path
