"""The queue, the front page of officers: filters in the address, overdue first, saved views, assignment, export."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from peercert.program.access import MAY, may, officers_as, within_reach
from peercert.program.casework import listing
from peercert.program.casework.listing import Wanted, cases_wanted, counted, page_of, wanted
from peercert.program.casework.models import Case, SavedView
from peercert.program.errors import Refused
from peercert.program.journey import desk, review
from peercert.program.people.models import LegalName, Person
from peercert.program.people.queries import CAP, people_called, person_by_email
from peercert.rules.days import day_of, days_between
from peercert.rules.numbers import read
from peercert.web.doors import now, officer, sentence
from peercert.web.find import is_number
from peercert.web.staff.case_frame import STAGE_KINDS, named_all, said
from peercert.web.ui.parts import Chip, Kind

#: Days from receipt that count as the whole bar of age.
WHOLE_BAR = 30


@dataclass(frozen=True)
class Line:
    """One row of the queue, with words and colours."""

    case: Case
    name: str
    pathway: str
    stage: str
    kind: Kind
    officer: str
    age: int
    is_overdue: bool


@officer("see_queue")
def queue(request: HttpRequest) -> HttpResponse:
    """The queue as the address asks for it."""
    given = request.GET.dict()
    asked, mistake = _searched(wanted(given))
    today, me = day_of(now()), request.actor.person
    rows = within_reach(cases_wanted(asked, me=me, today=today), request.actor)
    listed = page_of(rows, asked, after=given.get("after", ""))
    count, is_more = counted(rows)
    here = reverse("staff:queue")
    page = {
        "asked": asked,
        "mistake": mistake,
        "lines": _lines(listed.cases),
        "count": f"{count:,}+" if is_more else f"{count:,}",
        "groups": _groups(asked, here),
        "sorts": [(sort, _sort_label(sort), *_sorted(asked, sort, here)) for sort in listing.SORTS],
        "next_url": f"{here}?{urlencode({**asked.query(), 'after': listed.next})}" if listed.next else "",
        "first_url": f"{here}?{urlencode(asked.query())}" if given.get("after") else "",
        "clear_url": here if asked.query() else "",
        "views": [(view, f"{here}?{view.query}") for view in SavedView.objects.filter(person=me).order_by("name")],
        "query": urlencode(asked.query()),
        "hidden": {name: value for name, value in asked.query().items() if name != "q"},
        "whole_bar": WHOLE_BAR,
        "may_assign": may(request.actor, "assign"),
        "may_export": may(request.actor, "export_queue"),
        "officers": _officers() if may(request.actor, "assign") else [],
    }
    return render(request, "staff/queue.html", page)


@officer("assign")
def queue_assign(request: HttpRequest) -> HttpResponse:
    """Give every chosen case to an officer or to nobody. What is refused is told, case by case; the rest is done."""
    back = _back(request)
    if request.method != "POST":
        return redirect(back)
    numbers = [_number(text) for text in request.POST.getlist("case")][: listing.PAGE]
    chosen = Case.objects.filter(number__in=[number for number in numbers if number]).order_by("pk")
    if not chosen:
        messages.warning(request, _("Choose at least one case first."))
        return redirect(back)
    to = _assignee(request)
    if to is False:
        messages.warning(request, _("Choose who gets the cases."))
        return redirect(back)
    done, refused = 0, []
    for case in chosen:
        try:
            review.assign(case.pk, to or None, actor=request.actor, now=now())
            done += 1
        except Refused as why:
            refused.append(f"{case.number}: {sentence(why)}")
    if done:
        told = ngettext("%(count)s case assigned.", "%(count)s cases assigned.", done)
        messages.success(request, told % {"count": done})
    for line in refused[:10]:
        messages.warning(request, line)
    return redirect(back)


@officer("see_queue")
def queue_views(request: HttpRequest) -> HttpResponse:
    """Save the present filters under a name, or forget a saved view."""
    back = _back(request)
    if request.method == "POST":
        name = " ".join(request.POST.get("name", "").split())[:60]
        if "forget" in request.POST:
            desk.forget_view(request.POST["forget"], actor=request.actor, now=now())
        elif name:
            desk.save_view(name, urlencode(wanted(_query(request)).query()), actor=request.actor, now=now())
            messages.success(request, _("Saved as “%(name)s”.") % {"name": name})
        else:
            messages.warning(request, _("Give the view a name first."))
    return redirect(back)


@officer("export_queue")
def queue_export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What the queue shows now, as CSV, in its order; recorded with its filters."""
    if request.method != "POST":
        return redirect("staff:queue")
    asked, _mistake = _searched(wanted(_query(request)))
    me, today = request.actor.person, day_of(now())
    rows = listing.in_order(within_reach(cases_wanted(asked, me=me, today=today), request.actor), asked)
    desk.record_export(asked.query(), actor=request.actor, now=now())
    answer = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="cases-{today}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


