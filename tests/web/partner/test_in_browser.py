"""Organisations in a real browser: every page fits a small phone, and an invitation is taken up with a passkey."""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from peercert.demo import partners
from peercert.demo.partners import token_of
from peercert.program.journey import members
from peercert.program.people.actions import log_use
from peercert.program.people.models import Person
from peercert.program.people.organisations import ApiKey, Invitation
from peercert.program.people.queries import open_membership
from peercert.program.people.quotas import note_refused
from tests.fixtures.browser import go
from tests.web.account.test_passkeys import code, phone  # noqa: F401
from tests.web.axe import violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_passes_axe_and_fits_a_small_phone(
    story: Any, at: Any, new_page: Any, live_site: str, language: str
) -> None:
    county = partners.county(story)
    asked = partners.asking(story, "lena", partners.CITY)
    partners.joined(story, county, "jesse", "member", by="dana")
    members.leave(county.pk, actor=story.actor("jesse"), now=story.now)
    waiting = members.invite(county.pk, "paz.ibarra@example.com", "member", actor=story.actor("dana"), now=story.now)
    page = new_page(viewport={"width": 320, "height": 720})
    problems: list[str] = []

    def become(who: str) -> None:
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "session", "value": at(who).cookies["session"].value, "url": live_site}])

    def look(name: str, query: str = "", **parts: Any) -> None:
        with translation.override(language):
            page.goto(reverse(name, kwargs=parts) + query)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        problems.extend(f"{name} {found}" for found in violations(page))

    look("public:for_organisations")
    become("lena")
    look("partner:home")
    look("partner:ask")
    go(page.locator("main form button"))
    problems.extend(f"ask, empty {found}" for found in violations(page))
    become("paz")
    look("partner:invitation", token=token_of(waiting))
    become("dana")
    look("partner:keys", organisation=county.uuid)
    page.get_by_label(re.compile("^(Name of the key|Nombre de la clave)")).fill("nightly")
    page.locator("label[for=id_scopes_0]").click()
    go(page.locator("button[value=make]"))
    problems.extend(f"key made {found}" for found in violations(page))
    page.reload()
    assert ApiKey.objects.count() == 1, "the page that shows a key was loaded again"
    assert page.locator("textarea[readonly]").count() == 0
    log_use(ApiKey.objects.get(), "verify", status=200, now=story.now, number="C-7K3M-9QXF")
    note_refused(f"{ApiKey.objects.get().prefix}_x", now=timezone.now())
    for name in ("organisation", "people", "leave", "keys", "api_use", "settings", "history"):
        look(f"partner:{name}", organisation=county.uuid)
    look("partner:api_use", "?refused=yes", organisation=county.uuid)
    look("partner:people", "?show=past", organisation=county.uuid)
    look("partner:home")
    become("sam")
    for name, parts in (
        ("staff:organisations", {}),
        ("staff:organisation", {"organisation": asked.uuid}),
        ("staff:organisation", {"organisation": county.uuid}),
    ):
        look(name, **parts)
    assert problems == []


def test_someone_invited_makes_an_account_with_a_passkey_and_acts_for_the_county(
    story: Any,
    at: Any,
    new_page: Any,
    live_site: str,
    phone: Any,  # noqa: F811
) -> None:
    county = partners.county(story)
    desk = new_page(viewport={"width": 1280, "height": 900})
    desk.context.add_cookies([{"name": "session", "value": at("dana").cookies["session"].value, "url": live_site}])
    desk.goto("/partner/")
    go(desk.get_by_role("link", name=county.name))
    go(desk.get_by_role("link", name="People", exact=True))
    desk.get_by_label("E-mail address at work").fill("new.colleague@example.org")
    go(desk.get_by_role("button", name="Send the invitation"))
    desk.get_by_text("The invitation is on its way to new.colleague@example.org.").wait_for()

    link = f"/partner/invitation/{token_of(Invitation.objects.latest('pk'))}/"
    phone.goto(link)
    go(phone.get_by_role("link", name="I do not have an account yet"))
    go(phone.get_by_role("link", name="Use a passkey instead"))
    phone.get_by_label("E-mail address").fill("new.colleague@example.org")
    go(phone.get_by_role("button", name="Continue"))
    phone.get_by_label("Code").fill(code())
    go(phone.get_by_role("button", name="Confirm"))
    phone.get_by_label("Name of the passkey").fill("phone")
    go(phone.get_by_role("button", name="Make the passkey"))
    # The second factor is shown once before anything of an organisation opens.
    assert violations(phone) == []
    go(phone.get_by_role("link", name="Use your passkey"))
    go(phone.get_by_role("button", name="Use your passkey"))
    phone.get_by_role("heading", name=f"Act for {county.name}?").wait_for()
    go(phone.get_by_role("button", name="Accept the invitation"))
    phone.get_by_text("You act for this organization from now on.").wait_for()
    colleague = Person.objects.get(account__email="new.colleague@example.org")
    assert open_membership(county, colleague) is not None

    go(desk.get_by_role("link", name="People", exact=True))
    row = desk.get_by_role("row", name=re.compile("new.colleague@example.org"))
    row.get_by_text("Change", exact=False).first.click()
    go(row.get_by_role("button", name=re.compile("End their access now")))
    go(phone.get_by_role("link", name="People", exact=True))
    phone.get_by_text("You no longer act for this organization.").wait_for()
    assert open_membership(county, colleague) is None
    assert timezone.now() >= county.memberships.get(person=colleague).until_at
