"""The signed credential of a certificate: what it should say now, whether one says so, and where its bit lies.

A certificate in force, or one that only expired, has one current credential that says what stands. Whatever changes
that supersedes it at once, in the same transaction; the next is signed by a job. A bit, once set, stays set.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from peercert import words
from peercert.gateways.signer import achievement, did
from peercert.gateways.signer.inclusion import Inclusion
from peercert.program.casework.models import Task
from peercert.program.casework.queue import defer
from peercert.program.certificates import facts, queries
from peercert.program.certificates.models import Certificate, Credential, SigningKey, Standing, StatusList, Term
from peercert.program.certificates.signing import Signed
from peercert.program.certificates.status_lists import list_address
from peercert.rules import days

#: Places tried for a new credential, and how many of them must be free for its list to take more: about a quarter.
_TRIED, _FREE = 32, 8
_luck = secrets.SystemRandom()


@dataclass(frozen=True)
class Told:
    """What a certificate's credential should say. Two with one `key` say the same."""

    number: str
    name: str
    issued_on: date
    first_day: date
    last_day: date
    valid_from: datetime
    areas: tuple[str, ...]
    #: The same as the log tells it: it has to say exactly this.
    logged: str

    @property
    def key(self) -> str:
        """The digest of what is said, and by which site."""
        said = [did.of(settings.ENVIRONMENT.origin), self.logged, str(self.first_day), self.valid_from.isoformat()]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()


@dataclass(frozen=True)
class Place:
    """A free place in a status list."""

    list: StatusList
    index: int


def told(certificate: Certificate, today: date) -> Told | None:
    """What a credential should say today; None where none should be current: suspended, ended, taken off or merged.

    It is valid from the first day of the run of days in force that reaches today (or the last day, if it expired): not
    on the days of a suspension before that. The terms that follow on each other without a gap are told as one.
    """
    terms = list(Term.objects.filter(certificate=certificate).order_by("-last_on"))
    last_on = terms[0].last_on
    run = _run(queries.standing_rows(certificate), min(today, last_on))
    if run is None or certificate.retired_at is not None:
        return None
    first_on = terms[0].first_on
    for term in terms[1:]:
        if days.add_days(term.last_on, 1) == first_on:
            first_on = term.first_on
    return Told(
        number=certificate.number,
        name=queries.name_of(certificate),
        issued_on=certificate.issued_on,
        first_day=first_on,
        last_day=last_on,
        valid_from=days.start_of(run),
        areas=tuple(queries.shown_areas(certificate, today)),
        logged=facts.told_on(certificate, today),
    )


def says_it(certificate: Certificate, today: date) -> bool:
    """Whether the current credential says what stands, or rightly none does. One of another site's address does not."""
    wanted, current = told(certificate, today), queries.current_credential(certificate)
    return (wanted and wanted.key) == (current and current.key)


def follow(certificate: Certificate, *, now: datetime) -> Credential | None:
    """Supersede a credential that no longer says what stands, or whose key is not to be trusted; queue the next.

    Answers the current one where it stays. To be called under the certificate's lock, after every change.
    """
    wanted = told(certificate, days.day_of(now))
    current = queries.current_credential(certificate)
    if current is not None and (wanted is None or current.key != wanted.key or _is_leaked(current)):
        supersede(current, now=now)
        current = None
    if current is None and wanted is not None:
        sign_later(certificate.pk)
    return current


def sign_later(certificate_id: int, *, behind: bool = False) -> None:
    """Queue the signing of what a certificate says; `behind` what people wait for."""
    once = f"certificates.sign:{certificate_id}"
    defer("certificates.sign", once=once, behind=behind, certificate_id=certificate_id)


def supersede(credential: Credential, *, now: datetime) -> None:
    """Set the credential's bit: it is no longer current, for good."""
    Credential.objects.filter(pk=credential.pk, superseded_at=None).update(superseded_at=now)


@transaction.atomic
def replace_leaked(after: int, *, most: int, now: datetime) -> list[int]:
    """Supersede the next current credentials that rest on a key that leaked, and queue what follows; answers their ids.

    Begins behind the credential `after`. Nobody is waiting for it, so it stands behind what people wait for.
    """
    wrong = Credential.objects.filter(_leaked(), superseded_at=None, pk__gt=after).order_by("pk")
    found = dict(wrong.values_list("pk", "certificate_id")[:most])
    Credential.objects.filter(pk__in=found, superseded_at=None).update(superseded_at=now)
    for certificate_id in found.values():
        sign_later(certificate_id, behind=True)
    return list(found)


