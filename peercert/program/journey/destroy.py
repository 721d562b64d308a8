"""Destroying evidence: ID images and sealed originals go some days (figure) after the decision is final.

What was read on them stays (review.IdReading, the marks), and so do the page images of other documents.
"""

from datetime import date, datetime

from django.db.models import Q

from peercert.program.casework.lifecycle import CLOSED
from peercert.program.casework.models import Case, Document, Task
from peercert.program.casework.moves import lock, tell
from peercert.program.determinations.models import AppealReceived
from peercert.program.journey.documents import destroy_document
from peercert.program.journey.step import step
from peercert.program.people.actor import PROGRAM, Actor
from peercert.rules import days
from peercert.rules.figures import figure


def destroy_evidence(now: datetime) -> int:
    """Destroy what is due in every closed case; how many cases were touched. Safe to run twice and late."""
    waiting = Document.objects.filter(Q(kind="photo_id") | ~Q(sealed_path=""), destroyed_at=None)
    cases = Case.objects.filter(stage__in=CLOSED, pk__in=waiting.values("case_id"))
    return sum(destroy_of(pk, now=now) for pk in list(cases.order_by("pk").values_list("pk", flat=True)))


@step
def destroy_of(case_id: int, *, now: datetime, actor: Actor = PROGRAM) -> bool:
    """Destroy the ID images and sealed originals of one case, where its decision has been final long enough."""
    case, today = lock(case_id), days.day_of(now)
    final_on = decision_final_on(case)
    if final_on is None or today <= days.add_days(final_on, int(figure("id_destruction_days", final_on).value)):
        return False
    documents = list(Document.objects.filter(case=case, destroyed_at=None).exclude(state="waiting"))
    for document in documents:
        if document.kind == "photo_id":
            destroy_document(document.pk, now=now)
    # A stored file that no row names is removed by the nightly sweep (files.sweep).
    others = [each for each in documents if each.kind != "photo_id" and each.sealed_path]
    for document in others:
        document.sealed_path = ""
        document.save(update_fields=["sealed_path"])
    if others:
        tell(case, "originals_destroyed", actor=actor, now=now, count=len(others))
    return bool(documents)


def decision_final_on(case: Case) -> date | None:
    """The day on which nothing can change the outcome any more; None while something still may.

    A denial waits for the days to appeal, a case not completed for the days to answer; an appeal received and a task
    that is open keep everything.
    """
    if case.stage not in CLOSED or case.closed_at is None:
        return None
    if Task.objects.filter(case=case, closed_at=None).exists():
        return None
    if AppealReceived.objects.filter(determination__case=case).exists() and case.stage != "certified":
        return None
    closed_on = days.day_of(case.closed_at)
    wait = {"denied": "appeal_days", "not_completed": "request_reopen_days"}.get(case.stage)
    return days.add_days(closed_on, int(figure(wait, closed_on).value)) if wait else closed_on
