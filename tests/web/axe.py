"""Accessibility of a page as axe-core sees it: WCAG 2.2 AA and its best practices, and that it fits the window."""

from functools import cache
from pathlib import Path
from typing import Any

from tests.fixtures.browser import is_leaving

AXE = Path(__file__).resolve().parents[2] / "assets/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


#: Only what was found leaves the browser: on the whole of what axe says, ten times as long would be spent.
LOOK = """async ([where, rules]) => {
  const found = await axe.run(where, {runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]});
  const [wide, room] = [document.documentElement.scrollWidth, window.innerWidth];
  return [
    ...(wide > room ? [`reflow: ${location.href} is ${wide} px wide in a window of ${room} px`] : []),
    ...found.violations.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.html.slice(0, 200)}`)),
  ];
}"""


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
    return list(page.evaluate(LOOK, [within, RULES]))
