"""Made-up people by the million: names as unevenly spread as real ones, and certificates for some of them.

Rows are copied in by SQL; none of them is a real person's.
"""

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from peercert.rules import numbers

WHEN = datetime(2026, 1, 5, 18, tzinfo=UTC)
COMMON_LAST = ["garcia", "hernandez", "lopez", "gonzalez", "rodriguez", "smith", "johnson", "nguyen", "lee", "okafor"]
COMMON_FIRST = ["maria", "jose", "juan", "ana", "james", "li", "wei"]
_STARTS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "qu",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
)
_ENDS = ("a", "e", "i", "o", "u", "an", "ar", "en", "er", "in", "on", "or", "al", "es", "ia")


def fill(connection: Any, people: int, certificates: int = 0) -> list[str]:
    """Copy `people` persons with names into the database, the first ones certified; answers the certificates' numbers.

    `connection` is the owner's (psycopg, autocommit).
    """
    source = random.Random(7)
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE program_person_id_seq RESTART WITH 1000000000")
        ids = range(1, people + 1)
        _copy_people(cursor, ids, source)
        _copy_names(cursor, ids, source)
        made = _copy_certificates(cursor, ids[:certificates], source)
        cursor.execute("ANALYZE")
    return made


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: Any) -> None:
    with cursor.copy(f"COPY program_{table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _copy_people(cursor: Any, ids: range, source: random.Random) -> None:
    blank = ["chosen_name", "phone", "street", "city", "state", "postal_code"]
    columns = ["id", "uuid", "language", "wants_paper", "is_left_out_of_name_search", "is_demo", "created_at", *blank]
    rows = ((pk, _uuid(source), "en", False, False, True, WHEN, *[""] * len(blank)) for pk in ids)
    _copy(cursor, "person", columns, rows)


def _copy_names(cursor: Any, ids: range, source: random.Random) -> None:
    lasts = COMMON_LAST + _words(source, 120_000, 2, 4)
    firsts = COMMON_FIRST + _words(source, 8_000, 2, 3)
    seen: set[str] = set()

    def rows() -> Any:
        for pk in ids:
            first, last = _pick(source, firsts, 2), _pick(source, lasts, 3)
            if source.random() < 0.25:
                last = f"{last} {_pick(source, lasts, 3)}"
            words = sorted({first, *last.split()})
            seen.update(words)
            yield pk, first.title(), "", last.title(), first, last, words, WHEN, "given"

    columns = ["person_id", "first", "middle", "last", "first_key", "last_key", "words", "from_at", "because"]
    _copy(cursor, "legalname", columns, rows())
    _copy(cursor, "nameword", ["word"], ((word,) for word in sorted(seen)))


def _copy_certificates(cursor: Any, ids: range, source: random.Random) -> list[str]:
    made, cases = _numbers(source, "C", len(ids)), _numbers(source, "A", len(ids))
    day, blank = WHEN.date(), ""
    _copy(
        cursor, "case", ["id", "uuid", "kind", "topic", "number", "person_id", "stage", "opened_at", "received_on",
                         "closed_at", "sort_name", "is_demo"],
        ((pk, _uuid(source), "application", "initial", number, pk, "certified", WHEN, day, WHEN, blank, True)
         for pk, number in zip(ids, cases, strict=True)),
    )  # fmt: skip
    _copy(
        cursor, "determination", ["id", "uuid", "case_id", "question", "outcome", "facts", "finding", "law_outcome",
                                  "governed_on", "release", "reasons", "because", "decided_at", "digest"],
        ((pk, _uuid(source), pk, "certify", "approve", "{}", "{}", "approve", day, "bench", "[]", blank, WHEN, blank)
         for pk in ids),
    )  # fmt: skip
    _copy(
        cursor, "certificate", ["id", "uuid", "number", "person_id", "case_id", "determination_id", "printed_name",
                                "issued_on", "issued_at", "shows_areas"],
        ((pk, _uuid(source), number, pk, pk, pk, "Bench", day, WHEN, True)
         for pk, number in zip(ids, made, strict=True)),
    )  # fmt: skip
    last = date(2028, 1, 5)
    _copy(cursor, "term", ["certificate_id", "first_on", "last_on", "granted_at"],
          ((pk, day, last, WHEN) for pk in ids))  # fmt: skip
    _copy(
        cursor, "standing", ["certificate_id", "state", "valid", "known", "cause"],
        ((pk, "in_force", f"[{day},{last}]", f"[{WHEN.isoformat()},)", "issued") for pk in ids),
    )  # fmt: skip
    return made


def _numbers(source: random.Random, prefix: str, count: int) -> list[str]:
    """Numbers that differ: of a million made by luck, some come twice."""
    made: dict[str, None] = {}
    while len(made) < count:
        made[numbers.make(prefix, source)] = None
    return list(made)


def _words(source: random.Random, count: int, least: int, most: int) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < count:
        parts = source.randint(least, most)
        made["".join(source.choice(_STARTS) + source.choice(_ENDS) for _ in range(parts))] = None
    return list(made)


def _pick(source: random.Random, pool: list[str], unevenness: int) -> str:
    return pool[int(len(pool) * source.random() ** unevenness)]


def _uuid(source: random.Random) -> uuid.UUID:
    return uuid.UUID(int=source.getrandbits(128), version=4)
