"""Where a case stands, who must act next, by when, and what comes after: derived, never stored.

One answer for the status page, the queue, the letters and the home page, so that nobody is told two things. Its words
stand in words/whereabouts.toml: `says` (the one line), `next` (what comes after), `do` (what the person can do now).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from peercert import words
from peercert.program.casework.models import Case, Clock, Request, Task
from peercert.program.casework.queries import closed_from, is_broken, open_request, running_clock
from peercert.program.certificates.models import Certificate
from peercert.program.determinations.models import AppealReceived, Determination
from peercert.program.exams.progress import Progress, progress
from peercert.program.money.queries import balance, due_for
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure
from peercert.words import Money

Who = Literal["person", "us", "vendor", "nobody"]

#: The steps of the way, for the step indicator; `Whereabouts.step` is one of them.
STEPS = ("application", "fee", "review", "training", "exam", "certificate")
#: Codes of an application that is behind one.
_OVER = frozenset({"withdrawn", "not_completed_over", "ended", "denied", "denied_after_appeal"})
#: Pathways on which the core course is one of them.
WITH_TRAINING = frozenset({"initial"})


@dataclass(frozen=True)
class Whereabouts:
    """`code` names the words; `who` must act next, `by` that day where there is one; `is_late` where we broke it."""

    code: str
    who: Who
    step: str
    by: date | None = None
    is_late: bool = False
    values: dict[str, Any] = field(default_factory=dict)

    def says(self, lang: str) -> str:
        """The one line: where it is, who acts, by when."""
        return words.fill("whereabouts", self.code, self._values, lang)

    def next(self, lang: str) -> str:
        """What comes after."""
        return words.fill("whereabouts", self.code, self._values, lang, part="next")

    def do(self, lang: str) -> str:
        """The button under what the person must do now, "" where nothing is theirs to do."""
        return words.fill("whereabouts", self.code, self._values, lang, "do") if self._has_do else ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is done in this application unless it is begun again: no fee is asked any more."""
        return self.code in _OVER

    @property
    def _has_do(self) -> bool:
        return words.has("whereabouts", self.code, "do")

    @property
    def _values(self) -> dict[str, Any]:
        return {"by": self.by, **self.values}


def steps_of(case: Case) -> tuple[str, ...]:
    """The steps of this case's way: only the pathway with the core course has a training step."""
    return tuple(step for step in STEPS if step != "training" or case.topic in WITH_TRAINING)


def whereabouts(case: Case, *, now: datetime) -> Whereabouts:
    """Where the case stands at this moment. Answers for every stage; `by` is None only where no day was promised."""
    return _STAGES[case.stage](case, now)


def _draft(case: Case, now: datetime) -> Whereabouts:
    return Whereabouts("draft", "person", "application")


def _submitted(case: Case, now: datetime) -> Whereabouts:
    due, clock = due_for(case, "application"), running_clock(case, "payment")
    owed = balance(due) if due else 0
    if not owed:
        return Whereabouts("begins_soon", "us", "fee")
    return _with("pay", "person", "fee", clock, now, owed=Money(owed))


def _review(case: Case, now: datetime) -> Whereabouts:
    request = open_request(case)
    if request is not None:
        return _asked(request, "answer", "review", now)
    return _ours("review", "review", running_clock(case, "review"), now)


def _recommended(case: Case, now: datetime) -> Whereabouts:
    return _ours("decision", "review", running_clock(case, "review"), now)


def _approved(case: Case, now: datetime) -> Whereabouts:
    request = open_request(case)
    if request is not None:
        return _asked(request, "answer_training", "training", now)
    owed = due_for(case, "application")
    if owed is not None and owed.settled_at is None:
        return Whereabouts("fee_again", "person", "exam", values={"owed": Money(balance(owed))})
    found = progress(case, now=now)
    return _EXAM.get(found.step, _exam)(case, found, now)


def _exam(case: Case, found: Progress, now: datetime) -> Whereabouts:
    """What the person does themselves on the way to the exam, by the last day of the approval."""
    step = "training" if found.step == "training" else "exam"
    return Whereabouts(
        found.step,
        "person",
        step,
        by=found.asked_by if found.step == "accommodation_more" else found.through,
        values={
            "owed": Money(found.fee_cents),
            "used": found.used,
            "allowed": found.allowed,
            "left": found.left,
            "starts_at": found.appointment.starts_at if found.appointment else None,
            "review_days": int(figure("training_review_days", day_of(now)).value),
            "candidate": found.authorisation.candidate_id if found.authorisation else "",
        },
    )


def _training_review(case: Case, found: Progress, now: datetime) -> Whereabouts:
    clock = running_clock(case, "training_review")
    if clock is not None and clock.paused_on is not None and clock.pause_reason == "request":
        # What was asked about it ran out: nobody answers for us, so it is the person's turn.
        return Whereabouts("training_again", "person", "training", by=found.through)
    return _ours("training_review", "training", clock, now)


