"""Organisations on officers' pages: who asks for an account, which are open, and one of them with its steps."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from peercert.program.access import may, tied_organisations
from peercert.program.errors import Refused
from peercert.program.journey import members
from peercert.program.journey import organisations as journey
from peercert.program.people.organisations import PURPOSES, Organisation
from peercert.program.people.queries import agreement_in_force
from peercert.program.people.quotas import KINDS, most_agreed
from peercert.rules.days import add_days, add_years, day_of
from peercert.rules.names import fold
from peercert.web.doors import now, officer, sentence
from peercert.web.find import paged, typed
from peercert.web.partner.api_use import asked, written
from peercert.web.partner.words import STATES, said
from peercert.web.staff.case_frame import named, named_all
from peercert.web.staff.find_person import key_given
from peercert.web.ui.fields import DayField
from peercert.web.ui.parts import Chip, Row
from peercert.web.ui.templatetags.ui import day_words

#: What a list shows, by the name in its address.
SHOWN: dict[str, dict[str, Any]] = {
    "asked": {"approved_at": None, "declined_at": None},
    "open": {"approved_at__isnull": False, "ended_at": None},
    "over": {"approved_at__isnull": False, "ended_at__isnull": False},
    "declined": {"declined_at__isnull": False},
}


class AgreementForm(forms.Form):
    """What is agreed, in words that holders read, and from when to when."""

    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"))
    text_en = forms.CharField(
        label=gettext_lazy("The purpose in one sentence, in English"), max_length=400,
        help_text=gettext_lazy("Holders read it where they see who watches their certificate."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    text_es = forms.CharField(
        label=gettext_lazy("The same in Spanish"), max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )
    signed_by = forms.CharField(label=gettext_lazy("Who signed for the organization"), max_length=200)
    from_on = DayField(label=gettext_lazy("First day"))
    until_on = DayField(label=gettext_lazy("Last day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = [(code, said(f"purpose_{code}")) for code, _name in PURPOSES]  # type: ignore[attr-defined]


class QuotaForm(forms.Form):
    """How much of one kind may be asked a day."""

    kind = forms.ChoiceField(label=gettext_lazy("What is asked"))
    most = forms.IntegerField(
        label=gettext_lazy("At most a day"), required=False, min_value=0, max_value=journey.MOST_QUOTA,
        help_text=gettext_lazy("Leave it empty to go by the figure again."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(code, capfirst(asked(code))) for code in KINDS]  # type: ignore[attr-defined]


@officer("see_organisations")
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Those that ask first; found by a part of the name. Nothing of one to which this officer is tied."""
    show, text = request.GET.get("show", "asked"), typed(request)
    if show not in SHOWN:
        show = "asked"
    every = Organisation.objects.exclude(pk__in=tied_organisations(request.actor).values("pk"))  # type: ignore[attr-defined]
    rows = every.filter(name_key__contains=fold(text)) if fold(text) else every.filter(**SHOWN[show])
    found, ways = paged(request, rows)
    here = reverse("staff:organisations")
    labels = {"asked": _("Waiting"), "open": _("Open"), "over": _("Ended"), "declined": _("Not opened")}
    context = {
        "rows": [(one, said(f"kind_{one.kind}"), STATES[one.state], said(f"state_{one.state}")) for one in found],
        "q": text, "show": show, "asking": every.filter(**SHOWN["asked"]).count(),
        "filters": [
            Chip(label, f"{here}?{urlencode({'show': code})}", is_on=code == show and not text)
            for code, label in labels.items()
        ],
        **ways,
    }  # fmt: skip
    return render(request, "staff/organisations.html", context)


@officer("see_organisations")
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """One organisation: what it said, its agreements, who administers it, and the steps that its state allows."""
    pk = get_object_or_404(Organisation, uuid=organisation).pk
    row = journey.open_for_work(pk, actor=request.actor, now=now())  # type: ignore[attr-defined]
    step = request.POST.get("step", "")
    today = day_of(now())
    days = {"from_on": today, "until_on": add_days(add_years(today, 1), -1)}
    form = AgreementForm(request.POST if step in {"approve", "agree"} else None, initial=days)
    quota = QuotaForm(request.POST if step == "quota" else None, prefix="quota")
    refusal = ""
    if request.method == "POST":
        if not may(request.actor, "keep_organisations"):  # type: ignore[attr-defined]
            raise Refused("not_yours")
        try:
            done = _take(request, row, step, form, quota)
        except Refused as refused:
            refusal = sentence(refused)
        else:
            if done:
                messages.success(request, _("It is done."))
                return redirect("staff:organisation", organisation=row.uuid)
    return _page(request, row, form, quota, refusal)


