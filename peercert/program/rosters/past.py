"""The files of a roster as of a past day: a line for each person with the receipt, packed as a file and as print.

Everything is read and written line by line, so that a hundred thousand people take no more memory than a thousand.
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import IO, Any

import orjson
from django.conf import settings

from peercert import words
from peercert.gateways import printer_table, tables
from peercert.gateways.signer.receipt import key_set
from peercert.program.certificates.receipts import Answered, record_receipts, told
from peercert.program.certificates.signing import leaked, public_keys
from peercert.program.rosters.as_of import as_of
from peercert.program.rosters.models import PastRoster

#: How many people are answered and signed at once, and how many one printed document holds: typst lays out a whole
#: document in memory, some 100 KB a person.
CHUNK, VOLUME = 1_000, 2_000
PRINTED = ("certificate", "person", "certified_that_day", "known_since", "receipt")
RECEIPTS, KEYS = "receipts.jsonl", "receipt-keys.json"


def write_lines(past: PastRoster, out: IO[bytes], *, tell: Callable[[int], object]) -> int:
    """Answer, sign and write down a line for everyone; how many. `tell` hears after each chunk how far it is."""
    found, done = as_of(past.organisation, past.on, past.known_at), 0
    while chunk := list(islice(found, CHUNK)):
        receipts = record_receipts(
            past.organisation,
            [Answered(one.number, one.certificate_id, one.answers, one.is_certified, one.known_since) for one in chunk],
            past.on, past.known_at, asked_with=past.uuid, issuer=settings.ENVIRONMENT.origin, now=past.asked_at,
        )  # fmt: skip
        for one, receipt in zip(chunk, receipts, strict=True):
            line = {
                "number": one.number, "name": one.name, "is_certified": one.is_certified,
                "known_since": one.known_since, "told": told(receipt, one.answers),
            }  # fmt: skip
            out.write(orjson.dumps(line) + b"\n")
        done += len(chunk)
        tell(done)
    return done


def digest_of(lines: IO[bytes]) -> str:
    """SHA-256 of the receipts as they will lie in the file."""
    digest = hashlib.sha256()
    for piece in _receipts(lines):
        digest.update(piece)
    return digest.hexdigest()


def pack_file(past: PastRoster, lines: IO[bytes], out: IO[bytes], *, people: int, digest: str) -> None:
    """The table, the receipts, the keys they are checked with, and a page to read first."""
    lang = past.language
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_say("read_me_name", lang), _read_me(past, people, digest))
        archive.writestr(
            KEYS, orjson.dumps(key_set(public_keys("receipt"), leaked("receipt")), option=orjson.OPT_INDENT_2)
        )
        _write(archive, RECEIPTS, _receipts(lines))
        _write(archive, f"{_say('name', lang)}-{past.on}.csv", tables.write(_head(lang), _rows(past, lines)))


def pack_print(past: PastRoster, lines: IO[bytes], out: IO[bytes], *, people: int, digest: str, now: datetime) -> int:
    """One document or, for more people than fit into one, an archive of numbered ones; how many there are."""
    volumes = max(1, -(-people // VOLUME))
    every = _opened(lines)
    if volumes == 1:
        out.write(_volume(past, every, 1, volumes, people, digest, now))
        return volumes
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for volume in range(1, volumes + 1):
            name = f"{_say('name', past.language)}-{past.on}-{volume:03}.pdf"
            archive.writestr(name, _volume(past, islice(every, VOLUME), volume, volumes, people, digest, now))
    return volumes


def file_name(past: PastRoster, part: str) -> str:
    """What a download is called: `part` is file or paper."""
    name = f"{_say('name', past.language)}-{past.on}"
    return f"{name}.pdf" if part == "paper" and past.volumes == 1 else f"{name}{'-print' * (part == 'paper')}.zip"


def _volume(
    past: PastRoster, found: Iterable[dict[str, Any]], volume: int, volumes: int, people: int, digest: str,
    now: datetime,
) -> bytes:  # fmt: skip
    lang = past.language
    values = {
        "organisation": past.organisation.name, "on": past.on, "known_at": past.known_at, "people": people,
        "digest": digest, "receipts": RECEIPTS, "volume": volume, "volumes": volumes,
    }  # fmt: skip
    lines = ["answers", "people", "fits", *(["volume"] if volumes > 1 else [])]
    sheet = printer_table.Sheet(
        language=lang,
        title=_say("title", lang, values),
        lines=tuple(_say(line, lang, values) for line in lines),
        head=tuple(_say(code, lang) for code in PRINTED),
        whole=(0, 4),
        rows=tuple(
            (one["number"], one["name"] or "–", _certified(one, lang),
             words.moment(datetime.fromisoformat(one["known_since"]), lang) if one["known_since"] else "–",
             one["told"]["id"])
            for one in found
        ),
    )  # fmt: skip
    return printer_table.pdf(sheet, made_at=now)


def _head(lang: str) -> list[str]:
    codes = ("certificate", "person", "day", "certified_that_day", "known_since", "known_at", "answers_for_it",
             "receipt", "receipt_digest")  # fmt: skip
    return [_say(code, lang) for code in codes]


def _rows(past: PastRoster, lines: IO[bytes]) -> Iterator[tuple[str, ...]]:
    known_at = past.known_at.isoformat(timespec="seconds")
    for one in _opened(lines):
        yield (
            one["number"], one["name"], str(past.on), _certified(one, past.language), one["known_since"] or "",
            known_at, one["told"]["number"], one["told"]["id"], one["told"]["sha256"],
        )  # fmt: skip


def _read_me(past: PastRoster, people: int, digest: str) -> str:
    values = {
        "organisation": past.organisation.name, "on": past.on, "known_at": past.known_at, "asked_at": past.asked_at,
        "people": people, "digest": digest, "receipts": RECEIPTS, "keys": KEYS,
        "origin": settings.ENVIRONMENT.origin, "table": f"{_say('name', past.language)}-{past.on}.csv",
    }  # fmt: skip
    return _say("read_me", past.language, values)


def _certified(one: dict[str, Any], lang: str) -> str:
    return _say("certified" if one["is_certified"] else "not_certified", lang)


def _receipts(lines: IO[bytes]) -> Iterator[bytes]:
    return (orjson.dumps(one["told"]) + b"\n" for one in _opened(lines))


def _opened(lines: IO[bytes]) -> Iterator[dict[str, Any]]:
    lines.seek(0)
    return (orjson.loads(line) for line in lines)


def _write(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> None:
    with archive.open(name, "w", force_zip64=True) as entry:
        for piece in pieces:
            entry.write(piece)


def _say(code: str, lang: str, values: dict[str, Any] | None = None) -> str:
    return words.fill("past_roster", code, values, lang)
