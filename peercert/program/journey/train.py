"""The core course: the training certificate, given after the approval."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from peercert.program.access import require
from peercert.program.applications.models import Application, Training
from peercert.program.casework.actions import end_clock, start_clock
from peercert.program.casework.models import Case, Document
from peercert.program.casework.moves import lock, move
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_letter
from peercert.program.people.actor import Actor
from peercert.program.review.actions import add_training_checks
from peercert.program.training.models import Provider
from peercert.rules import days


@step
def give_training(
    case_id: int,
    *,
    provider: UUID | None = None,
    provider_name: str = "",
    language: str,
    hours: Decimal,
    started_on: date,
    completed_on: date,
    document: UUID,
    actor: Actor,
    now: datetime,
) -> Training:
    """Give a core training certificate with what it says. Our promise to answer runs from today.

    Another certificate takes the place of one that is still looked at; giving the same one twice changes nothing.
    Raises Refused: "training_accepted_already", "certificate_missing", "provider_missing", "course_ends_before_start",
    "course_not_over".
    """
    case = lock(case_id)
    require(actor, "give_training", case)
    on = days.day_of(now)
    application = Application.objects.get(case=case)
    paper = Document.objects.filter(
        case=case, uuid=document, kind="training_certificate", replaced_at=None, destroyed_at=None
    ).first()
    school = Provider.objects.filter(uuid=provider).first() if provider else None
    _refuse(application, paper, school, provider_name, started_on, completed_on, on)
    said = {
        "provider": school, "provider_name": "" if school else provider_name.strip()[:200], "language": language,
        "hours": hours, "started_on": started_on, "completed_on": completed_on, "document": paper,
    }  # fmt: skip
    waiting = _waiting(case)
    if waiting is not None and all(getattr(waiting, name) == value for name, value in said.items()):
        return waiting
    move(case, "give_training", actor=actor, now=now, document=str(document))
    if waiting is not None:
        waiting.refused_at = now
        waiting.save(update_fields=["refused_at"])
        end_clock(case, "training_review", now=now, because="given_anew")
    # A course that the application named already is this one, with its certificate.
    training = application.trainings.filter(given_at=None).order_by("pk").first() or Training(application=application)
    for name, value in {**said, "type": "core", "given_at": now}.items():
        setattr(training, name, value)
    training.save()
    add_training_checks(case, training, now=now)
    start_clock(case, "training_review", owed_by="us", starts_on=on, figure="training_review_days", now=now)
    write_letter(
        case, "training_received", key=f"training_received:{training.pk}", now=now,
        values={"received_on": on, "by": _answer_by(case)},
    )  # fmt: skip
    return training


def is_accepted(case: Case) -> bool:
    """Whether an officer accepted a core training certificate of this case."""
    return Training.objects.filter(application__case=case, accepted_at__isnull=False).exists()


def _waiting(case: Case) -> Training | None:
    given = Training.objects.filter(application__case=case, accepted_at=None, refused_at=None)
    return given.exclude(given_at=None).order_by("-given_at").first()


def _answer_by(case: Case) -> date:
    return case.clocks.get(kind="training_review", ended_at=None).due_on


def _refuse(
    application: Application,
    paper: Document | None,
    school: Provider | None,
    provider_name: str,
    started_on: date,
    completed_on: date,
    on: date,
) -> None:
    """Raise Refused for a certificate that cannot be taken as it was given."""
    if is_accepted(application.case):
        raise Refused("training_accepted_already")
    if paper is None or paper.state == "refused":
        raise Refused("certificate_missing")
    if school is None and not provider_name.strip():
        raise Refused("provider_missing")
    if completed_on < started_on:
        raise Refused("course_ends_before_start")
    if completed_on > on:
        raise Refused("course_not_over")
