"""Exams: what waits for an exam officer, and the vendor's files."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from peercert.program.access import may, within_reach
from peercert.program.casework.models import Case, Clock, Task
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import ExamFile
from peercert.program.journey import exam_files
from peercert.rules.days import day_of
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import named_all, said

#: Tasks about exams that the page lists.
TASKS = ("changed_result", "sat_without_leave", "authorise", "retake_not_needed")
#: How many files are listed, and how many waiting things.
MOST = 100


class ImportForm(forms.Form):
    """The vendor's file."""

    file = forms.FileField(
        label=__("File of appointments and results"),
        help_text=__("The vendor's text file as it came. Its first line says what it is; its name does not matter."),
        allow_empty_file=True,
        error_messages={"required": __("Choose the vendor's file.")},
    )


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for an officer."""

    what: str
    number: str
    name: str
    since: datetime
    due_on: date | None
    is_late: bool
    url: str


@officer("see_exams")
@require_safe
def exams(request: HttpRequest) -> HttpResponse:
    """What waits, what the vendor has not heard, and the files that went and came."""
    return render(request, "staff/exams.html", _given(request, ImportForm()))


@officer("exchange_exam_files")
@require_POST
def exam_export(request: HttpRequest) -> HttpResponse:
    """Make the file for the vendor."""
    try:
        file = exam_files.export_file(actor=request.actor, now=now())
    except Refused as refused:
        messages.info(request, sentence(refused))
        return redirect("staff:exams")
    count = file.accepted
    messages.success(
        request,
        ngettext(
            "The file is made, with %(count)d record. Download it and send it to the vendor.",
            "The file is made, with %(count)d records. Download it and send it to the vendor.",
            count,
        )
        % {"count": count},
    )
    return redirect("staff:exam_file", file=file.uuid)


@officer("exchange_exam_files")
@require_POST
def exam_import(request: HttpRequest) -> HttpResponse:
    """Take in the vendor's file; what cannot be taken as a whole is said beside the field."""
    form = ImportForm(request.POST, request.FILES)
    status = 422
    if form.is_valid():
        given = form.cleaned_data["file"]
        try:
            before = ExamFile.objects.filter(kind="import").count()
            file = exam_files.import_file(given.name, given.read(), actor=request.actor, now=now())
        except Refused as refused:
            form.add_error("file", sentence(refused))
            status = 409
        else:
            if ExamFile.objects.filter(kind="import").count() == before:
                messages.info(request, _("This file is here already. These are its answers from the first time."))
            return redirect("staff:exam_file", file=file.uuid)
    return render(request, "staff/exams.html", _given(request, form), status=status)


def _given(request: HttpRequest, form: ImportForm) -> dict[str, Any]:
    untold = list(queries.to_tell()[: MOST + 1])
    news = [queries.news_of(one) for one in untold]
    may_exchange = may(request.actor, "exchange_exam_files")
    waiting = _waiting(request)
    return {
        "form": form,
        "waiting": waiting[:MOST],
        "waiting_count": f"{MOST}+" if len(waiting) > MOST else str(len(waiting)),
        "untold": f"{MOST}+" if len(untold) > MOST else str(len(untold)),
        "has_news": bool(untold),
        "news": {kind: news.count(kind) for kind in ("new", "changed", "cancelled")},
        "files": ExamFile.objects.filter(kind__in=["export", "import"]).select_related("by").order_by("-at")[:20],
        "may_exchange": may_exchange,
    }


def _waiting(request: HttpRequest) -> list[Waiting]:
    found: list[tuple[str, Case, datetime, date | None, str]] = []
    if may(request.actor, "see_accommodation"):
        asked = list(within_reach(queries.accommodations_to_decide(), request.actor, "case__person")[: MOST + 1])
        due = _due([one.case_id for one in asked])
        for one in asked:
            url = reverse("staff:exam_case", args=[one.case.number])
            found.append((_("Accommodation to decide"), one.case, one.answered_at, due.get(one.case_id), url))
    tasks = Task.objects.filter(kind__in=TASKS, closed_at=None).select_related("case__person")
    for task in within_reach(tasks, request.actor, "case__person").order_by("due_on", "opened_at")[: MOST + 1]:
        if task.kind == "authorise":
            url = reverse("staff:exam_case", args=[task.case.number])
        else:
            url = reverse("staff:task", args=[task.pk])
        found.append((said(f"task_{task.kind}"), task.case, task.opened_at, task.due_on, url))
    names, on = named_all(case.person for _what, case, _since, _due_on, _url in found), day_of(now())
    rows = [
        Waiting(what, case.number or "", names[case.person_id], since, due_on, bool(due_on and due_on < on), url)
        for what, case, since, due_on, url in found
    ]
    return sorted(rows, key=lambda row: (row.due_on or date.max, row.since))


def _due(cases: list[int]) -> dict[int, date]:
    """By when each accommodation is to be decided; those held while the person answers have no day."""
    running = Clock.objects.filter(case__in=cases, kind="accommodation", ended_at=None, paused_on=None)
    return dict(running.values_list("case_id", "due_on"))