class _Echo:
    """A file that hands back what is written, for csv."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(
        [_("Number"), _("Name"), _("Pathway"), _("Stage"), _("Received"), _("Due"), _("Assigned to")]
    )
    sent = 0
    batch: list[Case] = []
    for case in rows[: listing.EXPORT_MOST].iterator(chunk_size=1_000):
        batch.append(case)
        if len(batch) == 500:
            yield from _csv_lines(writer, batch)
            sent, batch = sent + len(batch), []
    yield from _csv_lines(writer, batch)
    if sent + len(batch) == listing.EXPORT_MOST:
        yield writer.writerow([_("The export stops here, at %(most)s cases.") % {"most": f"{listing.EXPORT_MOST:,}"}])


def _csv_lines(writer: Any, cases: list[Case]) -> Iterator[str]:
    for line in _lines(cases):
        case = line.case
        told = (case.number, line.name, line.pathway, line.stage, case.received_on, case.next_due_on, line.officer)
        yield writer.writerow([_harmless(value) for value in told])


def _harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def _searched(asked: Wanted) -> tuple[Wanted, str]:
    """The same with whom the typed text may mean: a number, an e-mail address, or a name."""
    text = asked.text
    if not text:
        return asked, ""
    if "@" in text:
        person = person_by_email(text)
        return replace(asked, people=(person.pk,) if person else ()), ""
    if is_number(text):
        number = _number(text)
        mistake = "" if number else _("That is not an application number: one character is mistyped or missing.")
        return replace(asked, numbers=(number,) if number else ()), mistake
    found = people_called(text, limit=CAP)
    told = (
        _("Very many people have a name like this. Add a first name to see all that fit.") if len(found) == CAP else ""
    )
    return replace(asked, people=tuple(found)), told


def _number(text: str) -> str:
    try:
        return read(text, "A")
    except ValueError:
        return ""


def _lines(cases: list[Case]) -> list[Line]:
    today = day_of(now())
    people = {case.person_id for case in cases} | {case.assigned_to_id for case in cases if case.assigned_to_id}
    names = {name.person_id: name.full for name in LegalName.objects.filter(person__in=people, until_at=None)}
    return [
        Line(
            case,
            names.get(case.person_id, ""),
            said(f"pathway_{case.topic}"),
            said(f"stage_{case.stage}"),
            STAGE_KINDS.get(case.stage, "neutral"),
            names.get(case.assigned_to_id or 0, ""),
            days_between(case.received_on, day_of(case.closed_at) if case.closed_at else today)
            if case.received_on
            else 0,
            case.next_due_on is not None and case.next_due_on < today,
        )
        for case in cases
    ]


def _groups(asked: Wanted, here: str) -> list[tuple[str, list[Chip]]]:
    """The filters, group by group; a chip that is on takes itself away."""

    def chips(name: str, values: Iterable[tuple[str, str]], usual: str = "") -> list[Chip]:
        found = []
        for value, label in values:
            is_on = getattr(asked, name) == value
            to = asked.query(**{name: usual if is_on else value})
            found.append(Chip(label, f"{here}?{urlencode(to)}", is_on))
        return found

    stages = [("open", _("Open")), *((one, said(f"stage_{one}")) for one in listing.OPEN), ("closed", _("Over"))]
    return [
        (_("Assigned"), chips("assigned", [("me", _("To me")), ("nobody", _("To nobody"))])),
        (_("Due"), chips("due", [("overdue", _("Overdue")), ("at_risk", _("Within 3 days"))])),
        (_("Who must act"), chips("acts", [("us", _("We")), ("person", _("The person"))])),
        (_("Stage"), chips("stage", stages, "open")),
        (_("Pathway"), chips("topic", [(one, said(f"pathway_{one}")) for one in listing.TOPICS])),
        (_("With"), chips("flag", [("question", _("A question")), ("held", _("A hold"))])),
    ]


def _sort_label(sort: str) -> str:
    return {"due": _("Due"), "received": _("Received"), "name": _("Name")}[sort]


def _sorted(asked: Wanted, sort: str, here: str) -> tuple[str, str]:
    """Where a column's heading leads, and how the column is sorted now ("ascending", "descending" or "")."""
    is_on = asked.sort == sort
    to = asked.query(sort=sort, is_descending=is_on and not asked.is_descending)
    return f"{here}?{urlencode(to)}", ("descending" if asked.is_descending else "ascending") if is_on else ""


def _officers() -> list[tuple[int, str]]:
    """Who may be given cases: reviewers, determiners and managers, by name."""
    names = named_all(officers_as(MAY["assign"], now()).select_related("account"))
    return sorted(((pk, name) for pk, name in names.items() if pk is not None), key=lambda pair: pair[1].casefold())


def _assignee(request: HttpRequest) -> Person | bool | None:
    """The officer chosen, None for nobody, False where nothing was chosen."""
    to = request.POST.get("to", "")
    if to == "me":
        return request.actor.person
    if to == "nobody":
        return None
    allowed = {str(pk) for pk, _name in _officers()}
    return Person.objects.filter(pk=to).first() or False if to in allowed else False


def _query(request: HttpRequest) -> dict[str, str]:
    """The queue's parameters that a form of the page carries with it."""
    return dict(parse_qsl(request.POST.get("query", "")))


def _back(request: HttpRequest) -> str:
    query = urlencode(wanted(_query(request)).query())
    return reverse("staff:queue") + (f"?{query}" if query else "")
