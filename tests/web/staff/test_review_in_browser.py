"""A review lived in a real browser: marked, asked for, recommended, determined; axe looks at every page on the way."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from peercert.program.casework.models import Case, Request
from peercert.program.determinations.models import Determination
from peercert.program.journey import answer
from peercert.program.review.models import Mark
from tests import stories
from tests.fixtures.browser import go
from tests.web import axe

pytestmark = pytest.mark.browser


def enter(new_page: Any, live_site: str, story: stories.Story, who: str, **options: Any) -> Any:
    """A page in which one of the cast is signed in."""
    client = Client()
    client.force_login(story.person(who).account, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = new_page(**options)
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_site}])
    return page


def looked_at(page: Any, address: str) -> None:
    page.goto(address)
    assert axe.violations(page) == [], address


@pytest.mark.parametrize("language", ["", "/es"])
def test_axe_finds_nothing_on_the_pages_of_a_case(live_site, new_page, language):
    story = stories.Story(now=timezone.now() - timezone.timedelta(days=5))
    case = stories.in_review(story)
    other = stories.recommended(story, "devon", "reciprocity")
    stories.provider(story)
    paper = case.documents.get(kind="photo_id")
    here = f"{language}/staff/cases/{case.number}/"
    ana = enter(new_page, live_site, story, "ana")
    for path in (f"?document={paper.uuid}", "id/", "ask/", "recommend/", "care/", "history/"):
        looked_at(ana, here + path)
    tom = enter(new_page, live_site, story, "tom", viewport={"width": 390, "height": 800})
    for path in ("", "determine/"):
        looked_at(tom, f"{language}/staff/cases/{other.number}/{path}")
    looked_at(tom, f"{language}/staff/tasks/")
    sam = enter(new_page, live_site, story, "sam")
    for path in ("care/",):
        looked_at(sam, here + path)
    looked_at(sam, f"{language}/staff/providers/")
    looked_at(sam, f"{language}/staff/audit/")


def test_a_case_from_the_first_mark_to_the_determination(live_site, new_page):
    story = stories.Story(now=timezone.now() - timezone.timedelta(days=2))
    case = stories.in_review(story)
    page = enter(new_page, live_site, story, "ana")
    page.goto(f"/staff/cases/{case.number}/")

    # A document opens in the viewer without leaving the page.
    page.locator("#g-photo-id ~ .pc-docs a").click()
    page.locator("#viewer img").wait_for()
    assert page.locator("#viewer img").evaluate("img => img.decode().then(() => img.naturalWidth)") > 0

    # The ID is read beside its image.
    go(page.get_by_role("link", name="Read the ID"))
    page.get_by_label("First name, as printed").fill("MARIA")
    page.get_by_label("Last name, as printed").fill("GARCIA LOPEZ")
    for name, month, day, year in (("born_on", "3", "14", "1988"), ("expires_on", "1", "1", "2030")):
        page.locator(f"[name={name}_month]").select_option(month)
        page.locator(f"[name={name}_day]").fill(day)
        page.locator(f"[name={name}_year]").fill(year)
    page.get_by_text("It carries a photo of the person").click()
    go(page.get_by_role("button", name="Keep what was read"))

    # Every check is marked; one of them is not passed, with its reason. The law's proposal follows each mark.
    checks = page.locator(".pc-check")
    failing = page.locator(".pc-check", has=page.get_by_role("heading", name="High school diploma"))
    for at in range(checks.count()):
        check = checks.nth(at)
        if "High school" in check.inner_text():
            continue
        check.get_by_role("button", name="Pass", exact=False).first.click()
        check.locator(".pc-status--done").first.wait_for()
    failing.get_by_text("Not passed, because").click()
    failing.get_by_text("Cannot be read", exact=False).click()
    failing.get_by_role("button", name="Mark as not passed").click()
    failing.locator(".pc-status--problem").wait_for()
    page.locator("#progress", has_text="7 of 7 marked · 1 not passed").wait_for()
    assert Mark.objects.filter(check_row__case=case, replaced_at=None).count() == 7

    # What is missing is asked for; the letter is seen before it goes.
    page.reload()
    go(page.get_by_role("link", name="Ask for 1 thing"))
    assert "No pudimos leer su diploma" in page.locator(".pc-letter").first.inner_text()
    go(page.get_by_role("button", name="Send this letter"))
    page.get_by_text("We wait for the person's answer").first.wait_for()
    request = Request.objects.get(case=case)

    # The person answers; the check is passed; the case is recommended.
    now = timezone.now()
    answer.answer_item(
        request.items.get().pk, cannot_give=True, text="Solo tengo esta.", actor=story.actor("maria"), now=now
    )
    answer.send_answers(request.pk, actor=story.actor("maria"), now=now)
    page.reload()
    assert "Solo tengo esta." in page.locator("main").inner_text()
    failing.get_by_role("button", name="Pass", exact=False).first.click()
    failing.locator(".pc-status--done").first.wait_for()
    go(page.get_by_role("link", name="Recommend", exact=True).first)
    page.locator("label", has_text="Approve").click()
    go(page.get_by_role("button", name="Recommend"))
    page.get_by_text("Waits for a determination").wait_for()

    # Someone else determines: law, recommendation, decision, letter, confirmation.
    tom = enter(new_page, live_site, story, "tom")
    tom.goto(f"/staff/cases/{case.number}/determine/")
    tom.locator("label", has_text="Approve").click()
    go(tom.get_by_role("button", name="Show the letter"))
    assert "está aprobada" in tom.locator(".pc-letter").first.inner_text()
    assert axe.violations(tom) == []
    assert not Determination.objects.exists()
    go(tom.get_by_role("button", name="Confirm and send the letter"))
    tom.get_by_role("heading", name="Approved").wait_for()
    assert Case.objects.get(pk=case.pk).stage == "approved"
    assert Determination.objects.get().decided_by == story.person("tom")


def test_a_review_without_scripts(live_site, new_page):
    story = stories.Story(now=timezone.now() - timezone.timedelta(days=2))
    case = stories.in_review(story, "devon")
    page = enter(new_page, live_site, story, "ana", java_script_enabled=False)
    page.goto(f"/staff/cases/{case.number}/")
    go(page.locator("#g-education ~ .pc-docs a"))
    assert "document=" in page.url
    assert page.locator("#viewer img").count() == 1
    check = page.locator(".pc-check").first
    go(check.get_by_role("button", name="Pass", exact=False).first)
    assert "#check-" in page.url
    assert page.locator(".pc-check").first.locator(".pc-status--done").count() == 1
    assert page.locator("#progress").inner_text().startswith("1 of 7 marked")
