"""Keeping a case fair: interests declared, an outside decider, clocks held and days given back, wrong expiries undone,
tasks that no stage shows.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from peercert.program.access import Barred, barred, officers_as, require, roles_of
from peercert.program.applications.actions import reopen_application
from peercert.program.casework import actions as clocks
from peercert.program.casework.models import Case, Clock, Part, Request, Task
from peercert.program.casework.moves import lock, move, tell
from peercert.program.casework.queries import closed_from, running_clock
from peercert.program.determinations.models import AppealReceived, Determination
from peercert.program.errors import Refused
from peercert.program.exams.models import Accommodation
from peercert.program.exams.queries import accommodation, refused_accommodation
from peercert.program.journey import merge
from peercert.program.journey.review import take_part
from peercert.program.journey.settle import begin_if_ready
from peercert.program.journey.sit import authorise_if_ready, revive
from peercert.program.journey.step import step
from peercert.program.journey.watched import NOT_UPHELD, UPHELD, decide_objection
from peercert.program.money.actions import owe
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.program.people.models import DeclaredInterest, Person
from peercert.rules.days import day_of, days_between

#: Why one of our own clocks may wait; words in words/pauses.toml.
PAUSES = ("waiting_for_other_state", "waiting_for_issuer", "asked_by_person", "disaster")
#: Roles of those who may be named to decide one case alone: not administrators, who see no case, nor auditors.
OUTSIDE = frozenset({"reviewer", "determiner", "exam_officer", "finance_officer", "program_manager"})
#: How a task may be closed, by its kind; "done" where nothing else is said.
OUTCOMES: dict[str, tuple[str, ...]] = {
    "give_back_days": ("agreed", "not_agreed"),
    "conduct": ("no_further_step", "passed_to_conduct"),
    "appeal": ("stands", "put_right"),
    "objection": (UPHELD, NOT_UPHELD),
    merge.MERGE: ("agreed", "not_agreed"),
    merge.RETIRE: ("agreed", "not_agreed"),
    "npi_claimed": ("npi_yours", "npi_not_yours"),
}
#: Ends of which the person is told by letter: (kind, outcome) → its code.
TOLD = {
    ("conduct", "no_further_step"): "question_closed",
    ("conduct", "passed_to_conduct"): "question_goes_on",
    ("appeal", "stands"): "appeal_decided",
    ("npi_claimed", "npi_yours"): "npi_yours",
    ("npi_claimed", "npi_not_yours"): "npi_not_yours",
}


@step
def declare_interest(case_id: int, *, actor: Actor, now: datetime) -> Case:
    """Declare a tie to the person: the officer never opens their cases for work again. An assignment to them ends."""
    case = lock(case_id)
    require(actor, "declare_interest", case)
    assert actor.person is not None
    DeclaredInterest.objects.get_or_create(
        officer=actor.person, about=case.person, ended_at=None, defaults={"declared_at": now}
    )
    take_part(case, actor.person, "declared_interest", now=now)
    if case.assigned_to_id == actor.person.pk:
        case.assigned_to = None
        case.save(update_fields=["assigned_to"])
    tell(case, "interest_declared", actor=actor, now=now)
    return case


@step
def name_outside_decider(case_id: int, decider: Person, because: str, *, actor: Actor, now: datetime) -> Case:
    """Name someone to decide this case alone, where no determiner is left without an interest in it.

    Raises Refused: `decider_is_oneself`, `determiner_left`, `assignee_no_officer`, `assignee_barred`, `reason_needed`.
    """
    case = lock(case_id)
    require(actor, "name_outside_decider", case)
    if case.stage not in {"review", "recommended"}:
        raise Refused("not_in_this_stage", stage=case.stage, verb="name_outside_decider")
    if not because.strip():
        raise Refused("reason_needed")
    if actor.person == decider:
        raise Refused("decider_is_oneself")
    if _determiner_left(case, now=now):
        raise Refused("determiner_left")
    if not roles_of(decider, now) & OUTSIDE:
        raise Refused("assignee_no_officer")
    if barred(Actor(decider, "determiner"), "approve", case):
        raise Refused("assignee_barred")
    take_part(case, decider, "outside_decider", now=now)
    tell(case, "outside_decider_named", actor=actor, now=now, decider=str(decider.uuid), because=because.strip())
    return case


def _determiner_left(case: Case, *, now: datetime) -> bool:
    """Whether some determiner may still decide this case."""
    return any(barred(Actor(one, "determiner"), "approve", case) is None for one in officers_as({"determiner"}, now))


@step
def pause_clock(case_id: int, kind: str, reason: str, *, actor: Actor, now: datetime) -> Clock:
    """Hold one of our own clocks for a coded reason. The person's own time is never held by us."""
    case = lock(case_id)
    require(actor, "pause_clock", case)
    clock = running_clock(case, kind)
    if clock is None or clock.owed_by != "us":
        raise Refused("no_clock", kind=kind)
    if reason not in PAUSES:
        raise Refused("reason_needed")
    tell(case, "clock_held", actor=actor, now=now, clock=kind, reason=reason)
    return clocks.pause_clock(case, kind, on=day_of(now), reason=reason)