def _accommodation_review(case: Case, found: Progress, now: datetime) -> Whereabouts:
    return _ours("accommodation_review", "exam", running_clock(case, "accommodation"), now)


def _officer(case: Case, found: Progress, now: datetime) -> Whereabouts:
    return _ours("authorisation", "exam", running_clock(case, "retake"), now)


def _result(case: Case, found: Progress, now: datetime) -> Whereabouts:
    starts_at = found.appointment.starts_at if found.appointment else now
    return Whereabouts("result", "vendor", "exam", values={"sat_on": day_of(starts_at)})


def _passed(case: Case, found: Progress, now: datetime) -> Whereabouts:
    return Whereabouts("certificate", "us", "certificate")


def _no_sittings(case: Case, found: Progress, now: datetime) -> Whereabouts:
    return Whereabouts("no_sittings", "nobody", "exam", values={"allowed": found.allowed, "through": found.through})


_EXAM = {
    "training_review": _training_review,
    "accommodation_review": _accommodation_review,
    "officer": _officer,
    "result": _result,
    "passed": _passed,
    "no_sittings": _no_sittings,
}


def _certified(case: Case, now: datetime) -> Whereabouts:
    certificate = Certificate.objects.filter(case=case).first()
    number = certificate.number if certificate else ""
    return Whereabouts("certified", "nobody", "certificate", values={"certificate": number})


def _denied(case: Case, now: datetime) -> Whereabouts:
    latest = Determination.objects.filter(case=case, outcome="deny").order_by("-decided_at").first()
    decided_on = day_of(latest.decided_at) if latest else day_of(now)
    values = {"decided_on": decided_on, "days": int(figure("appeal_days", decided_on).value)}
    appeal = AppealReceived.objects.filter(determination=latest).order_by("-received_on", "-pk").first()
    if appeal is None:
        return Whereabouts("denied", "nobody", "review", values=values)
    values["received_on"] = appeal.received_on
    task = Task.objects.filter(case=case, kind="appeal", closed_at=None, values__appeal=appeal.pk).first()
    if task is None:
        return Whereabouts("denied_after_appeal", "nobody", "review", values=values)
    is_late = task.due_on is not None and task.due_on < day_of(now)
    return Whereabouts("appeal_late" if is_late else "appeal", "us", "review", task.due_on, is_late, values)


def _not_completed(case: Case, now: datetime) -> Whereabouts:
    closed_on = day_of(case.closed_at) if case.closed_at else day_of(now)
    last = add_days(closed_on, int(figure("request_reopen_days", closed_on).value))
    unpaid = closed_from(case) == "submitted"
    step = "fee" if unpaid else "review"
    if last < day_of(now):
        return Whereabouts("not_completed_over", "nobody", step, values={"closed_on": closed_on})
    code = "not_completed_unpaid" if unpaid else "not_completed"
    return Whereabouts(code, "person", step, by=last, values={"closed_on": closed_on})


def _withdrawn(case: Case, now: datetime) -> Whereabouts:
    closed_on = day_of(case.closed_at) if case.closed_at else day_of(now)
    return Whereabouts("withdrawn", "nobody", "application", values={"closed_on": closed_on})


def _ended(case: Case, now: datetime) -> Whereabouts:
    closed_on = day_of(case.closed_at) if case.closed_at else day_of(now)
    return Whereabouts("ended", "nobody", "exam", values={"closed_on": closed_on})


_STAGES = {
    "draft": _draft,
    "submitted": _submitted,
    "review": _review,
    "recommended": _recommended,
    "approved": _approved,
    "certified": _certified,
    "denied": _denied,
    "not_completed": _not_completed,
    "withdrawn": _withdrawn,
    "ended": _ended,
}


def _asked(request: Request, code: str, step: str, now: datetime) -> Whereabouts:
    items = len(request.items.all())
    return Whereabouts(
        f"{code}_one" if items == 1 else code, "person", step, by=request.due_on, values={"items": items}
    )


def _ours(code: str, step: str, clock: Clock | None, now: datetime) -> Whereabouts:
    """A step of ours: by its day, or held, or late; a late one says so and is sorry."""
    if clock is None:
        return Whereabouts(f"{code}_no_day", "us", step)
    if clock.paused_on is not None:
        return Whereabouts(f"{code}_held", "us", step, values={"since": clock.paused_on})
    late = is_broken(clock, day_of(now))
    return Whereabouts(f"{code}_late" if late else code, "us", step, by=clock.due_on, is_late=late)


def _with(code: str, who: Who, step: str, clock: Clock | None, now: datetime, **values: Any) -> Whereabouts:
    return Whereabouts(code, who, step, by=clock.due_on if clock else None, values=values)
