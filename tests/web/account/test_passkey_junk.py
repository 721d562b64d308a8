"""What is sent in a passkey's place is a wrong answer, told in a sentence, on every page that takes one."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.core.cache import cache
from django.test import Client

from peercert.program.people.models import Account
from tests.web.account.test_sign_in import SECRET, code_in, newest, sign_in, signed_up, with_app

ADDRESS = "pass@example.org"


def web(content: bytes) -> str:
    """Bytes as a browser writes them into JSON."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def client_data(**said: Any) -> str:
    """What a browser signs, with our words in it."""
    return web(json.dumps({"type": "webauthn.get", "challenge": "AAAA", "origin": "http://localhost", **said}).encode())


def answers(account: Account) -> dict[str, str]:
    """Answers that no browser gives, by what is wrong with them. The first is right in shape alone."""
    inside = {
        "clientDataJSON": client_data(), "authenticatorData": web(b"\0" * 37), "signature": "AAAA",
        "userHandle": web(user_pk_to_url_str(account).encode()), "attestationObject": web(b"\xa0"),
    }  # fmt: skip
    whole = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": inside, "clientExtensionResults": {}}

    def but(**changed: Any) -> str:
        within = {**inside, **{name: value for name, value in changed.items() if name in inside}}
        return json.dumps({**whole, "response": within, **{k: v for k, v in changed.items() if k not in inside}})

    return {
        "unknown key": but(),
        "nothing": "",
        "no JSON": "{",
        "a number without end": "9" * 5_000,
        "such a number inside": '{"id": ' + "9" * 5_000 + "}",
        "nested without end": "[" * 100_000,
        "nested deeply": '{"response": ' + '{"a": ' * 900 + "1" + "}" * 901,
        "another type": "[1, null]",
        "no parts": "{}",
        "a response that is none": but(response=[1]),
        "no letters of base 64": but(rawId="!\ud800\0", id="!\ud800\0"),
        "an id that is a number": but(rawId=7, id=7),
        "nobody's account": but(userHandle=web(b"-1")),
        "an account without end": but(userHandle=web(b"z" * 500)),
        "client data in no UTF-8": but(clientDataJSON=web(b"\xff\xfe")),
        "client data of other types": but(clientDataJSON=client_data(type=1, challenge=2, origin=[3])),
        "flags that promise more": but(authenticatorData=web(b"\0" * 32 + b"\xff" * 70)),
        "an attestation cut off": but(attestationObject=web(b"\xa3cfmtdnonegattStmt\xa0hauthDataX\x25\0")),
        "an attestation nested without end": but(attestationObject=web(b"\x81" * 50_000)),
        "an extension that is none": but(clientExtensionResults=[1]),
    }


def at_login(client: Client) -> str:
    client.get("/account/2fa/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"})
    return "/account/2fa/webauthn/login/"


def at_second_factor(client: Client) -> str:
    sign_in(client, ADDRESS)
    return "/account/2fa/authenticate/"


def at_adding(client: Client) -> str:
    sign_in(client, ADDRESS)
    return "/account/2fa/webauthn/add/"


def at_signing_up(client: Client) -> str:
    client.post("/account/signup/passkey/", {"email": "other@example.org"})
    client.post("/account/confirm-email/", {"code": code_in(newest("account_code"))})
    return "/account/2fa/webauthn/signup/"


@pytest.mark.parametrize("arrive", [at_login, at_second_factor, at_adding, at_signing_up])
def test_what_no_browser_writes_is_a_wrong_answer(db: None, arrive: Callable[[Client], str]) -> None:
    cache.clear()
    account = signed_up(Client(), ADDRESS)
    if arrive is at_second_factor:
        with_app(account)
    client = Client(raise_request_exception=False)
    address = arrive(client)
    if arrive is at_adding:
        client.post("/account/reauthenticate/", {"password": SECRET})
    for what, answer in answers(account).items():
        cache.clear()
        client.get(address, headers={"X-Requested-With": "XMLHttpRequest"})
        told = client.post(address, {"credential": answer, "name": "phone"})
        if arrive is at_login:
            assert told["Location"] == "/account/login/", what
        else:
            assert told.status_code == 200, what
            assert 'role="alert"' in told.content.decode(), what
