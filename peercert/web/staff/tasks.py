"""Tasks: what an officer must do that no stage shows. The list, and one task with its two voices."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from peercert import words
from peercert.program.access import within_reach
from peercert.program.casework.models import Task
from peercert.program.errors import Refused
from peercert.program.journey import merge, oversee
from peercert.program.journey.review import reach
from peercert.program.people.queries import agreement_in_force
from peercert.program.rosters.models import Objection
from peercert.rules.days import day_of
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case import task_word
from peercert.web.staff.case_frame import can, frame, language, named, named_all, said
from peercert.web.staff.two_certificates import afterwards, compared
from peercert.web.ui.parts import Chip

#: The longest list that is drawn; the count says where there are more.
MOST = 200


class CloseForm(forms.Form):
    """How the task ends, and why."""

    outcome = forms.ChoiceField(label=_("How does it end?"), widget=forms.RadioSelect)
    because = forms.CharField(label=_("Why?"), max_length=2000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: object, kind: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        ends = oversee.OUTCOMES.get(kind, ("done",))
        self.fields["outcome"].choices = [(code, said(f"taskend_{code}")) for code in ends]
        if len(ends) == 1:
            self.fields["outcome"].initial = ends[0]


@officer("close_task")
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Open tasks, those with a day first."""
    every = Task.objects.filter(closed_at=None).select_related("case__person", "first_by")
    found = within_reach(every, request.actor, "case__person").order_by("due_on", "opened_at")
    kind = request.GET.get("kind", "")
    kinds = sorted(set(found.values_list("kind", flat=True)))
    if kind in kinds:
        found = found.filter(kind=kind)
    shown, here = list(found[:MOST]), reverse("staff:tasks")
    names = named_all(one.case.person for one in shown)
    context = {
        "rows": [(one, task_word(one.kind), names[one.case.person_id]) for one in shown],
        "count": found.count(), "kind": kind, "today": day_of(now()),
        "kinds": [Chip(str(_("All")), here, is_on=kind not in kinds)]
        + [Chip(task_word(code), f"{here}?{urlencode({'kind': code})}", is_on=code == kind) for code in kinds],
    }  # fmt: skip
    return render(request, "staff/tasks.html", context)


@officer("close_task")
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, task: int) -> HttpResponse:
    """One task: what it is about, what was said so far, and closing it."""
    row = get_object_or_404(
        Task.objects.select_related("case__person", "case__application", "first_by", "closed_by"), pk=task
    )
    reach(row.case, actor=request.actor, now=now())
    form = CloseForm(request.POST or None, kind=row.kind)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            oversee.close_task(
                row.pk, form.cleaned_data["outcome"], form.cleaned_data["because"], actor=request.actor, now=now()
            )
        except Refused as refused:
            refusal = sentence(refused)
        else:
            return redirect("staff:task", task=row.pk)
    row.refresh_from_db()
    ended = said(f"taskend_{row.outcome}") if words.has("casework", f"taskend_{row.outcome}") else row.outcome
    context = frame(request, row.case, "task") | {
        "row": row, "what": task_word(row.kind), "to_do": _to_do(row), "form": form, "refusal": refusal, "ended": ended,
        "first": named(row.first_by) if row.first_by else "", "closed": named(row.closed_by) if row.closed_by else "",
        "clock_given": said(f"clock_{row.values['clock']}") if row.kind == "give_back_days" else "",
        "values": row.values, **_objection(row), **_certificates(request, row),
        "may_close": oversee.may_close(row, request.actor, lambda verb: can(request, verb, row.case)),
    }  # fmt: skip
    return render(request, "staff/task.html", context, status=409 if refusal else 422 if form.errors else 200)


def _certificates(request: HttpRequest, row: Task) -> dict[str, Any]:
    """What is on record of the certificates that a proposal is about, for those who propose such and agree to them."""
    is_one = row.kind in {merge.MERGE, merge.RETIRE}
    if not is_one or not any(can(request, verb, row.case) for verb in ("retire_certificate", "agree_to_retirement")):
        return {}
    pair = merge.certificates_of(row)
    merges: dict[str, Any] = {}
    if row.kind == merge.MERGE:
        merges = {"stays": pair[1], "afterwards": afterwards(row.values.get("planned", {}))}
    return {"pair": pair, "lines": compared(pair), **merges}


def _objection(row: Task) -> dict[str, Any]:
    """For a task about it, what a holder objects to, and why it is allowed: in this page's language and in theirs."""
    if row.kind != "objection":
        return {}
    made = Objection.objects.select_related("watch__organisation").get(pk=row.values["objection"])
    agreement = agreement_in_force(made.watch.organisation, day_of(now()))
    spoken = dict.fromkeys((language(), row.case.person.language))
    return {"objection": made, "why": [(lang, agreement.text(lang)) for lang in spoken] if agreement else []}


def _to_do(row: Task) -> str:
    """What an officer does about an open task of this kind, in a sentence."""
    code = f"task_{row.kind}"
    is_told = row.closed_at is None and words.has("casework", code, "do")
    return words.fill("casework", code, lang=language(), part="do") if is_told else ""
