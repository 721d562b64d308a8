"""An idle session ends after thirty minutes, with a warning five minutes before and one tap to stay."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from peercert.demo import cast
from peercert.program.journey import documents
from tests import stories
from tests.cluster import ROOT
from tests.web.axe import violations

MINUTE = 60_000
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(key: str) -> Client:
    """A client in which one of the cast is signed in."""
    client = Client()
    client.force_login(cast.enrol(cast.BY_KEY[key], now=datetime.now(UTC)).account, backend=BACKEND)
    return client


@pytest.fixture
def maria(new_page: Callable[..., Any], live_site: str) -> Any:
    """A page in María's browser, in Spanish, at the start of her half hour."""
    page = new_page(viewport={"width": 390, "height": 800})
    cookie = signed_in("maria").cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": cookie, "url": live_site}])
    page.clock.install()
    page.goto("/es/contact/")
    return page


@pytest.mark.browser
def test_nobody_is_asked_before_the_last_five_minutes(maria: Any) -> None:
    maria.clock.fast_forward(24 * MINUTE)
    assert not maria.locator("#still-here").is_visible()


@pytest.mark.browser
def test_the_question_comes_in_time_and_one_tap_gives_half_an_hour_more(maria: Any) -> None:
    maria.clock.fast_forward(25 * MINUTE + 1_000)
    dialog = maria.get_by_role("dialog", name="¿Sigue usted aquí?")
    dialog.wait_for()
    assert "5 minutos" in dialog.inner_text()
    assert violations(maria) == []
    with maria.expect_response("**/account/still-here/") as answer:
        dialog.get_by_role("button", name="Seguir en mi sesión").click()
    assert answer.value.status == 204
    dialog.wait_for(state="hidden")
    maria.clock.fast_forward(24 * MINUTE)
    assert not maria.locator("#still-here").is_visible()


@pytest.mark.browser
def test_a_tap_in_one_tab_keeps_the_others(maria: Any) -> None:
    other = maria.context.new_page()
    other.goto("/es/privacy/")
    maria.clock.fast_forward(25 * MINUTE + 1_000)
    other.get_by_role("dialog").wait_for()
    maria.get_by_role("button", name="Seguir en mi sesión").click()
    other.get_by_role("dialog").wait_for(state="hidden")


@pytest.mark.browser
def test_at_the_end_the_page_with_its_answers_is_left_for_the_sign_in(maria: Any) -> None:
    maria.context.clear_cookies()
    maria.clock.fast_forward(30 * MINUTE + 1_000)
    maria.wait_for_url("**/account/login/?next=%2Fes%2Fcontact%2F")


@pytest.mark.browser
def test_what_a_page_asks_by_itself_does_not_keep_the_session(new_page: Callable[..., Any], live_site: str) -> None:
    story = stories.Story(now=datetime.now(UTC))
    case = stories.started(story)
    documents.give_document(
        case.pk, kind="photo_id", name="id.jpg", content=stories.picture(), actor=story.actor("maria"), now=story.now
    )
    page = new_page()
    client = Client()
    client.force_login(story.person("maria").account, backend=BACKEND)
    key = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": key, "url": live_site}])
    page.clock.install()
    page.goto(f"/apply/{case.uuid}/photo-id/")
    ends = Session.objects.get(session_key=key).expire_date
    # One answer is lost on its way, as on a phone in a tunnel: the page goes on asking.
    with page.expect_event("requestfailed"):
        page.route("**/papers/photo_id/", lambda route: route.abort(), times=1)
        page.clock.fast_forward(2_000)
    for _ in range(2):
        with page.expect_response("**/papers/photo_id/") as answer:
            page.clock.fast_forward(10 * MINUTE)
        assert answer.value.status == 200
    assert Session.objects.get(session_key=key).expire_date == ends
    with page.expect_request("**/account/login/?next=*"):
        page.clock.fast_forward(10 * MINUTE)


def test_no_page_that_asks_by_itself_keeps_the_session_or_waits_for_an_answer_that_is_lost() -> None:
    asking = {
        line for page in (ROOT / "peercert/web").rglob("*.html") for line in page.read_text().splitlines()
        if "hx-trigger" in line
    }  # fmt: skip
    assert asking
    for line in asking:
        assert 'hx-trigger="every ' in line, line
        assert """hx-headers='{"By-Itself": "yes"}' hx-sync="drop\"""" in line, line


def test_each_request_of_a_person_starts_the_half_hour_anew_and_no_cache_keeps_its_answer(db: None) -> None:
    client = signed_in("maria")
    session = Session.objects.get()
    session.expire_date -= timedelta(minutes=20)
    session.save()
    early = session.expire_date
    assert client.get("/contact/", headers={"By-Itself": "yes"}).status_code == 200
    session.refresh_from_db()
    assert session.expire_date == early
    answer = client.get("/contact/")
    session.refresh_from_db()
    assert session.expire_date > early + timedelta(minutes=19)
    assert answer["Cache-Control"] == "private, no-store"
    assert not Client().get("/contact/").has_header("Cache-Control")


@pytest.mark.parametrize(
    "path",
    ["/.well-known/did.json", "/.well-known/http-message-signatures-directory", "/log/keys", "/achievements/certified"],
)
def test_what_caches_may_keep_for_everybody_carries_nobodys_session(db: None, path: str) -> None:
    client = signed_in("maria")
    answer = client.get(path, headers={"Accept": "application/ld+json"})
    assert answer["Cache-Control"].startswith(("public", "max-age=300, public"))
    assert not answer.cookies
    assert "Cookie" not in answer["Vary"]


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client: Client, db: None) -> None:
    answer = client.post("/account/still-here/")
    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]


def test_without_a_script_the_page_says_when_the_session_ends(db: None) -> None:
    page = signed_in("devon").get("/contact/").content.decode()
    assert "<noscript>" in page
    assert "we sign you out after 30 minutes" in page
