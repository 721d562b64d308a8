"""Reads of determinations: the one that counts, its digest, and its replay years later."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import msgspec
from django.db.models import QuerySet

from peercert.program.casework.models import Case
from peercert.program.determinations.models import Determination
from peercert.rules.decide import decide
from peercert.rules.facts import Facts


@dataclass(frozen=True)
class Replay:
    """What the law of today answers to the facts of then, and whether the row is as it was signed.

    `is_same`: the same outcome with the same answer to every requirement. `is_intact`: facts, finding, outcome, decider
    and moment still give the digest.
    """

    outcome: str
    is_same: bool
    is_intact: bool
    differences: tuple[str, ...] = ()


def decided(case: Case, question: str = "apply") -> Determination | None:
    """The determination that counts: the latest one that nothing superseded; None where nothing was decided."""
    return (
        Determination.objects.filter(case=case, question=question, superseded_by=None)
        .select_related("decided_by")
        .order_by("-decided_at", "-pk")
        .first()
    )


def determinations_of(case: Case) -> QuerySet[Determination]:
    """Every determination of the case, the first first; superseded ones too."""
    return (
        Determination.objects.filter(case=case).select_related("decided_by", "supersedes").order_by("decided_at", "pk")
    )


def digest_of(determination: Determination) -> str:
    """SHA-256 of what the decision rests on, as canonical JSON."""
    signed: dict[str, Any] = {
        "facts": determination.facts,
        "finding": determination.finding,
        "governed_on": determination.governed_on.isoformat(),
        "release": determination.release,
        "question": determination.question,
        "outcome": determination.outcome,
        "reasons": determination.reasons,
        "decided_by": str(determination.decided_by.uuid) if determination.decided_by else None,
        "decided_at": determination.decided_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    text = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def replay(determination: Determination) -> Replay:
    """Ask the law again with the facts and the governing day of then; later figures must not change the answer."""
    facts = msgspec.convert(determination.facts, Facts, strict=False)
    again = decide(facts, on=determination.governed_on)
    then = {one["code"]: one["met"] for one in determination.finding["reasons"]}
    now = {one.code: one.met for one in again.reasons}
    differences = tuple(sorted(code for code in then.keys() | now.keys() if then.get(code, "") != now.get(code, "")))
    return Replay(
        outcome=again.outcome,
        is_same=again.outcome == determination.law_outcome and not differences,
        is_intact=digest_of(determination) == determination.digest,
        differences=differences,
    )
