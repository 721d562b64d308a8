"""One case: the facts beside their documents, the checklist, the law's proposal, and what is still open."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert.program.access import may, within_reach
from peercert.program.casework.models import Case
from peercert.program.casework.queries import open_questions
from peercert.program.determinations.queries import decided
from peercert.program.journey.law import ask_law
from peercert.program.people.models import Person
from peercert.program.review.matching import cases_of
from peercert.program.review.queries import current_recommendation, id_reading, possible_matches, was_sent_back
from peercert.web.doors import now, officer
from peercert.web.staff.case_checks import progress, views
from peercert.web.staff.case_facts import groups
from peercert.web.staff.case_forms import HoldForm, LiftForm, MatchForm, NoteForm, assignees
from peercert.web.staff.case_frame import can, frame, named, named_all, opened, said, the_case
from peercert.web.staff.law_words import proposal
from peercert.web.staff.viewer import viewer

#: The law's question at each stage of a case that is still open.
QUESTIONS = {"submitted": "apply", "review": "apply", "recommended": "apply", "approved": "sit"}
#: How many cases of someone who may be the same person are shown.
MATCH_CASES = 10
#: Steps whose buttons or forms the page shows where this officer may take them.
RIGHTS = (
    "mark",
    "read_id",
    "note",
    "answer_match",
    "hold",
    "lift_hold",
    "assign",
    "answer_question",
    "accept_training",
    "close_task",
    "recommend",
    "ask",
    "approve",
    "reopen",
    "take_back_request",
    "link_record",
)


@officer("see_case")
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The whole page, or the viewer alone where htmx asks for another document. Opening a case is recorded."""
    if request.headers.get("HX-Request") and request.GET.get("document"):
        found = the_case(request, number)
        if _sees_facts(request, found):
            return render(request, "staff/_viewer.html", {"case": found, "viewer": _viewer(request, found)})
    return render(request, "staff/case.html", page(request, opened(request, number)))


def page(request: HttpRequest, found: Case, **forms: Any) -> dict[str, Any]:
    """Everything the page shows; `forms` are those that came back with a sentence, by name."""
    may = {verb: can(request, verb, found) for verb in RIGHTS}
    sees_evidence, sees_facts = can(request, "see_evidence", found), _sees_facts(request, found)
    checks = views(found) if sees_facts else []
    notes = list(found.notes.select_related("author__account").order_by("-at")[:5])
    authors = named_all(one.author for one in notes) if notes else {}
    return {
        **frame(request, found, "case"),
        **forms,
        "may": may,
        "groups": groups(found, sees_evidence=sees_evidence, sees_facts=sees_facts),
        "viewer": _viewer(request, found) if sees_facts else None,
        "checks": checks,
        "progress": progress(checks),
        "law": law(request, found) if sees_facts else None,
        "asks": sum(one.is_mendable for check in checks if check.is_open for one in check.chosen),
        "id_is_read": id_reading(found) is not None,
        "questions": open_questions(found),
        "matches": [_match(request, one) for one in possible_matches(found)] if sees_facts else [],
        "match_form": forms.get("match_form") or MatchForm(),
        "holds": [
            (one, said(f"hold_{one.reason}"), named(one.placed_by))
            for one in found.case_holds.filter(lifted_at=None).select_related("placed_by")
        ],
        "hold_form": forms.get("hold_form") or HoldForm(prefix="hold"),
        "lift_form": forms.get("lift_form") or LiftForm(prefix="lift"),
        "tasks": [(one, task_word(one.kind)) for one in found.tasks.filter(closed_at=None).order_by("opened_at")],
        "notes": [(one, authors[one.author_id]) for one in notes],
        "note_form": forms.get("note_form") or NoteForm(),
        "officers": assignees(found) if may["assign"] else [],
        "advice": current_recommendation(found),
        "sent_back": was_sent_back(found) if found.stage == "review" else None,
        "decision": decided(found),
        "trainings": _trainings(found) if found.stage == "approved" and may["accept_training"] else [],
    }


def law(request: HttpRequest, found: Case) -> Any:
    """What the law proposes now, or None where nothing is open."""
    question = QUESTIONS.get(found.stage)
    if question is None:
        return None
    sees_accommodation = may(request.actor, "see_accommodation")  # type: ignore[attr-defined]
    return proposal(ask_law(found, question, now=now()), sees_accommodation=sees_accommodation)


def task_word(kind: str) -> str:
    """A task's kind in words; one without words of its own says itself."""
    from peercert import words

    return said(f"task_{kind}") if words.has("casework", f"task_{kind}") else kind.replace("_", " ")


def _sees_facts(request: HttpRequest, found: Case) -> bool:
    return can(request, "see_evidence", found) or can(request, "see_evidence_for_purpose", found)


def _viewer(request: HttpRequest, found: Case) -> Any:
    auditor = not can(request, "see_evidence", found)
    return viewer(request, found, needs_purpose=auditor)


def _match(request: HttpRequest, one: Any) -> dict[str, Any]:
    other: Person = one.other
    cases = within_reach(cases_of(other), request.actor)[:MATCH_CASES]  # type: ignore[attr-defined]
    return {
        "row": one,
        "how": said(f"likeness_{one.likeness}"),
        "name": named(other),
        "born_on": other.born_on,
        "cases": [(case, said(f"stage_{case.stage}")) for case in cases],
        "answered_by": named(one.answered_by) if one.answered_by else "",
    }


def _trainings(found: Case) -> list[Any]:
    """Training certificates that were given and wait for an officer's word."""
    return list(
        found.application.trainings.exclude(given_at=None)
        .filter(accepted_at=None, refused_at=None)
        .select_related("provider")
    )