@step
def resume_clock(case_id: int, kind: str, *, actor: Actor, now: datetime) -> Clock:
    """Let a clock that an officer held run again."""
    case = lock(case_id)
    require(actor, "pause_clock", case)
    clock = running_clock(case, kind)
    if clock is None or clock.paused_on is None:
        raise Refused("no_clock", kind=kind)
    if clock.pause_reason not in PAUSES:
        raise Refused("clock_waits_for_answer")
    tell(case, "clock_resumed", actor=actor, now=now, clock=kind)
    return clocks.resume_clock(case, kind, on=day_of(now))


@step
def give_back_days(case_id: int, kind: str, days: int, because: str, *, actor: Actor, now: datetime) -> Task:
    """Propose to give days back that the program itself was late; a second person agrees by closing the task."""
    case = lock(case_id)
    require(actor, "give_back_days", case)
    if not because.strip() or days < 1:
        raise Refused("reason_needed")
    if running_clock(case, kind) is None and kind not in {clock.kind for clock in ended_approval(case)}:
        raise Refused("no_clock", kind=kind)
    tell(case, "days_back_proposed", actor=actor, now=now, clock=kind, days=days)
    return Task.objects.create(
        case=case, kind="give_back_days", values={"clock": kind, "days": days, "because": because.strip()},
        opened_at=now, needs_two=True, first_by=actor.person, first_at=now,
    )  # fmt: skip


def ended_approval(case: Case) -> list[Clock]:
    """The clock of an approval that has ended: days can be given back to it too."""
    return list(Clock.objects.filter(case=case, kind="approval").order_by("-pk")[:1]) if case.stage == "ended" else []


@step
def reopen(case_id: int, because: str, *, actor: Actor, now: datetime) -> Case:
    """Undo a closing as not completed, with the reason: back to where it was, without a new fee.

    A request that ran out wrongly counts neither as a round nor as having been asked. Raises
    Refused("another_is_open") where the person has begun a new application since.
    """
    case = lock(case_id)
    require(actor, "reopen", case)
    if not because.strip():
        raise Refused("reason_needed")
    unpaid = closed_from(case) == "submitted"
    move(case, "reopen_unpaid" if unpaid else "reopen", actor=actor, now=now, because=because.strip())
    reopen_application(case.pk)
    expired = Request.objects.filter(case=case, outcome="expired").order_by("-asked_at", "-pk").first()
    if expired is not None and not unpaid:
        expired.outcome = "taken_back"
        expired.save(update_fields=["outcome"])
    if unpaid:
        owe(case, "application", on=case.received_on or day_of(now), now=now)
        late_money = Task.objects.filter(case=case, kind="paid_after_closing", closed_at=None)
        late_money.update(closed_at=now, closed_by=actor.person, outcome="done", because=because.strip())
        begin_if_ready(case, actor=actor, now=now)
    else:
        clocks.start_clock(case, "review", owed_by="us", starts_on=day_of(now), figure="review_days", now=now)
    write_letter(case, "reopened", key=f"reopened:{case.pk}:{now.isoformat()}", now=now)
    return case


