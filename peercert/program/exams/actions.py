"""Writes of the exams room that move no case. The journey locks the case, asks the law and tells the timeline."""

from datetime import date, datetime, timedelta
from uuid import UUID

from peercert.gateways import keys
from peercert.gateways.exam_vendor import AREAS, OUTCOMES, AuthorisationLine, SittingLine
from peercert.program.casework.models import Case, Document
from peercert.program.exams.models import (
    Accommodation,
    Appointment,
    ExamAuthorisation,
    ExamFileRow,
    RetakeRequest,
    Sitting,
)
from peercert.program.exams.queries import about_needs, news_of, open_authorisation
from peercert.program.people.models import LegalName, Person
from peercert.rules import days, numbers

#: The vendor's words for the state of an appointment, and ours.
STATE_OF = {
    "BOOKED": "booked",
    "CANCELLED": "cancelled",
    "NO_SHOW": "no_show",
    "VENDOR_FAILURE": "vendor_failure",
    "FAIL": "held",
    "PASS": "held",
}
RESULT_OF = {"NO_SHOW": "no_show", "VENDOR_FAILURE": "vendor_failure", "FAIL": "fail", "PASS": "pass"}


def record_answer(
    case: Case, *, is_needed: bool, needs: str, form: Document | None, wanted_on: date | None, now: datetime
) -> Accommodation:
    """The person's answer to whether they need an accommodation, in place of an earlier one; their words are sealed."""
    Accommodation.objects.filter(case=case, replaced_at=None).update(replaced_at=now)
    return Accommodation.objects.create(
        case=case,
        is_needed=is_needed,
        needs=keys.encrypt(needs.encode(), about_needs(case)) if is_needed and needs else None,
        form=form if is_needed else None,
        wanted_on=wanted_on if is_needed else None,
        answered_at=now,
    )


def record_decision(
    answer: Accommodation, *, outcome: str, vendor_codes: str, reason: str, by: Person | None, now: datetime
) -> Accommodation:
    """What became of an accommodation: granted with the vendor's codes, refused with a reason, or withdrawn."""
    answer.outcome, answer.vendor_codes, answer.reason = outcome, vendor_codes, reason
    answer.decided_by, answer.decided_at = by, now
    answer.save(update_fields=["outcome", "vendor_codes", "reason", "decided_by", "decided_at"])
    return answer


def ask_retake(case: Case, sitting: int, *, now: datetime) -> RetakeRequest:
    """The request for another sitting; one that was done for the same sitting opens again (its result was annulled)."""
    request, is_new = RetakeRequest.objects.get_or_create(case=case, sitting=sitting, defaults={"asked_at": now})
    if not is_new and request.done_at is not None:
        request.asked_at, request.done_at = now, None
        request.save(update_fields=["asked_at", "done_at"])
    return request


def new_authorisation(
    case: Case, *, sitting: int, valid_from: date, valid_through: date, vendor_codes: str, now: datetime
) -> ExamAuthorisation:
    """Leave to sit once, in the person's present legal name; the candidate id is the person's for every sitting."""
    name = LegalName.objects.get(person=case.person_id, until_at=None)
    RetakeRequest.objects.filter(case=case, done_at=None).update(done_at=now)
    return ExamAuthorisation.objects.create(
        case=case, number=_free_number(), candidate_id=_candidate_id(case.person), sitting=sitting,
        valid_from=valid_from, valid_through=valid_through, first=name.first, middle=name.middle, last=name.last,
        vendor_codes=vendor_codes, authorised_at=now, changed_at=now,
    )  # fmt: skip


def take_over_attempt(
    case: Case, *, sitting: int, sat_on: date, approved_on: date, last_on: date, now: datetime
) -> Sitting:
    """A failed sitting under an approval of an earlier register. The vendor knows it already and is told nothing."""
    leave = new_authorisation(
        case, sitting=sitting, valid_from=approved_on, valid_through=last_on, vendor_codes="", now=now
    )
    leave.told, leave.told_at, leave.used_at = "new", now, now
    leave.save(update_fields=["told", "told_at", "used_at"])
    return Sitting.objects.create(
        case=case, authorisation=leave, vendor_number=f"taken-over-{leave.number}", sat_on=sat_on, result="fail",
        uses_attempt=True, told_at=now,
    )  # fmt: skip


def cancel(authorisation: ExamAuthorisation, *, because: str, now: datetime) -> ExamAuthorisation:
    """Take an authorisation back; the next file tells the vendor."""
    authorisation.cancelled_at, authorisation.cancelled_because = now, because
    authorisation.save(update_fields=["cancelled_at", "cancelled_because"])
    return _changed(authorisation, now)


def cancel_open(case: Case, *, because: str, now: datetime) -> ExamAuthorisation | None:
    """Take back the open authorisation of a locked case, where there is one (it was withdrawn, ended, decided anew)."""
    found = open_authorisation(case)
    return cancel(found, because=because, now=now) if found else None


def bring_up_to_date(
    authorisation: ExamAuthorisation, *, valid_through: date, vendor_codes: str, now: datetime
) -> bool:
    """Carry a new name, other days or other codes into an open authorisation; whether anything changed."""
    name = LegalName.objects.get(person=authorisation.case.person_id, until_at=None)
    present = {
        "first": name.first, "middle": name.middle, "last": name.last,
        "valid_through": valid_through, "vendor_codes": vendor_codes,
    }  # fmt: skip
    if all(getattr(authorisation, field) == value for field, value in present.items()):
        return False
    for field, value in present.items():
        setattr(authorisation, field, value)
    authorisation.save(update_fields=list(present))
    _changed(authorisation, now)
    return True


