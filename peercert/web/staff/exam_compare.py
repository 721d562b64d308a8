"""What we hold beside what the vendor holds: every difference, and whose word stands."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from django.views.decorators.http import require_http_methods

from peercert.program.access import tied_people
from peercert.program.errors import Refused
from peercert.program.exams.comparison import Difference, compare
from peercert.web.doors import officer, sentence
from peercert.web.staff.exam_words import word

#: The longest list that is drawn; the count says where there are more.
MOST = 500


class CompareForm(forms.Form):
    """The vendor's file of everything it holds."""

    file = forms.FileField(
        label=__("The vendor's file of everything it holds"),
        help_text=__("Nothing is changed by comparing."),
        allow_empty_file=True,
        error_messages={"required": __("Choose the vendor's file.")},
    )


@officer("exchange_exam_files")
@require_http_methods(["GET", "HEAD", "POST"])
def exam_compare(request: HttpRequest) -> HttpResponse:
    """Ask for the file; then the differences, one line each."""
    form = CompareForm(request.POST or None, request.FILES or None)
    given: dict[str, Any] = {"form": form, "is_compared": False}
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            held, found = compare(form.cleaned_data["file"].read())
        except Refused as refused:
            form.add_error("file", sentence(refused))
            status = 409
        else:
            status = 200
            barred = set(tied_people(request.actor))  # type: ignore[attr-defined]
            found = [one for one in found if not (one.authorisation and one.authorisation.case.person_id in barred)]
            given |= {
                "is_compared": True,
                "held": held,
                "count": len(found),
                "rows": [_row(one) for one in found[:MOST]],
                "is_cut": len(found) > MOST,
            }
    return render(request, "staff/exam_compare.html", given, status=status)


def _row(one: Difference) -> dict[str, Any]:
    points = {
        "unknown_to_us": _("We do not know it"),
        "unknown_to_vendor": _("The vendor does not know it"),
        "candidate_id": _("Candidate ID"),
        "name": _("Name"),
        "valid_from": _("Good from"),
        "valid_through": _("Good through"),
        "accommodations": _("Accommodation"),
        "condition": _("Where it stands"),
        "appointment": _("Appointment"),
        "starts_at": _("Starts at"),
        "state": _("Result or state"),
    }
    return {
        "one": one,
        "point": points[one.point],
        "ours": _said(one.point, one.ours),
        "theirs": _said(one.point, one.theirs),
    }


def _said(point: str, text: str) -> str:
    if not text:
        return "–"
    if point == "condition":
        return _("Canceled") if text == "cancelled" else _("Open or used")
    return word(text) if point == "state" else text
