"""Accessibility of a page as axe-core sees it: WCAG 2.2 AA and its best practices, and that it fits the window."""

from functools import cache
from pathlib import Path
from typing import Any

from tests.fixtures.browser import is_leaving

AXE = Path(__file__).resolve().parents[2] / "assets/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _source() -> str:
    return AXE.read_text("utf-8")


def violations(page: Any, *, within: str = "html") -> list[str]:
    """What axe finds on `page` (a Playwright page), and a page wider than its window: one line per finding.

    An empty list is a page on which there is nothing. The script goes in by evaluation, since the page's policy lets
    no other script in.
    """
    page.wait_for_load_state()
    assert not is_leaving(page), f"{page.url} is being left: `go` to the page that is meant, then look at it"
    page.evaluate(_source())
    found = page.evaluate(
        "([where, rules]) => axe.run(where, {runOnly: {type: 'tag', values: rules}})", [within, RULES]
    )
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return [f"reflow: {page.url} is {wide} px wide in a window of {window} px"] * (wide > window) + [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}" for rule in found["violations"] for node in rule["nodes"]
    ]
