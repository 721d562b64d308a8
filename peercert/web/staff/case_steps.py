"""The small steps of the case page: each takes a form, calls one step of the journey, and goes back to the page."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.journey import review
from peercert.program.people.models import Person
from peercert.program.review.models import Check
from peercert.program.review.queries import checklist
from peercert.web.doors import now, officer, sentence
from peercert.web.staff import case as case_page
from peercert.web.staff.case_checks import progress, view, views
from peercert.web.staff.case_forms import HoldForm, NoteForm
from peercert.web.staff.case_frame import can, the_case


@officer("mark")
@require_POST
def mark(request: HttpRequest, number: str, check: int) -> HttpResponse:
    """Mark one check; htmx gets the check, the progress and the law's proposal again, others the page at the check."""
    case = the_case(request, number)
    row = get_object_or_404(Check, pk=check, case=case)
    result = request.POST.get("result", "")
    if result not in {"pass", "fail", "not_applicable"}:
        raise Http404
    error = ""
    try:
        review.mark(
            row.pk,
            result,
            request.POST.getlist("reasons"),
            request.POST.get("note", "")[:500],
            actor=request.actor,
            now=now(),
        )
    except Refused as refusal:
        error = sentence(refusal)
    if not request.headers.get("HX-Request"):
        if error:
            return again(request, case, error)
        return redirect(f"{reverse('staff:case', args=[case.number])}#check-{row.pk}")
    state = next(one for one in checklist(case) if one.check.pk == row.pk)
    context = {
        "case": case,
        "check": view(case, state),
        "error": error,
        "may": {"mark": can(request, "mark", case)},
        "progress": progress(views(case)),
        "law": case_page.law(request, case),
        "oob": True,
    }
    return render(request, "staff/_marked.html", context)


@officer("note")
@require_POST
def note(request: HttpRequest, number: str) -> HttpResponse:
    """Write a note."""
    case = the_case(request, number)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return again(request, case, note_form=form)
    return _take(
        request, case, lambda: review.note(case.pk, form.cleaned_data["text"], actor=request.actor, now=now()), "notes"
    )


@officer("answer_match")
@require_POST
def match(request: HttpRequest, number: str, match: int) -> HttpResponse:
    """Say whether someone on record is the same person."""
    case = the_case(request, number)
    row = get_object_or_404(case.possible_matches, pk=match)
    answer = request.POST.get("answer", "")
    if answer not in {"same", "different"}:
        return again(request, case, _("Choose whether this is the same person."))
    because = request.POST.get("because", "")[:1000]
    return _take(
        request, case, lambda: review.answer_match(row.pk, answer, because, actor=request.actor, now=now()), "matches"
    )


@officer("hold")
@require_POST
def hold(request: HttpRequest, number: str) -> HttpResponse:
    """Hold the certificate back."""
    case = the_case(request, number)
    form = HoldForm(request.POST, prefix="hold")
    if not form.is_valid():
        return again(request, case, hold_form=form)
    given = form.cleaned_data
    return _take(
        request,
        case,
        lambda: review.hold(case.pk, given["reason"], given["because"], actor=request.actor, now=now()),
        "holds",
    )


@officer("lift_hold")
@require_POST
def lift_hold(request: HttpRequest, number: str, hold: int) -> HttpResponse:
    """Lift a hold."""
    case = the_case(request, number)
    row = get_object_or_404(case.case_holds, pk=hold)
    because = request.POST.get("because", "")[:1000]
    return _take(request, case, lambda: review.lift_hold(row.pk, because, actor=request.actor, now=now()))


@officer("assign")
@require_POST
def assign(request: HttpRequest, number: str) -> HttpResponse:
    """Give the case to an officer, or to nobody."""
    case = the_case(request, number)
    to = None
    if request.POST.get("to"):
        try:
            to = get_object_or_404(Person, uuid=UUID(request.POST["to"]))
        except ValueError:
            raise Http404 from None
    return _take(request, case, lambda: review.assign(case.pk, to, actor=request.actor, now=now()))


@officer("accept_training")
@require_POST
def accept_training(request: HttpRequest, number: str, training: UUID) -> HttpResponse:
    """Accept a training certificate whose checks are passed."""
    case = the_case(request, number)
    return _take(request, case, lambda: review.accept_training(case.pk, training, actor=request.actor, now=now()))


def again(request: HttpRequest, case: Case, refusal: str = "", **forms: object) -> HttpResponse:
    """The case page once more with what was typed and the sentence that says why."""
    context = case_page.page(request, case, **forms) | {"refusal": refusal}
    return render(request, "staff/case.html", context, status=409 if refusal else 422)


def _take(request: HttpRequest, case: Case, take: Callable[[], object], at: str = "") -> HttpResponse:
    try:
        take()
    except Refused as refusal:
        return again(request, case, sentence(refusal))
    return redirect(reverse("staff:case", args=[case.number]) + (f"#{at}" if at else ""))
