"""Reads of certificates: where one stands on a day as known at a moment, and what strangers are told."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef, Q, QuerySet

from peercert.program.casework.models import Task
from peercert.program.certificates.models import (
    Certificate,
    CertificateFile,
    Credential,
    Specialization,
    Standing,
    Term,
)
from peercert.program.people.models import LegalName, Person
from peercert.program.people.queries import CAP, beginnings, whole_names
from peercert.rules import days
from peercert.rules.figures import figure

#: Folder of the store under which printed documents lie, sealed.
FOLDER = "certificates"
#: Raised by one when the page changes, so that each certificate is printed anew when it is next asked for.
PRINT_SHAPE = "3"
#: No search by name answers with more people than this.
MOST_RESULTS = 10


@dataclass(frozen=True)
class Answer:
    """What anyone is told of a certificate on one day, from what is known now.

    `standing` is said of today alone: in_force, suspended, revoked, surrendered, ended_by_death, expired or
    not_certified. Of a past day only `is_certified` is told, and `standing` is blank.
    """

    number: str
    name: str
    on: date
    today: date
    is_certified: bool
    standing: str
    issued_on: date
    last_on: date
    since: date | None
    suspensions: tuple[tuple[date, date], ...] = ()
    #: Every run of days certified, as known now: for organisations, never for strangers.
    certified: tuple[tuple[date, date], ...] = ()
    #: Areas of specialization, of today alone and where certified: as the figure and the holder's choice allow.
    areas: tuple[str, ...] = ()

    @property
    def good_through(self) -> date | None:
        """The last day of the term, where it means anything today."""
        return self.last_on if self.standing in {"in_force", "suspended", "expired"} else None

    @property
    def is_past(self) -> bool:
        """Whether the question is about a day before today."""
        return self.on < self.today


def standing_on(certificate: Certificate, day: date, known_at: datetime | None = None) -> Standing | None:
    """Where the certificate stands on `day`, as known at `known_at` (None: now); None where it does not stand."""
    return _known(certificate, known_at).filter(valid__contains=day).first()


#: Since when it is known, without a break, whether certificate {id} was certified on a day, as known at a moment. That
#: answer changes where a standing in force of that day begins or ends to be known and no other does the opposite at the
#: same moment, as when a correction of other days adds the rest again. Before the first thing is known nothing is.
KNOWN_SINCE = """coalesce(
    (SELECT edge FROM (
        SELECT unnest(ARRAY[lower(known), upper(known)]) AS edge FROM program_standing
        WHERE certificate_id = {id} AND valid @> %(on)s AND state = 'in_force') edges
     WHERE edge <= %(known)s GROUP BY edge HAVING count(*) = 1 ORDER BY edge DESC LIMIT 1),
    (SELECT min(lower(known)) FROM program_standing WHERE certificate_id = {id} AND lower(known) <= %(known)s))"""


def known_since(certificate: Certificate, day: date, known_at: datetime) -> datetime | None:
    """Since when it is known whether it was certified on `day`, as known at `known_at`; None where nothing was."""
    with connection.cursor() as cursor:
        told = KNOWN_SINCE.format(id="%(id)s")
        cursor.execute(f"SELECT {told}", {"id": certificate.pk, "on": day, "known": known_at})
        since: datetime | None = cursor.fetchone()[0]
    return since


def stands_so(certificate: Certificate, state: str | None, first_on: date, last_on: date | None) -> bool:
    """Whether every one of these days has that standing already; `state` None: whether none of them has any."""
    if last_on is not None and last_on < first_on:
        return False
    days = DateRange(first_on, None if last_on is None else last_on + timedelta(days=1))
    rows = _known(certificate, None).filter(valid__overlap=days)
    if state is None:
        return not rows.exists()
    return rows.filter(state=state, valid__contains=days).exists()


def standing_rows(certificate: Certificate, known_at: datetime | None = None) -> list[Standing]:
    """The whole standing as known at one moment, by its days."""
    return list(_known(certificate, known_at).order_by("valid"))


def days_ahead(certificate: Certificate, today: date) -> list[date]:
    """The days after today on which, as known now, it begins to stand otherwise. Its expiry is none of them."""
    rows = standing_rows(certificate)
    begins = {row.valid.lower for row in rows} | {row.valid.upper for row in rows[:-1]}
    return sorted(day for day in begins if day > today)


def told_anew(today: date) -> QuerySet[Certificate]:
    """Certificates of which strangers are told more or less from this day on, because a figure changes on it."""
    before, found = days.add_days(today, -1), Q(pk__in=[])
    if figure("specializations_shown", today).value != figure("specializations_shown", before).value:
        found |= Q(Exists(Specialization.objects.filter(certificate=OuterRef("pk"), valid__contains=today)))
    if figure("served_suspension_shown", today).value != figure("served_suspension_shown", before).value:
        found |= Q(Exists(Standing.objects.filter(certificate=OuterRef("pk"), state="suspended")))
    return Certificate.objects.filter(found, retired_at=None)


def standing_history(certificate: Certificate) -> list[Standing]:
    """Every row ever known, newest knowledge first: what a correction changed, and when."""
    return list(
        Standing.objects.filter(certificate=certificate).select_related("actor").order_by("-known", "valid", "id")
    )


def areas_on(certificate: Certificate, day: date, known_at: datetime | None = None) -> list[str]:
    """Areas of specialization that belong to the certificate on `day`, as known at `known_at` (None: now)."""
    rows = Specialization.objects.filter(certificate=certificate, valid__contains=day)
    rows = rows.filter(known__upper_inf=True) if known_at is None else rows.filter(known__contains=known_at)
    return sorted(rows.values_list("area", flat=True))


def shown_areas(certificate: Certificate, today: date) -> list[str]:
    """Of today's areas, what strangers are shown and what is signed: as the figure and the holder's choice allow."""
    return areas_on(certificate, today) if certificate.shows_areas and areas_are_shown(today) else []


def areas_are_shown(today: date) -> bool:
    """Whether areas of specialization are shown at all, where the holder lets them."""
    return bool(figure("specializations_shown", today).value)


def specializations_of(certificate: Certificate) -> list[Specialization]:
    """The spans of every area as known now, by area and day."""
    return list(Specialization.objects.filter(certificate=certificate, known__upper_inf=True).order_by("area", "valid"))


def public_answer(certificate: Certificate, on: date, *, today: date) -> Answer:
    """What the public page says of a certificate on a day that is not later than today.

    A past day is certified or not, never with a reason: a suspension that was served leaves its days not certified
    and is named only where the figure `served_suspension_shown` says so; one that was corrected leaves no trace.
    """
    return public_answers([certificate], on, today=today)[0]


#: What an answer is made of, of certificates `c`: one read, however many.
_TOLD = """
    SELECT c.id, c.number, c.issued_on,
           coalesce(nullif(concat_ws(' ', n.first, nullif(n.middle, ''), n.last), ''), c.printed_name),
           (SELECT max(last_on) FROM program_term WHERE certificate_id = c.id),
           CASE WHEN c.shows_areas THEN (
               SELECT array_agg(area ORDER BY area) FROM program_specialization
               WHERE certificate_id = c.id AND upper_inf(known) AND valid @> %s::date) END,
           s.states, s.firsts, s.afters
    FROM program_certificate c
    LEFT JOIN program_legalname n ON n.person_id = c.person_id AND n.until_at IS NULL
    CROSS JOIN LATERAL (
        SELECT array_agg(state ORDER BY valid) AS states, array_agg(lower(valid) ORDER BY valid) AS firsts,
               array_agg(upper(valid) ORDER BY valid) AS afters
        FROM program_standing WHERE certificate_id = c.id AND upper_inf(known)) s
