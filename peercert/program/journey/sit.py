"""On the way to the exam: the code of ethics once more, the accommodation, leave to sit, and another sitting."""

from datetime import date, datetime
from typing import Any

from peercert import words
from peercert.program.access import require
from peercert.program.applications.actions import sign_ethics
from peercert.program.applications.models import Application
from peercert.program.casework import actions as clocks
from peercert.program.casework.models import Case, Clock, Task
from peercert.program.casework.moves import lock, move
from peercert.program.errors import Refused
from peercert.program.exams import actions, queries
from peercert.program.exams.models import ExamAuthorisation, RetakeRequest
from peercert.program.journey.apply import signs_for
from peercert.program.journey.law import ask_law
from peercert.program.journey.step import step
from peercert.program.money.actions import owe
from peercert.program.money.queries import is_settled
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import PROGRAM, Actor
from peercert.rules import days
from peercert.rules.reasons import Finding

#: Why an officer takes an authorisation back; the person may then sit again only by an officer's hand.
CANCELLED_BY_HAND = ("mistake", "asked_by_person", "irregularity")


@step
def agree_to_ethics(case_id: int, name: str, *, version: str, actor: Actor, now: datetime) -> Application:
    """Agree to the code of ethics in the version in force, where it changed since the application.

    `version` is the one that the page showed: Refused("code_changed") where another came into force since, and
    Refused("signature_differs") where the typed name is not the applicant's.
    """
    case = lock(case_id)
    require(actor, "agree_to_ethics", case)
    application = Application.objects.get(case=case)
    in_force = queries.ethics_version(days.day_of(now))
    if version != in_force:
        raise Refused("code_changed")
    typed = " ".join(name.split())
    if not signs_for(typed, application):
        raise Refused("signature_differs", name=f"{application.first_name} {application.last_name}")
    before = application.ethics_version
    if before != in_force:
        sign_ethics(application, name=typed[:200], version=in_force, now=now)
        move(case, "agree_to_ethics", actor=actor, now=now, version=in_force, before=before)
    authorise_if_ready(case, actor=actor, now=now)
    return application


@step
def ask_for_retake(case_id: int, *, actor: Actor, now: datetime) -> RetakeRequest:
    """Ask for another sitting after one that counted. Its fee is owed at once; leave to sit follows its payment.

    Raises Refused: "already_authorised", "passed_already", "no_retake_needed" (nothing has counted yet),
    "no_sittings_left", "approval_over".
    """
    case = lock(case_id)
    require(actor, "ask_for_retake", case)
    on = days.day_of(now)
    if case.stage == "approved":  # any other stage is refused by the move below
        _refuse_retake(case, on)
    sitting = queries.attempts_used(case) + 1
    asked = queries.open_retake(case)
    if asked is not None and asked.sitting == sitting:
        return asked
    request = actions.ask_retake(case, sitting, now=now)
    move(case, "ask_for_retake", actor=actor, now=now, sitting=sitting)
    due = owe(case, "retake", on=on, now=now, sitting=sitting)
    if not is_settled(case, "retake", sitting):
        write_letter(
            case, "retake", key=f"retake:{request.pk}:{request.asked_at.isoformat()}", now=now,
            values={
                "sitting": sitting, "allowed": queries.sittings_allowed(on), "fee": words.Money(due.amount_cents or 0),
                "through": queries.approval_through(case),
            },
        )  # fmt: skip
    authorise_if_ready(case, actor=actor, now=now)
    return request


def authorise_if_ready(case: Case, *, actor: Actor, now: datetime) -> ExamAuthorisation | None:
    """Give leave to sit by itself once the law says `sit`; called in a step by whatever may complete what it asks.

    None where something is still missing, where an officer took the last authorisation back by hand, or where only a
    figure that nobody confirmed stands in the way: an exam officer is then given a task.
    """
    if case.stage != "approved" or not _may_follow(case):
        return None
    finding = ask_law(case, "sit", now=now)
    if finding.outcome == "approve":
        return _authorise(case, actor=PROGRAM, now=now)
    if finding.outcome == "incomplete" and is_for_officer(finding):
        give_task(case, "authorise", now=now)
        clocks.start_clock(
            case, "retake", owed_by="us", starts_on=days.day_of(now), figure="retake_processing_days", now=now
        )
    return None


@step
def authorise(case_id: int, *, because: str, actor: Actor, now: datetime) -> ExamAuthorisation:
    """Give leave to sit by an officer's hand: where a figure is unconfirmed, or after an authorisation was taken back.

    Raises Refused("law_says_no") where the law denies, Refused("not_ready_to_sit") where something is still missing.
    """
    case = lock(case_id)
    require(actor, "authorise", case)
    if case.stage == "approved":
        if queries.open_authorisation(case):
            raise Refused("already_authorised")
        if queries.holds_for_accommodation(case):
            raise Refused("not_ready_to_sit")
        finding = ask_law(case, "sit", now=now)
        if finding.outcome == "deny":
            raise Refused("law_says_no")
        if finding.outcome == "incomplete" and not is_for_officer(finding):
            raise Refused("not_ready_to_sit")
        if not because.strip():
            raise Refused("say_why")
    return _authorise(case, actor=actor, now=now, because=because.strip()[:300])