def tell_again(authorisation: ExamAuthorisation, *, now: datetime) -> ExamAuthorisation:
    """Let the next file carry this authorisation whatever the vendor was told before."""
    return _changed(authorisation, now)


def mark_told(authorisation: ExamAuthorisation, *, now: datetime) -> AuthorisationLine:
    """The line of the file that tells the vendor, and the note that it was told."""
    news = news_of(authorisation)
    authorisation.told, authorisation.told_at = news, max(now, authorisation.changed_at)
    authorisation.save(update_fields=["told", "told_at"])
    return AuthorisationLine(
        action=news.upper(), authorisation=authorisation.number, candidate_id=authorisation.candidate_id,
        first=authorisation.first, middle=authorisation.middle, last=authorisation.last,
        sitting=authorisation.sitting, valid_from=authorisation.valid_from,
        valid_through=authorisation.valid_through, accommodations=codes_of(authorisation),
        changed_at=authorisation.changed_at,
    )  # fmt: skip


def codes_of(authorisation: ExamAuthorisation) -> tuple[str, ...]:
    """The vendor's accommodation codes of an authorisation."""
    return tuple(code for code in authorisation.vendor_codes.split(";") if code)


def record_appointment(authorisation: ExamAuthorisation, line: SittingLine) -> bool:
    """Let the heavier of two words about an appointment stand; whether this line is it (see `SittingLine.weight`)."""
    appointment = Appointment.objects.filter(vendor_number=line.appointment).first()
    if appointment is None:
        Appointment.objects.create(
            authorisation=authorisation, vendor_number=line.appointment, starts_at=line.starts_at,
            place=line.place, state=STATE_OF[line.state], told_at=line.as_of,
        )  # fmt: skip
        return True
    if line.weight <= _standing_line(appointment).weight:
        return False
    appointment.starts_at, appointment.place = line.starts_at, line.place
    appointment.state, appointment.told_at = STATE_OF[line.state], line.as_of
    appointment.save(update_fields=["starts_at", "place", "state", "told_at"])
    return True


def record_sitting(
    authorisation: ExamAuthorisation, line: SittingLine, *, uses_attempt: bool | None, row: ExamFileRow, now: datetime
) -> Sitting:
    """The vendor's word about what happened, in place of an earlier one about the same appointment."""
    Sitting.objects.filter(vendor_number=line.appointment, replaced_at=None).update(replaced_at=now)
    return Sitting.objects.create(
        case=authorisation.case, authorisation=authorisation, vendor_number=line.appointment,
        sat_on=days.day_of(line.starts_at), result=RESULT_OF[line.state], uses_attempt=uses_attempt,
        told_at=line.as_of, row=row, **dict(zip(AREAS, line.scores, strict=True)),
    )  # fmt: skip


def keep_use(authorisation: ExamAuthorisation, *, now: datetime) -> None:
    """Make an authorisation used where a result that stands counts, and open again where none does any more.

    It opens again only while no other one is open: a person sits under one authorisation at a time.
    """
    is_used = Sitting.objects.filter(authorisation=authorisation, replaced_at=None, uses_attempt=True).exists()
    if is_used and authorisation.used_at is None:
        authorisation.used_at = now
    elif not is_used and authorisation.used_at is not None and open_authorisation(authorisation.case) is None:
        authorisation.used_at = None
    else:
        return
    authorisation.save(update_fields=["used_at"])


def scores_of(sitting: Sitting) -> tuple[int | None, ...]:
    """The scores of the eight areas in the order of the files, as told."""
    return tuple(getattr(sitting, area) for area in AREAS)


def form_of(case: Case, uuid: UUID | None) -> Document | None:
    """The accommodation form that the person gave for this case, by its uuid."""
    if uuid is None:
        return None
    return Document.objects.filter(case=case, uuid=uuid, kind="accommodation_form", replaced_at=None).first()


def _changed(authorisation: ExamAuthorisation, now: datetime) -> ExamAuthorisation:
    """Note that the vendor has not heard the newest: later than what it was told, even within one moment."""
    told = authorisation.told_at
    authorisation.changed_at = now if told is None or now > told else told + timedelta(microseconds=1)
    authorisation.save(update_fields=["changed_at"])
    return authorisation


def _standing_line(appointment: Appointment) -> SittingLine:
    """The word that stands about an appointment, as a line again."""
    sitting = Sitting.objects.filter(vendor_number=appointment.vendor_number, replaced_at=None).first()
    result = next((word for word, ours in RESULT_OF.items() if sitting and ours == sitting.result), "")
    state = result if appointment.state in {"held", "no_show", "vendor_failure"} else appointment.state.upper()
    return SittingLine(
        appointment=appointment.vendor_number, authorisation=appointment.authorisation.number,
        candidate_id=appointment.authorisation.candidate_id, state=state, starts_at=appointment.starts_at,
        place=appointment.place, scores=scores_of(sitting) if sitting and state in OUTCOMES else (None,) * len(AREAS),
        as_of=appointment.told_at,
    )  # fmt: skip


def _candidate_id(person: Person) -> str:
    known = ExamAuthorisation.objects.filter(case__person=person).order_by("pk").first()
    if known:
        return known.candidate_id
    while True:
        made = numbers.make("X").removeprefix("X-").replace("-", "")
        if not ExamAuthorisation.objects.filter(candidate_id=made).exists():
            return made


def _free_number() -> str:
    while True:
        made = numbers.make("E")
        if not ExamAuthorisation.objects.filter(number=made).exists():
            return made
