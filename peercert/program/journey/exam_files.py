"""The exam vendor's files: what we tell, and what comes in record by record.

A file that comes in is stored as a whole, with one row per record; then each record is taken in a transaction of its
own, and its answer is written in that transaction. A crash between two records loses nothing and repeats nothing: the
job goes on with the rows that have no answer.
"""

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from peercert.gateways import exam_vendor
from peercert.gateways.exam_vendor import BadLine, SittingLine
from peercert.program.access import require
from peercert.program.casework.models import Case
from peercert.program.casework.moves import lock, move, tell, tell_audit
from peercert.program.casework.queue import defer
from peercert.program.errors import Refused
from peercert.program.exams import actions, queries
from peercert.program.exams.comparison import read_file
from peercert.program.exams.models import Appointment, ExamAuthorisation, ExamFile, ExamFileRow
from peercert.program.journey.exam_results import OPEN_TO_RESULTS, record_result
from peercert.program.journey.step import step
from peercert.program.people.actor import PROGRAM, Actor
from peercert.rules import days

#: How far the vendor's clock may go before ours.
CLOCKS_DIFFER = timedelta(hours=1)


class NotTaken(Exception):
    """A record that cannot be taken; `reason` is a code of docs/exam-files.md."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def export_file(*, actor: Actor, now: datetime) -> ExamFile:
    """Make the file of what the vendor has not heard yet, once: its bytes are kept and can be downloaded again.

    Authorisations are first brought up to date with the case (name, days given back, codes, a case that is over).
    Raises Refused("nothing_to_tell").
    """
    require(actor, "exchange_exam_files")
    keep_current(now=now)
    return _write_file(actor=actor, now=now)


def keep_current(*, now: datetime) -> int:
    """Bring every open authorisation up to date with its case; how many changed. Safe to repeat."""
    open_ones = ExamAuthorisation.objects.filter(used_at=None, cancelled_at=None).values_list("case_id", flat=True)
    return sum(_keep_current(case_id, now=now) for case_id in list(open_ones))


@step
def _keep_current(case_id: int, *, now: datetime) -> bool:
    case = lock(case_id)
    authorisation = queries.open_authorisation(case)
    if authorisation is None:
        return False
    if case.stage != "approved":
        actions.cancel(authorisation, because=case.stage, now=now)
        tell(case, "authorisation_cancelled", actor=PROGRAM, now=now, reason=case.stage)
        return True
    return actions.bring_up_to_date(
        authorisation, valid_through=queries.approval_through(case), vendor_codes=queries.vendor_codes(case), now=now
    )


@step
def _write_file(*, actor: Actor, now: datetime) -> ExamFile:
    # No case is locked here: whoever holds one may wait for these rows, and never the other way round.
    news = list(queries.to_tell().select_for_update(of=("self",)))
    if not news:
        raise Refused("nothing_to_tell")
    content = exam_vendor.write_authorisations([actions.mark_told(one, now=now) for one in news])
    on = days.day_of(now).isoformat()
    made = ExamFile.objects.filter(kind="export", name__startswith=f"authorisations-{on}").count()
    file = ExamFile.objects.create(
        kind="export", name=f"authorisations-{on}-{made + 1}.txt", digest=_digest(content), at=now, by=actor.person,
        content=content, accepted=len(news),
    )  # fmt: skip
    tell_audit("exam_file_made", actor=actor, now=now, name=file.name, records=len(news))
    return file


@step
def tell_again(authorisation_id: int, *, actor: Actor, now: datetime) -> ExamAuthorisation:
    """Let the next file tell the vendor of this authorisation once more."""
    case = lock(ExamAuthorisation.objects.values_list("case_id", flat=True).get(pk=authorisation_id))
    require(actor, "exchange_exam_files", case)
    authorisation = actions.tell_again(ExamAuthorisation.objects.get(pk=authorisation_id), now=now)
    tell(case, "authorisation_to_be_told_again", actor=actor, now=now)
    return authorisation


@step
def import_file(name: str, content: bytes, *, actor: Actor, now: datetime) -> ExamFile:
    """Store a file of appointments and results and queue its records; the same bytes again answer the first file.

    Raises Refused for a file that cannot be taken as a whole: "exam_file_" and the code of docs/exam-files.md.
    """
    require(actor, "exchange_exam_files")
    kind, lines, text = read_file(content)
    if kind == "authorisations":
        raise Refused("exam_file_is_ours")
    if kind == "holdings":
        raise Refused("exam_file_is_holdings")
    digest = _digest(text)
    known = ExamFile.objects.filter(kind="import", digest=digest).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            file = ExamFile.objects.create(
                kind="import", name=name[:200], digest=digest, at=now, by=actor.person, content=text
            )
    except IntegrityError:
        # The same bytes at the same moment, from another tab.
        return ExamFile.objects.get(kind="import", digest=digest)
    ExamFileRow.objects.bulk_create(
        [ExamFileRow(file=file, line=number, text=line.strip()) for number, line in lines], batch_size=2_000
    )
    tell_audit("exam_file_given", actor=actor, now=now, name=file.name, records=len(lines))
    _queue(file)
    return file


@step
def try_refused_again(file_id: int, *, actor: Actor, now: datetime) -> ExamFile:
    """Take those records of a file once more that were not taken."""
    require(actor, "exchange_exam_files")
    file = ExamFile.objects.select_for_update().get(pk=file_id, kind="import")
    count = file.rows.filter(outcome="refused").update(outcome="", reason="")
    if count:
        file.refused -= count
        file.save(update_fields=["refused"])
        tell_audit("exam_file_tried_again", actor=actor, now=now, name=file.name, records=count)
        _queue(file)
    return file


def take_rows(file_id: int, *, now: datetime) -> int:
    """Take every record of a file that has no answer yet, each in its own transaction; how many there were."""
    waiting = queries.rows_waiting(ExamFile.objects.get(pk=file_id)).values_list("pk", flat=True)
    return len([take_row(row_id, now=now) for row_id in list(waiting)])


@step
def take_row(row_id: int, *, now: datetime) -> ExamFileRow:
    """Take one record and write its answer: accepted, known already, or not taken with its reason. Once."""
    row = ExamFileRow.objects.select_for_update().get(pk=row_id)
    if row.outcome:
        return row
    try:
        with transaction.atomic():
            row.outcome, row.reason = _take(row, now=now)
    except (NotTaken, BadLine) as wrong:
        row.outcome = "refused"
        row.reason = wrong.reason if isinstance(wrong, NotTaken) else str(wrong)[:60]
    row.save(update_fields=["outcome", "reason", "case"])
    ExamFile.objects.filter(pk=row.file_id).update(**{row.outcome: F(row.outcome) + 1})
    return row


def _take(row: ExamFileRow, *, now: datetime) -> tuple[str, str]:
    line = exam_vendor.read_sitting(row.text)
    found = ExamAuthorisation.objects.filter(number=line.authorisation).first()
    if found is None:
        raise NotTaken("unknown_authorisation")
    case = row.case = lock(found.case_id)
    authorisation = ExamAuthorisation.objects.get(pk=found.pk)
    if queries.known_before(row, case):
        return "repeated", ""
    _refuse(case, authorisation, line, now)
    if not actions.record_appointment(authorisation, line):
        return "accepted", "overtaken"
    if line.state in exam_vendor.OUTCOMES:
        record_result(case, authorisation, line, row=row, now=now)
    else:
        values = {"state": actions.STATE_OF[line.state], "starts_on": days.day_of(line.starts_at).isoformat()}
        if case.stage == "approved":
            move(case, "book", actor=PROGRAM, now=now, **values)
        else:
            tell(case, "appointment_told", actor=PROGRAM, now=now, **values)
    return "accepted", ""


def _refuse(case: Case, authorisation: ExamAuthorisation, line: SittingLine, now: datetime) -> None:
    """Raise NotTaken for a record that cannot be true of this authorisation."""
    if line.candidate_id != authorisation.candidate_id:
        raise NotTaken("candidate_differs")
    if line.as_of > now + CLOCKS_DIFFER:
        raise NotTaken("moment_in_future")
    told = Appointment.objects.filter(vendor_number=line.appointment).first()
    if told is not None and told.authorisation_id != authorisation.pk:
        raise NotTaken("appointment_of_another")
    if line.state not in exam_vendor.OUTCOMES:
        return
    if case.stage not in OPEN_TO_RESULTS:
        raise NotTaken("case_closed")
    if not authorisation.valid_from <= days.day_of(line.starts_at) <= authorisation.valid_through:
        raise NotTaken("outside_validity")


def _queue(file: ExamFile) -> None:
    defer("exams.take_rows", once=f"exams.take_rows:{file.pk}", file_id=file.pk)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
