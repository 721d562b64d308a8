"""What the law answers: a finding with one reason per requirement. Codes and values; words/ fills in the words."""

from datetime import date
from typing import Any

from msgspec import Struct

from peercert.rules.figures import Figure


class Reason(Struct, frozen=True, kw_only=True, gc=False):
    """The answer to one requirement.

    `met` is true, false or None for not yet known; `on` the day that governs it. `why` names the sentence that says
    why (words/reasons.toml), `values` fills it; `note` adds a second sentence: "unconfirmed" (the figure is, so an
    officer decides), "officer" (no machine decides it), "accepted" (an officer did), "nothing_more".
    """

    code: str
    met: bool | None
    on: date
    source: str
    why: str
    figure: Figure | None = None
    values: dict[str, Any] = {}
    note: str = ""

    @property
    def is_for_officer(self) -> bool:
        """Whether it stays open until an officer decides, whatever the person gives."""
        return self.met is None and self.note in {"unconfirmed", "officer"}


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """`outcome` is "approve", "deny" or "incomplete"; reasons stand in the order in which a person would check them."""

    pathway: str
    question: str
    outcome: str
    governed_on: date
    reasons: tuple[Reason, ...]
    release: str

    def reason(self, code: str) -> Reason:
        """The reason of one requirement; raises KeyError where this question does not ask it."""
        for each in self.reasons:
            if each.code == code:
                return each
        raise KeyError(code)
