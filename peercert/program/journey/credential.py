"""The signed credential follows the certificate: stored when it is signed, superseded when it is no longer true."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from peercert.gateways.signer import achievement
from peercert.gateways.signer.inclusion import Inclusion
from peercert.program.casework.queue import defer
from peercert.program.certificates import credentials, log, queries
from peercert.program.certificates.models import Certificate, Credential
from peercert.program.certificates.signing import Signed
from peercert.program.journey.certify import print_later
from peercert.program.journey.maintain import locked
from peercert.program.journey.standing_changed import DAY_CAME
from peercert.program.journey.step import step
from peercert.program.people.actor import PROGRAM, Actor
from peercert.rules.days import day_of

#: Credentials of a leaked key that are superseded in one transaction.
MANY = 200


@dataclass(frozen=True)
class Draft:
    """What is to be signed for one certificate. Nothing is reserved for it: one that is never stored never was."""

    certificate_id: int
    told: credentials.Told
    uuid: UUID
    place: credentials.Place
    proof: Inclusion | None

    @property
    def content(self) -> achievement.Content:
        """The same, as the signer takes it."""
        assert self.proof is not None
        return credentials.content_of(self.told, self.uuid, self.place, self.proof)


def draft(certificate_id: int, *, now: datetime) -> Draft | None:
    """What should be signed for this certificate now; None where a current credential says it or none should.

    Without `proof` where the log does not yet say what it says: it must not be signed then.
    """
    certificate, today = Certificate.objects.get(pk=certificate_id), day_of(now)
    told = credentials.told(certificate, today)
    if told is None or queries.current_credential(certificate) is not None:
        return None
    entry = log.proof_of(certificate, today=today)
    return Draft(
        certificate_id,
        told,
        credentials.new_uuid(),
        credentials.free_place(now=now),
        None if entry is None else entry.carried(),
    )


@step
def keep(draft: Draft, signed: Signed, *, now: datetime, actor: Actor = PROGRAM) -> Credential | None:
    """Store what was signed, and queue the printing of the document that carries it.

    None, and nothing stored, where it came too late: the certificate says something else by now, another run was
    faster, its place is taken or its key is no longer to be trusted. Then it has to be drawn up and signed again.
    """
    certificate, _ = locked(draft.certificate_id)
    told = credentials.told(certificate, day_of(now))
    if told is None or told.key != draft.told.key or queries.current_credential(certificate) is not None:
        return None
    kept = credentials.store(certificate, draft.told, draft.uuid, draft.place, signed, now=now)
    if kept is not None and credentials.follow(certificate, now=now) is not None:
        print_later(certificate)
    return kept


@step
def follow(certificate_id: int, *, now: datetime, actor: Actor = PROGRAM) -> Credential | None:
    """Supersede a credential that is no longer true, and queue the next; the current one where it stays."""
    certificate, _ = locked(certificate_id)
    return credentials.follow(certificate, now=now)


def catch_up(now: datetime) -> int:
    """Let credentials follow what no step told them: a suspension that begins or ends by its day, a job that was lost,
    a key that leaked, a figure that changes what strangers are told. Answers how many there were.

    What a leaked key signed is superseded first, many in a transaction; all else one by one. Cut off, the next run goes
    on. What is to be signed stands behind what people wait for, since it may be everything there is.
    """
    today, leaked, last = day_of(now), 0, 0
    untrue = list(credentials.untrue(today).values_list("pk", flat=True))
    unsigned = list(credentials.unsigned(today).values_list("pk", flat=True))
    while found := credentials.replace_leaked(last, most=MANY, now=now):
        leaked, last = leaked + len(found), found[-1]
    for certificate_id in untrue:
        follow(certificate_id, now=now)
    for certificate_id in unsigned:
        credentials.sign_later(certificate_id, behind=True)
    anew = list(queries.told_anew(today).values_list("pk", flat=True))
    for certificate_id in anew:
        defer(DAY_CAME, once=f"{DAY_CAME}:{certificate_id}", behind=True, certificate_id=certificate_id)
    return leaked + len(untrue) + len(unsigned) + len(anew)
