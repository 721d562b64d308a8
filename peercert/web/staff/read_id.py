"""Read the ID: what stands on it, typed beside its image. It stays in the case when the image is destroyed."""

from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from peercert.program.casework.models import Document
from peercert.program.errors import Refused
from peercert.program.journey import review
from peercert.program.review.queries import id_reading
from peercert.rules.days import day_of
from peercert.web.applicant.forms.choices import id_kinds
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import frame, the_case
from peercert.web.staff.viewer import viewer
from peercert.web.ui.fields import DayField


class ReadIdForm(forms.Form):
    """What the ID shows, letter for letter."""

    kind = forms.ChoiceField(label=_("Kind of ID"))
    first = forms.CharField(label=_("First name, as printed"), max_length=100)
    middle = forms.CharField(
        label=_("Middle name, as printed (leave empty if there is none)"), max_length=100, required=False
    )
    last = forms.CharField(label=_("Last name, as printed"), max_length=100)
    born_on = DayField(label=_("Birth date, as printed"), required=False)
    expires_on = DayField(label=_("Expiration date (leave empty if it does not expire)"), required=False)
    has_photo = forms.BooleanField(label=_("It carries a photo of the person"), required=False)

    def __init__(self, *args: object, on: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = id_kinds(on)


@officer("read_id")
@require_http_methods(["GET", "HEAD", "POST"])
def read_id(request: HttpRequest, number: str) -> HttpResponse:
    """The form beside the image."""
    case = the_case(request, number)
    paper = Document.objects.filter(case=case, kind="photo_id", replaced_at=None).order_by("-received_at").first()
    read = id_reading(case)
    initial = (
        {
            name: getattr(read, name)
            for name in ("kind", "first", "middle", "last", "born_on", "expires_on", "has_photo")
        }
        if read
        else {"kind": case.application.id_kind}
    )
    form = ReadIdForm(request.POST or None, initial=initial, on=day_of(now()))
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            review.read_id(
                case.pk,
                **form.cleaned_data,
                document=paper if paper and paper.state == "passed" else None,
                actor=request.actor,
                now=now(),
            )
        except Refused as refused:
            refusal = sentence(refused)
        else:
            return redirect(f"{case_url(case.number)}#g-photo-id")
    if paper is not None and not request.GET.get("document"):
        request.GET = request.GET.copy()
        request.GET["document"] = str(paper.uuid)
    shown = viewer(request, case, needs_purpose=False)
    context = frame(request, case, "read_id") | {"form": form, "refusal": refusal, "viewer": shown}
    return render(request, "staff/read_id.html", context, status=409 if refusal else 422 if form.errors else 200)


def case_url(number: str | None) -> str:
    """Where the case's page is."""
    from django.urls import reverse

    return reverse("staff:case", args=[number])
