"""One payment: what it is, whose it is, what it paid, and that it came back."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from peercert.program.access import Barred, may, require
from peercert.program.casework.models import Case
from peercert.program.errors import Refused
from peercert.program.journey import pay, review
from peercert.program.money.models import LedgerEntry, Payment, Refund
from peercert.program.money.queries import balance, credit_left, left_of
from peercert.rules.days import day_of
from peercert.web.doors import now, officer, sentence
from peercert.web.find import find_cases, typed
from peercert.web.money_words import MEANS, RETURNS, due_words, item_words
from peercert.web.staff.case_frame import named
from peercert.web.staff.money_forms import ReturnForm, SendBackForm, refused_in
from peercert.web.ui.parts import Row
from peercert.web.ui.templatetags.ui import day_words
from peercert.web.ui.templatetags.ui import money as money_words
from peercert.words import Money
from peercert.words.letter import LetterText, compose


@officer("see_money")
def money_payment(request: HttpRequest, payment: UUID) -> HttpResponse:
    """The payment, with a search for its application where it has none, and forms for what became of it."""
    found = _the_payment(request, payment)
    actor, step = request.actor, request.POST.get("step", "returned")  # type: ignore[attr-defined]
    days = {"today": day_of(now()), "received_on": found.received_on}
    form = ReturnForm(request.POST if request.method == "POST" and step == "returned" else None, **days)
    back = SendBackForm(request.POST if request.method == "POST" and step == "send_back" else None, **days)
    if form.is_bound and _done(request, found, form, "return_payment", pay.return_payment):
        messages.success(request, _returned(found))
        return redirect(request.path)
    if back.is_bound and _done(request, found, back, "send_back_payment", pay.send_back):
        messages.success(request, _sent_back(found))
        return redirect(request.path)
    refunds = list(found.refunds.order_by("pk"))
    left = 0 if found.returned_on else left_of(found)
    text = typed(request) if "q" in request.GET else found.payer_name
    is_open = found.case_id is None and found.returned_on is None and not refunds
    search = find_cases(text, actor) if is_open else None
    given_to_page = {
        "payment": found, "rows": _rows(found, refunds), "used": _used(found), "form": form, "back_form": back,
        "q": text,
        "candidates": [_candidate(case) for case in search.cases] if search else [],
        "mistake": search.mistake if search else "", "is_open": is_open, "left": left,
        "may_match": may(actor, "match_payment"),
        "may_return": may(actor, "return_payment") and found.returned_on is None,
        "may_send_back": may(actor, "send_back_payment") and left > 0,
        "note": [_note(found, refunds[0], language) for language in ("en", "es")]
        if refunds and found.case_id is None else [],
    }  # fmt: skip
    bad = form.is_bound or back.is_bound
    return render(request, "staff/money_payment.html", given_to_page, status=422 if bad else 200)


def _done(
    request: HttpRequest, found: Payment, form: ReturnForm | SendBackForm, verb: str, take: Callable[..., object]
) -> bool:
    """Take the step that a form fills in; False where the form needs a second look."""
    require(request.actor, verb)  # type: ignore[attr-defined]
    if not form.is_valid():
        return False
    try:
        take(found.pk, **form.cleaned_data, actor=request.actor, now=now())  # type: ignore[attr-defined]
    except Refused as refusal:
        refused_in(form, refusal)
        return False
    return True


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
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("Matched. The person has a receipt."))
    return redirect(reverse("staff:money_payment", args=[found.uuid]))


def _the_payment(request: HttpRequest, payment: UUID) -> Payment:
    found = get_object_or_404(Payment.objects.select_related("case__person", "recorded_by", "matched_by"), uuid=payment)
    if found.case:
        review.reach(found.case, actor=request.actor, now=now())  # type: ignore[attr-defined]
    return found


def _rows(payment: Payment, refunds: Sequence[Refund]) -> list[Row]:
    case = payment.case
    rows = [
        Row(_("Amount"), money_words(payment.amount_cents)),
        Row(_("What arrived"), MEANS[payment.means]),
        Row(_("Its number"), payment.reference),
        Row(_("Who wrote it"), payment.payer_name or _("Not recorded")),
        Row(_("Arrived"), day_words(payment.received_on)),
        Row(_("Recorded by"), named(payment.recorded_by)),
        Row(_("Application"), case.number if case else _("None: nobody knows whose it is")),
    ]
    if payment.note:
        rows.append(Row(_("Note"), payment.note))
    if payment.returned_on:
        because = RETURNS.get(payment.returned_because, payment.returned_because)
        rows.append(Row(_("Came back"), f"{day_words(payment.returned_on)}: {because}"))
    for one in refunds:
        told = _("%(cents)s on %(day)s, check %(reference)s") % {
            "cents": money_words(one.amount_cents), "day": day_words(one.sent_on), "reference": one.reference,
        }  # fmt: skip
        rows.append(Row(_("Sent back"), told))
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


def _note(payment: Payment, refund: Refund, language: str) -> LetterText:
    """What goes into the envelope with a payment that nobody could place."""
    values = {
        "number": "", "back": Money(refund.amount_cents), "received_on": payment.received_on,
        "reference": payment.reference, "sent_reference": refund.reference,
    }  # fmt: skip
    return compose("unmatched_sent_back", values, language, name=payment.payer_name)


def _candidate(case: Case) -> dict[str, object]:
    """A case that the payment may belong to, with what is owed in it."""
    owed = [due_words(due) for due in case.dues.order_by("owed_on", "pk") if balance(due)]
    return {"number": case.number, "name": named(case.person), "owed": owed, "received_on": case.received_on}


def _returned(payment: Payment) -> str:
    if payment.case_id:
        return _("Recorded. What it paid is owed again, and the person was told.")
    return _("Recorded. The payment came back and belongs to no case.")


def _sent_back(payment: Payment) -> str:
    return (
        _("Recorded. The person was told.") if payment.case_id else _("Recorded. Put the note below in the envelope.")
    )
