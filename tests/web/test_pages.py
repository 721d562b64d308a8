"""Every open page, in both languages: it answers, it fits a small phone, axe finds nothing, and it prints."""

import re

import pytest
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.utils.translation import override
from playwright.sync_api import expect

from tests.web.axe import violations

PAGES = [
    "/",
    "/how-it-works/",
    "/complaint/",
    "/contact/",
    "/accessibility/",
    "/privacy/",
    "/achievements/",
    "/achievements/certified+crisis",
    "/competencies/",
    "/areas/",
    "/demo/parts/",
    "/demo/desk/",
]
IN_BOTH = [prefix + page for page in PAGES for prefix in ("", "/es")]


@pytest.mark.parametrize("path", IN_BOTH)
def test_an_open_page_answers_in_its_language_with_a_way_to_the_other(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    page = answer.content.decode()
    here, other = ("es", path.removeprefix("/es")) if path.startswith("/es") else ("en", "/es" + path)
    assert answer.status_code == 200
    assert f'<html lang="{here}"' in page
    assert re.search(rf'<a class="pc-tool" href="{re.escape(other)}" hreflang', page)
    assert page.count("<h1") == 1
    assert page.count('class="usa-button"') <= 1 or "/demo/" in path, "one primary button a page"


def test_the_language_link_keeps_the_question_in_the_address(client: Client, db: None) -> None:
    page = client.get("/how-it-works/?from=letter").content.decode()
    assert 'href="/es/how-it-works/?from=letter"' in page


@pytest.mark.parametrize("path", ["/no-such-page/", "/es/no-such-page/"])
def test_a_page_that_is_not_there_says_so_with_one_next_step(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert ("Aquí no hay ninguna página" if path.startswith("/es") else "There is no page here") in page
    assert page.count('class="usa-button"') == 1


def test_a_form_from_a_stale_page_is_refused_in_words(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/demo/parts/save/", {"field": "name"})
    assert answer.status_code == 403
    assert "This page waited too long" in answer.content.decode()


def test_the_page_of_a_fault_of_ours_is_in_both_languages_and_asks_nothing_of_the_database(rf: RequestFactory) -> None:
    from django.views.defaults import server_error

    page = server_error(rf.get("/")).content.decode()
    assert "Something broke on our side" in page
    assert 'lang="es"' in page


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "413", "429", "refused"])
def test_every_refusal_has_a_page_with_one_next_step(rf: RequestFactory, name: str, language: str) -> None:
    with override(language):
        page = render(rf.get("/apply/"), f"{name}.html", {"says": "…"}).content.decode()
    assert f'<html lang="{language}"' in page
    assert page.count("<h1>") == 1
    assert page.count('class="usa-button"') == 1
    assert '<meta name="robots" content="noindex">' in page
    assert ("Ir a" in page or "Volver" in page) == (language == "es")


@pytest.mark.browser
@pytest.mark.parametrize("path", [*IN_BOTH, "/no-such-page/", "/es/no-such-page/"])
def test_axe_finds_nothing_and_nothing_is_wider_than_a_small_phone(new_page, path: str) -> None:  # type: ignore[no-untyped-def]
    page = new_page(viewport={"width": 320, "height": 640})
    page.goto(path)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 900})
    assert violations(page) == []


@pytest.mark.browser
def test_the_errors_of_a_form_are_summed_up_in_focus_and_lead_to_their_fields(page) -> None:  # type: ignore[no-untyped-def]
    page.goto("/demo/parts/?errors=1")
    assert violations(page) == []
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.get_by_role("link", name="Date of birth: That month has 28 days").click()
    expect(page.locator("#id_born_on_month")).to_be_focused()
