"""What follows from every change of what a certificate says to strangers, in the transaction that changed it.

One call from every step that issues, renews, suspends, reinstates, revokes, corrects, ends or renames: so that no
follower can be forgotten by one of them.
"""

from datetime import datetime
from typing import Any

from peercert.program.certificates import credentials
from peercert.program.certificates.models import Certificate
from peercert.program.people.actor import Actor
from peercert.program.rosters.actions import move_watches, record_change

#: Kinds of change, as the log, rosters and messages name them. Never why.
KINDS = frozenset(
    {"issued", "renewed", "suspended", "reinstated", "revoked", "surrendered", "ended", "corrected", "name",
     "specialization", "merged"}
)  # fmt: skip


def announce(certificate: Certificate, kind: str, *, actor: Actor, now: datetime, **values: Any) -> None:
    """Let everything that speaks of this certificate follow a change that was just written.

    `kind` is one of KINDS; `values` are days and codes of the change that strangers may know, never a reason.
    """
    assert kind in KINDS
    credentials.follow(certificate, now=now)
    record_change(certificate, kind, now=now, **values)
    if kind == "merged":
        move_watches(certificate, now=now)
