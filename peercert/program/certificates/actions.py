"""Writes to a certificate: its issue, and what becomes of its standing. None of them moves a case."""

from datetime import date, datetime, timedelta

from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models.functions import Lower

from peercert.program.casework.models import Case
from peercert.program.certificates.locate import locate, number_key
from peercert.program.certificates.models import (
    Certificate,
    CertificateFile,
    Credential,
    Specialization,
    Standing,
    Term,
)
from peercert.program.determinations.models import Determination
from peercert.program.errors import Refused
from peercert.program.people.actor import Actor
from peercert.program.people.models import LegalName
from peercert.rules import numbers
from peercert.rules.days import add_years, day_of, start_of
from peercert.rules.figures import figure

#: How far two clocks of ours may differ; the database allows the same (see Standing's triggers).
CLOCKS_DIFFER = timedelta(minutes=5)
#: No end: revoked, surrendered and ended by death stay so when the term is over.
FOR_GOOD = frozenset({"revoked", "surrendered", "ended_by_death"})


def issue_certificate(case: Case, determination: Determination, name: LegalName, *, now: datetime) -> Certificate:
    """A certificate with its first term and its first standing, from today for the years of the law of today."""
    issued_on = day_of(now)
    certificate = Certificate.objects.create(
        number=_unused_number(), person=case.person, case=case, determination=determination, printed_name=name.full,
        issued_on=issued_on, issued_at=now,
    )  # fmt: skip
    last_on = add_years(issued_on, int(figure("certificate_years", issued_on).value))
    Term.objects.create(certificate=certificate, first_on=issued_on, last_on=last_on, granted_at=now)
    Standing.objects.create(
        certificate=certificate, state="in_force", valid=_days(issued_on, last_on), known=DateTimeTZRange(now, None),
        cause="issued",
    )  # fmt: skip
    return certificate


def take_over(
    case: Case, determination: Determination, name: LegalName, *, issued_on: date, last_on: date, now: datetime
) -> Certificate:
    """A certificate of an earlier register, in force from `issued_on` through `last_on` as we know from now on.

    Its terms follow each other from the day of issue as the law's years have it; the last ends when the register says.
    """
    certificate = Certificate.objects.create(
        number=_unused_number(), person=case.person, case=case, determination=determination, printed_name=name.full,
        issued_on=issued_on, issued_at=start_of(issued_on),
    )  # fmt: skip
    first_on, number = issued_on, 1
    while first_on <= last_on:
        ends_on = min(last_on, add_years(issued_on, number * int(figure("certificate_years", issued_on).value)))
        Term.objects.create(certificate=certificate, first_on=first_on, last_on=ends_on, granted_at=now)
        first_on, number = ends_on + timedelta(days=1), number + 1
    _add(certificate, "in_force", _days(issued_on, last_on), now, "taken_over", None)
    return certificate


@transaction.atomic
def correct_standing(
    certificate: Certificate,
    state: str | None,
    first_on: date,
    last_on: date | None,
    *,
    cause: str,
    actor: Actor,
    now: datetime,
) -> Standing | None:
    """From what is known now, the certificate stands as `state` on every day from `first_on` through `last_on`.

    `state` None: it does not stand on those days (not certified, for no reason that is anyone's business). `last_on`
    None: from `first_on` for good. What was known before stays as it was: rows touched are closed at `now`, their days
    outside the correction are added again, and nothing else is ever changed. `now` may be a past moment, but never
    earlier than the newest thing known of this certificate: Refused("standing_known_later").
    """
    if last_on is not None and last_on < first_on:
        raise Refused("standing_days_reversed")
    Certificate.objects.select_for_update().get(pk=certificate.pk)
    known_from = _after_the_newest(Standing, certificate, now)
    days = _days(first_on, last_on)
    for row in Standing.objects.filter(certificate=certificate, known__upper_inf=True, valid__overlap=days):
        Standing.objects.filter(pk=row.pk).update(known=DateTimeTZRange(row.known.lower, known_from))
        for rest in _outside(row.valid, days):
            _add(certificate, row.state, rest, known_from, row.cause, row.actor_id)
    if state is None:
        return None
    return _add(certificate, state, days, known_from, cause, actor.person.pk if actor.person else None)


def print_name(certificate: Certificate, name: LegalName) -> bool:
    """Print another name on the certificate from now on; false where it stands there already."""
    if certificate.printed_name == name.full:
        return False
    certificate.printed_name = name.full
    certificate.save(update_fields=["printed_name"])
    return True


