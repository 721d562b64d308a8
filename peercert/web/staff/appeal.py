"""Record that an appeal arrived, with its day; and what is on record of earlier ones."""

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from peercert.program.determinations.models import AppealReceived
from peercert.program.determinations.queries import decided
from peercert.program.errors import Refused
from peercert.program.journey import determine
from peercert.rules.days import day_of
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import can, frame, named, said, the_case
from peercert.web.ui.fields import DayField

WAYS = ("status_page", "mail", "in_person", "phone")


class AppealForm(forms.Form):
    """When and how it came. The day is the day on which it arrived, not the day on which it is typed in."""

    way = forms.ChoiceField(label=_("How did it come?"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What does the person ask for?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, *args: object, earliest: date, latest: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["way"].choices = [(code, said(f"way_{code}")) for code in WAYS]
        day = DayField(label=_("On which day did it arrive?"), earliest=earliest, latest=latest)
        self.fields = {"received_on": day, **self.fields}


@officer("record_appeal")
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    """The form, and every appeal on record in this case."""
    case = the_case(request, number)
    made = decided(case)
    if made is None:
        return redirect("staff:case", number=case.number)
    form = AppealForm(request.POST or None, earliest=day_of(made.decided_at), latest=day_of(now()))
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            determine.record_appeal(made.pk, **form.cleaned_data, actor=request.actor, now=now())
        except Refused as refused:
            refusal = sentence(refused)
        else:
            return redirect("staff:appeal", number=case.number)
    letter = case.letters.filter(key=determine.letter_key(made)).first()
    context = frame(request, case, "appeal") | {
        "form": form,
        "refusal": refusal,
        "made": made,
        "made_outcome": said(f"outcome_{made.outcome}"),
        "letter": letter,
        "may_record": can(request, "record_appeal", case)
        and case.stage in {"denied", "approved", "ended", "certified"},
        "appeals": [
            (one, said(f"way_{one.way}"), named(one.recorded_by))
            for one in AppealReceived.objects.filter(determination__case=case).order_by("-received_on")
        ],
    }
    return render(request, "staff/appeal.html", context, status=409 if refusal else 422 if form.errors else 200)
