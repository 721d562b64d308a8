"""What a person owes and paid in one application: the fees, the receipts, who pays for them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from peercert.program.journey.whereabouts import whereabouts
from peercert.program.money.models import Due
from peercert.program.money.queries import balance, covering, credit_of, dues_of, payments_of
from peercert.program.notices.models import Letter
from peercert.web.applicant.own import case_url, own_application
from peercert.web.doors import now, signed_in
from peercert.web.money_words import PAYERS, item_words


@signed_in
def fees(request: HttpRequest, case: UUID) -> HttpResponse:
    """Each fee with what is still owed, how to pay it, and every payment with its receipt."""
    application = own_application(request, case)
    mine = application.case
    receipts = {letter.key: letter.uuid for letter in Letter.objects.filter(case=mine, key__startswith="payment:")}
    payments = [(payment, receipts.get(f"payment:{payment.pk}")) for payment in payments_of(mine)]
    is_over = whereabouts(mine, now=now()).is_over
    dues = [_fee(due, is_over=is_over) for due in dues_of(mine)]
    page = {
        "case": mine, "case_url": case_url(application), "dues": dues, "payments": payments,
        "owed": sum(int(str(due["owed"])) for due in dues), "credit": credit_of(mine),
    }  # fmt: skip
    return render(request, "applicant/fees.html", page)


def _fee(due: Due, *, is_over: bool) -> dict[str, object]:
    """One fee in words. What was not paid of an application that is over is asked of nobody."""
    payer, owed = covering(due), balance(due)
    return {
        "item": item_words(due), "is_released": due.released_at is not None or (is_over and owed > 0),
        "amount": due.amount_cents, "owed": 0 if is_over else owed, "owed_on": due.owed_on,
        "payer": payer, "payer_kind": PAYERS[payer.kind] if payer else "",
    }  # fmt: skip
