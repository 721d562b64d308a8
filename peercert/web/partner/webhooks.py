"""Webhooks of an organisation: addresses entered, knocked at, paused, resumed, removed, and sent to again."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.gateways.webhooks import BadAddress, check_address
from peercert.program.errors import Refused
from peercert.program.journey import webhooks as journey
from peercert.program.people.queries import agreement_in_force
from peercert.program.rosters.webhooks import Endpoint
from peercert.rules.days import day_of
from peercert.web.doors import member, now, sentence
from peercert.web.find import paged
from peercert.web.partner.words import said
from peercert.web.ui.fields import DayField
from peercert.web.ui.parts import Kind


class AddressForm(forms.Form):
    """The address of a machine that takes changes."""

    url = forms.CharField(
        label=gettext_lazy("Address"), max_length=500,
        help_text=gettext_lazy(
            "Whole, like https://example.org/changes. A first message, about nobody, goes there; then changes follow."
        ),
        widget=forms.URLInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the address of your program.")},
    )  # fmt: skip

    def clean_url(self) -> str:
        """An address that looks right. Where its name leads to is found out by the first message, not here."""
        url: str = self.cleaned_data["url"].strip()
        try:
            check_address(url, allow_local=settings.ENVIRONMENT.is_demo)
        except BadAddress as bad:
            raise ValidationError(sentence(Refused(bad.code)), code=bad.code) from None
        return url


class ReplayForm(forms.Form):
    """From which day on everything is sent again."""

    since = DayField(label=gettext_lazy("Send again everything from this day on"))


@member("keep_webhooks")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every address with how it stands, and a form for another one."""
    step = request.POST.get("step", "")
    form = AddressForm(request.POST if step == "add" else None)
    again = ReplayForm(request.POST if step == "replay" else None)
    refusal = ""
    if request.method == "POST":
        try:
            says = _take(request, step, form, again)
        except Refused as refused:
            refusal = sentence(refused)
        else:
            if says:
                messages.success(request, says)
                return redirect("partner:webhooks", organisation=request.organisation.uuid)  # type: ignore[attr-defined]
    return _page(request, form, again, refusal)


@member("keep_webhooks")
@never_cache
@require_http_methods(["GET", "HEAD"])
def webhook(request: HttpRequest, endpoint: UUID) -> HttpResponse:
    """What went to one address, the newest first."""
    row = request.organisation  # type: ignore[attr-defined]
    one = get_object_or_404(Endpoint.objects.exclude(state="removed"), organisation=row, uuid=endpoint)
    sent = one.deliveries.select_related("reach__change__certificate")
    found, ways = paged(request, sent)
    rows = [
        (delivery, delivery.reach.change, *_delivery_state(delivery.state), _said(delivery.said)) for delivery in found
    ]
    return render(request, "partner/webhook.html", {"endpoint": one, "rows": rows, **ways})


def _page(request: HttpRequest, form: AddressForm, again: ReplayForm, refusal: str) -> HttpResponse:
    row = request.organisation  # type: ignore[attr-defined]
    found = list(Endpoint.objects.filter(organisation=row).exclude(state="removed").order_by("-pk"))
    waiting = journey.waiting_counts(found)
    context = {
        "form": form, "again": again, "refusal": refusal, "most": journey.MOST,
        "may_add": len(found) < journey.MOST and agreement_in_force(row, day_of(now())) is not None,
        "rows": [(one, *_state(one), _hint(one), _said(one.last_said), waiting.get(one.pk, 0)) for one in found],
        "open": [one for one in found if one.state == "active"],
    }  # fmt: skip
    wrong = bool(form.errors or again.errors)
    return render(request, "partner/webhooks.html", context, status=409 if refusal else 422 if wrong else 200)


def _take(request: HttpRequest, step: str, form: AddressForm, again: ReplayForm) -> str:
    """Take the step that was posted; what is said of it, "" where the form is not right."""
    row = request.organisation  # type: ignore[attr-defined]
    who: dict[str, Any] = {"actor": request.actor, "now": now()}  # type: ignore[attr-defined]
    if step == "add":
        if not form.is_valid():
            return ""
        journey.add_endpoint(row.pk, form.cleaned_data["url"], **who)
        return _("A first message is on its way there. The list says what becomes of it.")
    try:
        one = get_object_or_404(Endpoint, organisation=row, uuid=UUID(request.POST.get("chosen", "")))
    except ValueError:
        raise Http404 from None
    if step == "replay":
        if not again.is_valid():
            return ""
        count = journey.replay(one.pk, again.cleaned_data["since"], **who)
        return ngettext("%(count)s message goes out again.", "%(count)s messages go out again.", count) % {
            "count": count
        }
    steps = {"resume": journey.resume_endpoint, "pause": journey.pause_endpoint, "remove": journey.remove_endpoint}
    if step not in steps:
        raise Http404
    steps[step](one.pk, **who)
    return {
        "resume": _("A first message is on its way there. The list says what becomes of it."),
        "pause": _("Paused. Changes wait."),
        "remove": _("Removed. Nothing more is sent there."),
    }[step]


def _state(one: Endpoint) -> tuple[Kind, str]:
    if one.state == "new":
        is_wrong = one.last_said.startswith("address_")
        return ("yours", _("no message goes there")) if is_wrong else ("waiting", _("has not answered yet"))
    if one.state == "paused":
        return "yours", {"down": _("paused: down for three days"), "gone": _("paused: it wants no messages")}.get(
            one.because, _("paused")
        )
    return ("yours", _("down, we keep trying")) if one.failing_since else ("done", _("takes messages"))


def _hint(one: Endpoint) -> str:
    """What its reader can do, where something is to be done."""
    if one.state == "paused":
        return _("Changes wait until you resume it.")
    if one.state == "new" and one.last_said.startswith("address_"):
        return _("Remove it and enter the right one, or try it again once its name is put right.")
    if one.state == "new":
        return _("Changes follow once it takes our first message. Look at your program, then try it again.")
    return ""


def _delivery_state(state: str) -> tuple[Kind, str]:
    states: dict[str, tuple[Kind, str]] = {
        "waiting": ("waiting", _("waiting")), "taken": ("done", _("taken by your program")),
        "given_up": ("neutral", _("given up")),
    }  # fmt: skip
    return states[state]


def _said(word: str) -> str:
    """What the other side answered: a number as it is, a fault of the line in words."""
    if not word or word.isdigit():
        return word
    return sentence(Refused(word)) if word.startswith("address_") else said(f"line_{word}")
