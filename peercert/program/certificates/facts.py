"""What a fact of the log binds: what strangers are told of a certificate, and the rows that stand behind it.

What is told holds nothing beyond what the verify page says that day. The rows are everything that the register knew of
the certificate then; they are bound by a secret that is never given out, so that an audit can name a row that changed.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate, Specialization, Standing, Term
from peercert.program.people.models import LegalName
from peercert.rules.days import day_of
from peercert.rules.figures import figure


@dataclass(frozen=True)
class Rows:
    """Every row of a certificate, of whatever moment, and the legal names of its holder, oldest first."""

    standing: list[Standing]
    terms: list[Term]
    areas: list[Specialization]
    names: list[LegalName]

    def name_of(self, certificate: Certificate) -> str:
        """The name that strangers are told, as `queries.name_of`."""
        return next((row.full for row in self.names if row.until_at is None), certificate.printed_name)


@dataclass(frozen=True)
class Known:
    """What the register knew of a certificate at one moment; `rows` are those that were known, by their days.

    `name`, the rows of names and `shows_areas` are as they were then: what is on record now says nothing of the past.
    """

    at: datetime
    certificate: Certificate
    name: str
    shows_areas: bool
    rows: Rows

    def public(self) -> str:
        """What strangers are told on that day."""
        day = day_of(self.at)
        rows = self.rows
        answer = queries.answer_from(self.certificate, self.name, rows.standing, rows.terms, day, today=day)
        shown = self.shows_areas and figure("specializations_shown", day).value
        return told(answer, sorted(row.area for row in rows.areas if day in row.valid) if shown else [])

    def kept(self, kind: str) -> str:
        """Every row behind it."""
        one = self.certificate
        found: dict[str, Any] = {
            "at": moment(self.at),
            "kind": kind,
            "name": self.name,
            "certificate": [
                one.pk, str(one.uuid), one.case_id, one.determination_id, str(one.issued_on), moment(one.issued_at)
            ],
            "standing": [standing_row(row) for row in self.rows.standing],
            "terms": [term_row(row) for row in self.rows.terms],
        }  # fmt: skip
        if self.rows.names:
            found["names"] = [name_row(row) for row in self.rows.names]
        if self.rows.areas:
            found["areas"] = [area_row(row) for row in self.rows.areas]
        if not self.shows_areas:
            found["shows_areas"] = False
        if one.retired_at is not None and one.retired_at <= self.at:
            found["retired"] = [moment(one.retired_at), one.merged_into_id]
        return written(found)


def known(certificate: Certificate, rows: Rows, at: datetime, *, name: str, shows_areas: bool) -> Known:
    """What of these rows was known at `at`; of `rows.names` the caller has to say."""
    then = Rows(
        sorted((row for row in rows.standing if at in row.known), key=lambda row: (row.valid.lower, row.pk)),
        sorted((row for row in rows.terms if row.granted_at <= at), key=lambda row: (row.first_on, row.pk)),
        sorted((row for row in rows.areas if at in row.known), key=lambda row: (row.area, row.valid.lower, row.pk)),
        rows.names,
    )
    return Known(at, certificate, name, shows_areas, then)


def rows_of(chunk: list[Certificate]) -> dict[int, Rows]:
    """Every row of these certificates."""
    found = {certificate.pk: Rows([], [], [], []) for certificate in chunk}
    for standing in Standing.objects.filter(certificate__in=chunk):
        found[standing.certificate_id].standing.append(standing)
    for term in Term.objects.filter(certificate__in=chunk):
        found[term.certificate_id].terms.append(term)
    for area in Specialization.objects.filter(certificate__in=chunk):
        found[area.certificate_id].areas.append(area)
    names: dict[int, list[LegalName]] = {}
    for name in LegalName.objects.filter(person__in=[certificate.person_id for certificate in chunk]).order_by("pk"):
        names.setdefault(name.person_id, []).append(name)
    for certificate in chunk:
        found[certificate.pk].names.extend(names.get(certificate.person_id, []))
    return found


def known_now(certificate: Certificate, *, now: datetime) -> Known:
    """What the register knows now. Corrections of one moment follow each other by a microsecond: it is the last."""
    rows = rows_of([certificate])[certificate.pk]
    at = max([now, *moments(certificate, rows)])
    return known(certificate, rows, at, name=rows.name_of(certificate), shows_areas=certificate.shows_areas)


def moments(certificate: Certificate, rows: Rows) -> list[datetime]:
    """When what is known of a certificate changed, in order. Its issue may lie before all: it was taken over."""
    found = {row.granted_at for row in rows.terms}
    found |= {certificate.retired_at} if certificate.retired_at else set()
    histories: list[Standing | Specialization] = [*rows.standing, *rows.areas]
    for row in histories:
        found |= {row.known.lower} if row.known.upper is None else {row.known.lower, row.known.upper}
    return sorted(found)


def told_on(certificate: Certificate, today: date) -> str:
    """What strangers are told of a certificate today, as the log says it."""
    return told(queries.public_answer(certificate, today, today=today), queries.shown_areas(certificate, today))


def told(answer: queries.Answer, areas: list[str]) -> str:
    """An answer of today as the log says it. An expired certificate was in force through its last day: that is told.

    Areas are said of a certificate in force alone, as the verify page says them.
    """
    standing = "in_force" if answer.standing == "expired" else answer.standing
    found: dict[str, Any] = {
        "certificate": answer.number, "name": answer.name, "issued_on": str(answer.issued_on), "standing": standing
    }  # fmt: skip
    if standing in {"in_force", "suspended"}:
        found["last_on"] = str(answer.last_on)
    elif answer.since is not None:
        found["since"] = str(answer.since)
    if areas and standing == "in_force":
        found["areas"] = areas
    if answer.suspensions:
        found["suspended"] = [[str(first), str(last)] for first, last in answer.suspensions]
    return written(found)


def standing_row(row: Standing) -> list[Any]:
    """One row of standing; the end is the day after its last."""
    until = None if row.valid.upper is None else str(row.valid.upper)
    return [row.pk, row.state, str(row.valid.lower), until, moment(row.known.lower), row.cause, row.actor_id]


def term_row(row: Term) -> list[Any]:
    """One term."""
    return [row.pk, str(row.first_on), str(row.last_on), moment(row.granted_at)]


def area_row(row: Specialization) -> list[Any]:
    """One area of specialization; the end is the day after its last."""
    until = None if row.valid.upper is None else str(row.valid.upper)
    return [row.pk, row.area, str(row.valid.lower), until, moment(row.known.lower), row.actor_id]


def name_row(row: LegalName) -> list[Any]:
    """One legal name."""
    until = None if row.until_at is None else moment(row.until_at)
    return [row.pk, row.first, row.middle, row.last, moment(row.from_at), row.because, until]


def entry(salt: bytes, secret: bytes, public: str, kept: str) -> bytes:
    """What stands in the log: SHA-256 over the salt, the sealed rows and what is told."""
    return hashlib.sha256(salt + sealed(secret, kept) + public.encode()).digest()


def sealed(secret: bytes, kept: str) -> bytes:
    """The rows, bound and hidden."""
    return hashlib.sha256(secret + kept.encode()).digest()


def written(found: dict[str, Any]) -> str:
    """Plain values as the one text that is hashed."""
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def moment(at: datetime) -> str:
    """A moment in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def base64_of(found: bytes) -> str:
    """A hash as signed notes write it."""
    return base64.b64encode(found).decode()
