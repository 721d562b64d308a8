"""Reads of the exams room: where a person stands with the exam, and what the vendor has still to be told."""

from datetime import date, datetime

from django.db.models import F, Q, QuerySet

from peercert.gateways import keys
from peercert.program.applications.models import Application
from peercert.program.casework.models import Case, Clock, TimelineEntry
from peercert.program.determinations.models import Determination
from peercert.program.errors import Refused
from peercert.program.exams.models import (
    Accommodation,
    Appointment,
    ExamAuthorisation,
    ExamFile,
    ExamFileRow,
    RetakeRequest,
    Sitting,
)
from peercert.rules import days
from peercert.rules.figures import figure


def accommodation(case: Case) -> Accommodation | None:
    """The person's present answer to whether they need an accommodation; None where they have not been asked yet."""
    return Accommodation.objects.filter(case=case, replaced_at=None).first()


def refused_accommodation(case_id: int) -> Accommodation | None:
    """What was refused last, also where the person has asked for something else since."""
    return Accommodation.objects.filter(case=case_id, outcome="refused").order_by("-decided_at").first()


def holds_for_accommodation(case: Case) -> bool:
    """Whether an accommodation was asked for and nobody has decided on it."""
    return Accommodation.objects.filter(case=case, replaced_at=None, is_needed=True, outcome="").exists()


def asked_about(case: Case) -> TimelineEntry | None:
    """When the person was last asked to mend their form, with the reason in `values`; None where never."""
    asked = TimelineEntry.objects.filter(case=case, verb="accommodation_more_asked")
    return asked.order_by("-at", "-pk").first()


def answer_by(asked_on: date) -> date:
    """The last day on which an answer about an accommodation form is in time."""
    return days.add_days(asked_on, int(figure("request_answer_days", asked_on).value))


def needs(answer: Accommodation) -> str:
    """What the person asked for, in their own words. For exam officers and the person alone: ask `require` first."""
    return keys.decrypt(bytes(answer.needs), about_needs(answer.case)).decode() if answer.needs else ""


def about_needs(case: Case) -> str:
    """What the sealed words belong to, so that they open in no other case."""
    return f"accommodation needs of case {case.uuid}"


def vendor_codes(case: Case) -> str:
    """The vendor's codes of a granted accommodation, divided by ";"; "" where none is granted."""
    answer = accommodation(case)
    return answer.vendor_codes if answer and answer.is_needed and answer.outcome == "granted" else ""


def open_authorisation(case: Case) -> ExamAuthorisation | None:
    """The authorisation under which the person may sit now, or None. There is at most one."""
    return ExamAuthorisation.objects.filter(case=case, used_at=None, cancelled_at=None).first()


def last_authorisation(case: Case) -> ExamAuthorisation | None:
    """The newest authorisation of the case, whatever became of it."""
    return ExamAuthorisation.objects.filter(case=case).order_by("-authorised_at", "-pk").first()


def results(case: Case) -> QuerySet[Sitting]:
    """The results that stand, the earliest day first."""
    return Sitting.objects.filter(case=case, replaced_at=None).order_by("sat_on", "pk")


def attempts_used(case: Case) -> int:
    """How many sittings of this approval count: passes, fails, and no-shows where the law of their day counts them."""
    return results(case).filter(uses_attempt=True).count()


def has_passed(case: Case) -> bool:
    """Whether a result that stands is a pass, in the vendor's word."""
    return results(case).filter(result="pass").exists()


def open_retake(case: Case) -> RetakeRequest | None:
    """The request for another sitting that waits for its fee or for us, or None."""
    return RetakeRequest.objects.filter(case=case, done_at=None).first()


def appointment(authorisation: ExamAuthorisation) -> Appointment | None:
    """The booking that stands under an authorisation: the latest one that nobody cancelled."""
    return authorisation.appointments.filter(state="booked").order_by("-starts_at", "-pk").first()


def result_may_come(case: Case, now: datetime) -> bool:
    """Whether a sitting inside the validity of its authorisation has begun and its result is still outstanding.

    While this holds, the approval does not end: the result may yet carry the person over the twelve months. It holds
    for the days of the figure `result_wait_days`; a result that comes later still counts and undoes the end.
    """
    wait = int(figure("result_wait_days", days.day_of(now)).value)
    held = Appointment.objects.filter(
        authorisation__case=case, state="booked", starts_at__lte=now,
        starts_at__gte=days.start_of(days.add_days(days.day_of(now), -wait)),
    )  # fmt: skip
    return any(
        row.authorisation.valid_from <= days.day_of(row.starts_at) <= row.authorisation.valid_through
        for row in held.select_related("authorisation")
    )


def to_tell() -> QuerySet[ExamAuthorisation]:
    """Authorisations of which the vendor has not heard the newest, in the order in which they changed.

    One that was cancelled before the vendor heard of it is never told.
    """
    fresh = Q(told="", cancelled_at=None)
    moved = ~Q(told="") & Q(changed_at__gt=F("told_at"))
    return ExamAuthorisation.objects.filter(fresh | moved).order_by("changed_at", "pk")


def news_of(authorisation: ExamAuthorisation) -> str:
    """What the next file says of an authorisation in `to_tell`: new, changed or cancelled."""
    if authorisation.cancelled_at is not None:
        return "cancelled"
    return "changed" if authorisation.told else "new"


def accommodations_to_decide() -> QuerySet[Accommodation]:
    """Accommodations asked for and not decided in cases that are still open, the oldest first."""
    waiting = Accommodation.objects.filter(replaced_at=None, is_needed=True, outcome="", case__stage="approved")
    return waiting.select_related("case__person").order_by("answered_at", "pk")


def rows_waiting(file: ExamFile) -> QuerySet[ExamFileRow]:
    """Records of a file that have no answer yet, in the order of the file."""
    return file.rows.filter(outcome="").order_by("line")


def known_before(row: ExamFileRow, case: Case) -> bool:
    """Whether the same record was accepted earlier, from this file or another."""
    same = ExamFileRow.objects.filter(case=case, text=row.text, outcome="accepted")
    return same.exclude(pk=row.pk).exists()


def approval_through(case: Case) -> date:
    """The last day of the approval: the due day of its clock, running or over, with the days that were given back.

    As determined where there is no such clock. Raises Refused("no_approval").
    """
    clock = Clock.objects.filter(case=case, kind="approval").order_by("-pk").first()
    if clock is not None:
        return clock.due_on
    made = Determination.objects.filter(case=case, approval_through__isnull=False).order_by("-decided_at").first()
    if made is None or made.approval_through is None:
        raise Refused("no_approval")
    return made.approval_through


def sittings_allowed(on: date) -> int:
    """How many sittings an approval has."""
    return int(figure("sittings_allowed", on).value)


def no_show_counts(on: date) -> bool | None:
    """Whether a no-show on that day uses a sitting; None where nobody confirmed the figure, which counts as no."""
    counts = figure("no_show_uses_sitting", on)
    return None if counts.certainty == "unconfirmed" else bool(counts.value)


def ethics_version(on: date) -> str:
    """The version of the code of ethics in force on a day."""
    return str(figure("ethics_code_version", on).value)


def must_agree_again(case: Case, on: date) -> bool:
    """Whether the code of ethics changed since the person agreed to it and they have not been authorised yet."""
    if ExamAuthorisation.objects.filter(case=case).exists():
        return False
    return Application.objects.values_list("ethics_version", flat=True).get(case=case) != ethics_version(on)


def latest_day_for_form(through: date, lead_days: int) -> date:
    """The last day on which an accommodation form can arrive so that its lead time still fits the approval."""
    return days.add_days(through, -lead_days)
