"""Determine: what the law proposes, what was recommended, what you decide, the letter as it will be, then confirm."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.journey import determine as determining
from peercert.program.journey.grounds import Ground, grounds_of
from peercert.program.journey.law import ask_law
from peercert.program.review.queries import current_recommendation
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import can, frame, named, said, the_case, weighing
from peercert.web.staff.decision_forms import DecisionForm
from peercert.web.staff.law_words import proposal
from peercert.web.staff.letter_preview import preview
from peercert.web.staff.recommend import grounds_shown


@officer("see_case")
@require_http_methods(["GET", "HEAD", "POST"])
def determine(request: HttpRequest, number: str) -> HttpResponse:
    """First the decision, then the letter it makes, then the confirmation; nothing is decided before that."""
    case = weighing(request, number, "approve")
    at = now()
    finding = ask_law(case, "apply", now=at)
    grounds = grounds_of(case, finding)
    form = DecisionForm(request.POST or None, grounds=grounds)
    refusal, letter = "", None
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                _decide(request, case, form)
                return redirect("staff:case", number=case.number)
            letter = shown_letter(case, form, grounds)
        except Refused as refused:
            refusal = sentence(refused)
            case.refresh_from_db()
    advice = current_recommendation(case)
    context = frame(request, case, "determine") | {
        "form": form,
        "refusal": refusal,
        "letter": letter,
        "law": proposal(finding),
        "grounds": grounds_shown(grounds),
        "advice": advice,
        "advice_by": named(advice.made_by) if advice else "",
        "advice_outcome": said(f"outcome_{advice.outcome}") if advice else "",
        "may_decide": case.stage == "recommended" and can(request, "approve", case),
        "decides": said(f"outcome_{form.cleaned_data['outcome']}") if letter else "",
    }
    return render(request, "staff/determine.html", context, status=409 if refusal else 422 if form.errors else 200)


@officer("see_case")
@require_http_methods(["POST"])
def send_back(request: HttpRequest, number: str) -> HttpResponse:
    """Send the case back to review with what is missing."""
    case = the_case(request, number)
    because = request.POST.get("back-because", "")[:2000]
    try:
        determining.send_back(case.pk, because, actor=request.actor, now=now())
    except Refused as refused:
        from peercert.web.staff.case_steps import again

        return again(request, case, sentence(refused))
    return redirect("staff:case", number=case.number)


def shown_letter(case: Case, form: DecisionForm, grounds: list[Ground]) -> Any:
    """The letter that this decision makes, before it is made. Raises Refused for a denial without a ground."""
    outcome = form.cleaned_data["outcome"]
    picked = form.chosen(grounds)
    if outcome == "deny" and not picked:
        raise Refused("denial_needs_reason")
    code, values, _paragraphs = determining.letter_parts(case, outcome, picked, now=now())
    return preview(case, code, values, lambda lang: determining.paragraphs_of(case, outcome, picked, lang))


def _decide(request: HttpRequest, case: Case, form: DecisionForm) -> None:
    given = form.cleaned_data
    if given["outcome"] == "approve":
        determining.approve(case.pk, given["because"], actor=request.actor, now=now())
    else:
        determining.deny(
            case.pk,
            given.get("grounds", []),
            given["because"],
            actor=request.actor,
            now=now(),
        )
