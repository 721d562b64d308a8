"""Junk sent to every form and every address by whoever may use it: refused in a sentence, never a fault of ours."""

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tests.web.test_every_url import (
    ADMINISTRATOR,
    EVERYONE,
    GONE,
    MEMBER,
    OTHER,
    OWNER,
    STRANGER,
    TABLE,
    World,
    addresses,
    told,
)

#: What people paste, scripts send and attackers try. ED A0 80 is half of a surrogate pair, sent as bytes. Digits that
#: no int takes are also longer than any field.
JUNK = {
    "nul": "a\x00b",
    "huge": str(10**30),
    "digits": "9" * 20_000,
    "other digits": "٣²",
    "control": "\r\n\x1b\u202e\ufeff".encode() + b"\xed\xa0\x80",
}


class Forms(HTMLParser):
    """Every form of a page: its address, its method, and its fields with the values they hold."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at, self.forms, self.open = at, list[dict[str, Any]](), dict[str, Any]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = {"to": urljoin(self.at, has.get("action", "")), "how": has.get("method", "get").lower()}
            self.open["fields"] = {}
            self.forms.append(self.open)
        name = has.get("name")
        if not name or tag not in {"input", "select", "textarea", "button"}:
            return
        form = next((one for one in self.forms if has.get("form") and one.get("id") == has["form"]), self.open)
        if form and (name not in form["fields"] or "checked" in has):
            form["fields"][name] = (has.get("type", tag), has.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = {}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The story of every address, lived once; undone at the end."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        yield told()
        transaction.set_rollback(True)


def asked(world: World, who: str, method: str, address: str, fields: dict[str, Any] | None = None) -> Any:
    """The answer, with what it wrote undone."""
    client = Client(raise_request_exception=False)
    if who != "stranger":
        client.cookies["session"] = world.sessions[who]
    with transaction.atomic(), translation.override("en"):
        if method == "get":
            answer = client.get(address)
        else:
            answer = client.post(address, urlencode(fields or {}), "application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    return answer


def where(world: World, name: str, parts: set[str]) -> str:
    """The address of that name in the story."""
    door = name.split(":")[0] if ":" in name else "account"
    values = {**world.values.get(door, {}), **world.values.get(name, {})}
    return reverse(name, kwargs={part: values[part] for part in parts})


def readers(who: frozenset[str]) -> list[str]:
    """Who is to read a page for its forms: all who may; where everyone may, one of each kind of person."""
    return sorted(who & EACH_KIND if who >= frozenset(EVERYONE) - {STRANGER} else who)


def every_form(world: World) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Every form that somebody in the story is shown: who, how, where to, its fields."""
    found: dict[tuple[str, str, str], tuple[str, str, str, dict[str, Any]]] = {}
    for name, parts in addresses().items():
        expected = TABLE.get(name)
        if expected is None:
            continue
        address = where(world, name, parts)
        for who in readers(expected.who):
            answer = asked(world, who, "get", address)
            if answer.status_code >= 400 or "html" not in answer.get("Content-Type", ""):
                continue
            forms = Forms(address)
            forms.feed(answer.content.decode())
            for form in forms.forms:
                key = (form["how"], urlsplit(form["to"]).path, ",".join(sorted(form["fields"])))
                found.setdefault(key, (who, form["how"], form["to"], form["fields"]))
    return list(found.values())


@pytest.mark.long
def test_junk_in_any_field_of_any_form_is_answered_in_a_sentence(world: World) -> None:
    faults = []
    forms = every_form(world)
    assert len(forms) > 60
    for who, how, to, fields in forms:
        # The test's client is not asked for its token: junk there says nothing.
        fields = {name: field for name, field in fields.items() if name != "csrfmiddlewaretoken"}
        typed = [name for name, (kind, _) in fields.items() if kind not in WRITTEN]
        for kind, junk in JUNK.items() if fields else [("nothing", "")]:
            everywhere = dict.fromkeys(fields, junk)
            where_one_types = {name: value for name, (_, value) in fields.items()} | dict.fromkeys(typed, junk)
            for sent in (everywhere, where_one_types) if 0 < len(typed) < len(fields) else (everywhere,):
                if how == "get":
                    answer = asked(world, who, "get", f"{to.split('?')[0]}?{urlencode(sent)}")
                else:
                    answer = asked(world, who, "post", to, sent)
                if answer.status_code >= 500:
                    faults.append(f"{who}: {how} {to}, {kind} in {sorted(sent)}: {answer.status_code}")
    assert faults == []


