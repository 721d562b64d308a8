"""Fees as requirements: waited for, and never a ground for denial."""

from datetime import date
from typing import Any

from peercert.rules import exam
from peercert.rules.asked import Asked
from peercert.rules.facts import Paid
from peercert.rules.figures import Figure
from peercert.rules.reasons import Reason

SCHEDULE = "Fee schedule under W&I Code 14045.18"


def application_fee(asked: Asked[Any]) -> Reason:
    """The fee of the submission day is paid, or a payer took it over, before the review."""
    name = "portability_application_fee" if asked.facts.pathway == "portability" else "application_fee"
    on = asked.applied_on
    return _fee("application_fee", on, asked, asked.figure(name, on), asked.facts.application_fee)


def exam_fee(asked: Asked[Any]) -> Reason:
    """The fee for the next sitting is paid or taken over; from the second sitting on it is the retake fee."""
    sure, _ = exam.sittings_used(asked)
    owed_on = asked.facts.exam_fee_owed_on or asked.on
    figure = asked.figure("retake_fee" if sure else "exam_fee", owed_on)
    return _fee("exam_fee", owed_on, asked, figure, asked.facts.exam_fee)


def _fee(code: str, on: date, asked: Asked[Any], figure: Figure, payments: tuple[Paid, ...]) -> Reason:
    """A fee as one requirement: never a ground for denial, since an unpaid one is waited for."""
    due = None if figure.value is None else figure.value * 100
    paid = sum(each.cents or 0 for each in payments)
    payers = sorted(each.payer for each in payments if each.payer != "self" and each.cents is None)
    values = {"cents_due": due, "cents_paid": paid}
    if payers:
        return asked.met(code, "covered", on, SCHEDULE, figure, {**values, "payer": payers[0]})
    if due is not None and paid >= due:
        return asked.met(code, "met", on, SCHEDULE, figure, values)
    if figure.certainty == "unconfirmed":
        return asked.officer(code, "amount_unconfirmed", on, SCHEDULE, figure)
    why = "short_payment" if paid else "unknown"
    return Reason(code=code, met=None, on=on, source=SCHEDULE, why=why, figure=figure, values=values)
