"""Reads of the review room: the checklist with its marks, what is still open, matches and advice."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from peercert.program.applications.models import Training
from peercert.program.casework.models import Case, Document, RequestItem
from peercert.program.review.models import Check, IdReading, Mark, PossibleMatch, Recommendation
from peercert.program.review.reasons import CodedReason, reason


@dataclass(frozen=True)
class CheckState:
    """A check, its current mark, the documents beside it, and whether one of them is newer than the mark."""

    check: Check
    mark: Mark | None
    documents: list[Document] = field(default_factory=list)

    @property
    def result(self) -> str:
        """ "pass", "fail", "not_applicable", or "" where nobody has marked it."""
        return self.mark.result if self.mark else ""

    @property
    def has_newer_document(self) -> bool:
        """Whether something arrived for this check after it was marked."""
        return bool(self.mark and any(one.received_at > self.mark.marked_at for one in self.documents))

    @property
    def reasons(self) -> list[CodedReason]:
        """The coded reasons of the current mark."""
        return [reason(code) for code in self.mark.reasons] if self.mark else []


@dataclass(frozen=True)
class FailedReason:
    """One coded reason of a current failed mark: what a request asks for and a denial names."""

    check: Check
    mark: Mark
    reason: CodedReason


def checklist(case: Case) -> list[CheckState]:
    """Every check of the case in its order, with its current mark and its documents."""
    documents: dict[str, list[Document]] = {}
    for one in Document.objects.filter(case=case, replaced_at=None).order_by("received_at", "pk"):
        documents.setdefault(one.kind, []).append(one)
    return [
        CheckState(
            check,
            mark,
            documents.get(check.document_kind, []) if check.document_kind else [],
        )
        for check, mark in _with_marks(case)
    ]


def results(case: Case) -> dict[tuple[str, UUID | None], str]:
    """The current marks as (check code, row) → "pass", "fail" or "not_applicable"; unmarked checks are absent."""
    marks = Mark.objects.filter(check_row__case=case, replaced_at=None).select_related("check_row")
    return {(mark.check_row.code, mark.check_row.about): mark.result for mark in marks}


def unmarked(case: Case, *, except_training: bool = True) -> list[Check]:
    """Checks that nobody has marked. Training has its own review after the approval and is left out by default."""
    return [
        check
        for check, mark in _with_marks(case)
        if mark is None and not (except_training and check.code.startswith("training_"))
    ]


def failed_reasons(case: Case) -> list[FailedReason]:
    """Every coded reason of the current failed marks, in the order of the checklist."""
    return [
        FailedReason(check, mark, reason(code))
        for check, mark in _with_marks(case)
        if mark is not None and mark.result == "fail"
        for code in mark.reasons
    ]


def id_reading(case: Case) -> IdReading | None:
    """What was read on the ID, as it stands."""
    return IdReading.objects.filter(case=case, replaced_at=None).first()


def possible_matches(case: Case) -> QuerySet[PossibleMatch]:
    """Everyone on record who may be the same person, the unanswered first."""
    return PossibleMatch.objects.filter(case=case).select_related("other", "answered_by").order_by("answered_at", "pk")


def has_unanswered_match(case: Case) -> bool:
    """Whether someone on record may be the same person and nobody has said yes or no."""
    return PossibleMatch.objects.filter(case=case, answer="").exists()


def current_recommendation(case: Case) -> Recommendation | None:
    """The advice on which the case waits for a determination, or None."""
    return Recommendation.objects.filter(case=case, replaced_at=None).select_related("made_by").first()


def was_sent_back(case: Case) -> Recommendation | None:
    """The latest advice, where a determiner sent it back and nobody has given another since."""
    latest = Recommendation.objects.filter(case=case).order_by("-made_at", "-pk").first()
    return latest if latest and latest.replaced_at and latest.sent_back_because else None


def item_key(check: Check) -> str:
    """How a request's item names the check it is about: its code, with the row's id where there is one."""
    return f"{check.code}:{check.about.hex}" if check.about else check.code


def check_of_item(item: RequestItem) -> Check | None:
    """The check that a request's item is about."""
    code, _, about = item.check_code.partition(":")
    return Check.objects.filter(case=item.request.case_id, code=code, about=UUID(about) if about else None).first()


def was_asked_for(case: Case, check: Check, code: str) -> bool:
    """Whether the person was asked for this and the request was answered or ran out."""
    return RequestItem.objects.filter(
        request__case=case, request__outcome__in=["answered", "expired"], check_code=item_key(check), reason=code
    ).exists()


def _with_marks(case: Case) -> list[tuple[Check, Mark | None]]:
    """The checks that count, each with its mark: those of a training certificate given anew are history."""
    marks = Mark.objects.filter(check_row__case=case, replaced_at=None).select_related("marked_by")
    current = {mark.check_row_id: mark for mark in marks}
    given_anew = Training.objects.filter(application__case=case, refused_at__isnull=False).values("uuid")
    checks = Check.objects.filter(case=case).exclude(about__in=given_anew).order_by("position", "pk")
    return [(check, current.get(check.pk)) for check in checks]