"""


def public_answers(certificates: list[Certificate], on: date, *, today: date) -> list[Answer]:
    """Several answers by one read."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_TOLD} WHERE c.id = ANY(%s)", [today, [certificate.pk for certificate in certificates]])
        told = {row[0]: row for row in cursor.fetchall()}
    return [_answer(told[certificate.pk], on, today) for certificate in certificates]


def answer_by_number(number: str, on: date, *, today: date) -> Answer | None:
    """The public answer of the certificate that has this number and still answers by it; None where none has."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_TOLD} WHERE c.number = %s AND c.retired_at IS NULL", [today, number])
        row = cursor.fetchone()
    return _answer(row, on, today) if row else None


def answer_from(
    certificate: Certificate, name: str, rows: list[Standing], terms: list[Term], on: date, *, today: date
) -> Answer:
    """What the public page says, or said, of a certificate from these rows, by their days."""
    spans = [[row.state for row in rows], [row.valid.lower for row in rows], [row.valid.upper for row in rows]]
    last_on = max(term.last_on for term in terms)
    return _answer([certificate.pk, certificate.number, certificate.issued_on, name, last_on, [], *spans], on, today)


def name_of(certificate: Certificate) -> str:
    """The name that strangers are told: today's legal name, and where there is none the printed one."""
    name = LegalName.objects.filter(person=certificate.person_id, until_at=None).first()
    return certificate.printed_name if name is None else name.full


