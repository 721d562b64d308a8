"""One payment: what it is, whose it is, what it paid, and that it came back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from peercert import words
from peercert.program.access import Barred, may, require
from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.journey import pay
from peercert.program.money.models import LedgerEntry, Payment
from peercert.program.money.queries import balance, credit_left
from peercert.rules.days import day_of
from peercert.web.doors import now, officer
from peercert.web.find import find_cases, typed
from peercert.web.money_words import MEANS, RETURNS, due_words, item_words
from peercert.web.staff.case_frame import language, named
from peercert.web.staff.money_forms import ReturnForm, refused_in
from peercert.web.ui.parts import Row
from peercert.web.ui.templatetags.ui import day_words
from peercert.web.ui.templatetags.ui import money as money_words


@officer("see_money")
def money_payment(request: HttpRequest, payment: UUID) -> HttpResponse:
    """The payment, with a search for its application where it has none, and a form for its coming back."""
    found = _the_payment(request, payment)
    actor = request.actor  # type: ignore[attr-defined]
    form = ReturnForm(request.POST or None, today=day_of(now()), received_on=found.received_on)
    if request.method == "POST" and form.is_valid():
        require(actor, "return_payment")
        given = form.cleaned_data
        try:
            pay.return_payment(
                found.pk, returned_on=given["returned_on"], because=given["because"], actor=actor, now=now()
            )
        except Refused as refusal:
            refused_in(form, refusal)
        else:
            messages.success(request, _returned(found))
            return redirect(request.path)
    text = typed(request) if "q" in request.GET else found.payer_name
    search = find_cases(text) if found.case_id is None and found.returned_on is None else None
    given_to_page = {
        "payment": found, "rows": _rows(found), "used": _used(found), "form": form, "q": text,
        "candidates": [_candidate(case) for case in search.cases] if search else [],
        "mistake": search.mistake if search else "", "is_open": search is not None,
        "may_match": may(actor, "match_payment"),
        "may_return": may(actor, "return_payment") and found.returned_on is None,
    }  # fmt: skip
    return render(request, "staff/money_payment.html", given_to_page, status=422 if form.is_bound else 200)


@officer("match_payment")
@require_POST
def money_match(request: HttpRequest, payment: UUID) -> HttpResponse:
    """Put an unmatched payment to the application that was chosen."""
    found = get_object_or_404(Payment, uuid=payment)
    case = get_object_or_404(Case, number=request.POST.get("number", "").replace("\x00", ""))
    try:
        pay.match_payment(found.pk, case.pk, actor=request.actor, now=now())  # type: ignore[attr-defined]
    except Barred:
        raise
    except Refused as refusal:
        messages.error(request, words.fill("refusals", refusal.reason, refusal.values, language()))
    else:
        messages.success(request, _("Matched. The person has a receipt."))
    return redirect(reverse("staff:money_payment", args=[found.uuid]))


def _the_payment(request: HttpRequest, payment: UUID) -> Payment:
    found = get_object_or_404(Payment.objects.select_related("case__person", "recorded_by", "matched_by"), uuid=payment)
    if found.case:
        require(request.actor, "see_case", found.case)  # type: ignore[attr-defined]
    return found


def _rows(payment: Payment) -> list[Row]:
    case = payment.case
    rows = [
        Row(_("Amount"), money_words(payment.amount_cents)),
        Row(_("What arrived"), MEANS[payment.means]),
        Row(_("Its number"), payment.reference),
        Row(_("Who wrote it"), payment.payer_name or _("Not recorded")),
        Row(_("Arrived"), day_words(payment.received_on)),
        Row(_("Recorded by"), named(payment.recorded_by)),
        Row(_("Application"), case.number if case else _("Unmatched: nobody knows yet whose it is")),
    ]
    if payment.note:
        rows.append(Row(_("Note"), payment.note))
    if payment.returned_on:
        because = RETURNS.get(payment.returned_because, payment.returned_because)
        rows.append(Row(_("Came back"), f"{day_words(payment.returned_on)}: {because}"))
    return rows


def _used(payment: Payment) -> list[Row]:
    """What the payment paid, fee by fee, and what is left of it."""
    entries = LedgerEntry.objects.filter(
        transaction__payment=payment, account="receivable", transaction__due__isnull=False
    )
    paid: dict[int, int] = {}
    dues = {}
    for entry in entries.select_related("transaction__due").order_by("pk"):
        due = entry.transaction.due
        dues[due.pk] = due
        paid[due.pk] = paid.get(due.pk, 0) - entry.cents
    rows = [Row(item_words(dues[pk]), money_words(cents)) for pk, cents in paid.items() if cents]
    left = credit_left(payment)
    return [*rows, Row(_("Kept for the next fee"), money_words(left))] if left else rows


def _candidate(case: Case) -> dict[str, object]:
    """A case that the payment may belong to, with what is owed in it."""
    owed = [due_words(due) for due in case.dues.order_by("owed_on", "pk") if balance(due)]
    return {"number": case.number, "name": named(case.person), "owed": owed, "received_on": case.received_on}


def _returned(payment: Payment) -> str:
    if payment.case_id:
        return _("Recorded. What it paid is owed again, and the person was told.")
    return _("Recorded. The payment came back and belongs to no case.")
