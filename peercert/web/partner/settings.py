"""Where and by whom an organisation is reached: changed by its administrators, read by all its people."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from peercert.program.access import may
from peercert.program.errors import Refused
from peercert.program.journey import organisations
from peercert.web.doors import member, now, sentence
from peercert.web.partner.words import said
from peercert.web.ui.parts import Row


class ContactForm(forms.Form):
    """The address, and whom the program calls."""

    address = forms.CharField(
        label=gettext_lazy("Postal address"), max_length=300,
        error_messages={"required": gettext_lazy("Enter the address.")},
    )  # fmt: skip
    contact = forms.CharField(
        label=gettext_lazy("Whom the program calls: name and phone number"), max_length=200,
        error_messages={"required": gettext_lazy("Enter whom we call.")},
    )  # fmt: skip


@member("see_organisation")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """What the program knows of the organisation; administrators change how it is reached."""
    row = request.organisation  # type: ignore[attr-defined]
    keeps = may(request.member, "keep_members")  # type: ignore[attr-defined]
    form = ContactForm(request.POST or None, initial={"address": row.address, "contact": row.contact})
    if request.method == "POST" and form.is_valid():
        try:
            organisations.change_contact(row.pk, **form.cleaned_data, actor=request.actor, now=now())  # type: ignore[attr-defined]
        except Refused as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, _("It is changed."))
            return redirect("partner:settings", organisation=row.uuid)
    rows = [Row(_("Name"), row.name), Row(_("Kind"), said(f"kind_{row.kind}"))]
    if not keeps:
        rows += [Row(_("Postal address"), row.address), Row(_("Whom the program calls"), row.contact)]
    context = {"form": form, "keeps": keeps, "rows": rows}
    return render(request, "partner/settings.html", context, status=422 if form.errors else 200)
