"""What was typed when a session ended comes back to its own account, and to nobody else."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Question
from peercert.program.people.models import Person
from peercert.web.account import typed
from tests import stories
from tests.fixtures.browser import go
from tests.web.axe import violations

WORDS = "May I send the <b>copy</b> by mail?\nIt is the only one that I have."


@pytest.fixture
def signed_in() -> Callable[[Person], Client]:
    """`signed_in(person)`: a browser with that person's session."""

    def enter(person: Person) -> Client:
        client = Client()
        client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")  # type: ignore[arg-type]
        return client

    return enter


def ended(client: Client) -> None:
    """Half an hour without a request went by; the browser still has its cookies."""
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def ask(client: Client, case: Case, text: str = WORDS) -> Any:
    at = f"/apply/{case.uuid}/ask/"
    client.get(at)
    ended(client)
    return client.post(at, {"text": text}, headers={"Referer": f"http://testserver{at}"})


def sign_in(client: Client, story: stories.Story, who: str) -> None:
    """Through the door, in the same browser, so that the nameless session becomes theirs."""
    client.post("/demo/walk-in/", {"who": str(story.person(who).uuid)})


def again(page: str) -> tuple[str, dict[str, str]]:
    """Where the form of the page goes, and what it sends."""
    form = re.search(r'<form method="post" action="(/apply/[^"]*)">(.*?)</form>', page, re.DOTALL)
    assert form
    fields = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form[2]))
    fields |= dict(re.findall(r'<textarea[^>]* name="([^"]*)">(.*?)</textarea>', form[2], re.DOTALL))
    return form[1], {name: html.unescape(value) for name, value in fields.items()}


def test_words_of_an_ended_session_come_back_and_can_be_sent(story: stories.Story, signed_in: Any) -> None:
    case = stories.submitted(story)
    client = signed_in(story.person("maria"))
    answer = ask(client, case)
    assert answer["Location"] == "/account/login/?next=%2Faccount%2Fgiven-back%2F"
    assert "What you typed is kept" in client.get(answer["Location"]).content.decode()
    sign_in(client, story, "maria")
    page = client.get("/account/given-back/")
    assert page["Cache-Control"].count("no-store") == 1
    action, fields = again(page.content.decode())
    assert fields["text"] == WORDS
    assert client.post(action, fields).status_code == 302
    assert Question.objects.get().text == WORDS


@pytest.mark.parametrize(("who", "sees"), [("maria", True), ("devon", False)])
def test_a_sign_in_with_a_password_leads_to_them(story: stories.Story, signed_in: Any, who: str, sees: bool) -> None:
    case = stories.submitted(story)
    client = signed_in(story.person("maria"))
    to = ask(client, case)["Location"]
    account = story.person(who).account
    account.set_password("four words nobody guesses")
    account.save()
    given = {"login": account.email, "password": "four words nobody guesses", "next": "/account/given-back/"}
    assert client.post(to, given)["Location"] == "/account/given-back/"
    page = client.get("/account/given-back/", follow=True).content.decode()
    assert ("the only one that I have" in page) == sees


def test_nobody_else_on_the_device_sees_them(story: stories.Story, signed_in: Any) -> None:
    case = stories.submitted(story)
    client = signed_in(story.person("maria"))
    ask(client, case)
    waiting = client.session[typed.KEY]
    sign_in(client, story, "devon")
    answer = client.get("/account/given-back/", follow=True)
    assert answer.redirect_chain == [("/apply/", 302)]
    assert "only one that I have" not in answer.content.decode()
    assert typed.KEY not in client.session
    # Not even where the same bytes come to stand in another's session again.
    stolen = client.session
    stolen[typed.KEY] = waiting
    stolen.save()
    assert client.get("/account/given-back/").status_code == 302


def test_they_lie_sealed_in_the_database(story: stories.Story, signed_in: Any) -> None:
    case = stories.submitted(story)
    ask(signed_in(story.person("maria")), case)
    kept = [str(session.get_decoded()) for session in Session.objects.filter(expire_date__gt=timezone.now())]
    assert any(typed.KEY in one for one in kept)
    assert not any("only one" in one or str(case.uuid) in one for one in kept)


