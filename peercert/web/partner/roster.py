"""Whom an organisation watches now: found by name or number, one more watched, one no longer."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.program.certificates.locate import locate
from peercert.program.certificates.queries import public_answers
from peercert.program.errors import Refused
from peercert.program.journey import rosters
from peercert.program.people.queries import agreement_in_force
from peercert.program.rosters import queries
from peercert.program.rosters.models import Watch
from peercert.rules.days import day_of
from peercert.web.doors import member, now, sentence
from peercert.web.find import paged, typed
from peercert.web.standing import standing_word


class WatchForm(forms.Form):
    """One certificate to watch, by its number."""

    number = forms.CharField(
        label=gettext_lazy("Certificate number"), max_length=60,
        error_messages={"required": gettext_lazy("Enter the number on the certificate.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


@member("keep_roster")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """The newest watch first; a post watches one more person or stops watching one."""
    row, moment = request.organisation, now()  # type: ignore[attr-defined]
    step = request.POST.get("step", "")
    form = WatchForm(request.POST if request.method == "POST" and step != "stop" else None)
    refusal = ""
    if request.method == "POST":
        try:
            if _take(request, step, form):
                return redirect("partner:roster", organisation=row.uuid)
        except Refused as refused:
            refusal = sentence(refused)
    asked = typed(request)
    found, ways = paged(request, _found(request, asked))
    today = day_of(moment)
    answers = public_answers([one.certificate for one in found], today, today=today)
    context = {
        "form": form, "refusal": refusal, "q": asked, "today": today,
        "may_watch": agreement_in_force(row, today) is not None,
        "rows": [
            (watch, answer, standing_word(answer.standing)) for watch, answer in zip(found, answers, strict=True)
        ],
        **ways,
    }  # fmt: skip
    return render(request, "partner/roster.html", context, status=409 if refusal else 422 if form.errors else 200)


def _found(request: HttpRequest, asked: str) -> QuerySet[Watch]:
    """The open watches, or those of whom a typed number or whole words of a name may mean."""
    watches = queries.open_watches(request.organisation).select_related("certificate__person")  # type: ignore[attr-defined]
    if not asked:
        return watches
    certificate = locate(asked).certificate
    if certificate is not None:
        return watches.filter(certificate=certificate)
    return watches.filter(certificate__person__in=queries.people_with_words(asked))


def _take(request: HttpRequest, step: str, form: WatchForm) -> bool:
    organisation, given = request.organisation, {"actor": request.actor, "now": now()}  # type: ignore[attr-defined]
    if step == "stop":
        try:
            rosters.stop_watching(organisation.pk, UUID(request.POST.get("watch", "")), **given)
        except (ValueError, Watch.DoesNotExist):
            raise Http404 from None
        messages.success(request, _("This person is no longer watched."))
        return True
    if not form.is_valid():
        return False
    rosters.watch(organisation.pk, form.cleaned_data["number"], **given)
    messages.success(request, _("This person is on your roster from now on, and is told so."))
    return True