def certificates_called(last: str, first: str) -> list[Certificate]:
    """Certificates that a stranger may be shown for this name, closest first, at most MOST_RESULTS, never how many.

    It needs a whole last name, and of the first name at least its first letter; small mistakes in either are forgiven.
    Nobody by this name, nobody certified by it and nobody who wants to be found by it take the same steps.
    """
    begins = beginnings(first)
    lasts = whole_names(last) if begins else {}
    return list(
        Certificate.objects.raw(
            """
            WITH likely AS MATERIALIZED (
                SELECT n.person_id, n.last_key, n.first_key,
                       asked.mistakes + (NOT starts_with(n.first_key, %s))::int AS mistakes
                FROM unnest(%s::text[], %s::int[]) AS asked(last_key, mistakes)
                CROSS JOIN LATERAL (
                    SELECT person_id, last_key, first_key FROM program_legalname
                    WHERE until_at IS NULL AND last_key = asked.last_key AND first_key ^@ ANY(%s::text[])
                    LIMIT %s) n
                LIMIT %s)
            SELECT c.* FROM likely
            JOIN program_person p ON p.id = likely.person_id AND NOT p.is_left_out_of_name_search
            JOIN program_certificate c ON c.person_id = p.id AND c.retired_at IS NULL
            ORDER BY likely.mistakes, likely.last_key, likely.first_key, c.id LIMIT %s
            """,
            ["".join(begins[:1]), list(lasts), list(lasts.values()), begins, CAP, CAP, MOST_RESULTS],
        )
    )


def certificates_of(person: Person) -> QuerySet[Certificate]:
    """A person's certificates, newest first."""
    return Certificate.objects.filter(person=person).order_by("-issued_at")


def newest_file(certificate: Certificate) -> CertificateFile | None:
    """The document that carries the current credential, if it has been made; an older print is never handed out."""
    credential = current_credential(certificate)
    return None if credential is None else CertificateFile.objects.filter(key=print_key(credential)).first()


def current_credential(certificate: Certificate) -> Credential | None:
    """The signed credential whose bit is not set."""
    return Credential.objects.filter(certificate=certificate, superseded_at=None).first()


def about_file(certificate: Certificate) -> str:
    """What a stored document is sealed as belonging to."""
    return f"certificate:{certificate.uuid}"


def unprinted(limit: int = 200) -> list[Certificate]:
    """Certificates whose current credential lies in no document, and no officer asked about the name."""
    asked = Task.objects.filter(case=OuterRef("certificate__case"), kind="print_certificate", closed_at=None)
    printed = CertificateFile.objects.filter(credential=OuterRef("pk"))
    waiting = Credential.objects.filter(~Exists(asked), ~Exists(printed), superseded_at=None)
    return [one.certificate for one in waiting.select_related("certificate").order_by("made_at")[:limit]]


def term_of(certificate: Certificate) -> Term:
    """The latest term."""
    return Term.objects.filter(certificate=certificate).latest("last_on")


def print_key(credential: Credential) -> str:
    """What makes two prints the same document: the credential that it carries, and the shape of the page."""
    return hashlib.sha256(f"{PRINT_SHAPE}\n{credential.uuid}".encode()).hexdigest()


def _known(certificate: Certificate, known_at: datetime | None) -> QuerySet[Standing]:
    rows = Standing.objects.filter(certificate=certificate)
    return rows.filter(known__upper_inf=True) if known_at is None else rows.filter(known__contains=known_at)


class _Span(NamedTuple):
    """One run of days with its standing; `after` is the day after the last, None where it runs on for good."""

    state: str
    first: date
    after: date | None

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day and (self.after is None or day < self.after)

    @property
    def last(self) -> date:
        """The last day of a run that ends."""
        assert self.after is not None
        return self.after - timedelta(days=1)


def _answer(told: Sequence[Any], on: date, today: date) -> Answer:
    _, number, issued_on, name, last_on, areas, *spans = told
    rows = [_Span(*span) for span in zip(*(column or [] for column in spans), strict=True)]
    row = next((row for row in rows if on in row), None)
    certified = row is not None and row.state == "in_force"
    return Answer(
        number=number,
        name=name,
        on=on,
        today=today,
        is_certified=certified,
        standing=_word(row, rows, on) if on == today else "",
        issued_on=issued_on,
        last_on=last_on,
        since=row.first if row is not None and on == today and not certified else None,
        suspensions=_served(rows, today) if figure("served_suspension_shown", today).value else (),
        certified=_certified(rows),
        areas=tuple(areas or ()) if certified and on == today and areas_are_shown(today) else (),
    )


def _word(row: _Span | None, rows: list[_Span], on: date) -> str:
    if row is not None:
        return row.state
    ended = any(other.after is not None and other.after <= on for other in rows)
    return "expired" if ended and not any(other.first > on for other in rows) else "not_certified"


def _served(rows: list[_Span], today: date) -> tuple[tuple[date, date], ...]:
    return tuple(
        (row.first, row.last)
        for row in rows
        if row.state == "suspended" and row.after is not None and row.after <= today
    )


def _certified(rows: list[_Span]) -> tuple[tuple[date, date], ...]:
    """Runs of days in force, those that follow each other as one."""
    runs: list[tuple[date, date]] = []
    for row in (row for row in rows if row.state == "in_force"):
        if runs and row.first - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], row.last)
        else:
            runs.append((row.first, row.last))
    return tuple(runs)
