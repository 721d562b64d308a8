"""Where a person stands on the way through the exam: one step, and what is still open before they may book."""

from dataclasses import dataclass
from datetime import date, datetime

from peercert.program.applications.models import Training
from peercert.program.applications.sections import section_named
from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import Accommodation, Appointment, ExamAuthorisation, Sitting
from peercert.program.money.models import Due
from peercert.program.money.queries import balance, due_for
from peercert.rules import days


@dataclass(frozen=True)
class Progress:
    """`step` is one of: not_yet, over, ended, certified, passed, ethics, accommodation, training, training_review,
    accommodation_more, accommodation_review, fee, officer, book, booked, result, retake, retake_fee, no_sittings.

    `through` is the last day of the approval; `used` and `allowed` count sittings; `fee` is that of the next sitting
    where it fell due, and `fee_cents` what is still owed of it.
    """

    step: str
    through: date | None
    used: int
    allowed: int
    authorisation: ExamAuthorisation | None
    appointment: Appointment | None
    accommodation: Accommodation | None
    asked_by: date | None
    must_agree_again: bool
    training: str
    fee: Due | None
    fee_cents: int
    results: tuple[Sitting, ...]

    @property
    def left(self) -> int:
        """How many sittings are left."""
        return max(0, self.allowed - self.used)


def progress(case: Case, *, now: datetime) -> Progress:
    """Where the case stands with the exam at this moment."""
    on = days.day_of(now)
    authorisation, answer = queries.open_authorisation(case), queries.accommodation(case)
    fee = _fee(case)
    cents = balance(fee) if fee else 0
    results = tuple(queries.results(case))
    found = Progress(
        step="",
        through=_through(case),
        used=sum(1 for one in results if one.uses_attempt),
        allowed=queries.sittings_allowed(on),
        authorisation=authorisation,
        appointment=queries.appointment(authorisation) if authorisation else None,
        accommodation=answer,
        asked_by=_asked_by(case, answer),
        must_agree_again=case.stage == "approved" and queries.must_agree_again(case, on),
        training=_training(case),
        fee=fee,
        fee_cents=cents,
        results=results,
    )
    return _with_step(found, _step(case, found, now))


def _with_step(found: Progress, step: str) -> Progress:
    return Progress(**{**found.__dict__, "step": step})


def _step(case: Case, found: Progress, now: datetime) -> str:
    if case.stage in {"certified", "ended"}:
        return case.stage
    if case.stage != "approved":
        return "over" if case.closed_at is not None else "not_yet"
    if any(one.result == "pass" for one in found.results):
        return "passed"
    if found.authorisation:
        if found.appointment is None:
            return "book"
        return "result" if found.appointment.starts_at <= now else "booked"
    return _before_leave(case, found)


def _before_leave(case: Case, found: Progress) -> str:
    """What is still open before leave to sit: the person's own steps first, then ours."""
    if found.used >= found.allowed:
        return "no_sittings"
    if found.used and queries.open_retake(case) is None and not _asked_for_next(case, found.used):
        return "retake"
    answer = found.accommodation
    undecided = answer is not None and answer.is_needed and not answer.outcome
    waits = (
        ("ethics", found.must_agree_again),
        ("accommodation", answer is None),
        ("training", found.training == "missing"),
        ("retake_fee" if found.used else "fee", found.fee_cents > 0),
        ("accommodation_more", undecided and found.asked_by is not None),
        ("training_review", found.training == "given"),
        ("accommodation_review", undecided),
    )
    return next((step for step, is_open in waits if is_open), "officer")


def _asked_by(case: Case, answer: Accommodation | None) -> date | None:
    """By when the person is to mend their accommodation form; None where nothing is asked, or they have answered."""
    asked = queries.asked_about(case)
    if asked is None or answer is None or answer.outcome or answer.answered_at > asked.at:
        return None
    return queries.answer_by(days.day_of(asked.at))


def _asked_for_next(case: Case, used: int) -> bool:
    return case.retake_requests.filter(sitting=used + 1).exists()


def _through(case: Case) -> date | None:
    try:
        return queries.approval_through(case)
    except Refused:
        return None


def _training(case: Case) -> str:
    """not_needed, missing, given or accepted."""
    if section_named("training", case.topic) is None:
        return "not_needed"
    rows = Training.objects.filter(application__case=case)
    if rows.filter(accepted_at__isnull=False).exists():
        return "accepted"
    return "given" if rows.filter(given_at__isnull=False, refused_at=None).exists() else "missing"


def _fee(case: Case) -> Due | None:
    """The fee of the next sitting, where it fell due."""
    sitting = queries.attempts_used(case) + 1
    if sitting == 1:
        return due_for(case, "exam", 1)
    return due_for(case, "retake", sitting)
