"""One group of questions of a draft, saved at every answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from peercert.program.applications.models import Application
from peercert.program.errors import Refused
from peercert.program.people.models import Demographics
from peercert.rules.figures import figure
from peercert.web.applicant import papers
from peercert.web.applicant.ethics_code import principles
from peercert.web.applicant.groups import GROUPS, Group
from peercert.web.applicant.keep import is_autosave, keep_one, keep_page, tells_script
from peercert.web.applicant.own import after, own_draft, section_of, today
from peercert.web.applicant.rows import rows_page
from peercert.web.doors import signed_in


@signed_in
def question_group(request: HttpRequest, case: UUID, group: str) -> HttpResponse:
    """Answer one group of questions; a page of a list shows its entries."""
    try:
        application = own_draft(request, case)
    except Refused as why:
        if is_autosave(request):
            return tells_script(request, why)
        raise
    page = GROUPS.get(group)
    if page is None or (group != "about-you" and section_of(application, group) is None):
        raise Http404
    if page.row_form is not None:
        return rows_page(request, application, page)
    record = _record(application, page)
    assert page.form is not None
    if is_autosave(request):
        return keep_one(request, application, page.form, record, today())
    if request.method != "POST":
        return _draw(request, application, page, page.form(record=record, on=today()), [])
    return _sent(request, application, page, record)


def _sent(request: HttpRequest, application: Application, page: Group, record: Any) -> HttpResponse:
    assert page.form is not None
    form, both = keep_page(request, application, page.form, record, today())
    unusable = papers.act(request, application, papers.kinds_of(application, page))
    if request.POST.get("go") == "later":
        left = [name for name in form.errors if not form.has_only_required(name)]
        if not left and not both and not unusable:
            return redirect(reverse("applicant:tasks", args=[application.case.uuid]), permanent=False)
    stays = "send" in request.POST or "remove" in request.POST
    if stays and not unusable and not both:
        return redirect(request.get_full_path())
    if form.errors or both or unusable:
        return _draw(request, application, page, form, both, unusable, status=409 if both else 422)
    return redirect(after(application, page.slug, back_to_check=request.GET.get("from") == "check"))


def _record(application: Application, page: Group) -> Any:
    if page.slug != "about-you":
        return application
    person = application.person
    return Demographics.objects.filter(person=person).first() or Demographics(person=person)


def _draw(
    request: HttpRequest,
    application: Application,
    page: Group,
    form: Any,
    both: list[Any],
    unusable: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    given = {
        "application": application,
        "case": application.case,
        "page": page,
        "form": form,
        "both": both,
        "saved_at": application.saved_at if application.version > 1 else None,
        "papers": papers.drawn(application, papers.kinds_of(application, page), unusable),
        "save_url": request.path,
        "most_bytes": papers.most_bytes(),
    }
    if page.slug == "ethics":
        given |= {
            "principles": principles(),
            "code_version": str(figure("ethics_code_version", today()).value),
            "has_name": bool(application.first_name and application.last_name),
        }
    return render(request, "applicant/question_group.html", given, status=status)
