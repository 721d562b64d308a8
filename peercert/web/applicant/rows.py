"""A list of a draft (jobs, courses, letters): its entries, one page each, saved at every answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from peercert.program.applications.actions import row_of
from peercert.program.applications.models import Application
from peercert.program.applications.queries import row_gaps, row_label
from peercert.program.applications.sections import Section
from peercert.program.errors import Refused
from peercert.program.journey import apply
from peercert.web.applicant import papers
from peercert.web.applicant.groups import GROUPS, Group
from peercert.web.applicant.keep import is_autosave, keep_one, keep_page, said, tells_script
from peercert.web.applicant.own import after, own_draft, section_of, today
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.parts import Row, Task


def rows_page(request: HttpRequest, application: Application, page: Group) -> HttpResponse:
    """The entries of a list with what each still needs, the papers that go with it, and a way to add one."""
    section = _section(application, page.slug)
    refused = ""
    unusable: dict[str, str] = {}
    if request.method == "POST":
        if "add" in request.POST:
            try:
                row = apply.add_row(application.case_id, section.rows, actor=as_applicant(request), now=now())
                return redirect(_row_url(application, page, row.uuid, request))
            except Refused as why:
                refused = said(why)
        else:
            unusable = papers.act(request, application, section.documents)
            if not unusable and ("send" in request.POST or "remove" in request.POST):
                return redirect(request.get_full_path())
            if not unusable:
                return redirect(after(application, page.slug, back_to_check=request.GET.get("from") == "check"))
    rows = list(getattr(application, section.rows).order_by("pk"))
    given = {
        "application": application,
        "case": application.case,
        "page": page,
        "refused": refused,
        "entries": [_entry(application, page, section, row, number, request) for number, row in enumerate(rows, 1)],
        "papers": papers.drawn(application, section.documents, unusable),
        "most_bytes": papers.most_bytes(),
        "is_optional": section.is_optional,
    }
    return render(request, "applicant/rows.html", given, status=422 if refused or unusable else 200)


@signed_in
def row(request: HttpRequest, case: UUID, group: str, row: UUID) -> HttpResponse:
    """One entry of a list."""
    try:
        application = own_draft(request, case)
        page = GROUPS.get(group)
        if page is None or page.row_form is None:
            raise Http404
        section = _section(application, group)
        record = row_of(application, section.rows, row)
    except Refused as why:
        if is_autosave(request):
            return tells_script(request, why)
        raise
    if "remove" in request.POST:
        apply.remove_row(application.case_id, section.rows, row, actor=as_applicant(request), now=now())
        return redirect(_list_url(application, page, request))
    if is_autosave(request):
        return keep_one(request, application, page.row_form, record, today(), (section.rows, record))
    if request.method != "POST":
        return _draw(request, application, page, page.row_form(record=record, on=today()), [])
    form, both = keep_page(request, application, page.row_form, record, today(), (section.rows, record))
    left = [name for name in form.errors if not form.has_only_required(name)]
    if both or left or (form.errors and request.POST.get("go") != "later"):
        return _draw(request, application, page, form, both, status=409 if both else 422)
    return redirect(_list_url(application, page, request))


def _draw(
    request: HttpRequest, application: Application, page: Group, form: Any, both: list[Any], status: int = 200
) -> HttpResponse:
    given = {
        "application": application,
        "case": application.case,
        "page": page,
        "form": form,
        "both": both,
        "saved_at": application.saved_at,
        "save_url": request.path,
        "list_url": _list_url(application, page, request),
    }
    return render(request, "applicant/row.html", given, status=status)


def _section(application: Application, slug: str) -> Section:
    section = section_of(application, slug)
    if section is None or not section.rows:
        raise Http404
    return section


def _list_url(application: Application, page: Group, request: HttpRequest) -> str:
    url = reverse("applicant:question_group", args=[application.case.uuid, page.slug])
    return f"{url}?from=check" if request.GET.get("from") == "check" else url


def _row_url(application: Application, page: Group, row: UUID, request: HttpRequest) -> str:
    url = reverse("applicant:row", args=[application.case.uuid, page.slug, row])
    return f"{url}?from=check" if request.GET.get("from") == "check" else url


def _entry(
    application: Application, page: Group, section: Section, row: Any, number: int, request: HttpRequest
) -> Task:
    gaps = row_gaps(section.rows, row)
    label = row_label(row) or _("%(entry)s, number %(number)d") % {"entry": page.row_title, "number": number}
    word = _("Needs more") if gaps else _("Complete")
    url = _row_url(application, page, row.uuid, request)
    return Task(str(label), "yours" if gaps else "done", word, url, _in_words(page, row))


def rows_said(application: Application, page: Group, section: Section) -> list[Row]:
    """The entries of a list in words, for the page on which answers are checked."""
    said_rows = []
    for number, one in enumerate(getattr(application, section.rows).order_by("pk"), 1):
        label = row_label(one) or _("%(entry)s, number %(number)d") % {"entry": page.row_title, "number": number}
        url = reverse("applicant:row", args=[application.case.uuid, page.slug, one.uuid]) + "?from=check"
        said_rows.append(Row(str(label), _in_words(page, one), url))
    return said_rows


def _in_words(page: Group, row: Any) -> str:
    """What an entry says beside the name that it goes by."""
    assert page.row_form is not None
    form = page.row_form(record=row, on=today())
    parts = [form.say(name) for name in form.answers() if name not in {"employer", "title", "writer"}]
    return " · ".join(part for part in parts if part)
