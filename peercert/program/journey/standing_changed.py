"""What follows from every change of what a certificate says to strangers, in the transaction that changed it.

One call from every step that issues, renews, suspends, reinstates, revokes, corrects, ends or renames: so that no
follower can be forgotten by one of them. Days change it, too: those that lie ahead are waited for.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from peercert.program.casework.moves import lock
from peercert.program.casework.queue import defer
from peercert.program.certificates import credentials, log, queries
from peercert.program.certificates.actions import print_name
from peercert.program.certificates.models import Certificate
from peercert.program.journey.step import step
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.queries import current_name
from peercert.program.rosters.actions import move_watches, record_change
from peercert.rules.days import day_of, start_of

#: Kinds of change, as the log, rosters and messages name them. Never why.
KINDS = frozenset(
    {"issued", "renewed", "suspended", "reinstated", "revoked", "surrendered", "ended", "corrected", "name",
     "specialization", "merged"}
)  # fmt: skip

#: The job that looks at a certificate again on a day that was known before.
DAY_CAME = "certificates.day_came"


def announce(certificate: Certificate, kind: str, *, actor: Actor, now: datetime, **values: Any) -> None:
    """Let everything that speaks of this certificate follow a change that was just written.

    `kind` is one of KINDS; `values` are days and codes of the change that strangers may know, never a reason.
    """
    assert kind in KINDS
    credentials.follow(certificate, now=now)
    record_change(certificate, kind, now=now, **values)
    if kind == "merged":
        move_watches(certificate, now=now)
    log.record_fact(certificate, kind, now=now)
    for day in queries.days_ahead(certificate, day_of(now)):
        defer(DAY_CAME, at=start_of(day), certificate_id=certificate.pk)


def name_changed(certificates: Iterable[Certificate], *, actor: Actor, now: datetime) -> None:
    """Let these certificates follow another name of their holder; one that goes on showing the same is only logged."""
    for certificate in certificates:
        if (name := current_name(certificate.person)) is not None:
            print_name(certificate, name)
        if log.says_so_already(certificate, day_of(now)):
            log.record_fact(certificate, "name", now=now)
        else:
            announce(certificate, "name", actor=actor, now=now)


@step
def day_came(certificate_id: int, *, now: datetime) -> None:
    """Announce what a day alone changed: a suspension that begins or is over. Run twice, it announces once.

    A figure that lets strangers see more or less changes nothing of the certificate: the log and the credential
    follow, and nobody is told of a change.
    """
    certificate = Certificate.objects.get(pk=certificate_id)
    lock(certificate.case_id)
    changed = None if certificate.retired_at is not None else log.changed_by_time(certificate, day_of(now))
    if changed == "standing":
        announce(certificate, kind_today(certificate, now=now), actor=PROGRAM, now=now)
    elif changed == "shown":
        credentials.follow(certificate, now=now)
        log.record_fact(certificate, "corrected", now=now)


def kind_today(certificate: Certificate, *, now: datetime) -> str:
    """What a change of where the certificate stands today is called."""
    row = queries.standing_on(certificate, day_of(now))
    kinds = {"suspended": "suspended", "revoked": "revoked", "in_force": "reinstated"}
    return kinds.get(row.state, "corrected") if row else "corrected"
