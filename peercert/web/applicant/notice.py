"""Reading our written notice about one's certificate, and answering it, before anything is closed."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from peercert.program.casework.models import Task
from peercert.program.errors import Refused
from peercert.program.journey import oversee
from peercert.web.applicant.keep import said
from peercert.web.applicant.own import own_application
from peercert.web.doors import as_applicant, now, signed_in


class NoticeForm(forms.Form):
    """The holder's side, in their own words."""

    text = forms.CharField(
        label=__("Your answer"),
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=10_000,
        error_messages={"required": __("Write your answer first, in your own words.")},
    )


@signed_in
def notice(request: HttpRequest, case: UUID, task: int) -> HttpResponse:
    """The open notice of this case with the place to answer."""
    application = own_application(request, case)
    found = Task.objects.filter(pk=task, case=application.case_id, noticed_at__isnull=False).first()
    if found is None:
        raise Refused("not_yours")
    form = NoticeForm(request.POST or None, initial={"text": found.answer})
    if request.method == "POST" and form.is_valid():
        try:
            oversee.answer_notice(found.pk, form.cleaned_data["text"], actor=as_applicant(request), now=now())
            messages.success(request, _("Your answer is here. Two officers read it before anything is decided."))
            return redirect("applicant:status", case=case)
        except Refused as why:
            form.add_error("text", said(why))
    given = {"form": form, "case": application.case, "task": found}
    return render(request, "applicant/notice.html", given, status=422 if form.errors else 200)
