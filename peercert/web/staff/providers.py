"""Training providers and the spans in which they may teach: a plain page until providers have their own door."""

from datetime import date
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from peercert.program.errors import Refused
from peercert.program.journey import partner
from peercert.program.training.models import Provider, ProviderApproval
from peercert.program.training.queries import every_provider
from peercert.rules.days import day_of
from peercert.rules.names import fold
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import said
from peercert.web.staff.find_person import key_given
from peercert.web.ui.fields import DayField


class ProviderForm(forms.Form):
    """Who teaches, and how to reach them."""

    name = forms.CharField(label=_("Name of the provider"), max_length=200)
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    contact = forms.CharField(label=_("Whom to reach there"), max_length=200, required=False)


class SpanForm(forms.Form):
    """A span of authorisation: approved, and the contract executed."""

    type = forms.ChoiceField(label=_("Training type"))
    language = forms.ChoiceField(label=_("Language"))
    approved_on = DayField(label=_("Approved on"))
    contract_executed_on = DayField(label=_("Contract executed on (leave empty if not yet)"), required=False)
    until_on = DayField(label=_("Last day (leave empty if it goes on)"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [(code, said(f"provider_{code}")) for code, _name in ProviderApproval.TYPES]
        self.fields["language"].choices = [(code, said(f"language_{code}")) for code in ("en", "es")]


class DayForm(forms.Form):
    """One day of a span: the last one, or that of the contract."""

    on = DayField(label=_("Day"))


@officer("keep_providers")
@require_http_methods(["GET", "HEAD", "POST"])
def providers(request: HttpRequest) -> HttpResponse:
    """Every provider with its spans, found by name; and the form for a new one."""
    form = ProviderForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = partner.record_provider(**form.cleaned_data, actor=request.actor, now=now())
        except Refused as refused:
            refusal = sentence(refused)
        else:
            return redirect("staff:provider", provider=made.uuid)
    sought = fold(request.GET.get("q", ""))[:100]
    rows = [one for one in every_provider() if sought in one.name_key]
    on = day_of(now())
    context = {
        "form": form, "refusal": refusal, "sought": request.GET.get("q", ""),
        "rows": [(one, [span_words(span, on) for span in _spans(one) if span.taken_back_at is None]) for one in rows],
    }  # fmt: skip
    return render(request, "staff/providers.html", context, status=409 if refusal else 422 if form.errors else 200)


@officer("keep_providers")
@require_http_methods(["GET", "HEAD", "POST"])
def provider(request: HttpRequest, provider: UUID) -> HttpResponse:
    """One provider: its name and contact, its spans, and a new span."""
    row = get_object_or_404(Provider.objects.prefetch_related("approvals"), uuid=provider)
    wanted = request.POST.get("step", "") if request.method == "POST" else ""
    known = {"name": row.name, "website": row.website, "contact": row.contact}
    change = ProviderForm(request.POST if wanted == "change" else None, initial=known, prefix="change")
    span = SpanForm(request.POST if wanted == "span" else None, prefix="span")
    refusal = ""
    if wanted:
        try:
            done = _take(request, row, wanted, change, span)
        except Refused as refused:
            refusal = sentence(refused)
        else:
            if done:
                return redirect("staff:provider", provider=row.uuid)
    on = day_of(now())
    context = {
        "row": row, "change": change, "span": span, "refusal": refusal,
        "spans": [(one, span_words(one, on)) for one in _spans(row)],
    }  # fmt: skip
    bad = bool(change.errors or span.errors)
    return render(request, "staff/provider.html", context, status=409 if refusal else 422 if bad else 200)


def _take(request: HttpRequest, row: Provider, wanted: str, change: ProviderForm, span: SpanForm) -> bool:
    """Take the step that was posted; false where its form has to be looked at again."""
    who = {"actor": request.actor, "now": now()}
    if wanted == "change":
        if change.is_valid():
            partner.change_provider(row.uuid, **change.cleaned_data, **who)
        return not change.errors
    if wanted == "span":
        if span.is_valid():
            partner.record_authorisation(row.uuid, **span.cleaned_data, **who)
        return not span.errors
    chosen = get_object_or_404(row.approvals, pk=key_given(request.POST.get("chosen", "")))
    if wanted == "take_back":
        partner.take_back_authorisation(chosen.pk, request.POST.get("because", "")[:200], **who)
        return True
    if wanted not in {"end", "contract"}:
        raise Http404
    day = DayForm(request.POST, prefix=f"{wanted}-{chosen.pk}")
    if not day.is_valid():
        raise Refused("day_needed")
    take = partner.end_authorisation if wanted == "end" else partner.execute_contract
    take(chosen.pk, day.cleaned_data["on"], **who)
    return True


def span_words(span: ProviderApproval, on: date) -> dict[str, object]:
    """A span as the page draws it, with its state on a day."""
    starts = None if span.contract_executed_on is None else max(span.approved_on, span.contract_executed_on)
    if span.taken_back_at is not None:
        state, kind = _("taken back"), "neutral"
    elif starts is None:
        state, kind = _("no contract yet"), "yours"
    elif starts > on:
        state, kind = _("begins later"), "waiting"
    elif span.until_on is not None and span.until_on < on:
        state, kind = _("ended"), "neutral"
    else:
        state, kind = _("authorized"), "done"
    return {
        "span": span, "type": said(f"provider_{span.type}"), "language": said(f"language_{span.language}"),
        "state": state, "kind": kind, "starts": starts,
        "end": DayForm(prefix=f"end-{span.pk}"), "contract": DayForm(prefix=f"contract-{span.pk}"),
    }  # fmt: skip


def _spans(row: Provider) -> list[ProviderApproval]:
    return sorted(row.approvals.all(), key=lambda one: (one.type, one.language, one.approved_on))