@transaction.atomic
def add_area(certificate: Certificate, area: str, first_on: date, *, actor: Actor, now: datetime) -> Specialization:
    """From what is known now, the area of specialization belongs to the certificate from `first_on` on."""
    Certificate.objects.select_for_update().get(pk=certificate.pk)
    known = DateTimeTZRange(_after_the_newest(Specialization, certificate, now), None)
    return Specialization.objects.create(
        certificate=certificate, area=area, valid=_days(first_on, None), known=known,
        actor_id=actor.person.pk if actor.person else None,
    )  # fmt: skip


@transaction.atomic
def end_area(row: Specialization, from_on: date, *, actor: Actor, now: datetime) -> None:
    """From what is known now, the area belongs to the certificate no more from `from_on` on; the days before stay."""
    certificate = Certificate.objects.select_for_update().get(pk=row.certificate_id)
    known_from = _after_the_newest(Specialization, certificate, now)
    Specialization.objects.filter(pk=row.pk).update(known=DateTimeTZRange(row.known.lower, known_from))
    if row.valid.lower < from_on:
        Specialization.objects.create(
            certificate=certificate, area=row.area, valid=DateRange(row.valid.lower, from_on),
            known=DateTimeTZRange(known_from, None), actor_id=actor.person.pk if actor.person else None,
        )  # fmt: skip


@transaction.atomic
def correct_area(certificate: Certificate, area: str, days: list[DateRange], *, actor: Actor, now: datetime) -> None:
    """From what is known now, the area belongs to the certificate on these days and on no other."""
    Certificate.objects.select_for_update().get(pk=certificate.pk)
    known_from = _after_the_newest(Specialization, certificate, now)
    before = list(Specialization.objects.filter(certificate=certificate, area=area, known__upper_inf=True))
    for row in before:
        if row.valid not in days:
            Specialization.objects.filter(pk=row.pk).update(known=DateTimeTZRange(row.known.lower, known_from))
    for span in days:
        if span not in [row.valid for row in before]:
            Specialization.objects.create(
                certificate=certificate, area=area, valid=span, known=DateTimeTZRange(known_from, None),
                actor_id=actor.person.pk if actor.person else None,
            )  # fmt: skip


def record_file(credential: Credential, *, key: str, path: str, digest: str, size: int, now: datetime) -> None:
    """Note that the document `key` lies sealed at `path`. A second run with the same key changes nothing."""
    given = {"certificate_id": credential.certificate_id, "credential": credential, "path": path, "digest": digest}
    CertificateFile.objects.get_or_create(key=key, defaults={**given, "size": size, "made_at": now})


def _add(
    certificate: Certificate, state: str, days: DateRange, known_from: datetime, cause: str, actor_id: int | None
) -> Standing:
    return Standing.objects.create(
        certificate=certificate, state=state, valid=days, known=DateTimeTZRange(known_from, None), cause=cause,
        actor_id=actor_id,
    )  # fmt: skip


def _after_the_newest(kind: type[models.Model], certificate: Certificate, now: datetime) -> datetime:
    """The moment from which a correction made at `now` is known: later than everything known before.

    Two corrections of one moment follow each other by a microsecond; so do two of the same second whose clocks differ.
    """
    newest = (
        kind._default_manager.filter(certificate=certificate)
        .annotate(since=Lower("known"))
        .order_by("-since")
        .values_list("since", flat=True)
        .first()
    )
    if newest is None or newest < now:
        return now
    if newest - now > CLOCKS_DIFFER:
        raise Refused("standing_known_later")
    moment: datetime = newest + timedelta(microseconds=1)
    return moment


def _days(first_on: date, last_on: date | None) -> DateRange:
    return DateRange(first_on, None if last_on is None else last_on + timedelta(days=1))


def _outside(old: DateRange, new: DateRange) -> list[DateRange]:
    """What is left of `old` before and after `new`."""
    left = []
    if old.lower < new.lower:
        left.append(DateRange(old.lower, new.lower))
    if new.upper is not None and (old.upper is None or old.upper > new.upper):
        left.append(DateRange(new.upper, old.upper))
    return left


def _unused_number() -> str:
    """A number that leads nowhere yet: an earlier register may have had one that reads the same."""
    while True:
        number = numbers.make("C")
        if all(locate(typed).how == "unknown" for typed in (number, number_key(number)[1:])):
            return number
