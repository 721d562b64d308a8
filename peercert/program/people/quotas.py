"""How much an organisation may ask a day, counted and logged in one statement; keys that are refused."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction

from peercert.program.people.actions import count_asked
from peercert.program.people.organisations import ApiKey, ApiUse, NameAsked, Organisation
from peercert.program.people.queries import agreement_in_force, asked_today, digest_of, key_named_by
from peercert.rules.days import add_years, day_of, start_of
from peercert.rules.figures import figure

#: What is asked. A file counts its rows; people asked for by name count apart.
KINDS = ("verify", "verify_file", "match", "receipt", "holder", "roster", "change", "own")
#: What the log calls a holder who was read without their number: from the roster, or again.
READ_WITHOUT_NUMBER = "holder_read"
#: What a key that opened nothing is counted as.
REFUSED = "refused"
#: Rows destroyed by one statement.
_A_TIME = 20_000


def most_agreed(quotas: Mapping[str, int], kind: str, on: date) -> int:
    """How much of one kind an organisation may ask that day: as agreed with it, else as the figure says."""
    agreed = quotas.get(kind)
    return int(figure(f"api_{kind}_a_day", on).value) if agreed is None else agreed


def most_a_day(key: ApiKey, kind: str, on: date) -> int:
    """How much of one kind may be asked that day by the organisation whose key was presented."""
    return most_agreed(key.quotas, kind, on)


def settle(key: ApiKey, kind: str, *, logged: str, number: str, count: int, status: int, now: datetime) -> int | None:
    """Count an answer against the day of the key's organisation and note it, as `logged`, in the organisation's log.

    Answers what is left of the day, or None where this was too much: then nothing is counted, the log says 429, and
    the answer must not be sent. One statement: an answer that is sent is an answer that is logged.
    """
    on = day_of(now)
    most = most_a_day(key, kind, on)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH spent AS (
                INSERT INTO program_apitally AS t (organisation_id, "on", kind, count)
                SELECT %(organisation)s, %(on)s, %(kind)s, %(count)s WHERE %(count)s <= %(most)s
                ON CONFLICT (organisation_id, "on", kind) DO UPDATE SET count = t.count + excluded.count
                WHERE t.count + excluded.count <= %(most)s RETURNING count),
            logged AS (
                INSERT INTO program_apiuse (key_id, at, kind, number, count, status)
                SELECT %(key)s, %(now)s, %(logged)s, %(number)s, %(count)s,
                       CASE WHEN EXISTS (SELECT FROM spent) THEN %(status)s ELSE 429 END),
            used AS (
                UPDATE program_apikey SET last_used_on = %(on)s
                WHERE id = %(key)s AND %(first)s AND last_used_on IS DISTINCT FROM %(on)s)
            SELECT count FROM spent
            """,
            {
                "organisation": key.organisation_id, "on": on, "kind": kind, "count": count, "most": most,
                "key": key.pk, "logged": logged, "now": now, "number": number, "status": status,
                "first": key.last_used_on != on,
            },
        )  # fmt: skip
        row = cursor.fetchone()
    return most - row[0] if row else None


def note_refused(secret: str, *, now: datetime) -> str:
    """Note that a key which opens nothing was used, in the log of the organisation whose key begins so, and why.

    "" where no key of anybody begins so: then nothing is written, nor is the secret in any case. Beyond a number a day
    (figure) refusals are counted and no longer written one by one, so that nobody fills the log.
    """
    key, on = key_named_by(secret), day_of(now)
    if key is None:
        return ""
    why = _why_refused(key, secret, now, on)
    count_asked(key.organisation_id, REFUSED, 1, on=on)
    if asked_today(key.organisation, REFUSED, on) <= int(figure("api_refusals_kept_a_day", on).value):
        ApiUse.objects.create(key=key, at=now, kind=why, count=1, status=401)
    return why


def _why_refused(key: ApiKey, secret: str, now: datetime, on: date) -> str:
    if digest_of(secret) != key.digest:
        return "refused_secret"
    if key.revoked_at is not None and key.revoked_at <= now:
        return "refused_revoked"
    if on > key.expires_on:
        return "refused_expired"
    return "refused_agreement" if agreement_in_force(key.organisation, on) is None else "refused_secret"


def names_answered(organisation_id: int, asked: Sequence[tuple[str, str, date]], *, now: datetime) -> list[bool]:
    """Which of these questions, by folded first and last name and birth date, are answered, in their order.

    Nobody finds a birth date by trying: a name is answered with so many of them a day (figure), by file and by API
    together, and whether anybody has that name or not.
    """
    on = day_of(now)
    most = int(figure("birth_dates_per_name_a_day", on).value)
    questions = [(_sealed(first, last), _sealed(first, last, born_on.isoformat())) for first, last, born_on in asked]
    with transaction.atomic(), connection.cursor() as cursor:
        answered, new, known = [], list[tuple[bytes, bytes]](), dict[bytes, set[bytes]]()
    with transaction.atomic(), connection.cursor() as cursor:
        # One organisation's questions are counted one after the other.
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
        cursor.execute(
            'SELECT name, question FROM program_nameasked WHERE organisation_id = %s AND "on" = %s AND name = ANY(%s)',
            [organisation_id, on, list({name for name, _ in questions})],
        )
        for name, question in cursor.fetchall():
            known.setdefault(bytes(name), set()).add(bytes(question))
        for name, question in questions:
            dates = known.setdefault(name, set())
            if question not in dates and len(dates) < most:
                dates.add(question)
                new.append((name, question))
            answered.append(question in dates)
        cursor.execute(
            'INSERT INTO program_nameasked (organisation_id, "on", name, question)'
            " SELECT %s, %s, * FROM unnest(%s::bytea[], %s::bytea[])",
            [organisation_id, on, [name for name, _ in new], [question for _, question in new]],
        )
    return answered


def forget_names(now: datetime) -> None:
    """Destroy what was kept of earlier days' questions by name."""
    NameAsked.objects.filter(on__lt=day_of(now)).delete()


def _sealed(*parts: str) -> bytes:
    key = hashlib.sha256(f"name asked:{settings.SECRET_KEY}".encode()).digest()
    return hashlib.blake2b("\0".join(parts).encode(), key=key, digest_size=16).digest()


def kept_years(on: date) -> int:
    """For how many years it stands on record what was asked."""
    return int(figure("api_use_kept_years", on).value)


def destroy_uses(now: datetime) -> int:
    """Destroy what was logged of requests longer ago than the figure says; how many. Safe to run twice and late.

    The program itself may remove nothing from the log; the database does, and only what is old (append_only.py).
    """
    on, count = day_of(now), 0
    before = start_of(add_years(on, -kept_years(on)))
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT destroy_old_uses(%s, %s)", [before, _A_TIME])
            gone = int(cursor.fetchone()[0])
            count += gone
            if gone < _A_TIME:
                return count
