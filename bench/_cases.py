"""Cases by the hundred thousand: a few are lived through the journey, then their rows are multiplied by SQL.

Every copy belongs to another of the people of `bench._people`, has a number of its own and days of its own, and carries
what the lived case carries but its letters and its timeline, which the measured pages do not read.
"""

import random
from datetime import datetime, timedelta
from typing import Any

from bench import _people
from peercert.rules import numbers

#: Life of the demo, pathway, and its part of all cases in thousandths: four of five are over.
LIVES = (
    ("certified", "initial", 550),
    ("certified", "reciprocity", 100),
    ("denied", "initial", 50),
    ("ended", "initial", 80),
    ("withdrawn", "initial", 20),
    ("submitted", "initial", 40),
    ("in_review", "initial", 40),
    ("assigned", "reciprocity", 20),
    ("asked", "initial", 20),
    ("recommended", "initial", 10),
    ("approved", "initial", 40),
    ("authorised", "initial", 30),
)
#: Between the ids of a row and of its next copy.
STRIDE = 10_000
_LEFT_OUT = {"Opening", "TimelineEntry", "Letter", "CertificateFile", "ExamFileRow"}


def fill(connection: Any, people: int, cases: int, now: datetime) -> Any:
    """Copy `people` persons into the database, live the lives, and multiply them to `cases`; answers the story.

    `connection` is a superuser's (psycopg, autocommit); the lives are committed by the program's own.
    """
    from peercert.demo import lives, stories
    from peercert.demo import people as names
    from peercert.program.counties.models import County

    _people.fill(connection, people)
    luck = random.Random(5)
    story = stories.Story(now=now - timedelta(days=700))
    stories.provider(story)
    members, first = iter(names.people(len(LIVES), luck)), 1
    numbered = _numbers(connection, cases + len(LIVES), luck)
    for life, pathway, part in LIVES:
        county = County.objects.filter(kind="county").order_by("code").first()
        assert county is not None
        begin = now - timedelta(days=600 if life in {"certified", "ended", "denied"} else 25)
        case = lives.live(story, next(members), getattr(lives, life), pathway, begin, county, luck)
        count = cases * part // 1000
        _multiply(connection, case, count, first)
        first += count
    assert first - 1 <= numbered
    connection.execute("VACUUM ANALYZE")
    return story


def _numbers(connection: Any, count: int, luck: random.Random) -> int:
    """A table of fresh numbers of applications and certificates, one row for each copy."""
    made = list(dict.fromkeys(numbers.make("A", luck)[1:] for _ in range(count)))
    connection.execute("CREATE TEMP TABLE numbered (at int PRIMARY KEY, number text)")
    with connection.cursor() as cursor, cursor.copy("COPY numbered FROM STDIN") as copy:
        for at, number in enumerate(made, 1):
            copy.write_row((at, number))
    connection.execute("ANALYZE numbered")
    return len(made)


def _multiply(connection: Any, case: Any, count: int, first: int) -> None:
    """Copy every row that hangs on this case `count` times, for the people from `first` on."""
    from django.apps import apps

    from peercert.program.casework.models import Case

    mine: dict[Any, str] = {Case: f"id = {case.pk}"}
    models = [model for model in apps.get_models() if model.__name__ not in _LEFT_OUT]
    found = True
    while found:
        found = False
        for model in models:
            if model in mine:
                continue
            up = next((one for one in _links(model) if one.related_model in mine and not one.null), None)
            if up is not None:
                parent = up.related_model
                mine[model] = f"{up.column} IN (SELECT id FROM {parent._meta.db_table} WHERE {mine[parent]})"
                found = True
    with connection.transaction():
        # Millions of keys need no looking up: each copy points at the copies beside it.
        connection.execute("SET LOCAL session_replication_role = replica")
        for model, where in mine.items():
            fields = [field for field in model._meta.concrete_fields if not field.generated]
            columns = ", ".join(f'"{field.column}"' for field in fields)
            values = ", ".join(_value(field, mine, case, first) for field in fields)
            connection.execute(
                f"INSERT INTO {model._meta.db_table} ({columns})"
                f" SELECT {values} FROM {model._meta.db_table} AS s, generate_series(1, {count}) AS k"
                f" JOIN numbered ON numbered.at = {first} - 1 + k"
                f" JOIN program_legalname AS called ON called.person_id = {first} - 1 + k WHERE s.{where}"
            )


def _links(model: Any) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def _value(field: Any, mine: dict[Any, str], case: Any, first: int) -> str:
    """One column of a copy, as SQL over the lived row `s` and the copy's number `k`."""
    from peercert.program.casework.models import Case
    from peercert.program.people.models import Person

    column, kind = f's."{field.column}"', field.get_internal_type()
    if field.primary_key or (field.is_relation and field.related_model in mine):
        return f"{column} + k * {STRIDE}"
    if field.is_relation and field.related_model is Person:
        return f"CASE WHEN {column} = {case.person_id} THEN {first} - 1 + k ELSE {column} END"
    if field.model is Case and field.column in _OF_A_CASE:
        return _OF_A_CASE[field.column].format(column=column)
    if field.model.__name__ == "Certificate" and field.column == "number":
        return "'C' || numbered.number"
    if kind == "UUIDField":
        return f"md5({column}::text || k)::uuid"
    if kind == "CharField" and (field.unique or field.column in {"reference", "vendor_number"}):
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE left(s.id + k * {STRIDE} || '-', 11) END"
    return column


_OF_A_CASE = {
    "number": "CASE WHEN {column} IS NULL THEN NULL ELSE 'A' || numbered.number END",
    "sort_name": "called.last_key || ', ' || called.first_key",
    "received_on": "{column} - k % 400",
    "opened_at": "{column} - (k % 400) * interval '1 day'",
    "next_due_on": "{column} + k % 47 - 20",
}
