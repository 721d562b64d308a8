"""What a person owes and paid in one application: the fees, the receipts, who pays for them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from peercert.program.money.models import Due
from peercert.program.money.queries import balance, covering, credit_of, dues_of, payments_of
from peercert.program.notices.models import Letter
from peercert.web.applicant.own import case_url, own_application
from peercert.web.doors import signed_in
from peercert.web.frame import POSTAL_ADDRESS
from peercert.web.money_words import PAYERS, item_words


@signed_in
def fees(request: HttpRequest, case: UUID) -> HttpResponse:
    """Each fee with what is still owed, how to pay it, and every payment with its receipt."""
    application = own_application(request, case)
    mine = application.case
    receipts = {letter.key: letter.uuid for letter in Letter.objects.filter(case=mine, key__startswith="payment:")}
    payments = [(payment, receipts.get(f"payment:{payment.pk}")) for payment in payments_of(mine)]
    dues = [_fee(due) for due in dues_of(mine)]
    page = {
        "case": mine, "case_url": case_url(application), "dues": dues, "payments": payments,
        "owed": sum(int(str(due["owed"])) for due in dues), "credit": credit_of(mine), "address": POSTAL_ADDRESS,
    }  # fmt: skip
    return render(request, "applicant/fees.html", page)


def _fee(due: Due) -> dict[str, object]:
    payer = covering(due)
    return {
        "item": item_words(due), "is_released": due.released_at is not None,
        "amount": due.amount_cents, "owed": balance(due), "owed_on": due.owed_on,
        "payer": payer, "payer_kind": PAYERS[payer.kind] if payer else "",
    }  # fmt: skip
