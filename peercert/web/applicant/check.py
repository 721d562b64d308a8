"""Check your answers, then send them once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from peercert.program.applications.models import Application
from peercert.program.applications.queries import Missing, documents_of, missing, section_states
from peercert.program.applications.sections import Section, sections_of
from peercert.program.errors import Refused
from peercert.program.journey import apply
from peercert.program.money.actions import fee_figure
from peercert.rules.figures import figure
from peercert.web.applicant.groups import GROUPS, PAPERS, missing_words, page_slug, page_url
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import case_url, own_application, today
from peercert.web.applicant.rows import rows_said
from peercert.web.doors import as_applicant, now, signed_in
from peercert.web.ui.parts import Row


@dataclass(frozen=True)
class Answers:
    """One section's answers in words."""

    title: str
    rows: list[Row]


@signed_in
def check(request: HttpRequest, case: UUID) -> HttpResponse:
    """Every answer on one page, what is still missing, and the one button that sends."""
    application = own_application(request, case)
    refused = ""
    if request.method == "POST":
        try:
            apply.submit(application.case_id, _key(request), actor=as_applicant(request), now=now())
            return redirect(reverse("applicant:submitted", args=[case]))
        except Refused as why:
            refused = said(why)
            application.refresh_from_db()
    if application.case.stage != "draft":
        return redirect(case_url(application))
    gaps = missing(application, on=today())
    fee = fee_figure("application", application.pathway, today())
    given = {
        "application": application,
        "case": application.case,
        "refused": refused,
        "gaps": _needed(application, gaps),
        "sections": [_answers(application, section) for section in sections_of(application.pathway)],
        "fee": fee,
        "fee_cents": round(fee.value * 100),
        "review_days": figure("review_days", today()).value,
        "key": uuid4(),
    }
    return render(request, "applicant/check.html", given, status=422 if refused else 200)


def _needed(application: Application, gaps: list[Missing]) -> list[tuple[str, str]]:
    """What is still needed, each with its page: a section nobody has begun is one line, not one for every answer."""
    fresh = {state.section.slug for state in section_states(application) if state.state == "not_started"}
    found: dict[tuple[str, str], None] = {}
    for gap in gaps:
        url = page_url(application, gap.section) + "?from=check"
        words = str(GROUPS[page_slug(gap.section)].title) if gap.section in fresh else missing_words(application, gap)
        found[words, url] = None
    return list(found)


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(str(request.POST.get("key", "")))
    except ValueError:
        raise Refused("stale_page") from None


def _answers(application: Application, section: Section) -> Answers:
    page = GROUPS[page_slug(section.slug)]
    url = page_url(application, section.slug) + "?from=check"
    rows: list[Row] = []
    if page.row_form is not None:
        rows = rows_said(application, page, section) or [Row(str(page.title), "", url)]
    elif section.slug == "ethics":
        rows = [Row(_("Signed as"), application.ethics_name or "", url)]
    elif page.form is not None:
        form = page.form(record=application, on=today())
        told = [name for name in form.answers() if form.say(name) or name != "has_no_fixed_address"]
        rows = [Row(str(form[name].label), form.say(name), url) for name in told]
    held = documents_of(application)
    for kind in section.documents:
        names = [document.name for document in held if document.kind == kind and document.state != "refused"]
        rows.append(Row(str(PAPERS[kind][0]), ", ".join(names), url))
    return Answers(str(page.title), rows)
