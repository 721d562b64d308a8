"""Writes of the determinations room: one row per decision, signed by its digest. Nothing here is ever edited."""

from datetime import date, datetime
from typing import Any

from peercert.program.casework.models import Case
from peercert.program.determinations.models import Determination
from peercert.program.determinations.queries import digest_of
from peercert.program.people.models import Person


def record_determination(
    case: Case,
    *,
    question: str,
    outcome: str,
    facts: dict[str, Any],
    finding: dict[str, Any],
    law_outcome: str,
    governed_on: date,
    release: str,
    decided_at: datetime,
    decided_by: Person | None = None,
    reasons: list[dict[str, Any]] | None = None,
    because: str = "",
    approval_through: date | None = None,
    supersedes: Determination | None = None,
) -> Determination:
    """Store a decision as made. `decided_by` is None only where the program decides as the law says."""
    made = Determination(
        case=case, question=question, outcome=outcome, facts=facts, finding=finding, law_outcome=law_outcome,
        governed_on=governed_on, release=release, reasons=reasons or [], because=because,
        approval_through=approval_through, decided_by=decided_by, decided_at=decided_at, supersedes=supersedes,
    )  # fmt: skip
    made.digest = digest_of(made)
    made.save(force_insert=True)
    return made
