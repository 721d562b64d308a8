"""The checklist as the case page draws it: each check with its mark, its documents and the reasons to choose from."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from peercert import words
from peercert.program.casework.models import Case, Document
from peercert.program.review.queries import CheckState, checklist
from peercert.program.review.reasons import reasons_for
from peercert.rules.days import day_of
from peercert.web.staff.case_frame import language, named_all, said
from peercert.web.ui.parts import Kind

KINDS: dict[str, Kind] = {"pass": "done", "fail": "problem", "not_applicable": "neutral", "": "waiting"}


@dataclass(frozen=True)
class Choice:
    """One coded reason to choose from."""

    code: str
    says: str
    is_mendable: bool
    is_chosen: bool


@dataclass(frozen=True)
class CheckView:
    """One check in the reader's language."""

    pk: int
    code: str
    says: str
    looks: str
    about: str
    kind: Kind
    word: str
    marked_by: str
    note: str
    choices: list[Choice]
    chosen: list[Choice]
    documents: list[Document]
    has_newer_document: bool
    is_open: bool


@dataclass(frozen=True)
class Progress:
    """How far the checklist is: marked of all, and how many are not passed."""

    marked: int
    total: int
    failed: int


def views(case: Case) -> list[CheckView]:
    """Every check of the case, in order."""
    states = checklist(case)
    names = named_all(state.mark.marked_by if state.mark else None for state in states)
    return [view(case, state, names) for state in states]


def view(case: Case, state: CheckState, names: dict[int | None, str] | None = None) -> CheckView:
    """One check; open for marking in review, and a training certificate's after the approval."""
    names = names or named_all([state.mark.marked_by] if state.mark else [])
    check, mark = state.check, state.mark
    choices = [
        Choice(
            one.code,
            words.fill("review_reasons", one.code, lang=language(), part="officer"),
            one.is_mendable,
            bool(mark and one.code in mark.reasons),
        )
        for one in reasons_for(check.code)
    ]
    return CheckView(
        pk=check.pk,
        code=check.code,
        says=words.fill("checks", check.code, lang=language()),
        looks=words.fill("checks", check.code, lang=language(), part="looks"),
        about=check.about_label,
        kind=KINDS[state.result],
        word=said(f"result_{state.result or 'unmarked'}"),
        marked_by=_("%(name)s, %(day)s")
        % {"name": names[mark.marked_by_id], "day": words.day(day_of(mark.marked_at), language())}
        if mark
        else "",
        note=mark.note if mark else "",
        choices=choices,
        chosen=[one for one in choices if one.is_chosen and state.result == "fail"],
        documents=state.documents,
        has_newer_document=state.has_newer_document,
        is_open=case.stage == "review" or (case.stage == "approved" and check.code.startswith("training_")),
    )


def progress(checks: list[CheckView]) -> Progress:
    """How far a checklist is."""
    return Progress(
        marked=sum(one.kind != "waiting" for one in checks),
        total=len(checks),
        failed=sum(one.kind == "problem" for one in checks),
    )
