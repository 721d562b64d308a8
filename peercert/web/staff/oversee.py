"""Care of the case: interests, an outside decider, clocks held and days given back, a wrong expiry undone."""

from collections.abc import Callable

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from peercert import words
from peercert.program.casework.models import Case, Clock
from peercert.program.journey import oversee as journey
from peercert.program.people.models import Person
from peercert.web.doors import now, officer, tried
from peercert.web.staff.case_forms import BecauseForm, assignees
from peercert.web.staff.case_frame import can, clocks_told, frame, named, said, the_case


class PauseForm(forms.Form):
    """Which of our own clocks waits, and for what."""

    clock = forms.ChoiceField(label=_("Which promise of ours?"))
    reason = forms.ChoiceField(label=_("Why does it wait?"))

    def __init__(self, *args: object, clocks: list[Clock], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        ours = [one for one in clocks if one.owed_by == "us" and one.paused_on is None]
        self.fields["clock"].choices = [(one.kind, clock_word(one.kind)) for one in ours]
        self.fields["reason"].choices = [(code, said(f"pause_{code}")) for code in journey.PAUSES]


class GiveBackForm(forms.Form):
    """How many days, on which clock, and why; a second person agrees."""

    clock = forms.ChoiceField(label=_("On which clock?"))
    days = forms.IntegerField(label=_("How many days?"), min_value=1, max_value=365)
    because = forms.CharField(label=_("Where were we late?"), max_length=1000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: object, clocks: list[Clock], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clock"].choices = [(one.kind, clock_word(one.kind)) for one in clocks]


class OutsideForm(forms.Form):
    """Who decides this case alone, and why nobody else can."""

    decider = forms.ChoiceField(label=_("Who decides this case alone?"))
    because = forms.CharField(
        label=_("Why can no determiner decide it?"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: object, case: Case, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decider"].choices = assignees(case, journey.OUTSIDE)


@officer("see_case")
@require_http_methods(["GET", "HEAD", "POST"])
def oversee(request: HttpRequest, number: str) -> HttpResponse:
    """Every step shown that this officer may take; one is posted at a time (`step`)."""
    case = the_case(request, number)
    clocks = clocks_told(request, case)
    steps = forms_of(request, case, clocks)
    refusal = ""
    if request.method == "POST":
        wanted = request.POST.get("step", "")
        if wanted == "resume":
            refusal = tried(
                lambda: journey.resume_clock(case.pk, request.POST.get("clock", ""), actor=request.actor, now=now())
            )
            if not refusal:
                return redirect("staff:oversee", number=case.number)
        elif wanted not in steps:
            raise Http404
        elif steps[wanted].is_valid():
            given = steps[wanted].cleaned_data
            refusal = tried(lambda: TAKE[wanted](case, given, request))
            if not refusal:
                return redirect(
                    "staff:case" if wanted in {"reopen", "interest"} else "staff:oversee", number=case.number
                )
    shown = [
        {
            "row": one,
            "what": clock_word(one.kind),
            "owed": said(f"owed_{one.owed_by}"),
            "waits": said(f"pause_{one.pause_reason}")
            if one.paused_on and words.has("casework", f"pause_{one.pause_reason}")
            else one.pause_reason,
            "may_resume": bool(one.paused_on)
            and one.pause_reason in journey.PAUSES
            and can(request, "pause_clock", case),
        }
        for one in clocks
    ]
    context = frame(request, case, "oversee") | {
        "refusal": refusal,
        "forms": steps,
        "clocks": shown,
        "parts": [
            (named(one.person), said(f"part_{one.part}"), one.at)
            for one in case.parts.select_related("person").order_by("at")
        ],
    }
    bad = any(form.errors for form in steps.values())
    return render(request, "staff/oversee.html", context, status=409 if refusal else 422 if bad else 200)


def forms_of(request: HttpRequest, case: Case, clocks: list[Clock]) -> dict[str, forms.Form]:
    """The form of every step that this officer may take in this case now."""
    data = request.POST if request.method == "POST" else None

    def bound(name: str) -> object:
        return data if data is not None and data.get("step") == name else None

    found: dict[str, forms.Form] = {}
    if can(request, "pause_clock", case) and any(one.owed_by == "us" and one.paused_on is None for one in clocks):
        found["pause"] = PauseForm(bound("pause"), clocks=clocks, prefix="pause")
    if can(request, "give_back_days", case) and (late := [*clocks, *journey.ended_approval(case)]):
        found["give_back"] = GiveBackForm(bound("give_back"), clocks=late, prefix="give")
    if can(request, "name_outside_decider", case) and case.stage in {"review", "recommended"}:
        found["outside"] = OutsideForm(bound("outside"), case=case, prefix="outside")
    if can(request, "reopen", case) and case.stage == "not_completed":
        found["reopen"] = BecauseForm(bound("reopen"), prefix="reopen", label=_("Why did it close wrongly?"))
    if can(request, "declare_interest", case):
        found["interest"] = forms.Form(bound("interest"), prefix="interest")
    return found


def clock_word(kind: str) -> str:
    """A clock's name in words."""
    return said(f"clock_{kind}") if words.has("casework", f"clock_{kind}") else kind.replace("_", " ")


def _pause(case: Case, given: dict[str, str], request: HttpRequest) -> object:
    return journey.pause_clock(case.pk, given["clock"], given["reason"], actor=request.actor, now=now())


def _give_back(case: Case, given: dict[str, int | str], request: HttpRequest) -> object:
    return journey.give_back_days(
        case.pk,
        str(given["clock"]),
        int(given["days"]),
        str(given["because"]),
        actor=request.actor,
        now=now(),
    )


def _outside(case: Case, given: dict[str, str], request: HttpRequest) -> object:
    decider = Person.objects.get(uuid=given["decider"])
    return journey.name_outside_decider(case.pk, decider, given["because"], actor=request.actor, now=now())


def _reopen(case: Case, given: dict[str, str], request: HttpRequest) -> object:
    return journey.reopen(case.pk, given["because"], actor=request.actor, now=now())


def _interest(case: Case, given: dict[str, str], request: HttpRequest) -> object:
    return journey.declare_interest(case.pk, actor=request.actor, now=now())


TAKE: dict[str, Callable[..., object]] = {
    "pause": _pause,
    "give_back": _give_back,
    "outside": _outside,
    "reopen": _reopen,
    "interest": _interest,
}
