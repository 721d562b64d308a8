"""Put a wrong determination right: a new one takes its place, with the letter as it will be sent, then confirm."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from peercert.program.casework.models import Case
from peercert.program.determinations.queries import decided, determinations_of, replay
from peercert.program.errors import Refused
from peercert.program.journey import determine as determining
from peercert.program.journey.grounds import Ground, found_since, grounds_of
from peercert.program.journey.law import ask_law
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import can, frame, named, said, the_case
from peercert.web.staff.decision_forms import DecisionForm
from peercert.web.staff.law_words import proposal
from peercert.web.staff.letter_preview import preview
from peercert.web.staff.recommend import grounds_shown


@officer("supersede")
@require_http_methods(["GET", "HEAD", "POST"])
def supersede(request: HttpRequest, number: str) -> HttpResponse:
    """The determination that counts, the one that would take its place, its letter, then the confirmation."""
    case = the_case(request, number)
    before = decided(case)
    if before is None:
        return redirect("staff:case", number=case.number)
    finding = ask_law(case, "apply", on=before.governed_on, now=now())
    grounds = grounds_of(case, finding) + found_since(case)
    other = "deny" if before.outcome == "approve" else "approve"
    form = DecisionForm(request.POST or None, grounds=grounds, outcome=other, with_grounds=other == "deny")
    form.fields["because"].label = _("What was wrong, and how do you know?")
    form.fields["because"].required = True
    form.fields["outcome"].label = _("The new determination")
    refusal, letter = "", None
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                determining.supersede(
                    case.pk,
                    other,
                    form.cleaned_data["because"],
                    form.cleaned_data.get("grounds", []),
                    actor=request.actor,
                    now=now(),
                )
                return redirect("staff:case", number=case.number)
            letter = _letter(case, other, form.chosen(grounds))
        except Refused as refused:
            refusal = sentence(refused)
    context = frame(request, case, "supersede") | {
        "form": form,
        "refusal": refusal,
        "letter": letter,
        "law": proposal(finding),
        "grounds": grounds_shown(grounds_of(case, finding)),
        "before": before,
        "before_outcome": said(f"outcome_{before.outcome}"),
        "before_by": named(before.decided_by),
        "replay": replay(before),
        "decides": said(f"outcome_{other}"),
        "stands_on_it": case.stage == "certified" and other == "deny",
        "may_supersede": can(request, "supersede", case) and case.stage in {"approved", "ended", "denied", "certified"},
        "chain": [(one, said(f"outcome_{one.outcome}"), named(one.decided_by)) for one in determinations_of(case)],
    }
    return render(request, "staff/supersede.html", context, status=409 if refusal else 422 if form.errors else 200)


def _letter(case: Case, outcome: str, picked: list[Ground]) -> Any:
    if outcome == "deny" and not picked:
        raise Refused("denial_needs_reason")
    code, values, _paragraphs = determining.new_letter_parts(case, outcome, picked, now=now())
    return preview(case, code, values, lambda lang: determining.paragraphs_of(case, outcome, picked, lang))
