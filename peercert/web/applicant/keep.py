"""Keeping answers: one as it is given, or a page of them; what cannot be kept stays on the page with its sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from peercert.program.applications.actions import Conflict, trace
from peercert.program.applications.models import Application
from peercert.program.applications.queries import is_given
from peercert.program.errors import Refused
from peercert.program.journey import apply, oneself
from peercert.program.people.models import Demographics
from peercert.web.applicant.forms.answers import AnswerForm
from peercert.web.applicant.forms.promises import AboutYouForm
from peercert.web.doors import as_applicant, now
from peercert.web.doors import sentence as said
from peercert.web.ui import autosave
from peercert.web.ui.templatetags.ui import clock_words


@dataclass(frozen=True)
class Both:
    """Two answers to one question, in words: the one of this page and the one that is saved."""

    label: str
    mine: str
    theirs: str
    at: str


@dataclass
class Kept:
    """What came of keeping a page: answers that another save had changed meanwhile."""

    conflicts: list[Conflict] = field(default_factory=list)


def is_autosave(request: HttpRequest) -> bool:
    """Whether a script saves one answer as it is given."""
    return request.method == "POST" and "field" in request.POST and request.headers.get("HX-Request") == "true"


def keep(
    request: HttpRequest, application: Application, form: AnswerForm, values: dict[str, Any], row: Any = None
) -> Kept:
    """Write valid answers through the journey. What the journey refuses becomes a sentence beside its field."""
    actor, at = as_applicant(request), now()
    kept = Kept()
    if isinstance(form, AboutYouForm):
        saved = oneself.answer_demographics(form.changes(values), seen=form.seen(), actor=actor, now=at)
        kept.conflicts = saved.conflicts
        return kept
    changes = form.changes(values)
    if row is not None:
        saved = apply.change_row(
            application.case_id, row[0], row[1].uuid, changes, seen=form.seen(), actor=actor, now=at
        )
        kept.conflicts = saved.conflicts
    elif changes:
        saved = apply.save_answers(application.case_id, changes, seen=form.seen(), actor=actor, now=at)
        kept.conflicts = saved.conflicts
    if "attests" in values:
        apply.attest(application.case_id, bool(values["attests"]), actor=actor, now=at)
    if values.get("ethics_name"):
        try:
            version = str(request.POST.get("code", ""))
            apply.agree_to_code(application.case_id, values["ethics_name"], version=version, actor=actor, now=at)
        except Refused as refused:
            form.add_error("ethics_name", said(refused))
    return kept


def tells_script(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A refusal of the whole page (sent or thrown away in another window), as the script shows it beside the field."""
    return render(request, "applicant/_refused_save.html", {"says": said(refused)}, status=422)


def keep_one(
    request: HttpRequest, application: Application, form_class: type[AnswerForm], record: Any, on: date, row: Any = None
) -> HttpResponse:
    """One answer as it is given: 200 saved, 422 with its sentence, 409 with both values (see assets/README.md)."""
    form = form_class(request.POST, record=record, on=on)
    name = str(request.POST.get("field", ""))
    form._errors, form.cleaned_data = ErrorDict(), {}
    if name not in set(form.answers()):
        raise Refused("not_an_answer", name=name)
    try:
        value = form.clean_one(name)
        kept = keep(request, application, form, {name: value}, row)
    except ValidationError as wrong:
        form.add_error(name, wrong)
    except Refused as refused:
        form.add_error(name, said(refused))
    if form.errors:
        return autosave.refused(request, form[name])
    record = fresh(record)
    drawn = form_class(record=record, on=on)
    token = drawn.token(
        {**form.seen(), **{column: trace(getattr(record, column, None)) for column in form.columns_of(name)}}
    )
    application.refresh_from_db(fields=["saved_at"])
    if kept.conflicts:
        return autosave.conflict(
            request,
            mine=form.say(name, value) or "",
            theirs=drawn.say(name),
            theirs_at=_saved_at(record, application),
            theirs_values=raw(drawn, name),
            version=token,
        )
    return autosave.saved(request, saved_at=now() if record is not application else application.saved_at, version=token)


def keep_page(
    request: HttpRequest, application: Application, form_class: type[AnswerForm], record: Any, on: date, row: Any = None
) -> tuple[AnswerForm, list[Both]]:
    """Every valid answer of a page that was sent, kept; gives the form to draw again where something is left to say."""
    form = form_class(request.POST, record=record, on=on)
    values = form.valid_answers()
    kept = keep(request, application, form, values, row)
    record = fresh(record)
    drawn = form_class(record=record, on=on)
    application.refresh_from_db(fields=["saved_at"])
    for name in list(form.errors):
        # Empty here because this window is older: another one has answered it since.
        if name in form.fields and form.has_only_required(name) and is_given(drawn.from_record(name)):
            del form.errors[name]
    at_odds = {form.field_of(conflict.name) for conflict in kept.conflicts}
    both = [
        Both(
            str(form[name].label),
            form.say(name, form.cleaned_data.get(name)) if name in form.cleaned_data else "",
            drawn.say(name),
            clock_words(_saved_at(record, application)),
        )
        for name in form.answers()
        if name in at_odds
    ]
    return again(request, form, drawn, at_odds), both


def _saved_at(record: Any, application: Application) -> datetime:
    """When the answers of a page were saved last."""
    return (record.answered_at if isinstance(record, Demographics) else None) or application.saved_at


def again(request: HttpRequest, form: AnswerForm, drawn: AnswerForm, at_odds: set[str]) -> AnswerForm:
    """The form as it is drawn again: what was typed where something is to say, what is saved everywhere else."""
    data = request.POST.copy()
    for name in form.answers():
        if name in form.errors or name in at_odds:
            continue
        for key in {name, *(f"{name}_{part}" for part in PARTS)} & set(data):
            del data[key]
        for key, value in raw(drawn, name).items():
            data.setlist(key, value if isinstance(value, list) else [value])
    data["version"] = drawn.token()
    redrawn = type(form)(data, record=drawn.record, on=drawn.on)
    redrawn._errors, redrawn.cleaned_data = form.errors, form.cleaned_data
    return redrawn


PARTS = ("month", "day", "year")


def raw(form: AnswerForm, name: str) -> dict[str, str | list[str]]:
    """What the controls of a field hold, under the names under which a browser sends them."""
    value = form[name].value()
    if isinstance(value, date):
        return {f"{name}_month": str(value.month), f"{name}_day": str(value.day), f"{name}_year": f"{value.year:04d}"}
    if hasattr(form.fields[name].widget, "PARTS"):
        return {f"{name}_{part}": "" for part in PARTS}
    if isinstance(value, bool):
        return {name: "on"} if value else {}
    if isinstance(value, (list, tuple)):
        return {name: [str(one) for one in value]}
    return {name: "" if value is None else str(value)}


def fresh(record: Any) -> Any:
    """The record as the database holds it now."""
    if isinstance(record, Demographics):
        return Demographics.objects.filter(person=record.person).first() or record
    record.refresh_from_db()
    return record
