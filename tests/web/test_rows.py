"""Lists of officers: choosing several rows, by mouse and by keyboard, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_bar_of_actions_appears_with_the_first_chosen_row_and_counts_them(page: Any) -> None:
    page.goto("/demo/desk/")
    bar = page.locator("[data-bulk]")
    assert not bar.is_visible()
    page.get_by_label("A-7K3M-Q2XH").check()
    expect(bar.locator("[data-bulk-count]")).to_have_text("1")
    page.get_by_label("Choose all rows").check()
    expect(bar.locator("[data-bulk-count]")).to_have_text("2")
    page.get_by_label("Choose all rows").uncheck()
    expect(bar).to_be_hidden()


def test_the_keys_of_a_list_work_inside_it_and_nowhere_else(page: Any) -> None:
    page.goto("/demo/desk/")
    page.keyboard.press("x")
    assert not page.get_by_label("A-7K3M-Q2XH").is_checked()
    page.get_by_role("link", name="A-7K3M-Q2XH").focus()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="A-1Z8P-W0TD")).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_label("A-1Z8P-W0TD")).to_be_checked()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="A-7K3M-Q2XH")).to_be_focused()


def test_without_a_script_the_bar_of_actions_is_always_there(new_page: Any) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/demo/desk/")
    assert page.get_by_role("button", name="Assign to me").is_visible()