def content_of(told: Told, uuid: UUID, place: Place, proof: Inclusion) -> achievement.Content:
    """What is to be signed, with its place in a status list and the proof that the log has it."""
    origin = settings.ENVIRONMENT.origin
    return achievement.Content(
        origin=origin,
        issuer=words.fill("certificate", "program"),
        uuid=uuid,
        number=told.number,
        name=told.name,
        issued_on=told.issued_on,
        first_day=told.first_day,
        last_day=told.last_day,
        valid_from=told.valid_from,
        areas=told.areas,
        status_list=list_address(place.list.number),
        status_index=place.index,
        words=achievement.words_of_record(),
        proof=proof,
    )


def new_uuid() -> UUID:
    """The name of a credential that is to be signed; nothing can be told from it."""
    return uuid4()


def free_place(*, now: datetime) -> Place:
    """A random place that no credential has; a list in which few are left is followed by a new one.

    Nothing is reserved: whoever stores first has it, and the other signs again with another place.
    """
    newest = StatusList.objects.order_by("-number").first() or _list(1, now)
    tried = _luck.sample(range(StatusList.LENGTH), _TRIED)
    used = set(
        Credential.objects.filter(status_list=newest, status_index__in=tried).values_list("status_index", flat=True)
    )
    free = [index for index in tried if index not in used]
    if len(free) >= _FREE:
        return Place(newest, free[0])
    return Place(_list(newest.number + 1, now), tried[0])


def store(
    certificate: Certificate, told: Told, uuid: UUID, place: Place, signed: Signed, *, now: datetime
) -> Credential | None:
    """Keep a signed credential as the current one; None where its place was taken meanwhile. Under the lock."""
    try:
        with transaction.atomic():
            return Credential.objects.create(
                certificate=certificate, uuid=uuid, key=told.key, kid=signed.kid, status_list=place.list,
                status_index=place.index, signed=signed.text, made_at=now,
            )  # fmt: skip
    except IntegrityError:
        return None


def unsigned(today: date) -> QuerySet[Certificate]:
    """Certificates in force without a current credential, whose name no officer was asked to spell."""
    asked = Task.objects.filter(case=OuterRef("case"), kind="print_certificate", closed_at=None)
    return Certificate.objects.filter(~Exists(_current()), ~Exists(asked), Exists(_in_force(today)), retired_at=None)


def waiting(today: date) -> int:
    """How many certificates wait to be signed: new ones, changed ones, and those whose key leaked."""
    return unsigned(today).count() + Credential.objects.filter(_leaked(), superseded_at=None).count()


def untrue(today: date) -> QuerySet[Certificate]:
    """Certificates whose current credential no longer says what stands, by the day alone."""
    has_term = Exists(Term.objects.filter(certificate=OuterRef("pk"), last_on__gte=today))
    fell = Exists(_current()) & ~Exists(_in_force(today)) & (has_term | Q(retired_at__isnull=False))
    return Certificate.objects.filter(fell)


def _run(rows: list[Standing], through: date) -> date | None:
    """The first of the days in force that follow on each other up to `through`; None where that day is not in force."""
    begins: date | None = None
    wanted = through
    for row in reversed(rows):
        if row.state == "in_force" and wanted in row.valid:
            begins, wanted = row.valid.lower, days.add_days(row.valid.lower, -1)
    return begins


def _current() -> QuerySet[Credential]:
    return Credential.objects.filter(certificate=OuterRef("pk"), superseded_at=None)


def _in_force(today: date) -> QuerySet[Standing]:
    return Standing.objects.filter(
        certificate=OuterRef("pk"), known__upper_inf=True, valid__contains=today, state="in_force"
    )


def _leaked() -> Q:
    """Credentials signed by a key that leaked, or carrying the proof of a head that such a key of the log signed."""
    leaked = SigningKey.objects.filter(is_compromised=True)
    of_log = leaked.filter(purpose="log").order_by("-retired_at").first()
    by_key = Q(kid__in=leaked.values("kid"))
    return by_key if of_log is None else by_key | Q(made_at__lte=of_log.retired_at)


def _is_leaked(credential: Credential) -> bool:
    return Credential.objects.filter(_leaked(), pk=credential.pk).exists()


def _list(number: int, now: datetime) -> StatusList:
    return StatusList.objects.get_or_create(number=number, defaults={"made_at": now})[0]
