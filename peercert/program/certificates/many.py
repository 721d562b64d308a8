"""Many certificates at once, for organisations: one statement for all of them, so that one moment answers every row."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from peercert.program.certificates.locate import at, number_key
from peercert.program.certificates.models import OldNumber
from peercert.rules import numbers

#: A number as we write it: nothing has to be done to look it up.
_WRITTEN = re.compile(r"C-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}").fullmatch

#: Where each certificate of `found` stands on the day asked about, as known now, in the order asked.
_STANDING = """
    SELECT found.how, found.number, s.state, s.state IS NULL AND found.day = %(today)s AND (
        SELECT bool_or(upper(valid) <= found.day) AND NOT bool_or(lower(valid) > found.day)
        FROM program_standing WHERE certificate_id = found.id AND upper_inf(known))
    FROM found LEFT JOIN program_standing s
         ON s.certificate_id = found.id AND upper_inf(s.known) AND s.valid @> found.day
    ORDER BY found.place
"""
_BY_NUMBER = f"""
    WITH found AS (
        SELECT asked.place, asked.day, coalesce(m.id, c.id) AS id, coalesce(m.number, c.number) AS number,
               CASE WHEN c.id IS NULL THEN 'unknown' WHEN m.id IS NOT NULL THEN 'moved'
                    WHEN c.retired_at IS NOT NULL THEN 'retired' ELSE 'found' END AS how
        FROM unnest(%(numbers)s::text[], %(days)s::date[]) WITH ORDINALITY AS asked(number, day, place)
        LEFT JOIN program_certificate c ON c.number = asked.number
        LEFT JOIN program_certificate m ON m.id = c.merged_into_id)
    {_STANDING}
"""  # noqa: S608
_BY_NAME = f"""
    WITH meant AS (
        SELECT asked.place, min(p.id) AS person_id FROM unnest(
            %(firsts)s::text[], %(lasts)s::text[], %(born)s::date[]) WITH ORDINALITY AS asked(first, last, born, place)
        JOIN program_legalname n ON n.last_key = asked.last AND n.first_key = asked.first AND n.until_at IS NULL
        JOIN program_person p ON p.id = n.person_id AND p.born_on = asked.born AND NOT p.is_left_out_of_name_search
        JOIN program_certificate c ON c.person_id = p.id AND c.retired_at IS NULL
        GROUP BY asked.place HAVING count(DISTINCT p.id) = 1),
    found AS (
        SELECT asked.place, asked.day, c.id, c.number,
               CASE WHEN c.id IS NULL THEN 'not_matched' ELSE 'matched' END AS how
        FROM unnest(%(days)s::date[]) WITH ORDINALITY AS asked(day, place)
        LEFT JOIN meant ON meant.place = asked.place
        LEFT JOIN LATERAL (
            SELECT id, number FROM program_certificate WHERE person_id = meant.person_id AND retired_at IS NULL
            ORDER BY issued_at DESC, id DESC LIMIT 1) c ON true)
    {_STANDING}
"""  # noqa: S608


class Row(NamedTuple):
    """The answer to one row.

    `result`: found, moved (another number answers, this one), retired, unknown, mistyped, no_number; of a name matched
    or not_matched, or asked_too_often with other birth dates. `standing` is said of today alone.
    """

    result: str
    number: str | None
    is_certified: bool | None
    standing: str | None


class Person(NamedTuple):
    """Somebody asked for by folded name and date of birth."""

    first_key: str
    last_key: str
    born_on: date


def by_number(typed: Sequence[str], days: Sequence[date], *, today: date) -> list[Row]:
    """An answer for each number, in order, on the day beside it."""
    written = [number if _WRITTEN(number) else _as_written(number) for number in typed]
    rows = _asked(_BY_NUMBER, days, today, numbers=written)
    missed = [place for place, row in enumerate(rows) if row.result == "unknown"]
    if missed:
        _look_further(rows, missed, typed, days, today)
    return rows


def by_name(people: Sequence[Person], days: Sequence[date], answered: Sequence[bool], *, today: date) -> list[Row]:
    """Matched or not, for each of them in order, and never what differed; those not `answered` are not looked for.

    First and last name must be today's, folded, and the date of birth the one on record, of one person alone. Who
    wants to be left out of search by name is not matched.
    """
    places = [place for place, is_answered in enumerate(answered) if is_answered]
    sought = [people[place] for place in places]
    told = _asked(
        _BY_NAME, [days[place] for place in places], today, firsts=[one.first_key for one in sought],
        lasts=[one.last_key for one in sought], born=[one.born_on for one in sought],
    )  # fmt: skip
    rows = [Row("asked_too_often", None, None, None)] * len(people)
    for place, row in zip(places, told, strict=True):
        rows[place] = row
    return rows


def _asked(statement: str, days: Sequence[date], today: date, **values: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"days": list(days), "today": today, **values})
        return [
            _row(how, number, state, has_ended, day == today)
            for (how, number, state, has_ended), day in zip(cursor.fetchall(), days, strict=True)
        ]


def _row(how: str, number: str | None, state: str | None, has_ended: bool | None, is_today: bool) -> Row:
    if number is None or how == "retired":
        return Row(how, None, None, None)
    standing = (state or ("expired" if has_ended else "not_certified")) if is_today else None
    return Row(how, number, state == "in_force", standing)


def _as_written(typed: str) -> str:
    try:
        return numbers.read(typed, "C")
    except ValueError:
        return ""


def _look_further(
    rows: list[Row], missed: Sequence[int], typed: Sequence[str], days: Sequence[date], today: date
) -> None:
    """What is no number of ours may be an old one; else it is said why it is none."""
    keys = {place: number_key(typed[place]) for place in missed}
    found = OldNumber.objects.filter(key__in=set(keys.values())).select_related("certificate__merged_into")
    old = {one.key: at(one.certificate, one.number).certificate for one in found}
    moved = [place for place in missed if old.get(keys[place])]
    if moved:
        new = [old[keys[place]].number for place in moved]  # type: ignore[union-attr]
        told = _asked(_BY_NUMBER, [days[place] for place in moved], today, numbers=new)
        for place, row in zip(moved, told, strict=True):
            rows[place] = row._replace(result="moved")
    for place in missed:
        if rows[place].result == "unknown":
            rows[place] = Row("retired" if keys[place] in old else _why(typed[place]), None, None, None)


def _why(typed: str) -> str:
    try:
        numbers.read(typed, "C")
    except numbers.TypingMistake:
        return "mistyped"
    except numbers.NotANumber:
        return "no_number"
    return "unknown"
