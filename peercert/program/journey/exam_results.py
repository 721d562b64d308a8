"""What a result leads to. Called by the steps that take the vendor's records; every case here is locked already."""

from datetime import date, datetime

from peercert import words
from peercert.gateways.exam_vendor import AREAS, SittingLine
from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Task
from peercert.program.casework.moves import move
from peercert.program.exams import actions, queries
from peercert.program.exams.models import ExamAuthorisation, ExamFileRow, Sitting
from peercert.program.journey.certify import certify_if_ready
from peercert.program.journey.sit import CANCELLED_BY_HAND, give_task, revive
from peercert.program.money.actions import release
from peercert.program.money.queries import any_paid, due_for
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import PROGRAM
from peercert.rules import days
from peercert.rules.figures import figure

#: Stages in which an outcome can still be recorded.
OPEN_TO_RESULTS = frozenset({"approved", "ended", "certified"})


def uses_attempt(result: str, sat_on: date) -> bool | None:
    """Whether this outcome uses one of the sittings, by the law of its day; None where nobody confirmed the figure.

    None counts as no: an unconfirmed figure never counts against a person.
    """
    if result in {"pass", "fail"}:
        return True
    if result == "vendor_failure":
        return False
    return queries.no_show_counts(sat_on)


def record_result(
    case: Case, authorisation: ExamAuthorisation, line: SittingLine, *, row: ExamFileRow, now: datetime
) -> Sitting:
    """Record the vendor's word about a sitting and do what follows from it: certify, revive, tell, or give a task."""
    before = Sitting.objects.filter(vendor_number=line.appointment, replaced_at=None).first()
    result = actions.RESULT_OF[line.state]
    sat_on = days.day_of(line.starts_at)
    sitting = actions.record_sitting(authorisation, line, uses_attempt=uses_attempt(result, sat_on), row=row, now=now)
    move(
        case, "record_result", actor=PROGRAM, now=now, result=result, sat_on=sat_on.isoformat(),
        sitting=authorisation.sitting, **({"before": before.result} if before else {}),
    )  # fmt: skip
    actions.keep_use(authorisation, now=now)
    if case.stage == "certified":
        _after_certificate(case, sitting, before, now=now)
    elif result == "pass":
        _passed(case, sitting, before, now=now)
    else:
        _not_passed(case, sitting, before, now=now)
    return sitting


def _after_certificate(case: Case, sitting: Sitting, before: Sitting | None, *, now: datetime) -> None:
    """A certificate stands whatever comes: where no pass is left under it, two people look into it."""
    if before is None or before.result != "pass" or queries.has_passed(case):
        return
    give_task(
        case, "changed_result", now=now, needs_two=True,
        before=before.result, after=sitting.result, sat_on=sitting.sat_on.isoformat(),
    )  # fmt: skip


def _passed(case: Case, sitting: Sitting, before: Sitting | None, *, now: datetime) -> None:
    """A pass: an approval that ended meanwhile opens again, and the certificate follows where nothing holds it."""
    revived = case.stage == "ended"
    if revived:
        revive(case, actor=PROGRAM, now=now, sat_on=sitting.sat_on.isoformat())
        others = Application.objects.filter(person=case.person, pathway=case.topic, closed_at=None)
        if not others.exists():
            Application.objects.filter(case=case).update(closed_at=None)
    _drop_further_sitting(case, now=now)
    if sitting.authorisation.cancelled_because in CANCELLED_BY_HAND:
        give_task(case, "sat_without_leave", now=now, sat_on=sitting.sat_on.isoformat())
    if certify_if_ready(case, actor=PROGRAM, now=now):
        return
    paragraphs = [_about(case, "revived")] if revived else []
    _tell(case, "result_pass", sitting, before, paragraphs, now=now)


def _drop_further_sitting(case: Case, *, now: datetime) -> None:
    """A correction to a pass makes a further sitting needless: it is taken back, and a fee paid for it is looked at."""
    open_one = actions.cancel_open(case, because="passed", now=now)
    asked = queries.open_retake(case)
    sitting = open_one.sitting if open_one else asked.sitting if asked else 0
    if asked:
        asked.done_at = now
        asked.save(update_fields=["done_at"])
    fee = due_for(case, "retake", sitting) if sitting > 1 else None
    if fee is None:
        return
    if not any_paid(fee):
        release(fee, on=days.day_of(now), actor=PROGRAM, now=now)
    else:
        Task.objects.create(case=case, kind="retake_not_needed", opened_at=now, values={"sitting": sitting})


def _not_passed(case: Case, sitting: Sitting, before: Sitting | None, *, now: datetime) -> None:
    """Anything but a pass: said with what it means for the sittings that are left."""
    if not queries.has_passed(case):
        of_the_pass = Task.objects.filter(case=case, kind__in=["certify", "retake_not_needed"], closed_at=None)
        of_the_pass.update(closed_at=now, outcome="no_pass")
    if sitting.result == "vendor_failure":
        _tell(case, "sitting_not_held", sitting, before, [], now=now)
        return
    on = days.day_of(now)
    left = queries.sittings_allowed(on) - queries.attempts_used(case)
    if sitting.result == "no_show":
        counted = "no_show_counted" if sitting.uses_attempt else "no_show_not_counted"
        _tell(
            case, "no_show", sitting, before, [_about(case, counted), _what_next(case, sitting, left, now=now)], now=now
        )
        return
    scores = [] if all(score is None for score in actions.scores_of(sitting)) else [area_scores(case, sitting)]
    _tell(case, "result_fail", sitting, before, [*scores, _what_next(case, sitting, left, now=now)], now=now)


def _what_next(case: Case, sitting: Sitting, left: int, *, now: datetime) -> str:
    """What a person can do after a sitting that was not passed, in their language."""
    if case.stage == "ended" or days.day_of(now) > queries.approval_through(case):
        return _about(case, "next_after_end")
    if left <= 0:
        return _about(case, "next_no_sitting_left", through=queries.approval_through(case))
    if not sitting.uses_attempt:
        return _about(case, "next_book_again", through=queries.approval_through(case))
    fee = figure("retake_fee", sitting.sat_on)
    code = "next_retake" if fee.certainty == "confirmed" else "next_retake_without_fee"
    return _about(
        case, code, left=left, through=queries.approval_through(case), fee=words.Money(round(fee.value * 100))
    )


def area_scores(case: Case, sitting: Sitting) -> str:
    """The scores of the eight areas as the vendor told them, one line each, in the person's language."""
    given = [(area, score) for area, score in zip(AREAS, actions.scores_of(sitting), strict=True) if score is not None]
    lines = [f"{_about(case, area)}: {score}" for area, score in given]
    return "\n".join([_about(case, "scores"), *lines])


def _tell(
    case: Case, code: str, sitting: Sitting, before: Sitting | None, paragraphs: list[str], *, now: datetime
) -> None:
    changed = [_about(case, "changed_by_vendor")] if before is not None else []
    write_letter(
        case, code, key=f"result:{sitting.pk}", now=now, values={"sat_on": sitting.sat_on},
        paragraphs=[*changed, *paragraphs],
    )  # fmt: skip


def _about(case: Case, code: str, **values: object) -> str:
    return words.fill("exams", code, values, case.person.language)
