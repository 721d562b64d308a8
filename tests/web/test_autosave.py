"""Answers are saved as they are given: in a real browser, against a real database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def status(page: Any, words: str) -> None:
    page.locator("[data-save-status]", has_text=words).wait_for()


def test_a_valid_answer_is_saved_at_once_and_is_there_after_a_reload(page: Any) -> None:
    page.goto("/demo/parts/")
    page.get_by_label("Legal first name").fill("Alma")
    page.get_by_label("Legal first name").blur()
    status(page, "Saved at")
    page.reload()
    assert page.get_by_label("Legal first name").input_value() == "Alma"


def test_a_day_is_saved_once_all_three_parts_are_there(page: Any) -> None:
    page.goto("/demo/parts/")
    page.get_by_label("Month", exact=True).select_option("5")
    page.get_by_label("Day", exact=True).fill("1")
    page.get_by_label("Year", exact=True).fill("1990")
    page.get_by_label("Year", exact=True).blur()
    status(page, "Saved at")
    assert page.locator(".usa-error-message").count() == 0
    page.reload()
    assert page.get_by_label("Year", exact=True).input_value() == "1990"


def test_an_answer_that_cannot_be_taken_stays_with_its_sentence_until_it_is_mended(page: Any) -> None:
    page.goto("/es/demo/parts/")
    page.get_by_label("Mes", exact=True).select_option("2")
    page.get_by_label("Día", exact=True).fill("31")
    page.get_by_label("Año", exact=True).fill("1990")
    page.get_by_label("Año", exact=True).blur()
    page.get_by_text("Ese mes tiene 28 días.").first.wait_for()
    assert page.get_by_label("Día", exact=True).input_value() == "31"
    assert page.get_by_label("Día", exact=True).get_attribute("aria-invalid") == "true"
    page.get_by_label("Día", exact=True).fill("28")
    page.get_by_label("Día", exact=True).blur()
    status(page, "Guardado a las")
    assert page.locator(".usa-error-message").count() == 0


def test_two_windows_are_told_of_both_answers_and_the_person_chooses(page: Any) -> None:
    page.goto("/demo/parts/")
    other = page.context.new_page()
    other.goto("/demo/parts/")
    page.get_by_label("Legal first name").fill("Alma")
    page.get_by_label("Legal first name").blur()
    status(page, "Saved at")

    other.get_by_label("Legal first name").fill("Alba")
    other.get_by_label("Legal first name").blur()
    other.get_by_text("This answer was changed in another window.").first.wait_for()
    both = other.locator(".pc-conflict").inner_text()
    assert "Alba" in both
    assert "Alma" in both
    other.get_by_role("button", name="Keep what is here").click()
    status(other, "Saved at")

    page.get_by_label("Legal first name").fill("Ana")
    page.get_by_label("Legal first name").blur()
    page.get_by_role("button", name="Take the saved one").click()
    status(page, "Saved at")
    assert page.get_by_label("Legal first name").input_value() == "Alba"


def test_without_a_connection_the_answer_waits_and_is_saved_when_it_is_back(page: Any) -> None:
    page.goto("/demo/parts/")
    page.context.set_offline(True)
    page.get_by_label("Legal first name").fill("Alma")
    page.get_by_label("Legal first name").blur()
    status(page, "Not saved yet: no connection")
    page.context.set_offline(False)
    status(page, "Saved at")
    page.reload()
    assert page.get_by_label("Legal first name").input_value() == "Alma"


def test_a_page_whose_form_token_went_stale_saves_all_the_same(page: Any) -> None:
    page.goto("/demo/parts/")
    page.context.clear_cookies(name="csrf")
    page.get_by_label("Legal first name").fill("Alma")
    page.get_by_label("Legal first name").blur()
    status(page, "Saved at")


def test_a_field_that_the_form_does_not_have_is_not_saved(client: Client, db: None) -> None:
    assert client.post("/demo/parts/save/", {"field": "secret"}).status_code == 404


def test_every_part_of_the_page_is_there_without_a_script(new_page: Callable[..., Any]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/demo/parts/?errors=1")
    assert page.get_by_role("alert").is_visible()
    assert page.get_by_role("button", name="Save and continue").is_visible()
    page.get_by_text("How to know it is us").click()
    expect(page.get_by_text("never ask for your password")).to_be_visible()
