"""The law's answer as officers read it: the outcome, each requirement with its because, source and figure."""

from dataclasses import dataclass
from datetime import date

from peercert.rules.reasons import Finding, Reason
from peercert.web.staff.case_frame import language, said
from peercert.web.ui.parts import Kind
from peercert.words.reasons import because, says

KINDS: dict[bool | None, Kind] = {True: "done", False: "problem", None: "waiting"}
OUTCOMES: dict[str, Kind] = {"approve": "done", "deny": "problem", "incomplete": "waiting"}


@dataclass(frozen=True)
class LawReason:
    """One requirement in the reader's language."""

    code: str
    says: str
    because: str
    kind: Kind
    word: str
    on: date
    source: str
    figure: str
    certainty: str


@dataclass(frozen=True)
class Proposal:
    """What the law proposes, and how many requirements are met."""

    outcome: str
    word: str
    kind: Kind
    reasons: list[LawReason]
    met: int
    governed_on: date
    release: str

    @property
    def open(self) -> list[LawReason]:
        """Everything that is unmet or not yet known, the unmet first."""
        return sorted((one for one in self.reasons if one.kind != "done"), key=lambda one: one.kind != "problem")


def proposal(finding: Finding, *, sees_accommodation: bool = True) -> Proposal:
    """A finding in the reader's language; what became of an accommodation is for exam officers alone."""
    reasons = [
        _reason(one, is_sealed=one.code == "accommodation" and not sees_accommodation) for one in finding.reasons
    ]
    return Proposal(
        outcome=finding.outcome,
        word=said(f"outcome_{finding.outcome}"),
        kind=OUTCOMES[finding.outcome],
        reasons=reasons,
        met=sum(one.kind == "done" for one in reasons),
        governed_on=finding.governed_on,
        release=finding.release,
    )


def _reason(one: Reason, *, is_sealed: bool) -> LawReason:
    used = one.figure
    return LawReason(
        code=one.code,
        says=says(one, language()),
        because=said("for_exam_officers") if is_sealed else because(one, language()),
        kind=KINDS[one.met],
        word=said({True: "met_true", False: "met_false", None: "met_none"}[one.met]),
        on=one.on,
        source=one.source,
        figure=used.name if used else "",
        certainty=said(f"certainty_{used.certainty}") if used else "",
    )
