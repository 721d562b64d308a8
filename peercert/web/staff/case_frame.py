"""What stands around every page of one case: who it is about, where it is, and which ways are open to this officer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from peercert import words
from peercert.gateways.printer import prints
from peercert.program.access import may, open_verbs
from peercert.program.casework.models import Case, Clock
from peercert.program.casework.queries import is_broken, open_request, running_clocks
from peercert.program.errors import Refused
from peercert.program.journey.apply import name_for_record
from peercert.program.journey.certify import has_passed
from peercert.program.journey.review import open_case, reach
from peercert.program.people.models import LegalName, Person
from peercert.rules.days import day_of
from peercert.rules.numbers import read
from peercert.web.doors import now
from peercert.web.ui.parts import Kind

#: How a stage looks: what is over, what waits for us, what waits for someone else.
STAGE_KINDS: dict[str, Kind] = {
    "submitted": "waiting",
    "review": "yours",
    "recommended": "yours",
    "approved": "waiting",
    "certified": "done",
    "denied": "neutral",
    "not_completed": "neutral",
    "withdrawn": "neutral",
    "ended": "neutral",
}


@dataclass(frozen=True)
class Tab:
    """One way into the case."""

    label: str
    url: str
    is_here: bool
    is_open: bool = True


def said(code: str) -> str:
    """A short word of officers' pages in the reader's language."""
    return words.fill("casework", code, lang=language())


def happened(verb: str) -> str:
    """What a timeline verb says in the reader's language; a verb without words of its own says itself."""
    return words.fill("timeline", verb, lang=language()) if words.has("timeline", verb) else verb.replace("_", " ")


def language() -> str:
    """The reader's language as the catalogues know it."""
    return "es" if (get_language() or "en").startswith("es") else "en"


def named(person: Person | None) -> str:
    """A person on officers' pages: the legal name today, else the chosen one, else the address they sign in with."""
    return named_all([person])[person.pk] if person else said("role_program")


def named_all(people: Iterable[Person | None]) -> dict[int | None, str]:
    """The same for many at once, by primary key; None stands for the program itself."""
    known = {person.pk: person for person in people if person is not None}
    names = {name.person_id: name.full for name in LegalName.objects.filter(person__in=known, until_at=None)}
    found: dict[int | None, str] = {None: said("role_program")}
    for pk, person in known.items():
        found[pk] = names.get(pk) or person.chosen_name or (person.account.email if person.account else "")
    return found


def the_case(request: HttpRequest, number: str) -> Case:
    """The case of this number, typed as people type it; 404 where there is none. Asks `see_case` of this officer."""
    case = _numbered(number)
    reach(case, actor=request.actor, now=now())
    return case


def opened(request: HttpRequest, number: str) -> Case:
    """The same for a page whose opening is recorded."""
    case = _numbered(number)
    open_case(case, actor=request.actor, now=now())
    return case


def _numbered(number: str) -> Case:
    try:
        spoken = read(number, "A")
    except ValueError:
        raise Http404 from None
    case = Case.objects.select_related("person__account", "application", "assigned_to").filter(number=spoken).first()
    if case is None or case.stage == "draft":
        raise Http404
    return case


def can(request: HttpRequest, verb: str, case: Case) -> bool:
    """Whether this officer may take the verb in this case: by role (or named for it alone), and without an interest."""
    asked: dict[int, frozenset[str]] = request.__dict__.setdefault("open_verbs", {})
    if case.pk not in asked:
        asked[case.pk] = open_verbs(request.actor, case)
    return verb in asked[case.pk]


def clocks_told(request: HttpRequest, case: Case) -> list[Clock]:
    """The case's running clocks; that one waits for an accommodation is told to exam officers alone."""
    sees_all = may(request.actor, "see_accommodation")  # type: ignore[attr-defined]
    return [one for one in running_clocks(case) if sees_all or one.kind != "accommodation"]