def _page(request: HttpRequest, row: Organisation, form: AgreementForm, quota: QuotaForm, refusal: str) -> HttpResponse:
    today = day_of(now())
    administrators = list(
        row.memberships.filter(role="administrator", until_at=None).select_related("person__account")[:20]
    )
    names = named_all(one.person for one in administrators)
    agreements = list(row.agreements.order_by("-from_on", "-pk")[:20])
    context = {
        "row": row, "form": form, "refusal": refusal, "facts": _facts(row),
        "kind": STATES[row.state], "state": said(f"state_{row.state}"),
        "keeps": may(request.actor, "keep_organisations"),  # type: ignore[attr-defined]
        "declined": [(code, said(code)) for code in journey.DECLINED],
        "ended": [(code, said(code)) for code in journey.ENDED],
        "administrators": [(one, names[one.person_id]) for one in administrators],
        "agreements": [(one, said(f"purpose_{one.purpose}"), one.is_in_force(today)) for one in agreements],
        "in_force": agreement_in_force(row, today),
        "quota": quota,
        "quotas": [(asked(kind), written(most_agreed(row.quotas, kind, today)), kind in row.quotas) for kind in KINDS],
        "counts": (row.memberships.filter(until_at=None).count(), row.api_keys.filter(revoked_at=None).count()),
    }  # fmt: skip
    bad = form.errors or quota.errors
    return render(request, "staff/organisation.html", context, status=409 if refusal else 422 if bad else 200)


def _take(request: HttpRequest, row: Organisation, step: str, form: AgreementForm, quota: QuotaForm) -> bool:
    """Take the step that was posted; false where its form needs another look."""
    who = {"actor": request.actor, "now": now()}  # type: ignore[attr-defined]
    because, sent = request.POST.get("because", ""), request.POST
    if step in {"approve", "agree"}:
        if form.is_valid():
            take = journey.approve if step == "approve" else journey.agree
            take(row.pk, **form.cleaned_data, **who)
        return not form.errors
    if step == "quota":
        if quota.is_valid():
            journey.agree_quota(row.pk, **quota.cleaned_data, **who)
        return not quota.errors
    if step == "decline":
        journey.decline(row.pk, because, **who)
    elif step == "end":
        journey.end(row.pk, because, **who)
    elif step == "end_agreement":
        chosen = get_object_or_404(row.agreements, pk=key_given(sent.get("chosen", "")))
        journey.end_agreement(chosen.pk, because, **who)
    elif step == "rename":
        journey.rename(row.pk, sent.get("name", "")[:200], **who)
    elif step == "invite":
        language = sent.get("language", "en")
        members.invite_administrator(row.pk, sent.get("email", "")[:254], language=language, **who)
    elif step == "tie":
        journey.declare_tie(row.pk, **who)
    else:
        raise Http404
    return True


def _facts(row: Organisation) -> list[Row]:
    rows = [
        Row(_("Kind"), said(f"kind_{row.kind}")),
        Row(_("Postal address"), row.address),
        Row(_("Whom to call"), row.contact),
        Row(_("What for, in their words"), format_html('<span lang="{}">{}</span>', row.asked_by.language, row.wants)),
        Row(_("Asked"), f"{day_words(day_of(row.asked_at))}, {named(row.asked_by)}", hint=_address_of(row)),
    ]
    if row.approved_at:
        rows.append(Row(_("Opened"), f"{day_words(day_of(row.approved_at))}, {named(row.approved_by)}"))
    if row.declined_at:
        day = day_words(day_of(row.declined_at))
        rows.append(Row(_("Not opened"), f"{day}, {named(row.declined_by)}: {said(row.declined_because)}"))
    if row.ended_at:
        day = day_words(day_of(row.ended_at))
        rows.append(Row(_("Ended"), f"{day}, {named(row.ended_by)}: {said(row.ended_because)}"))
    return rows


def _address_of(row: Organisation) -> str:
    return row.asked_by.account.email if row.asked_by.account else ""
