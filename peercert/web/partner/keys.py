"""Keys of an organisation: made, replaced, revoked. What one carries is shown once, on the answer itself."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.program.errors import Refused
from peercert.program.journey import api_keys
from peercert.program.people.organisations import SCOPES, ApiKey
from peercert.program.people.queries import agreement_in_force
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure
from peercert.web.doors import member, now, sentence
from peercert.web.find import paged
from peercert.web.partner.words import called, said
from peercert.web.ui.fields import DayField
from peercert.web.ui.parts import Kind


class KeyForm(forms.Form):
    """A name, what the key opens, and its last day."""

    name = forms.CharField(
        label=gettext_lazy("Name of the key"), max_length=80,
        help_text=gettext_lazy("The program that will use it, such as “nightly check”."),
        error_messages={"required": gettext_lazy("Give the key a name.")},
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it opens"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one thing that the key opens.")},
    )  # fmt: skip
    expires_on = DayField(label=gettext_lazy("Last day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(code, said(f"scope_{code}")) for code, _name in SCOPES]  # type: ignore[attr-defined]


@member("keep_api_keys")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """Every key, the newest first, and a form for another one."""
    step, today = request.POST.get("step", ""), day_of(now())
    form = KeyForm(request.POST if step == "make" else None, initial={"expires_on": add_days(today, 90)})
    refusal = ""
    if request.method == "POST":
        try:
            made = _take(request, step, form)
        except Refused as refused:
            if refused.reason == "key_made_already":  # the page that showed it was loaded again
                messages.warning(request, sentence(refused))
                return redirect("partner:keys", organisation=request.organisation.uuid)  # type: ignore[attr-defined]
            refusal = sentence(refused)
        else:
            if made is not None:
                return render(request, "partner/key_made.html", {"key": made[0], "secret": made[1]})
            if not form.errors:
                messages.success(request, _("The key no longer opens anything."))
                return redirect("partner:keys", organisation=request.organisation.uuid)  # type: ignore[attr-defined]
    return _page(request, form, refusal)


def _page(request: HttpRequest, form: KeyForm, refusal: str) -> HttpResponse:
    row, moment = request.organisation, now()  # type: ignore[attr-defined]
    found, ways = paged(request, row.api_keys.select_related("made_by__account", "replaced_by"))
    names = called(one.made_by for one in found)
    context = {
        "form": form, "refusal": refusal, "asks_as": uuid4(),
        "may_make": agreement_in_force(row, day_of(moment)) is not None,
        "overlap": int(figure("api_key_overlap_days", day_of(moment)).value),
        "rows": [
            (one, names[one.made_by_id], [said(f"scope_{code}") for code in one.scopes], *_state(one)) for one in found
        ],
        **ways,
    }  # fmt: skip
    return render(request, "partner/keys.html", context, status=409 if refusal else 422 if form.errors else 200)


def _take(request: HttpRequest, step: str, form: KeyForm) -> tuple[ApiKey, str] | None:
    """Take the step that was posted; the new key with what it carries, where there is one."""
    row = request.organisation  # type: ignore[attr-defined]
    who = {"actor": request.actor, "now": now()}  # type: ignore[attr-defined]
    if step == "make":
        if not form.is_valid():
            return None
        return api_keys.make_key(row.pk, **form.cleaned_data, asked_as=_uuid(request, "asks_as"), **who)
    one = get_object_or_404(row.api_keys, uuid=_uuid(request, "chosen"))
    if step == "rotate":
        return api_keys.rotate_key(one.pk, asked_as=_uuid(request, "asks_as"), **who)
    if step != "revoke":
        raise Http404
    api_keys.revoke_key(one.pk, **who)
    return None


def _uuid(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None


def _state(key: ApiKey) -> tuple[Kind, str, bool]:
    """How a key stands, and whether another can take its place."""
    moment = now()
    replaced = hasattr(key, "replaced_by")
    if key.revoked_at is not None:
        return "neutral", _("revoked"), False
    if not key.is_good(moment, day_of(moment)):
        return "neutral", _("ran out"), False
    return ("waiting", _("replaced, ends soon"), False) if replaced else ("done", _("in use"), True)
