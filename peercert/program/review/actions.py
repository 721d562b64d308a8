"""Writes of the review room: the checklist, marks, what was read on an ID, recommendations. None moves a case."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from peercert.program.applications.models import Training
from peercert.program.applications.queries import row_label
from peercert.program.casework.models import Case, Document
from peercert.program.people.models import Person
from peercert.program.review.checklist import PATHWAYS, TRAINING, Spec
from peercert.program.review.models import Check, IdReading, Mark, PossibleMatch, Recommendation


def make_checklist(case: Case, *, now: datetime) -> list[Check]:
    """The checks of a submitted application, one per requirement or per row of its lists. Safe to repeat."""
    wanted: list[tuple[Spec, UUID | None, str]] = []
    for spec in PATHWAYS[case.application.pathway]:
        if not spec.rows:
            wanted.append((spec, None, ""))
            continue
        for row in getattr(case.application, spec.rows).order_by("pk"):
            wanted.append((spec, row.uuid, row_label(row)))
    return _make(case, wanted, now=now)


def add_training_checks(case: Case, training: Training, *, now: datetime) -> list[Check]:
    """The checks of a training certificate that was given. Safe to repeat."""
    label = training.provider.name if training.provider else training.provider_name
    return _make(case, [(spec, training.uuid, label) for spec in TRAINING], now=now)


def _make(case: Case, wanted: Iterable[tuple[Spec, UUID | None, str]], *, now: datetime) -> list[Check]:
    first = Check.objects.filter(case=case).count()
    rows = [
        Check(
            case=case,
            code=spec.code,
            requirement=spec.requirement,
            document_kind=spec.document_kind,
            about=about,
            about_label=label[:200],
            position=first + number,
            made_at=now,
        )
        for number, (spec, about, label) in enumerate(wanted, start=1)
    ]
    Check.objects.bulk_create(rows, ignore_conflicts=True)
    abouts = {row.about for row in rows}
    return [check for check in Check.objects.filter(case=case).order_by("position") if check.about in abouts]


def set_mark(check: Check, result: str, reasons: Sequence[str], note: str, *, by: Person, now: datetime) -> Mark:
    """An officer's finding on a check. The one before is kept as replaced."""
    Mark.objects.filter(check_row=check, replaced_at=None).update(replaced_at=now)
    return Mark.objects.create(
        check_row=check, result=result, reasons=list(reasons), note=note, marked_by=by, marked_at=now
    )


def record_id_reading(
    case: Case,
    *,
    document: Document | None,
    kind: str,
    first: str,
    middle: str,
    last: str,
    born_on: date | None,
    expires_on: date | None,
    has_photo: bool,
    by: Person,
    now: datetime,
) -> IdReading:
    """What an officer read on the ID; the reading before is kept as replaced."""
    IdReading.objects.filter(case=case, replaced_at=None).update(replaced_at=now)
    return IdReading.objects.create(
        case=case,
        document=document,
        kind=kind,
        first=first,
        middle=middle,
        last=last,
        born_on=born_on,
        expires_on=expires_on,
        has_photo=has_photo,
        read_by=by,
        read_at=now,
    )


def answer_possible_match(match: PossibleMatch, answer: str, because: str, *, by: Person, now: datetime) -> None:
    """Say whether two records are one person."""
    match.answer, match.because, match.answered_by, match.answered_at = answer, because, by, now
    match.save(update_fields=["answer", "because", "answered_by", "answered_at"])


def set_recommendation(
    case: Case, outcome: str, proposal: dict[str, Any], because: str, *, by: Person, now: datetime
) -> Recommendation:
    """One officer's advice; the one before is kept as replaced."""
    replace_recommendation(case, now=now)
    return Recommendation.objects.create(
        case=case, outcome=outcome, proposal=proposal, because=because, made_by=by, made_at=now
    )


def replace_recommendation(case: Case, *, now: datetime, sent_back_because: str = "") -> None:
    """Close the current advice: another follows, or the case went back to review for the reason given."""
    Recommendation.objects.filter(case=case, replaced_at=None).update(
        replaced_at=now, sent_back_because=sent_back_because
    )
