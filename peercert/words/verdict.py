"""A verdict on a credential in words: the heading over it, and a line for each step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peercert import words

#: How a step came out, as a code of its word.
OUTCOMES = {True: "holds", False: "fails", None: "unknown"}


@dataclass(frozen=True)
class Line:
    """One step as read: its name, whether it holds (None: not known), the word for that, and what it means."""

    name: str
    holds: bool | None
    outcome: str
    says: str


def lines(steps: Sequence[Any], lang: str) -> list[Line]:
    """Each step (with `step`, `code`, `holds`, `values`) in the reader's language."""
    return [
        Line(
            words.fill("verifying", f"step_{one.step}", lang=lang), one.holds,
            words.fill("verifying", OUTCOMES[one.holds], lang=lang),
            words.fill("verifying", one.code, {"where": "", **one.values}, lang),
        )
        for one in steps
    ]  # fmt: skip


def summary(steps: Sequence[Any]) -> str:
    """The code of the heading over a verdict: genuine, genuine_…, not_ours, elsewhere, not_genuine or not_readable."""
    codes = {one.step: one for one in steps}
    if codes["issuer"].code in {"issuer_other", "address_elsewhere"}:
        return "not_ours" if codes["issuer"].code == "issuer_other" else "elsewhere"
    if not codes["readable"].holds:
        return "not_readable"
    is_ours = all(codes[step].holds for step in ("shape", "issuer", "key", "signature"))
    if not is_ours or ("log" in codes and codes["log"].holds is False):
        return "not_genuine"
    if codes["status"].code == "status_not_in_code":
        return "genuine_code"
    if codes["status"].holds is False or codes["dates"].holds is False:
        return "genuine_past"
    return "genuine" if codes["status"].holds else "genuine_only"