def test_every_answer_of_a_page_is_kept_for_who_has_no_script(story: stories.Story, signed_in: Any) -> None:
    case = stories.started(story)
    client = signed_in(story.person("maria"))
    at = f"/apply/{case.uuid}/name/"
    client.get(at)
    ended(client)
    given = {"first_name": "María", "last_name": "García López", "born_on_month": "3", "born_on_day": "41", "go": "on"}
    client.post(at, given)
    sign_in(client, story, "maria")
    action, fields = again(client.get("/account/given-back/").content.decode())
    assert (action, fields["last_name"]) == (at, "García López")
    answer = client.post(action, fields)
    assert answer.status_code == 422
    assert 'value="41"' in answer.content.decode()
    assert Application.objects.get(case=case).first_name == "María"


def test_what_stood_in_several_tabs_comes_back_form_by_form(story: stories.Story, signed_in: Any) -> None:
    case = stories.submitted(story)
    client = signed_in(story.person("maria"))
    at = f"/apply/{case.uuid}/ask/"
    client.get(at)
    ended(client)
    texts = [f"Question {number} of many?" for number in range(typed.FORMS + 1)]
    for text in texts:
        client.post(at, {"text": text})
    sign_in(client, story, "maria")
    page = client.get("/account/given-back/").content.decode()
    assert [text for text in texts if text in page] == texts[1:], "of too many tabs the first gives way"
    for left in (4, 3, 2, 1, 0):
        action, fields = again(client.get("/account/given-back/").content.decode())
        answer = client.post(action, fields, follow=True).content.decode()
        assert ("typed in another tab" in answer) == bool(left)
    assert [question.text for question in Question.objects.order_by("pk")] == texts[1:]
    assert client.get("/account/given-back/").status_code == 302


def test_an_officers_words_come_back_too(story: stories.Story, signed_in: Any) -> None:
    case = stories.in_review(story)
    client = signed_in(story.person("ana"))
    client.get(f"/staff/cases/{case.number}/")
    ended(client)
    client.post(f"/staff/cases/{case.number}/notes/", {"note-text": "Called back, will send it."})
    sign_in(client, story, "ana")
    assert "Called back, will send it." in client.get("/account/given-back/").content.decode()


def test_without_the_mark_or_without_words_nothing_is_kept(story: stories.Story, signed_in: Any) -> None:
    case = stories.submitted(story)
    at = f"/apply/{case.uuid}/ask/"
    answer = Client().post(at, {"text": WORDS}, headers={"Referer": f"http://testserver{at}"})
    assert answer["Location"].endswith(f"?next=%2Fapply%2F{case.uuid}%2Fask%2F")
    forger = Client()
    forger.cookies[typed.MARK] = "0" * 64
    assert "given-back" not in forger.post(at, {"text": WORDS})["Location"]
    client = signed_in(story.person("maria"))
    assert "given-back" not in ask(client, case, "x" * (typed.MOST + 1))["Location"]
    assert "given-back" not in client.post(f"/apply/{case.uuid}/withdraw/")["Location"]
    by_script = client.post(at, {"text": WORDS}, headers={"HX-Request": "true"})
    assert "given-back" not in by_script["Location"]


@pytest.mark.parametrize("action", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_nothing_is_kept_for_another_site(story: stories.Story, signed_in: Any, action: str) -> None:
    client = signed_in(story.person("maria"))
    client.get("/account/")
    answer = client.post(f"/account/given-back/?action={action}&back=/apply/", {"text": WORDS})
    assert answer["Location"] == "/"
    assert typed.KEY not in client.session


@pytest.mark.browser
@pytest.mark.parametrize("language", ["", "/es"])
def test_a_page_left_alone_for_half_an_hour_loses_nothing(
    committed: str, new_page: Callable[..., Any], live_site: str, language: str
) -> None:
    story = stories.Story(now=timezone.now())
    case = stories.submitted(story)
    page = new_page(viewport={"width": 320, "height": 720})
    page.goto(f"{language}/demo/")
    go(page.locator(f"button[value='{story.person('maria').uuid}']"))
    page.wait_for_url("**/apply/**")
    page.clock.install()
    page.goto(f"{language}/apply/{case.uuid}/ask/")
    page.locator("textarea").fill(WORDS)
    page.clock.fast_forward(30 * 60_000 + 1_000)
    page.wait_for_url("**/account/login/**")
    assert violations(page) == []
    page.goto(f"{language}/demo/")
    go(page.locator(f"button[value='{story.person('maria').uuid}']"))
    page.wait_for_url("**/account/given-back/")
    assert page.get_by_role("textbox").input_value() == WORDS
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    go(page.locator("main button.usa-button"))
    page.wait_for_url("**/status/")
    assert Question.objects.get().text.splitlines() == WORDS.splitlines()
