"""Link a record that was taken over to the account of its person, where they can't claim it themselves."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from peercert.program.errors import Refused
from peercert.program.journey.claim import is_unclaimed
from peercert.program.journey.claim import link_record as link
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import the_case


class LinkForm(forms.Form):
    """Whose account, and how the officer knows."""

    email = forms.EmailField(label=_("E-mail address of the account"), max_length=254)
    because = forms.CharField(
        label=_("How do you know that they are this person?"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=_("For the timeline: which ID you saw, and when. Not its number."),
    )  # fmt: skip


@officer("link_record")
@require_http_methods(["GET", "HEAD", "POST"])
def link_record(request: HttpRequest, number: str) -> HttpResponse:
    """The form; afterwards back to the case."""
    case = the_case(request, number)
    if not is_unclaimed(case.person):
        raise Http404
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            link(case.pk, given["email"], given["because"], actor=request.actor, now=now())  # type: ignore[attr-defined]
        except Refused as why:
            form.add_error(None, sentence(why))
        else:
            return redirect("staff:case", number=case.number)
    return render(request, "staff/link_record.html", {"case": case, "form": form}, status=422 if form.errors else 200)