@pytest.mark.parametrize("junk", ["%00", "9" * 30, "%ED%A0%80", "%D9%A3"])
def test_junk_in_any_part_of_an_address_leads_nowhere(world: World, junk: str) -> None:
    faults = []
    for name, parts in addresses().items():
        if name not in TABLE or name == "health_ready":  # 503 is its own answer
            continue
        address = where(world, name, parts)
        whole = address.strip("/").split("/")
        for at, part in enumerate(whole):
            if parts and (any(letter.isdigit() for letter in part) or at == len(whole) - 1):
                bent = "/" + "/".join([*whole[:at], junk, *whole[at + 1 :]]) + "/"
                for who in sorted(TABLE[name].who)[:1]:
                    for method in ("get", "post"):
                        answer = asked(world, who, method, bent)
                        if answer.status_code >= 500:
                            faults.append(f"{who}: {method} {bent[:80]}: {answer.status_code}")
        for who in sorted(TABLE[name].who)[:1]:
            query = urlencode(dict.fromkeys(ASKED, "")).replace("=", f"={junk}")
            answer = asked(world, who, "get", f"{address}?{query}")
            if answer.status_code >= 500:
                faults.append(f"{who}: get {address} with junk in its query: {answer.status_code}")
    assert faults == []


#: What a request says of itself, and what no browser of ours says: whole requests, as they come over the wire.
ODD = {
    "a page before that is none": {"HTTP_REFERER": "http://[", "method": "post"},
    "a session with a NUL": {"HTTP_COOKIE": r'session="abcdefghijkl\000"'},
    "letters in base64": {"CONTENT_TYPE": "text/plain; charset=base64", "QUERY_STRING": "q=a"},
    "letters in UTF-16": {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-16", "method": "post"},
    "parts in rot13": {"CONTENT_TYPE": "multipart/form-data; boundary=b; charset=rot13", "method": "post"},
    "parts without a boundary": {"CONTENT_TYPE": "multipart/form-data", "method": "post"},
    "a token that is none": {"HTTP_AUTHORIZATION": "Bearer \xff"},
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("path", ["/", "/verify/", "/account/you/", "/account/login/", "/staff/", "/metrics"])
def test_a_request_that_no_browser_makes_is_answered(world: World, odd: str, path: str, settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, metrics_token="a token")
    told = dict(ODD[odd])
    method = told.pop("method", "get")
    body = b"--b\r\nContent-Disposition: form-data; name=q\r\n\r\na\r\n--b--\r\n" if method == "post" else b""
    kind = told.pop("CONTENT_TYPE", "application/x-www-form-urlencoded")
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        answer = client.generic(method.upper(), path, body, kind, **told)  # type: ignore[arg-type]
        transaction.set_rollback(True)
    assert answer.status_code < 500, answer.content.decode()[:300]
    assert answer.content or answer.status_code in {302, 405}


#: What addresses ask with, on any page.
ASKED = (
    "after", "before", "document", "from", "kind", "number", "on", "page", "past-known_on", "past-on", "purpose", "q",
    "show", "sort", "stage", "what", "assigned",
)  # fmt: skip
#: A page for everyone is read by a stranger, two holders, an organisation's people, and officers: one who decides, one
#: of the exams, one who keeps the accounts.
EACH_KIND = frozenset({STRANGER, OWNER, OTHER, ADMINISTRATOR, MEMBER, GONE, "ana", "li", "robin"})
#: Kinds of field whose value the page itself wrote.
WRITTEN = frozenset({"hidden", "radio", "checkbox", "submit", "button", "select"})
