"""Words of fees and payments that officers and applicants read alike."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert import words
from peercert.program.money.models import Due
from peercert.program.money.queries import balance
from peercert.web.ui.templatetags.ui import money, reader

MEANS = {"check": gettext_lazy("Check"), "money_order": gettext_lazy("Money order")}
PAYERS = {
    "scholarship": gettext_lazy("A scholarship"),
    "county": gettext_lazy("A county"),
    "waiver": gettext_lazy("A waiver of the fee"),
}
RETURNS = {
    "insufficient_funds": gettext_lazy("Not enough money in the account"),
    "account_closed": gettext_lazy("The account is closed"),
    "stopped": gettext_lazy("The payer stopped it"),
    "not_signed": gettext_lazy("Not signed, or not dated"),
    "other": gettext_lazy("Another reason"),
}


#: Kinds of ledger transactions and its accounts, in words.
EVENTS = {
    "charge": gettext_lazy("Fee owed"),
    "received": gettext_lazy("Payment arrived"),
    "matched": gettext_lazy("Payment matched"),
    "paid": gettext_lazy("Fee paid"),
    "returned": gettext_lazy("Payment came back"),
    "sent_back": gettext_lazy("Money sent back"),
    "released": gettext_lazy("Fee not owed after all"),
    "covered": gettext_lazy("Payer took over"),
    "uncovered": gettext_lazy("Payer taken back"),
}
ACCOUNTS = {
    "receivable": gettext_lazy("owed to us"),
    "fees": gettext_lazy("fees charged"),
    "cash": gettext_lazy("arrived"),
    "unmatched": gettext_lazy("unmatched"),
    "credit": gettext_lazy("kept for later"),
    "lost": gettext_lazy("sent back before it bounced"),
    "payer:scholarship": gettext_lazy("scholarship"),
    "payer:county": gettext_lazy("county"),
    "payer:waiver": gettext_lazy("waiver"),
}


def item_words(due: Due) -> str:
    """The fee's name; which sitting, for the second and third."""
    name = words.fill("casework", f"item_{due.item}", lang=reader())
    return _("%(item)s (sitting %(number)s)") % {"item": name, "number": due.sitting} if due.sitting > 1 else name


def due_words(due: Due) -> str:
    """A fee and what is still owed on it: "Application fee, $100.00 owed"."""
    return _("%(item)s, %(owed)s owed") % {"item": item_words(due), "owed": money(balance(due))}
