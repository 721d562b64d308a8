"""The exam of one case, for exam officers: the accommodation, every authorisation, its appointments and results."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from django.views.decorators.http import require_POST, require_safe

from peercert.gateways.exam_vendor import AREAS
from peercert.program.access import may
from peercert.program.casework.models import Case
from peercert.program.casework.queries import running_clock
from peercert.program.errors import Refused
from peercert.program.exams import queries
from peercert.program.exams.models import ExamAuthorisation, Sitting
from peercert.program.exams.progress import progress
from peercert.program.journey import accommodate, exam_files, sit
from peercert.program.journey.law import ask_law
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import can, frame, named, the_case
from peercert.web.staff.exam_words import condition, telling, word
from peercert.web.ui.parts import Row
from peercert.web.ui.templatetags.ui import day_words


class DecideForm(forms.Form):
    """What becomes of an accommodation."""

    outcome = forms.ChoiceField(
        label=__("What becomes of it?"),
        widget=forms.RadioSelect,
        choices=(
            ("granted", __("Granted")),
            ("refused", __("Not granted")),
            ("withdrawn", __("Withdrawn by the person")),
        ),
        error_messages={"required": __("Choose one of the answers.")},
    )
    codes = forms.CharField(
        label=__("If granted: the vendor's codes"),
        help_text=__("Divided by spaces, for example EXTRA_TIME_50 SEPARATE_ROOM."),
        max_length=300,
        required=False,
    )
    reason = forms.ChoiceField(label=__("If not granted: why"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason"]
        field.choices = [("", _("Choose")), *((code, word(code, "name")) for code in accommodate.REFUSALS)]


class AskForm(forms.Form):
    """What the form still lacks."""

    reason = forms.ChoiceField(label=__("What is missing?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason"]
        field.choices = [(code, word(code, "name")) for code in accommodate.MENDABLE]


class CancelForm(forms.Form):
    """Why an authorisation is taken back."""

    reason = forms.ChoiceField(label=__("Why is it taken back?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reason"]
        field.choices = [(code, word(code, "name")) for code in sit.CANCELLED_BY_HAND]


class AuthoriseForm(forms.Form):
    """Why leave to sit is given by hand."""

    because = forms.CharField(label=__("Why?"), max_length=300, widget=forms.Textarea({"rows": 3}))


FORMS: dict[str, type[forms.Form]] = {
    "decide": DecideForm,
    "ask": AskForm,
    "cancel": CancelForm,
    "authorise": AuthoriseForm,
}


@officer("see_exams")
@require_safe
def exam_case(request: HttpRequest, number: str) -> HttpResponse:
    """The page. What the person asked for is shown on asking for it, and that is recorded."""
    case = the_case(request, number)
    needs, refusal = "", ""
    if request.GET.get("show") == "needs":
        try:
            needs = accommodate.read_needs(case.pk, actor=request.actor, now=now())
        except Refused as refused:
            refusal = sentence(refused)
    return render(request, "staff/exam_case.html", _page(request, case) | {"needs": needs, "refusal": refusal},
                  status=409 if refusal else 200)  # fmt: skip


@officer("decide_accommodation")
@require_POST
def exam_step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """One step of an exam officer in a case; a refusal shows the page again with what was typed."""
    case = the_case(request, number)
    if step not in FORMS:
        raise Http404
    form = FORMS[step](request.POST)
    refusal, status = "", 422
    if form.is_valid():
        try:
            messages.success(request, _take(request, case, step, form.cleaned_data))
            return redirect("staff:exam_case", number=case.number)
        except Refused as refused:
            refusal, status = sentence(refused), 409
    given = _page(request, case) | {f"{step}_form": form, "wrong": form, "refusal": refusal}
    return render(request, "staff/exam_case.html", given, status=status)


@officer("exchange_exam_files")
@require_POST
def exam_tell_again(request: HttpRequest, number: str) -> HttpResponse:
    """Let the next file tell the vendor of an authorisation once more."""
    held = ExamAuthorisation.objects.select_related("case").filter(number=number).first()
    if held is None:
        raise Http404
    exam_files.tell_again(held.pk, actor=request.actor, now=now())
    messages.success(request, _("The next file tells the vendor of it again."))
    return redirect("staff:exam_case", number=held.case.number)


def _take(request: HttpRequest, case: Case, step: str, given: dict[str, Any]) -> str:
    actor, at = request.actor, now()
    if step == "decide":
        accommodate.decide_accommodation(case.pk, **given, actor=actor, now=at)
        return _("Decided, and the person was told by letter.")
    if step == "ask":
        accommodate.ask_about_accommodation(case.pk, **given, actor=actor, now=at)
        return _("The person was asked by letter. The clock waits for their answer.")
    if step == "cancel":
        sit.cancel_authorisation(case.pk, **given, actor=actor, now=at)
        return _("Taken back, and the person was told. The next file tells the vendor.")
    sit.authorise(case.pk, **given, actor=actor, now=at)
    return _("Authorized, and the person was told. The next file tells the vendor.")


def _page(request: HttpRequest, case: Case) -> dict[str, Any]:
    found = progress(case, now=now())
    decides = can(request, "decide_accommodation", case)
    answer = found.accommodation
    is_open = answer is not None and answer.is_needed and not answer.outcome
    finding = ask_law(case, "sit", now=now()) if case.stage == "approved" else None
    return frame(request, case, "exam_case") | {
        "found": found,
        "facts": _facts(found),
        "may_see_accommodation": may(request.actor, "see_accommodation") and decides,
        "decides": decides and case.stage == "approved",
        "answer": answer,
        "is_undecided": is_open,
        "decided_by": named(answer.decided_by) if answer and answer.outcome else "",
        "codes": answer.vendor_codes.replace(";", ", ") if answer else "",
        "reason": word(answer.reason, "name") if answer and answer.reason else "",
        "accommodation_clock": running_clock(case, "accommodation"),
        "lead_days": figure("accommodation_lead_days", day_of(now())).value,
        "authorisations": [_authorisation(request, one) for one in case.exam_authorisations.order_by("-pk")],
        "results": [_result(one) for one in case.sittings.order_by("-pk").select_related("row__file")],
        "may_exchange": may(request.actor, "exchange_exam_files"),
        "may_authorise": bool(
            decides and finding and found.authorisation is None and not is_open
            and (finding.outcome == "approve" or (finding.outcome == "incomplete" and sit.is_for_officer(finding)))
        ),
        "decide_form": DecideForm(),
        "ask_form": AskForm(),
        "cancel_form": CancelForm(),
        "authorise_form": AuthoriseForm(),
    }  # fmt: skip


def _facts(found: Any) -> list[Row]:
    rows = [Row(_("Sittings used"), _("%(used)d of %(allowed)d") % {"used": found.used, "allowed": found.allowed})]
    if found.through:
        rows.append(Row(_("Approval good through"), day_words(found.through)))
    fee = _("still owed") if found.fee_cents else _("settled") if found.fee else _("not due yet")
    rows.append(Row(_("Fee of the next sitting"), fee))
    return rows


def _authorisation(request: HttpRequest, one: ExamAuthorisation) -> dict[str, Any]:
    booking = queries.appointment(one)
    kind, said = condition(one, booking)
    told_kind, told = telling(one)
    return {
        "held": one,
        "kind": kind,
        "word": said,
        "told_kind": told_kind,
        "told": told,
        "because": _because(request, one),
        "codes": one.vendor_codes.replace(";", ", ") if may(request.actor, "see_accommodation") else "",
        "appointments": [(each, word(each.state)) for each in one.appointments.order_by("starts_at")],
    }


def _because(request: HttpRequest, one: ExamAuthorisation) -> str:
    """Why it was taken back; that an accommodation was asked for is told to exam officers alone."""
    told = one.cancelled_because
    if not told or (told == "accommodation_asked" and not may(request.actor, "see_accommodation")):
        return ""
    return word(told, "name")


def _result(one: Sitting) -> dict[str, Any]:
    scores = [(word(area), getattr(one, area)) for area in AREAS if getattr(one, area) is not None]
    return {"sitting": one, "word": word(one.result), "scores": scores}