@step
def cancel_authorisation(case_id: int, *, reason: str, actor: Actor, now: datetime) -> ExamAuthorisation:
    """Take an open authorisation back by an officer's hand. Raises Refused("no_authorisation", "unknown_reason")."""
    case = lock(case_id)
    require(actor, "cancel_authorisation", case)
    if reason not in CANCELLED_BY_HAND:
        raise Refused("unknown_reason")
    move(case, "cancel_authorisation", actor=actor, now=now, reason=reason)
    authorisation = queries.open_authorisation(case)
    if authorisation is None:
        raise Refused("no_authorisation")
    actions.cancel(authorisation, because=reason, now=now)
    write_letter(
        case, "authorisation_cancelled", key=f"authorisation_cancelled:{authorisation.pk}", now=now,
        values={"reason": ("exams", reason)},
    )  # fmt: skip
    return authorisation


def revive(case: Case, *, actor: Actor, now: datetime, **values: Any) -> Clock:
    """Open an approval again that ended: a pass came late, or days were given back. Called in a step; gives its clock.

    The caller sees to the application, and that a pass stands or the clock reaches on.
    """
    move(case, "revive", actor=actor, now=now, **values)
    return clocks.reopen_clock(case, "approval")


def is_for_officer(finding: Finding) -> bool:
    """Whether nothing is missing that a person could give: every open reason hangs on an unconfirmed figure alone."""
    still_open = [reason for reason in finding.reasons if reason.met is not True]
    return bool(still_open) and all(reason.is_for_officer for reason in still_open)


def _authorise(case: Case, *, actor: Actor, now: datetime, because: str = "") -> ExamAuthorisation:
    """Write the authorisation, its timeline row and its letter."""
    sitting = queries.attempts_used(case) + 1
    move(case, "authorise", actor=actor, now=now, sitting=sitting, **({"because": because} if because else {}))
    on, through = days.day_of(now), queries.approval_through(case)
    authorisation = actions.new_authorisation(
        case, sitting=sitting, valid_from=on, valid_through=through, vendor_codes=queries.vendor_codes(case), now=now
    )
    clocks.end_clock(case, "retake", now=now, because="authorised")
    Task.objects.filter(case=case, kind="authorise", closed_at=None).update(
        closed_at=now, closed_by=actor.person, outcome="done"
    )
    write_letter(
        case, "authorised_to_test", key=f"authorised:{authorisation.pk}", now=now,
        values={
            "candidate": authorisation.candidate_id, "from": authorisation.valid_from, "through": through,
            "sitting": sitting, "allowed": queries.sittings_allowed(on),
            "name": f"{authorisation.first} {authorisation.last}",
        },
    )  # fmt: skip
    return authorisation


def _may_follow(case: Case) -> bool:
    """Whether leave to sit may follow by itself: accommodations asked about and decided, the fee settled, a retake
    asked for. The law says the same; most cases wait for one of these, and then it need not be asked."""
    answer = queries.accommodation(case)
    if answer is None or (answer.is_needed and not answer.outcome):
        return False
    if queries.open_authorisation(case) or queries.has_passed(case):
        return False
    last = queries.last_authorisation(case)
    if last is not None and last.cancelled_because in CANCELLED_BY_HAND:
        return False
    sitting = queries.attempts_used(case) + 1
    if sitting == 1:
        return is_settled(case, "exam", sitting)
    asked = RetakeRequest.objects.filter(case=case, sitting=sitting).first()
    if asked is None or not is_settled(case, "retake", sitting):
        return False
    # A request that was done gave an authorisation; another one follows only where that one was taken back.
    return asked.done_at is None or bool(last and last.sitting == sitting and last.cancelled_at)


def _refuse_retake(case: Case, on: date) -> None:
    if queries.open_authorisation(case):
        raise Refused("already_authorised")
    if queries.has_passed(case):
        raise Refused("passed_already")
    used, allowed = queries.attempts_used(case), queries.sittings_allowed(on)
    if used == 0:
        raise Refused("no_retake_needed")
    if used >= allowed:
        raise Refused("no_sittings_left", allowed=allowed)
    if on > queries.approval_through(case):
        raise Refused("approval_over", through=queries.approval_through(case))


def give_task(case: Case, kind: str, *, now: datetime, needs_two: bool = False, **values: str) -> None:
    """A task of this kind for an officer, where none is open."""
    if not Task.objects.filter(case=case, kind=kind, closed_at=None).exists():
        Task.objects.create(case=case, kind=kind, opened_at=now, needs_two=needs_two, values=values)
