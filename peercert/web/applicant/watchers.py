"""Who watches a holder's certificate, why that is allowed, and objecting to it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert import words
from peercert.program.errors import Refused
from peercert.program.journey import watched
from peercert.program.rosters import queries
from peercert.program.rosters.queries import Watcher
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.applicant.certificate import own_certificate
from peercert.web.doors import as_applicant, now, sentence, signed_in
from peercert.web.ui.templatetags.ui import reader


class ObjectForm(forms.Form):
    """Why a holder objects, if they want to say it."""

    text = forms.CharField(
        label=gettext_lazy("Why should it not watch? You need not say."), max_length=2000, required=False,
        help_text=gettext_lazy("For example: I never worked there, or I left in May."),
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def watchers(request: HttpRequest, number: str) -> HttpResponse:
    """Every organisation that watches now, and its reason; a post objects to one of them."""
    certificate, moment = own_certificate(request, number), now()
    today = day_of(moment)
    found = queries.watchers(certificate, today)
    form, refusal = ObjectForm(request.POST or None), ""
    chosen = next((one for one in found if str(one.watch.uuid) == request.GET.get("watch", "")), None)
    if request.method == "POST":
        chosen = _chosen(found, request.POST.get("watch", ""))
        if form.is_valid():
            try:
                watched.object_to_watch(
                    chosen.watch.pk, form.cleaned_data["text"], actor=as_applicant(request), now=moment
                )
            except Refused as refused:
                refusal = sentence(refused)
            else:
                messages.success(request, _("We have your objection. An officer decides and writes to you."))
                return redirect("applicant:watchers", number=certificate.number)
    context = {
        "certificate": certificate, "form": form, "chosen": chosen, "refusal": refusal,
        "days": int(figure("objection_answer_days", today).value),
        "rows": [(one, _why(one), words.fill("organisations", f"kind_{one.organisation.kind}", lang=reader()))
                 for one in found],
    }  # fmt: skip
    return render(request, "applicant/watchers.html", context, status=409 if refusal else 422 if form.errors else 200)


def _chosen(found: list[Watcher], uuid: str) -> Watcher:
    try:
        return next(one for one in found if one.watch.uuid == UUID(uuid))
    except (ValueError, StopIteration):
        raise Http404 from None


def _why(one: Watcher) -> str:
    """The agreement's own sentence, in the reader's language."""
    return one.agreement.text(reader()) if one.agreement else ""