@step
def undo_lapse(request_id: int, because: str, *, actor: Actor, now: datetime) -> Request:
    """A request about a training certificate ran out wrongly: it counts neither as a round nor as having been asked.

    The approval went on meanwhile; what is still missing is asked for anew. Raises Refused: `not_lapsed`.
    """
    request = Request.objects.get(pk=request_id)
    case = lock(request.case_id)
    require(actor, "reopen", case)
    request.refresh_from_db()
    if case.stage != "approved" or request.outcome != "expired":
        raise Refused("not_lapsed")
    if not because.strip():
        raise Refused("reason_needed")
    request.outcome = "taken_back"
    request.save(update_fields=["outcome"])
    tell(case, "lapse_undone", actor=actor, now=now, because=because.strip())
    return request


@step
def close_task(task_id: int, outcome: str, because: str, *, actor: Actor, now: datetime) -> Task:
    """Close a task, saying why. One that needs two is closed by the second of two different people.

    Raises Refused: `task_closed`, `reason_needed`, `task_outcome`, `second_person` (the same person twice),
    `holder_not_heard` (a conduct question before the holder answered or their day passed), `not_put_right` (an appeal
    said to be put right where nothing was). Nobody who recommended or made the decision that a task looks at again
    closes it. The person is told how a question about a decision of theirs ended.
    """
    task = Task.objects.get(pk=task_id)
    case = merge.lock_cases(task)
    require(actor, verb_that_closes(task), case)
    if _made_first_decision(task, actor):
        raise Barred("decided_it", verb="close_task", number=case.number or "")
    task.refresh_from_db()
    if task.closed_at is not None:
        raise Refused("task_closed")
    if not because.strip():
        raise Refused("reason_needed")
    if outcome not in OUTCOMES.get(task.kind, ("done",)):
        raise Refused("task_outcome")
    if outcome == "put_right" and not _is_put_right(case, task):
        raise Refused("not_put_right")
    if task.noticed_at and not task.answered_at and task.answer_due_on and day_of(now) <= task.answer_due_on:
        raise Refused("holder_not_heard", due_on=task.answer_due_on)
    if task.needs_two and task.first_by is None:
        task.first_by, task.first_at, task.outcome, task.because = actor.person, now, outcome, because.strip()
        task.save(update_fields=["first_by", "first_at", "outcome", "because"])
        tell(case, "task_proposed", actor=actor, now=now, kind=task.kind, outcome=outcome)
        return task
    if task.needs_two and actor.person is not None and task.first_by_id == actor.person.pk:
        raise Refused("second_person")
    if task.outcome and task.outcome != outcome:
        # The two do not agree: the first view is taken back and the question stays open.
        task.first_by, task.first_at, task.outcome = actor.person, now, outcome
        task.because = f"{task.because}\n\n{because.strip()}"
        task.save(update_fields=["first_by", "first_at", "outcome", "because"])
        tell(case, "task_proposed", actor=actor, now=now, kind=task.kind, outcome=outcome)
        return task
    task.closed_by, task.closed_at, task.outcome = actor.person, now, outcome
    task.because = f"{task.because}\n\n{because.strip()}".strip()
    task.save(update_fields=["closed_by", "closed_at", "outcome", "because"])
    tell(case, "task_closed", actor=actor, now=now, kind=task.kind, outcome=outcome)
    _follow(task, case, outcome, actor=actor, now=now)
    return task


def _follow(task: Task, case: Case, outcome: str, *, actor: Actor, now: datetime) -> None:
    """What a closed task brings about, and the letter that tells the person how a question of theirs ended."""
    if task.kind == "objection":
        decide_objection(task, outcome, actor=actor, now=now)
    if task.kind == "give_back_days" and outcome == "agreed":
        _give_back(case, task, now=now)
    if task.kind in {merge.MERGE, merge.RETIRE} and outcome == "agreed":
        merge.carry_out(task, actor=actor, now=now)
    if code := TOLD.get((task.kind, outcome)):
        about_exam = _refused_accommodation(task)
        code = "accommodation_appeal_decided" if about_exam else code
        write_letter(case, code, key=f"task:{task.pk}", now=now, values=_about(task, about_exam))


def may_close(task: Task, actor: Actor, verbs: Callable[[str], bool]) -> bool:
    """Whether this officer could close the task; `verbs` says which are open to them in its case."""
    return verbs(verb_that_closes(task)) and not _made_first_decision(task, actor)


