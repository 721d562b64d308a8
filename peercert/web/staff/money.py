"""Payments: what waits to be matched, what arrived lately, and recording what arrived."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from peercert.program.access import may, within_reach
from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.journey import pay
from peercert.program.money.models import Payment
from peercert.program.money.queries import account_sums, balance, dues_of, idle_credit, owed_in, unmatched_payments
from peercert.rules.days import day_of
from peercert.web.doors import now, officer
from peercert.web.find import FoundCases, find_cases, page_key, typed
from peercert.web.money_words import due_words
from peercert.web.staff.money_forms import PaymentForm, refused_in
from peercert.web.ui.parts import Chip

#: How many payments a page shows.
PAGE = 50


@officer("see_money")
def money(request: HttpRequest) -> HttpResponse:
    """What waits to be matched first; then what arrived, searched by the paper's number, its writer, or the case."""
    show, text = request.GET.get("show", "unmatched"), typed(request)
    found = find_cases(text, request.actor)  # type: ignore[attr-defined]
    payments = within_reach(_payments(show, text, found), request.actor, "case__person")  # type: ignore[attr-defined]
    before = page_key(request)
    if before:
        payments = payments.filter(pk__lt=before)
    rows = list(payments[: PAGE + 1])
    waiting = unmatched_payments().count()
    given = {
        "rows": rows[:PAGE],
        "cases": found.cases if text else [],
        "mistake": found.mistake,
        "q": text,
        "show": show,
        "waiting": waiting,
        "filters": _filters(show, text, waiting),
        "next_url": _address(show=show, q=text, before=rows[PAGE - 1].pk) if len(rows) > PAGE else "",
        "first_url": _address(show=show, q=text) if before else "",
        "may_record": may(request.actor, "record_payment"),  # type: ignore[attr-defined]
        "sums": _sums() if show == "ledger" else [],
    }
    return render(request, "staff/money.html", given)


@officer("record_payment")
def money_record(request: HttpRequest) -> HttpResponse:
    """Record a payment that arrived. A number on it finds its application; without one it waits as unmatched."""
    today = day_of(now())
    start = {"number": request.GET.get("number", ""), "means": "check"}
    form = PaymentForm(request.POST or None, today=today, initial=start)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            payment = pay.record_payment(
                form.case.pk if form.case else None, means=given["means"], reference=given["reference"],
                amount_cents=given["amount"], received_on=given["received_on"], payer_name=given["payer_name"],
                note=given["note"], actor=request.actor, now=now(),  # type: ignore[attr-defined]
            )  # fmt: skip
        except Refused as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, _recorded(payment))
            return redirect(reverse("staff:money_payment", args=[payment.uuid]))
    shown = {"form": form, "owed": _owed(form.case), "case": form.case}
    return render(request, "staff/money_record.html", shown, status=422 if form.is_bound else 200)


def _recorded(payment: Payment) -> str:
    """What became of a payment just recorded, in one sentence."""
    if payment.case is None:
        return _("Recorded. It waits as unmatched until you find whose it is.")
    if owed_in(payment.case):
        return _("Recorded, and the person was told what is still owed.")
    return _("Recorded. Nothing more is owed, and the person has a receipt.")


def _payments(show: str, text: str, found: FoundCases) -> QuerySet[Payment]:
    payments = Payment.objects.select_related("case__person", "recorded_by").prefetch_related("refunds").order_by("-pk")
    if text:
        return payments.filter(
            Q(reference__iexact=text) | Q(payer_name__icontains=text) | Q(case__in=[case.pk for case in found.cases])
        )
    if show == "ledger":
        return payments.none()
    if show == "returned":
        return payments.filter(returned_on__isnull=False)
    if show == "all":
        return payments
    if show == "idle":
        return idle_credit().select_related("case__person", "recorded_by").prefetch_related("refunds")
    if show == "sent_back":
        return payments.filter(refunds__isnull=False).distinct()
    return payments.filter(case=None, returned_on=None, refunds=None)


def _filters(show: str, text: str, waiting: int) -> list[Chip]:
    labels = {
        "unmatched": _("Unmatched"),
        "idle": _("To send back"),
        "sent_back": _("Sent back"),
        "returned": _("Came back"),
        "all": _("All payments"),
        "ledger": _("The ledger today"),
    }
    return [
        Chip(
            label,
            _address(show=code),
            is_on=code == show and not text,
            count=str(waiting) if code == "unmatched" else "",
        )
        for code, label in labels.items()
    ]


def _address(**query: Any) -> str:
    return f"{reverse('staff:money')}?{urlencode({name: value for name, value in query.items() if value})}"


def _owed(case: Case | None) -> list[str]:
    return [due_words(due) for due in dues_of(case) if balance(due)] if case else []


def _sums() -> list[tuple[str, int]]:
    """What the ledger holds, in words and cents, seen from the program: what is owed, what arrived, what it is for."""
    sums = account_sums()
    payers = sum(cents for account, cents in sums.items() if account.startswith("payer:"))
    return [
        (_("Still owed to us"), sums.get("receivable", 0)),
        (_("Arrived and kept"), sums.get("cash", 0)),
        (_("Of that, unmatched"), -sums.get("unmatched", 0)),
        (_("Of that, kept for later fees"), -sums.get("credit", 0)),
        (_("Taken over by payers"), payers),
        (_("Sent back before it bounced"), sums.get("lost", 0)),
    ]
