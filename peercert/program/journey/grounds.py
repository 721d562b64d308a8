"""On which grounds an application may be denied: what the law shows unmet, and what an officer marked so.

A reason that the person can mend is a ground only after they were asked for it (ground rules, Fairness).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peercert import words
from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.review.models import Check
from peercert.program.review.queries import failed_reasons, was_asked_for
from peercert.program.review.reasons import reasons_for
from peercert.rules.reasons import Finding, Reason
from peercert.words.reasons import because
from peercert.words.reasons import says as requirement


@dataclass(frozen=True)
class Ground:
    """One ground. `key` names it in forms; `may_deny` is false where it has to be asked for first."""

    key: str
    code: str
    may_deny: bool
    check: Check | None = None
    law: Reason | None = None

    @property
    def is_new(self) -> bool:
        """Whether it came to light since the check was passed."""
        return self.key.startswith("found:")

    def says(self, language: str) -> str:
        """The sentence for the person, in that language."""
        if self.law is not None:
            return because(self.law, language)
        return words.fill("review_reasons", self.code, {"document": self._document(language)}, language)

    def line(self, language: str) -> str:
        """The line from which an officer chooses it: the requirement or the check, then what stands against it."""
        if self.law is not None:
            return f"{requirement(self.law, language)}: {because(self.law, language)}"
        assert self.check is not None
        check = words.fill("checks", self.check.code, lang=language)
        about = f" ({self.check.about_label})" if self.check.about_label else ""
        return f"{check}{about}: {words.fill('review_reasons', self.code, lang=language, part='officer')}"

    def _document(self, language: str) -> str:
        kind = self.check.document_kind if self.check else ""
        return words.fill("casework", f"document_{kind}", lang=language) if kind else ""

    def stored(self) -> dict[str, Any]:
        """What a determination keeps of it."""
        return {
            "key": self.key,
            "code": self.code,
            "from": "law" if self.law is not None else "mark",
            "check": self.check.code if self.check else "",
            "about": self.check.about_label if self.check else "",
        }


def grounds_of(case: Case, finding: Finding) -> list[Ground]:
    """Everything that stands against an approval, the law's own reasons first."""
    law = [Ground(f"law:{one.code}", one.code, True, law=one) for one in finding.reasons if one.met is False]
    marks = [
        Ground(
            f"mark:{failed.check.pk}:{failed.reason.code}",
            failed.reason.code,
            not failed.reason.is_mendable or was_asked_for(case, failed.check, failed.reason.code),
            check=failed.check,
        )
        for failed in failed_reasons(case)
        if not failed.check.code.startswith("training_")
    ]
    return law + marks


def found_since(case: Case) -> list[Ground]:
    """What may have come to light since a check was passed: its reasons that nobody can mend, for a correction."""
    return [
        Ground(f"found:{check.pk}:{one.code}", one.code, True, check=check)
        for check in Check.objects.filter(case=case).order_by("position", "pk")
        if not check.code.startswith("training_")
        for one in reasons_for(check.code)
        if not one.is_mendable
    ]


def chosen(case: Case, finding: Finding, keys: Sequence[str], *, also: Sequence[Ground] = ()) -> list[Ground]:
    """The grounds an officer chose among `grounds_of` and `also`.

    Raises Refused: `denial_needs_reason`, `not_a_ground`, `ask_for_it_first`.
    """
    known = {ground.key: ground for ground in [*grounds_of(case, finding), *also]}
    if not keys:
        raise Refused("denial_needs_reason")
    if not set(keys) <= set(known):
        raise Refused("not_a_ground")
    picked = [known[key] for key in dict.fromkeys(keys)]
    if not all(ground.may_deny for ground in picked):
        raise Refused("ask_for_it_first")
    return picked
