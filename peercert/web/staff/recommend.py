"""Recommend: the law's proposal beside what the reviewer advises. Another officer decides."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from peercert.program.errors import Refused
from peercert.program.journey import review
from peercert.program.journey.grounds import grounds_of
from peercert.program.journey.law import ask_law
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_checks import progress, views
from peercert.web.staff.case_frame import can, frame, the_case
from peercert.web.staff.decision_forms import DecisionForm
from peercert.web.staff.law_words import proposal


@officer("recommend")
@require_http_methods(["GET", "HEAD", "POST"])
def recommend(request: HttpRequest, number: str) -> HttpResponse:
    """The form; a difference from the law's proposal comes with its reason."""
    case = the_case(request, number)
    at = now()
    finding = ask_law(case, "apply", now=at)
    grounds = grounds_of(case, finding)
    form = DecisionForm(request.POST or None, grounds=grounds, with_grounds=False)
    form.fields["outcome"].label = _("What do you recommend?")
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            review.recommend(
                case.pk,
                form.cleaned_data["outcome"],
                form.cleaned_data["because"],
                actor=request.actor,
                now=at,
            )
        except Refused as refused:
            refusal = sentence(refused)
        else:
            return redirect("staff:case", number=case.number)
    context = frame(request, case, "recommend") | {
        "form": form,
        "refusal": refusal,
        "law": proposal(finding),
        "grounds": grounds_shown(grounds),
        "progress": progress(views(case)),
        "may_recommend": can(request, "recommend", case) and case.stage == "review",
    }
    return render(request, "staff/recommend.html", context, status=409 if refusal else 422 if form.errors else 200)


def grounds_shown(grounds: list) -> list[tuple[str, bool]]:
    """What stands against an approval, in the reader's language, and whether it may carry a denial yet."""
    from peercert.web.staff.case_frame import language

    return [(one.line(language()), one.may_deny) for one in grounds]
