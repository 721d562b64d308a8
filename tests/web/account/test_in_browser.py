"""Every page of signing in, of an account and of roles, in a browser: accessible, and as wide as a phone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from peercert.program.journey import accounts, recover
from tests import stories
from tests.fixtures.browser import go
from tests.web.axe import violations

OPEN = ["/demo/", "/account/login/", "/account/signup/", "/account/password/reset/", "/account/password/reset/done/",
        "/account/password/reset/key/1-nothing/", "/cannot-sign-in/"]  # fmt: skip
OWN = ["/account/", "/account/you/", "/account/email/", "/account/2fa/webauthn/"]


def looked_at(page: Any, path: str) -> None:
    """Open a page: nothing that axe finds, nothing beside the screen, no error in the console."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(path)
    assert violations(page) == [], path
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], path
    assert said == [], path


@pytest.mark.browser
@pytest.mark.parametrize("language", ["", "/es"])
def test_pages_of_signing_in_and_of_an_account(new_page: Callable[..., Any], language: str) -> None:
    page = new_page(viewport={"width": 320, "height": 700})
    for path in OPEN:
        looked_at(page, language + path)
    page.goto("/demo/")
    go(page.get_by_role("button", name="as someone new"))
    page.wait_for_url("**/apply/")
    for path in OWN:
        looked_at(page, language + path)


@pytest.mark.browser
@pytest.mark.parametrize("language", ["", "/es"])
def test_pages_of_roles_and_recovery(new_page: Callable[..., Any], language: str) -> None:
    story = stories.Story(now=datetime.now(UTC) - timedelta(days=1))
    for who in ("robin", "quinn", "ana", "sam", "maria", "devon"):
        story.person(who)
    maria, robin = story.person("maria"), story.actor("robin")
    accounts.grant_role(story.person("devon").pk, "determiner", actor=robin, now=story.now)
    waiting = accounts.grant_role(maria.pk, "reviewer", actor=robin, now=story.now)
    accounts.end_role(waiting.pk, actor=robin, now=story.now)
    opened = recover.open_recovery(maria.pk, "new@example.org", "by video", actor=story.actor("ana"), now=story.now)
    recover.ask_for_help(
        "Rosa Vega", phone="916 555 0101", email="rosa@example.net", number="", text="After five.", language="es",
        now=story.now,
    )  # fmt: skip
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto("/demo/")
    go(page.get_by_role("button", name="as Quinn Ames"))
    page.wait_for_url("**/staff/accounts/")
    looked_at(page, f"{language}/staff/accounts/?q=maria@example.com")
    looked_at(page, f"{language}/staff/recovery/?q=maria@example.com")
    looked_at(page, f"{language}/staff/recovery/open/{maria.uuid}/")
    recover.second_recovery(opened.pk, actor=story.actor("sam"), now=story.now)
    page.context.clear_cookies()
    looked_at(page, f"{language}/account/recovery/{recover.stop_token(opened)}/")
    go(page.get_by_role("button", name="Detenerlo" if language else "Stop it"))
    page.get_by_role("heading", name="Está detenido" if language else "It is stopped").wait_for()
    assert violations(page) == []
