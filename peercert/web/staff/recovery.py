"""Recovery: someone lost mailbox and phone and wrote to us. One officer opens it, another agrees, the clock ends it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from peercert.program.access import tied_people, within_reach
from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.journey import recover
from peercert.program.people.models import LockedOut, Person, Recovery
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.doors import now, officer, sentence, tried
from peercert.web.find import typed
from peercert.web.staff.case_frame import named_all
from peercert.web.staff.find_person import people_meant, uuid_given

#: How many closed ones the list still shows, and how many calls for help: anyone can send those.
CLOSED, MOST = 20, 100
#: What becomes of a call for help, in words.
OUTCOMES = (
    ("recovery_opened", gettext_lazy("A recovery is open")),
    ("helped_otherwise", gettext_lazy("Helped in another way")),
    ("not_reached", gettext_lazy("Could not be reached")),
    ("not_for_us", gettext_lazy("Not for us")),
)


class OpenForm(forms.Form):
    """The new address, and how the person was compared with the ID on file."""

    new_email = forms.EmailField(label=gettext_lazy("New e-mail address, spelled back to the person"), max_length=254)
    how_checked = forms.CharField(
        label=gettext_lazy("How you compared them with the ID on file"), max_length=200,
        help_text=gettext_lazy(
            "For example: video call; face and birth date match the ID on file. Write no ID number."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


@officer("recover_account")
@require_http_methods(["GET", "HEAD", "POST"])
def recovery(request: HttpRequest) -> HttpResponse:
    """What is open, whom one may look for, and what was closed lately; the steps of an open one."""
    refusal = tried(lambda: _take(request)) if request.method == "POST" else ""
    if request.method == "POST" and not refusal:
        return redirect("staff:recovery")
    today, barred = day_of(now()), set(tied_people(request.actor))  # type: ignore[attr-defined]
    found = [one for one in people_meant(typed(request)) if one.pk not in barred]
    every = Recovery.objects.select_related("person__account", "opened_by__account", "seconded_by__account")
    every = within_reach(every, request.actor)  # type: ignore[attr-defined]
    pending = list(every.filter(done_at=None, stopped_at=None).order_by("asked_at"))
    closed = list(every.exclude(done_at=None, stopped_at=None).order_by("-asked_at")[:CLOSED])
    rows = pending + closed
    names = named_all([*found, *(p for one in rows for p in (one.person, one.opened_by, one.seconded_by))])
    me = request.actor.person  # type: ignore[attr-defined]
    locked_out = LockedOut.objects.filter(closed_at=None).order_by("due_on", "asked_at")
    context = {
        "refusal": refusal, "q": typed(request), "hours": int(figure("recovery_delay_hours", today).value),
        "locked_out": locked_out[:MOST], "asked_for_help": locked_out.count(),
        "outcomes": OUTCOMES, "today": today,
        "found": [(one, names[one.pk]) for one in found],
        "pending": [
            _row(one, names) | {"may_second": one.seconded_at is None and one.opened_by != me} for one in pending
        ],
        "closed": [_row(one, names) for one in closed],
    }  # fmt: skip
    return render(request, "staff/recovery.html", context, status=409 if refusal else 200)


@officer("recover_account")
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_open(request: HttpRequest, person: UUID) -> HttpResponse:
    """Open one for this person."""
    found = get_object_or_404(Person.objects.select_related("account"), uuid=person)
    recover.refuse_interest(found, request.actor)  # type: ignore[attr-defined]
    form = OpenForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            recover.open_recovery(found.pk, **form.cleaned_data, actor=request.actor, now=now())  # type: ignore[attr-defined]
        except Refused as refused:
            refusal = sentence(refused)
        else:
            messages.success(request, _("It is open. Another officer has to agree now."))
            return redirect("staff:recovery")
    context = {
        "form": form, "refusal": refusal, "person": found, "name": named_all([found])[found.pk],
        "cases": Case.objects.filter(person=found).exclude(number=None).order_by("-pk"),
    }  # fmt: skip
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "staff/recovery_open.html", context, status=status)


def _take(request: HttpRequest) -> None:
    """Agree to an open one, or stop it; or say what became of a call for help."""
    who = {"actor": request.actor, "now": now()}  # type: ignore[attr-defined]
    if request.POST.get("step") == "close_help":
        asked = get_object_or_404(LockedOut, uuid=uuid_given(request.POST.get("chosen", "")))
        recover.close_help(asked.pk, request.POST.get("outcome", ""), **who)
        messages.success(request, _("It is dealt with. How to reach the person is forgotten."))
        return
    chosen = get_object_or_404(Recovery, uuid=uuid_given(request.POST.get("chosen", "")))
    if request.POST.get("step") == "second":
        recover.second_recovery(chosen.pk, **who)
        messages.success(request, _("The old addresses are warned. The delay has begun."))
    else:
        recover.stop_recovery(chosen.pk, request.POST.get("because", ""), **who)
        messages.success(request, _("It is stopped."))


def _row(one: Recovery, names: dict[int | None, str]) -> dict[str, object]:
    return {
        "one": one, "name": names[one.person_id], "opened_by": names[one.opened_by_id],
        "seconded_by": names[one.seconded_by_id] if one.seconded_by_id else "",
        "late": one.stopped_because == "address_taken",
    }  # fmt: skip