def verb_that_closes(task: Task) -> str:
    """Which verb closes this task: an appeal looks at a decision again, and is not everybody's; nor are some others."""
    verbs = {
        "appeal": "close_appeal", "objection": "decide_objection", merge.MERGE: "agree_to_retirement",
        merge.RETIRE: "agree_to_retirement",
    }  # fmt: skip
    return verbs.get(task.kind, "close_task")


def _made_first_decision(task: Task, actor: Actor) -> bool:
    """Whether a conduct question, or an appeal about the exam, is about what this officer recommended or decided."""
    if (answer := _refused_accommodation(task)) is not None:
        return actor.person is not None and answer.decided_by_id == actor.person.pk
    if task.kind != "conduct" or actor.person is None:
        return False
    made = Determination.objects.select_related("supersedes").get(uuid=task.values["determination"])
    first = made.supersedes
    recommended = Part.objects.filter(case=task.case_id, person=actor.person, part="recommended").exists()
    return recommended or (first is not None and first.decided_by_id == actor.person.pk)


def _is_put_right(case: Case, task: Task) -> bool:
    """Whether another determination took the place of the one appealed, or what was asked for the exam was granted."""
    appeal = AppealReceived.objects.get(pk=task.values["appeal"])
    superseded = Determination.objects.filter(supersedes=appeal.determination_id).exists()
    answer = accommodation(case)
    return superseded or (answer is not None and answer.outcome == "granted")


def _refused_accommodation(task: Task) -> Accommodation | None:
    """What an appeal in an approved case is about: of all that was decided there, a refusal alone can be appealed."""
    if task.kind != "appeal":
        return None
    appeal = AppealReceived.objects.select_related("determination").get(pk=task.values["appeal"])
    return refused_accommodation(task.case_id) if appeal.determination.outcome == "approve" else None


def _about(task: Task, about_exam: Accommodation | None) -> dict[str, Any]:
    """The days that a letter about the end of a task names."""
    if task.kind != "appeal":
        return {}
    appeal = AppealReceived.objects.select_related("determination").get(pk=task.values["appeal"])
    decided_at = about_exam.decided_at if about_exam else appeal.determination.decided_at
    return {"received_on": appeal.received_on, "decided_on": day_of(decided_at) if decided_at else None}


@step
def answer_notice(task_id: int, text: str, *, actor: Actor, now: datetime) -> Task:
    """The holder's answer to a written notice; it may be added to until the task is closed."""
    task = Task.objects.get(pk=task_id)
    case = lock(task.case_id)
    require(actor, "answer_notice", case)
    task.refresh_from_db()
    if task.closed_at is not None or task.noticed_at is None:
        raise Refused("task_closed")
    if not text.strip():
        raise Refused("reason_needed")
    task.answer = f"{task.answer}\n\n{text.strip()}".strip()
    task.answered_at = now
    task.save(update_fields=["answer", "answered_at"])
    tell(case, "notice_answered", actor=actor, now=now)
    return task


def _give_back(case: Case, task: Task, *, now: datetime) -> None:
    kind, days = task.values["clock"], int(task.values["days"])
    actor = Actor(task.closed_by, "program_manager")
    if case.stage == "ended" and kind == "approval":
        clock = _open_approval_again(case, days, task.values["because"], actor=actor, now=now)
    else:
        clock = clocks.extend_clock(case, kind, days, task.values["because"])
    if kind == "answer":
        Request.objects.filter(case=case, closed_at=None).update(due_on=clock.due_on)
    tell(case, "days_given_back", actor=actor, now=now, clock=kind, days=days)
    if clock.owed_by == "person":
        write_letter(
            case, "days_given_back", key=f"days_given_back:{task.pk}", now=now,
            values={"days": days, "due_on": clock.due_on},
        )  # fmt: skip
    if kind == "approval":
        authorise_if_ready(case, actor=actor, now=now)


def _open_approval_again(case: Case, days: int, because: str, *, actor: Actor, now: datetime) -> Clock:
    """Days given back after an approval ended are counted from today, since none of those before could be used."""
    reopen_application(case.pk)
    due_on = revive(case, actor=actor, now=now).due_on
    return clocks.extend_clock(case, "approval", days_between(due_on, day_of(now)) + days, because)
