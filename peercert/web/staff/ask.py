"""Ask for more: what may be asked, the letter as it will be sent, then send; and what was asked before."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from peercert import words
from peercert.program.casework.clocks import due_day
from peercert.program.casework.models import Case, RequestItem
from peercert.program.casework.queries import open_request
from peercert.program.errors import Refused
from peercert.program.journey import ask as asking
from peercert.program.journey import oversee
from peercert.program.review.models import Check
from peercert.program.review.queries import FailedReason, check_of_item
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import now, officer, sentence, tried
from peercert.web.staff.case_frame import can, frame, language, named, the_case, weighing
from peercert.web.staff.letter_preview import preview


class AskForm(forms.Form):
    """Which of the things that may be asked for are asked now; all of them, unless some are left out."""

    items = forms.MultipleChoiceField(
        label=_("What do we ask for?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing to ask for.")},
    )

    def __init__(self, *args: object, may_be_asked: list[FailedReason], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["items"]
        field.choices = [(asking.key_of(one), _line(one)) for one in may_be_asked]
        field.initial = [key for key, _line_ in field.choices]


@officer("see_case")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Choose, see the letter, send it. Posting without `send` shows the letter again for what is chosen."""
    case = weighing(request, number, "ask")
    possible = asking.may_be_asked(case)
    form = AskForm(request.POST or None, may_be_asked=possible)
    refusal = ""
    if request.method == "POST" and form.is_valid() and "send" in request.POST:
        try:
            asking.ask_for_more(case.pk, form.cleaned_data["items"], actor=request.actor, now=now())
        except Refused as refused:
            refusal = sentence(refused)
        else:
            return redirect("staff:case", number=case.number)
    chosen = (
        form.cleaned_data["items"] if form.is_bound and form.is_valid() else [asking.key_of(one) for one in possible]
    )
    on = day_of(now())
    due_on = due_day(on, int(figure("request_answer_days", on).value), "calendar")
    items = [one for one in possible if asking.key_of(one) in set(chosen)]
    context = frame(request, case, "ask") | {
        "form": form,
        "refusal": refusal,
        "possible": possible,
        "due_on": due_on,
        "rounds": figure("request_rounds", on).value,
        "used": asking.rounds_used(case),
        "letter": preview(
            case,
            asking.letter_code(case),
            {"due_on": due_on, "count": len(items)},
            lambda lang: asking.paragraphs_for(items, lang),
        )
        if items
        else None,
        "may_ask": can(request, "ask", case),
        "may_take_back": can(request, "take_back_request", case),
        "may_undo": case.stage == "approved" and can(request, "reopen", case),
        "waiting_for": open_request(case),
        "past": _past(case),
    }
    return render(request, "staff/ask.html", context, status=409 if refusal else 422 if form.errors else 200)


@officer("take_back_request")
@require_http_methods(["POST"])
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    """Take the open request back."""
    case = the_case(request, number)
    waiting = open_request(case)
    try:
        if waiting is None:
            raise Refused("request_closed")
        asking.take_back_request(waiting.pk, request.POST.get("because", "")[:1000], actor=request.actor, now=now())
    except Refused as refused:
        possible = asking.may_be_asked(case)
        context = frame(request, case, "ask") | {
            "form": AskForm(may_be_asked=possible),
            "refusal": sentence(refused),
            "possible": possible,
            "waiting_for": waiting,
            "may_take_back": True,
            "past": _past(case),
        }
        return render(request, "staff/ask.html", context, status=409)
    return redirect("staff:case", number=case.number)


@officer("reopen")
@require_http_methods(["POST"])
def undo_lapse(request: HttpRequest, number: str, asked: int) -> HttpResponse:
    """A request ran out wrongly after the approval: it no longer counts."""
    case = the_case(request, number)
    row = get_object_or_404(case.requests, pk=asked)
    because = request.POST.get("because", "")[:1000]
    refusal = tried(lambda: oversee.undo_lapse(row.pk, because, actor=request.actor, now=now()))
    if refusal:
        messages.warning(request, refusal)
    return redirect("staff:ask", number=case.number)


def _line(one: FailedReason) -> str:
    return _worded(one.check, one.reason.code)


def _worded(check: Check | None, reason: str) -> str:
    about = f" ({check.about_label})" if check and check.about_label else ""
    says = words.fill("review_reasons", reason, lang=language(), part="officer")
    return f"{words.fill('checks', check.code, lang=language())}{about}: {says}" if check else says


def _past(case: Case) -> list[dict[str, object]]:
    """Every request of the case, the latest first, with what was asked and answered."""
    return [
        {
            "row": one,
            "by": named(one.asked_by),
            "items": [(_asked(item), item) for item in one.items.select_related("document").order_by("position")],
        }
        for one in case.requests.order_by("-asked_at").select_related("asked_by")
    ]


def _asked(item: RequestItem) -> str:
    """What was asked, under its check: the same line as where it was chosen."""
    return _worded(check_of_item(item), item.reason)
