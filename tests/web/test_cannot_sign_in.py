"""Who is locked out writes to us from the door. It reaches officers, and tells nobody who has an account."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone, translation

from peercert.program.casework.models import AuditEntry
from peercert.program.people.models import LockedOut
from peercert.web.public import throttle
from tests import stories

pytestmark = pytest.mark.django_db
AT = "/cannot-sign-in/"
PLEA = {"name": "María García-López", "phone": "916 555 0100", "email": "", "number": "", "text": "After 5 pm, please."}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A page in Spanish leaves its language behind."""
    with translation.override("en"):
        yield


@pytest.fixture
def story() -> stories.Story:
    return stories.Story(now=timezone.now())


def walked_in(story: stories.Story, who: str) -> Client:
    browser = Client()
    browser.post("/demo/walk-in/", {"who": str(story.person(who).uuid)})
    return browser


def seen(answer: Any) -> str:
    """The page without its form tokens."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def test_a_plea_reaches_an_officer_in_its_language_and_is_forgotten_when_dealt_with(story: stories.Story) -> None:
    answer = Client().post(f"/es{AT}", PLEA, follow=True)
    assert "Nos llegó." in answer.content.decode()
    asked = LockedOut.objects.get()
    assert (asked.name, asked.phone, asked.language) == (PLEA["name"], PLEA["phone"], "es")
    ana = walked_in(story, "ana")
    page = ana.get("/staff/recovery/").content.decode()
    for words in (PLEA["name"], PLEA["phone"], PLEA["text"], "in Spanish", "Recovery (1)"):
        assert words in page
    wrong = ana.post("/staff/recovery/", {"chosen": str(asked.uuid), "step": "close_help", "outcome": "gone"})
    assert wrong.status_code == 409
    ana.post("/staff/recovery/", {"chosen": str(asked.uuid), "step": "close_help", "outcome": "helped_otherwise"})
    asked.refresh_from_db()
    assert {asked.name, asked.number, asked.phone, asked.email, asked.text} == {""}
    assert (asked.outcome, asked.closed_by) == ("helped_otherwise", story.person("ana"))
    assert PLEA["phone"] not in ana.get("/staff/recovery/").content.decode()
    assert AuditEntry.objects.get(verb="help_closed").actor == story.person("ana")


def test_the_answer_is_the_same_with_and_without_an_account(story: stories.Story) -> None:
    case = stories.submitted(story)
    known = {**PLEA, "email": "maria@example.com", "number": case.number}
    unknown = {**PLEA, "email": "nobody@example.com", "number": "A-0000-0000"}
    answers = [Client().post(AT, given, follow=True) for given in (known, unknown)]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert seen(answers[0]) == seen(answers[1])
    assert LockedOut.objects.count() == 2


def test_sent_twice_it_is_one(db: None) -> None:
    for _ in range(2):
        assert Client().post(AT, PLEA).status_code == 302
    assert LockedOut.objects.count() == 1


def test_what_was_sent_twice_at_one_moment_is_still_answered(db: None) -> None:
    Client().post(AT, PLEA)
    twin = LockedOut.objects.get()
    twin.pk, twin.uuid = None, uuid4()
    twin.save()
    assert Client().post(AT, PLEA).status_code == 302
    assert LockedOut.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"phone": ""}, "Give a phone number or an e-mail address"),
        ({"name": " "}, "Enter your name."),
        ({"email": "maria at example"}, "Write the whole e-mail address"),
        ({"number": "A-7K3M-9QXX"}, "typing mistake in this number"),
        ({"text": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_what_cannot_be_taken_stays_with_its_sentence(db: None, changed: dict[str, str], says: str) -> None:
    answer = Client().post(AT, {**PLEA, **changed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert "After 5 pm, please." in page or "text" in changed
    assert not LockedOut.objects.exists()


def test_a_flood_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.ALLOWED, "help", (throttle.Allowance(2, 900), throttle.Allowance(20, 86_400)))
    answers = [Client().post(AT, {**PLEA, "text": str(number)}).status_code for number in range(3)]
    assert answers == [302, 302, 429]
    assert LockedOut.objects.count() == 2
    assert Client().get(AT).status_code == 200


def test_only_officers_who_recover_accounts_see_it(story: stories.Story) -> None:
    Client().post(AT, PLEA)
    asked = LockedOut.objects.get()
    for who in ("li", "grace", "pat", "maria"):
        browser = walked_in(story, who)
        assert browser.get("/staff/recovery/").status_code == 403, who
        given = {"chosen": str(asked.uuid), "step": "close_help", "outcome": "not_for_us"}
        assert browser.post("/staff/recovery/", given).status_code == 403, who
    asked.refresh_from_db()
    assert asked.closed_at is None
