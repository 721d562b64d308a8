"""Take a certificate off the register: it was recorded twice, and another answers for it, or by mistake."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from peercert.program.casework.models import Task
from peercert.program.certificates.locate import locate
from peercert.program.certificates.models import Certificate
from peercert.program.errors import Refused
from peercert.program.journey import merge
from peercert.program.journey.carry_over import NPI, Difference, differences
from peercert.program.journey.review import reach
from peercert.web.doors import now, officer, sentence
from peercert.web.staff.case_frame import can, frame, the_case
from peercert.web.staff.two_certificates import compared, days
from peercert.web.standing import area_words

#: Why a number leads to no certificate that could be compared.
_NOT_FOUND = {
    "unknown": gettext_lazy("No certificate has this number. Compare it with the certificate."),
    "mistyped": gettext_lazy("There is a typing mistake in this number. Compare it with the certificate."),
    "no_number": gettext_lazy("This is not the number of a certificate. It begins with C."),
    "retired": gettext_lazy("This certificate was taken off the register already."),
}


class OtherForm(forms.Form):
    """Which other certificate is the same person's."""

    other = forms.CharField(
        label=gettext_lazy("Number of the other certificate"), max_length=60,
        error_messages={"required": gettext_lazy("Write the number of the other certificate.")},
    )  # fmt: skip

    def clean_other(self) -> Certificate:
        """The certificate that answers for the number today."""
        located = locate(self.cleaned_data["other"])
        if located.certificate is None:
            raise forms.ValidationError(_NOT_FOUND[located.how])
        return located.certificate


class MergeForm(forms.Form):
    """Which of the two stays, and how the officer knows that they are one."""

    stays = forms.ChoiceField(
        label=gettext_lazy("Which one stays?"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the certificate that stays.")},
    )  # fmt: skip
    because = forms.CharField(
        label=gettext_lazy("How do you know that they are the same person’s?"), max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("For the second person and the timeline. Nobody outside sees it."),
        error_messages={"required": gettext_lazy("Say how you know it.")},
    )  # fmt: skip

    def __init__(self, *args: Any, pair: Sequence[Certificate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stays"].choices = [(one.number, f"{one.number}, {one.printed_name}") for one in pair]  # type: ignore[attr-defined]
        self.found = differences(*pair) if pair else []
        for one in self.found:
            self.fields[f"right_{one.what}"] = forms.ChoiceField(
                label=_what(one), choices=list(_answers(one, pair)), widget=forms.RadioSelect,
                help_text=_("The records contradict each other. Find out which is right."),
                error_messages={"required": _("Choose which record is right.")},
            )  # fmt: skip
        self.order_fields(["stays", *(f"right_{one.what}" for one in self.found), "because"])

    def choices(self, stays: Certificate) -> dict[str, str]:
        """What was chosen where the records contradict each other, seen from the one that stays."""
        given = {one.what: self.cleaned_data[f"right_{one.what}"] for one in self.found}
        seen = {stays.number: "stays", "both": "both"}
        return {what: seen.get(said, "goes") for what, said in given.items()}


def _what(one: Difference) -> str:
    return (
        _("Which NPI is theirs?")
        if one.what == NPI
        else _("Which days are right for “%(area)s”?") % {"area": area_words([one.what])[0]}
    )


def _answers(one: Difference, pair: Sequence[Certificate]) -> Iterator[tuple[str, str]]:
    for certificate, said in zip(pair, (one.goes, one.stays), strict=True):
        told = (f"{row.npi}, {days(row.days)}" if one.what == NPI else days(row) for row in said)
        yield certificate.number, f"{certificate.number}: {'; '.join(told)}"
    if "both" in one.answers:
        yield "both", _("Every day that either of them has")


class RetireForm(forms.Form):
    """Why the certificate should never have been recorded."""

    because = forms.CharField(
        label=gettext_lazy("Why should it never have been recorded?"), max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("For the second person and the timeline. Nobody outside sees it."),
        error_messages={"required": gettext_lazy("Say why.")},
    )  # fmt: skip


@officer("retire_certificate")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_off(request: HttpRequest, number: str) -> HttpResponse:
    """Both records side by side, once the other is named (`?other=`); what is proposed goes to a second person."""
    case = the_case(request, number)
    certificate = get_object_or_404(Certificate.objects.select_related("case", "person__account"), case=case)
    if certificate.retired_at is not None or not can(request, "retire_certificate", case):
        return redirect("staff:certificate", number=case.number)
    step = request.POST.get("step", "")
    asks = OtherForm(request.GET if "other" in request.GET else None)
    other = _other(request, certificate, asks)
    pair = [certificate, other] if other else []
    merging = MergeForm(request.POST if step == "merge" else None, prefix="merge", pair=pair)
    retiring = RetireForm(request.POST if step == "retire" else None, prefix="retire")
    refusal = ""
    if request.method == "POST":
        try:
            task = _proposed(request, step, certificate, other, merging, retiring)
        except Refused as refused:
            refusal = sentence(refused)
        else:
            if task is not None:
                messages.success(request, _("It is proposed. Nothing changes before a second person agrees."))
                return redirect("staff:task", task=task.pk)
    bad = bool(asks.errors or merging.errors or retiring.errors)
    context = frame(request, case, "certificate") | {
        "certificate": certificate, "other": other, "asks": asks, "merging": merging, "retiring": retiring,
        "pair": pair, "lines": compared(pair), "proposal": merge.proposal_about(certificate), "refusal": refusal,
    }  # fmt: skip
    return render(request, "staff/take_off.html", context, status=409 if refusal else 422 if bad else 200)


def _other(request: HttpRequest, certificate: Certificate, asks: OtherForm) -> Certificate | None:
    """The other certificate, where it was named and this officer may see its case."""
    if not asks.is_bound or not asks.is_valid():
        return None
    other: Certificate = asks.cleaned_data["other"]
    if other.pk == certificate.pk:
        asks.add_error("other", sentence(Refused("merged_with_itself")))
        return None
    other = Certificate.objects.select_related("case", "person__account").get(pk=other.pk)
    reach(other.case, actor=request.actor, now=now())  # type: ignore[attr-defined]
    return other


def _proposed(
    request: HttpRequest, step: str, certificate: Certificate, other: Certificate | None, merging: MergeForm,
    retiring: RetireForm,
) -> Task | None:  # fmt: skip
    """What was posted, proposed; None where a form needs another look."""
    who = {"actor": request.actor, "now": now()}  # type: ignore[attr-defined]
    if step == "retire":
        if not retiring.is_valid():
            return None
        return merge.propose_retirement(certificate.pk, retiring.cleaned_data["because"], **who)
    if step != "merge" or other is None:
        raise Http404
    if not merging.is_valid():
        return None
    given = merging.cleaned_data
    stays, goes = (certificate, other) if given["stays"] == certificate.number else (other, certificate)
    return merge.propose_merge(goes.pk, stays.pk, given["because"], choices=merging.choices(stays), **who)