def weighing(request: HttpRequest, number: str, verb: str) -> Case:
    """The case for a page that shows what was asked and found: for those who weigh it, and for auditors."""
    case = the_case(request, number)
    if not any(can(request, one, case) for one in (verb, "see_evidence", "see_evidence_for_purpose")):
        raise Refused("not_yours")
    return case


def frame(request: HttpRequest, case: Case, here: str) -> dict[str, Any]:
    """What `staff/_case_frame.html` draws; `here` is the URL name of this page without its door."""
    on = day_of(now())
    waiting = open_request(case)
    clocks = clocks_told(request, case)
    clock = next((one for one in clocks if one.paused_on is None), None)
    names = named_all([case.person, case.assigned_to])
    return {
        "case": case,
        "number": case.number,
        "name": names[case.person_id],
        "chosen_name": case.person.chosen_name,
        "stage": said(f"stage_{case.stage}"),
        "stage_kind": STAGE_KINDS.get(case.stage, "neutral"),
        "pathway": said(f"pathway_{case.topic}"),
        "assignee": names[case.assigned_to_id] if case.assigned_to_id else "",
        "waiting_for": waiting,
        "waits_for": _("the person's answer") if waiting else "",
        "clocks": clocks,
        "clock": clock,
        "clock_words": said(f"clock_{clock.kind}") if clock and words.has("casework", f"clock_{clock.kind}") else "",
        "clock_owed": said(f"owed_{clock.owed_by}") if clock else "",
        "is_late": bool(clock and is_broken(clock, on)),
        "tabs": _tabs(request, case, here),
        **_unprinted(case),
        "today": on,
    }


def _unprinted(case: Case) -> dict[str, Any]:
    """Before an approval, whether the name given cannot be printed, and what then stands on the certificate."""
    if case.stage not in {"submitted", "review", "recommended"}:
        return {}
    given = case.application.full_name
    on_record = " ".join(filter(None, name_for_record(case.application)))
    return {"is_unprinted": not prints(given), "on_id": on_record if on_record != given else ""}


def _tabs(request: HttpRequest, case: Case, here: str) -> list[Tab]:
    ways: list[tuple[str, str, bool]] = [("case", _("Case"), True)]
    if case.stage in {"review", "approved"}:
        ways.append(("ask", _("Ask for more"), can(request, "ask", case)))
    if case.stage == "review":
        ways.append(("recommend", _("Recommend"), can(request, "recommend", case)))
    if case.stage == "recommended":
        ways.append(("determine", _("Determine"), can(request, "approve", case)))
    if case.stage in {"approved", "denied", "ended", "certified"}:
        ways.append(("supersede", _("Put right"), can(request, "supersede", case)))
        ways.append(("appeal", _("Appeal received"), can(request, "record_appeal", case)))
    if case.stage == "certified" or (case.stage == "approved" and has_passed(case)):
        ways.append(("certificate", _("Certificate"), True))
    if case.stage in {"approved", "ended", "certified"}:
        ways.append(("exam_case", _("Exam"), may(request.actor, "see_exams")))
    ways.append(("oversee", _("Care of the case"), case.stage != "withdrawn" and _may_oversee(request, case)))
    ways.append(("money_case", _("Money"), may(request.actor, "see_money")))  # type: ignore[attr-defined]
    ways.append(("history", _("History"), True))
    return [
        Tab(label, reverse(f"staff:{name}", args=[case.number]), name == here)
        for name, label, is_open in ways
        if is_open
    ]


def _may_oversee(request: HttpRequest, case: Case) -> bool:
    verbs = ("pause_clock", "give_back_days", "name_outside_decider", "reopen", "hold", "lift_hold", "declare_interest")
    return any(can(request, verb, case) for verb in verbs)


def through(day: date | None, on: date) -> int | None:
    """Calendar days that are left until a day; negative once it has passed."""
    return (day - on).days if day else None
