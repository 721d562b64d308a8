"""The coded reasons for which a check is not passed, read once from words/review_reasons.toml.

The catalogue says what an officer may choose and whether the person can mend it; its sentences are read through
`words.fill("review_reasons", code, ..., part=...)` like all others.
"""

from dataclasses import dataclass
from functools import cache

from peercert import words

ASK, DECLINE = "ask", "decline"


@dataclass(frozen=True)
class CodedReason:
    """One reason. `kind` is "ask" (the person can mend it) or "decline"; `answer` says what the answer place takes."""

    code: str
    kind: str
    checks: tuple[str, ...]
    document_kind: str
    answer: str

    @property
    def is_mendable(self) -> bool:
        """Whether it is asked for before anything is decided."""
        return self.kind == ASK


@cache
def catalogue() -> dict[str, CodedReason]:
    """Every coded reason by its code, in the order of the file."""
    entries = words.catalogue("review_reasons")
    return {
        code: CodedReason(code, entry["kind"], tuple(entry["checks"]), entry["document_kind"], entry["answer"])
        for code, entry in entries.items()
    }


def reason(code: str) -> CodedReason:
    """The coded reason; raises KeyError for a code that is not in the catalogue."""
    return catalogue()[code]


def reasons_for(check_code: str) -> list[CodedReason]:
    """What an officer may choose under this check, those that the person can mend first."""
    return sorted(
        (one for one in catalogue().values() if check_code in one.checks), key=lambda one: not one.is_mendable
    )
