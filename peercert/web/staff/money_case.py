"""The money of one case: fees, payments, payers, and the ledger behind them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from peercert.program.access import Barred
from peercert.program.errors import Refused
from peercert.program.journey import pay
from peercert.program.money.models import Coverage, Due, LedgerTransaction
from peercert.program.money.queries import balance, covering, credit_of, dues_of, ledger_of, payments_of
from peercert.web.doors import now, officer, sentence
from peercert.web.money_words import ACCOUNTS, EVENTS, PAYERS, item_words
from peercert.web.staff.case_frame import can, frame, opened, the_case
from peercert.web.staff.money_forms import PayerForm, ReleaseForm, TakeBackForm, refused_in


@officer("see_money")
def money_case(request: HttpRequest, number: str) -> HttpResponse:
    """What is owed and paid in a case; a finance officer records a payer here."""
    case = (the_case if request.method == "POST" else opened)(request, number)
    actor = request.actor  # type: ignore[attr-defined]
    form = PayerForm(request.POST or None, case=case, initial={"kind": "scholarship"})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            pay.record_payer(
                given["due"].pk,
                kind=given["kind"],
                number=given["number"],
                payer=given["payer"],
                actor=actor,
                now=now(),
            )
        except Refused as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, _("Recorded. The person was told that they need not pay this fee."))
            return redirect(request.path)
    page = {
        **frame(request, case, "money_case"),
        "dues": [_due(due) for due in dues_of(case)],
        "payments": payments_of(case),
        "credit": credit_of(case),
        "ledger": [_event(event) for event in ledger_of(case)],
        "form": form,
        "can_pay": can(request, "record_payment", case),
        "can_record_payer": can(request, "record_payer", case) and form.fields["due"].queryset.exists(),  # type: ignore[attr-defined]
        "can_take_back": can(request, "record_payer", case),
        "can_release": can(request, "release_fee", case),
    }
    return render(request, "staff/money_case.html", page, status=422 if form.is_bound else 200)


@officer("record_payer")
def money_take_back(request: HttpRequest, number: str, coverage: int) -> HttpResponse:
    """Take a payer back, saying why; the fee is owed again."""
    case = the_case(request, number)
    found = get_object_or_404(Coverage, pk=coverage, due__case=case)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pay.take_back_payer(
                found.pk,
                because=form.cleaned_data["because"],
                actor=request.actor,
                now=now(),  # type: ignore[attr-defined]
            )
        except Barred:
            raise
        except Refused as refusal:
            messages.error(request, sentence(refusal))
        else:
            messages.success(request, _("The payer was taken back, and the person was told what is owed."))
        return redirect(reverse("staff:money_case", args=[case.number]))
    page = {
        **frame(request, case, "money_case"), "form": form, "item": item_words(found.due), "coverage": found,
        "kind": PAYERS[found.kind],
    }  # fmt: skip
    return render(request, "staff/money_take_back.html", page, status=422 if form.is_bound else 200)


@officer("release_fee")
def money_release(request: HttpRequest, number: str, due: int) -> HttpResponse:
    """Release a fee that was paid for nothing, saying why."""
    case = the_case(request, number)
    found = get_object_or_404(Due, pk=due, case=case)
    form = ReleaseForm(request.POST or None)
    back = redirect(reverse("staff:money_case", args=[case.number]))
    if pay.paid_for_nothing(found) is None:
        messages.error(request, sentence(Refused("fee_stands")))
        return back
    if request.method == "POST" and form.is_valid():
        pay.release_fee(found.pk, because=form.cleaned_data["because"], actor=request.actor, now=now())  # type: ignore[attr-defined]
        messages.success(request, _("The fee is released, and the person was told. What paid it can be sent back."))
        return back
    page = {**frame(request, case, "money_case"), "form": form, "item": item_words(found)}
    return render(request, "staff/money_release.html", page, status=422 if form.is_bound else 200)


def _due(due: Due) -> dict[str, object]:
    owed, payer = balance(due), covering(due)
    return {
        "row": due,
        "item": item_words(due),
        "is_for_nothing": pay.paid_for_nothing(due) is not None,
        "amount": due.amount_cents,
        "owed_on": due.owed_on,
        "owed": owed,
        "settled_at": due.settled_at,
        "payer": payer,
        "payer_kind": PAYERS[payer.kind] if payer else "",
    }


def _event(event: LedgerTransaction) -> dict[str, object]:
    """One money event with its two sides in words."""
    sides = [(ACCOUNTS.get(each.account, each.account), each.cents) for each in event.entries.all()]
    return {
        "at": event.at, "on": event.on, "what": EVENTS[event.kind], "sides": sides,
        "item": item_words(event.due) if event.due else "",
        "reference": event.payment.reference if event.payment else "",
    }  # fmt: skip
