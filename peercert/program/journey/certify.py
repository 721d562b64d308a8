"""Certifying: the certificate follows by itself from a pass that the law approves; else an officer weighs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from peercert.program.access import require
from peercert.program.applications.actions import close_application
from peercert.program.casework.actions import end_clocks
from peercert.program.casework.models import Case, Hold, Task
from peercert.program.casework.moves import lock, move
from peercert.program.casework.queue import defer
from peercert.program.certificates.actions import issue_certificate
from peercert.program.certificates.models import Certificate
from peercert.program.certificates.queries import current_credential, term_of
from peercert.program.determinations.actions import record_determination
from peercert.program.errors import Refused
from peercert.program.exams.actions import cancel_open
from peercert.program.exams.models import Sitting
from peercert.program.exams.queries import attempts_used
from peercert.program.journey.law import facts_for
from peercert.program.journey.standing_changed import announce
from peercert.program.journey.step import step
from peercert.program.money.queries import balance
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.queries import current_name
from peercert.program.review.models import PossibleMatch
from peercert.rules.days import day_of
from peercert.rules.decide import decide
from peercert.rules.reasons import Finding

#: Open tasks that keep a certificate from being issued: someone doubts the result, or the decision before it.
DOUBTS = frozenset({"changed_result", "sat_without_leave", "conduct"})


@dataclass(frozen=True)
class Readiness:
    """Whether a certificate may be issued today, and if not by itself, why an officer must look."""

    has_passed: bool
    obstacles: tuple[str, ...]
    facts: Any
    finding: Finding


def readiness(case: Case, *, now: datetime) -> Readiness:
    """What the law answers to `certify`, and what stands in the way: codes of words/refusals."""
    facts = facts_for(case, "certify", now=now)
    return Readiness(has_passed(case), tuple(_obstacles(case)), facts, decide(facts))


def has_passed(case: Case) -> bool:
    """Whether the vendor's present word is that the person passed."""
    return Sitting.objects.filter(case=case, result="pass", replaced_at=None).exists()


def certify_if_ready(case: Case, *, actor: Actor, now: datetime) -> Certificate | None:
    """Issue the certificate of a locked case if a pass is there and nobody has to weigh anything.

    Where a pass is there but the law is not sure, or a hold, an unanswered match or a doubt stands, one task tells an
    officer. Called after every step that may have completed or cleared the way; a certified case is left as it is.
    """
    if case.stage != "approved" or not has_passed(case):
        return None
    ready = readiness(case, now=now)
    if ready.finding.outcome == "approve" and not ready.obstacles:
        return _issue(case, ready, because="", actor=PROGRAM, now=now)
    if not Task.objects.filter(case=case, kind="certify", closed_at=None).exists():
        open_reasons = [reason.code for reason in ready.finding.reasons if not reason.met]
        values = {"obstacles": list(ready.obstacles), "reasons": open_reasons, "law": ready.finding.outcome}
        Task.objects.create(case=case, kind="certify", opened_at=now, due_on=day_of(now), values=values)
    return None


@step
def certify(case_id: int, because: str = "", *, actor: Actor, now: datetime) -> Certificate:
    """An officer certifies where the program did not by itself. A difference from the law needs a written reason.

    Raises Refused: `already_certified`, `no_pass`, `held`, `match_unanswered`, `result_in_doubt`,
    `difference_needs_reason`, `not_in_this_stage`.
    """
    case = lock(case_id)
    if case.stage == "certified":
        raise Refused("already_certified")
    require(actor, "certify", case)
    if case.stage != "approved":
        raise Refused("not_in_this_stage", stage=case.stage, verb="certify")
    ready = readiness(case, now=now)
    if not ready.has_passed:
        raise Refused("no_pass")
    for obstacle in ready.obstacles:
        raise Refused(obstacle)
    if ready.finding.outcome != "approve" and not because.strip():
        raise Refused("difference_needs_reason")
    return _issue(case, ready, because=because.strip(), actor=actor, now=now)


def print_later(certificate: Certificate) -> None:
    """Queue the printing of the document that carries the current credential, if there is one; at most one waits."""
    credential = current_credential(certificate)
    if credential is not None:
        defer("certificates.print", once=f"certificates.print:{credential.uuid}", certificate_id=certificate.pk)


def _obstacles(case: Case) -> list[str]:
    doubts = Task.objects.filter(case=case, closed_at=None, kind__in=DOUBTS)
    found = {
        "held": Hold.objects.filter(case=case, lifted_at=None).exists(),
        "match_unanswered": PossibleMatch.objects.filter(case=case, answered_at=None).exists(),
        "result_in_doubt": doubts.exists(),
        "no_legal_name": current_name(case.person) is None,
        "fee_owed_again": _owes_for_sitting(case),
    }
    return [code for code, stands in found.items() if stands]


def _owes_for_sitting(case: Case) -> bool:
    """Whether the fee of a sitting that was used is owed: it came back unpaid since."""
    used = case.dues.filter(item__in=["exam", "retake"], sitting__lte=attempts_used(case), settled_at=None)
    return any(balance(due) > 0 for due in used)


def _issue(case: Case, ready: Readiness, *, because: str, actor: Actor, now: datetime) -> Certificate:
    name = current_name(case.person)
    if name is None:
        raise Refused("no_legal_name")
    finding = ready.finding
    decision = record_determination(
        case, question="certify", outcome="approve", facts=msgspec.to_builtins(ready.facts),
        finding=msgspec.to_builtins(finding), law_outcome=finding.outcome, governed_on=finding.governed_on,
        release=finding.release, because=because, decided_by=actor.person, decided_at=now,
    )  # fmt: skip
    certificate = issue_certificate(case, decision, name, now=now)
    move(case, "certify", actor=actor, now=now, number=certificate.number, law=finding.outcome)
    close_application(case.pk, now=now)
    end_clocks(case, now=now, because="certified")
    cancel_open(case, because="certified", now=now)
    Task.objects.filter(case=case, kind="certify", closed_at=None).update(
        closed_at=now, closed_by=actor.person, outcome="certified", because=because
    )
    values = {
        "certificate": certificate.number, "printed_name": certificate.printed_name, "issued_on": certificate.issued_on,
        "last_on": term_of(certificate).last_on,
    }  # fmt: skip
    write_letter(case, "certified", key=f"certified:{case.pk}", now=now, values=values)
    announce(certificate, "issued", actor=actor, now=now)
    return certificate
