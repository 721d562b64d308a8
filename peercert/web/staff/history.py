"""Everything that happened in a case: the timeline, letters, money, determinations with their replay, who opened it."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peercert import words
from peercert.program.access import may
from peercert.program.casework.models import Case, Opening, TimelineEntry
from peercert.program.determinations.queries import determinations_of, replay
from peercert.program.money.queries import balance, dues_of
from peercert.program.notices.queries import ABOUT_ACCOMMODATION, letters_of
from peercert.web.doors import officer
from peercert.web.money_words import RETURNS
from peercert.web.staff.case_frame import can, frame, happened, language, named_all, opened, said
from peercert.web.ui.parts import Event, Kind
from peercert.web.ui.templatetags.ui import money

#: Timeline verbs that end something well, or otherwise.
KINDS: dict[str, Kind] = {
    "approved": "done", "certified": "done", "training_accepted": "done", "denied": "problem",
    "closed_as_not_completed": "problem", "approval_ended": "problem", "held": "problem", "asked_for_more": "yours",
}  # fmt: skip


@officer("see_case")
@require_safe
def history(request: HttpRequest, number: str) -> HttpResponse:
    """The whole history on one page, the latest first. Opening it is recorded like opening the case."""
    case = opened(request, number)
    entries = list(seen_by(request, case.timeline.select_related("actor").order_by("-at", "-pk")))
    openings = list(_openings(request, case)[:100])
    notes = list(case.notes.select_related("author").order_by("-at"))
    made = list(determinations_of(case))
    everyone = (*(one.actor for one in entries), *(one.person for one in openings), *(one.author for one in notes))
    names = named_all([*everyone, *(one.decided_by for one in made)])
    sees_money = can(request, "see_money", case)
    context = frame(request, case, "history") | {
        "events": [event(one, names, sees_money=sees_money) for one in entries],
        "letters": _letters(request, case) if can(request, "see_letters", case) else None,
        "dues": _dues(case) if sees_money else None,
        "determinations": [
            (one, said(f"outcome_{one.outcome}"), said(f"question_{one.question}"), names[one.decided_by_id],
             replay(one), _reasons(one.reasons))
            for one in made
        ],
        "openings": [(one, names[one.person_id], _opened(one), _purpose(one)) for one in openings],
        "notes": [(one, names[one.author_id]) for one in notes],
    }  # fmt: skip
    return render(request, "staff/history.html", context)


def event(entry: TimelineEntry, names: dict[int | None, str], *, sees_money: bool) -> Event:
    """One entry of the spine, with the few values that tell a reader something; of money only to who may see money."""
    told = entry.values if sees_money or "cents" not in entry.values else {}
    detail = []
    if "check" in told:
        detail.append(words.fill("checks", told["check"], lang=language()))
    if told.get("about"):
        detail.append(str(told["about"]))
    if "result" in told and words.has("casework", f"result_{told['result']}"):
        detail.append(said(f"result_{told['result']}"))
    if "reasons" in told:
        detail += [words.fill("review_reasons", code, lang=language(), part="officer") for code in told["reasons"]]
    if "outcome" in told and words.has("casework", f"outcome_{told['outcome']}"):
        detail.append(said(f"outcome_{told['outcome']}"))
    if isinstance(told.get("reason"), str) and words.has("casework", f"hold_{told['reason']}"):
        detail.append(said(f"hold_{told['reason']}"))
    if "kind" in told and words.has("casework", f"document_{told['kind']}"):
        detail.append(said(f"document_{told['kind']}"))
    why = told.get("reason") if entry.verb == "authorisation_cancelled" else None
    if why and why != "accommodation_asked" and words.has("exams", why, "name"):  # that one is for exam officers
        detail.append(words.fill("exams", why, lang=language(), part="name"))
    if "cents" in told:
        detail.append(f"{money(told['cents'])} ({told['reference']})" if "reference" in told else money(told["cents"]))
    if "because" in told:
        detail.append(_because(str(told["because"])))
    role = said(f"role_{entry.role}") if words.has("casework", f"role_{entry.role}") else entry.role
    who = f"{names[entry.actor_id]} ({role})" if entry.actor else role
    return Event(entry.at, happened(entry.verb), who, " · ".join(detail), KINDS.get(entry.verb, "neutral"))


def _because(given: str) -> str:
    """Why, as somebody wrote it; what was chosen from a list, or was the program's own reason, in words."""
    if words.has("casework", f"because_{given}"):
        return said(f"because_{given}")
    return str(RETURNS.get(given, given))


def _opened(one: Opening) -> str:
    return said(f"document_{one.document.kind}") if one.document else ""


def _purpose(one: Opening) -> str:
    """For what it was opened: an auditor's own words, the stage of the case in which someone weighed it."""
    code = f"stage_{one.purpose}" if one.purpose != "accommodation" else "document_accommodation_form"
    return said(code) if words.has("casework", code) else one.purpose


def seen_by(request: HttpRequest, entries: QuerySet[TimelineEntry]) -> QuerySet[TimelineEntry]:
    """A timeline without what is told of accommodations, unless the reader is an exam officer."""
    if may(request.actor, "see_accommodation"):  # type: ignore[attr-defined]
        return entries
    others = Q(values__kind__isnull=True) | ~Q(values__kind="accommodation_form")  # most entries name no kind at all
    return entries.exclude(verb__startswith="accommodation_").filter(others)


def _openings(request: HttpRequest, case: Case) -> QuerySet[Opening]:
    rows = case.openings.select_related("person", "document").order_by("-at")
    if may(request.actor, "see_accommodation"):  # type: ignore[attr-defined]
        return rows
    return rows.exclude(purpose="accommodation").exclude(document__kind="accommodation_form")


def _letters(request: HttpRequest, case: Case) -> list[tuple[object, str, str]]:
    rows = letters_of(case)
    if not may(request.actor, "see_accommodation"):  # type: ignore[attr-defined]
        rows = rows.exclude(code__startswith=ABOUT_ACCOMMODATION)
    return [(one, said(f"letterstate_{one.state}"), said(f"channel_{one.channel}")) for one in rows]


def _dues(case: Case) -> list[tuple[object, str, int]]:
    return [(one, said(f"item_{one.item}"), balance(one)) for one in dues_of(case)]


def _reasons(stored: list[dict[str, str]]) -> list[str]:
    """The grounds a determination kept, in officers' words."""
    found = []
    for one in stored:
        if one["from"] == "mark":
            found.append(words.fill("review_reasons", one["code"], lang=language(), part="officer"))
        else:
            found.append(words.fill("reasons", one["code"], lang=language(), part="name"))
    return found
