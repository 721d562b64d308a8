"""One file of the exam vendor: what became of each of its records, or what it told."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from peercert.gateways import exam_vendor
from peercert.gateways.exam_vendor import AuthorisationLine
from peercert.program.access import may, tied_people, within_reach
from peercert.program.exams.models import ExamAuthorisation, ExamFile, ExamFileRow
from peercert.program.journey import exam_files
from peercert.web.doors import now, officer
from peercert.web.staff.case_frame import named
from peercert.web.staff.exam_words import why
from peercert.web.ui.parts import Chip, Kind

#: How many records a page shows.
PAGE = 100
OUTCOMES: dict[str, Kind] = {"accepted": "done", "repeated": "neutral", "refused": "problem", "": "waiting"}


@officer("see_exams")
@require_safe
def exam_file(request: HttpRequest, file: UUID) -> HttpResponse:
    """The file with its records; asks for itself again while some have no answer yet."""
    found = get_object_or_404(ExamFile.objects.select_related("by"), uuid=file, kind__in=["export", "import"])
    given: dict[str, Any] = {
        "file": found,
        "by": named(found.by),
        "may_exchange": may(request.actor, "exchange_exam_files"),
    }
    if found.kind == "export":
        # What was granted to whom is for exam officers alone; the others see how many.
        given["told"] = _told(request, found) if given["may_exchange"] else []
        return render(request, "staff/exam_file_sent.html", given)
    given |= _answers(request, found)
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "staff/_exam_rows.html" if fragment else "staff/exam_file.html", given)


@officer("exchange_exam_files")
@require_safe
def exam_file_download(request: HttpRequest, file: UUID) -> HttpResponse:
    """The bytes of a file as it was made or as it came; the same every time."""
    found = get_object_or_404(ExamFile, uuid=file)
    name = found.name.replace('"', "").replace("\\", "")
    return HttpResponse(
        found.content.encode(),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


@officer("exchange_exam_files")
@require_POST
def exam_try_again(request: HttpRequest, file: UUID) -> HttpResponse:
    """Take the records that were not taken once more."""
    found = get_object_or_404(ExamFile, uuid=file, kind="import")
    exam_files.try_refused_again(found.pk, actor=request.actor, now=now())
    return redirect("staff:exam_file", file=found.uuid)


def _told(request: HttpRequest, file: ExamFile) -> list[AuthorisationLine]:
    _kind, lines = exam_vendor.kind_and_lines(file.content)
    told = [exam_vendor.read_authorisation(line) for _number, line in lines]
    barred = set(
        ExamAuthorisation.objects.filter(case__person__in=tied_people(request.actor)).values_list("number", flat=True)
    )
    return [line for line in told if line.authorisation not in barred]


def _answers(request: HttpRequest, file: ExamFile) -> dict[str, Any]:
    show, after = request.GET.get("show", ""), request.GET.get("after", "")
    rows = within_reach(file.rows.select_related("case").order_by("line"), request.actor, "case__person")
    waiting = file.rows.filter(outcome="").count()
    if show in {"accepted", "refused", "repeated"}:
        rows = rows.filter(outcome=show)
    if after.isascii() and after.isdigit() and len(after) < 10:
        rows = rows.filter(line__gt=int(after))
    page = list(rows[: PAGE + 1])
    labels = {"": _("Not answered yet"), "accepted": _("Accepted"), "repeated": _("Known already"),
              "refused": _("Not taken")}  # fmt: skip
    return {
        "rows": [_row(row, labels) for row in page[:PAGE]],
        "waiting": waiting,
        "filters": [
            Chip(_("All"), _address(file), is_on=not show),
            Chip(labels["accepted"], _address(file, show="accepted"), show == "accepted", str(file.accepted)),
            Chip(labels["repeated"], _address(file, show="repeated"), show == "repeated", str(file.repeated)),
            Chip(labels["refused"], _address(file, show="refused"), show == "refused", str(file.refused)),
        ],
        "next_url": _address(file, show=show, after=page[PAGE - 1].line) if len(page) > PAGE else "",
        "first_url": _address(file, show=show) if after else "",
        "own_url": request.get_full_path(),
    }


def _row(row: ExamFileRow, labels: dict[str, str]) -> dict[str, Any]:
    return {"row": row, "kind": OUTCOMES[row.outcome], "word": labels[row.outcome], "why": why(row)}


def _address(file: ExamFile, **query: object) -> str:
    url = reverse("staff:exam_file", args=[file.uuid])
    given = {name: value for name, value in query.items() if value}
    return f"{url}?{urlencode(given)}" if given else url
