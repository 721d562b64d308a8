"""The log and the register computed again from the database: whatever was changed, taken out or back-dated is named.

Streams: memory does not grow with the log. It reads and never writes. What it cannot see is a log that was cut short
together with its rows and heads, or written anew with the log's own key: that is what witnesses are for (docs/log.md).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef

from peercert.gateways.signer import note
from peercert.gateways.signer.keys import PublicKey
from peercert.program.certificates import facts, tree
from peercert.program.certificates.log import tiles_at, tree_size
from peercert.program.certificates.log_models import LogCheckpoint, LogFact, LogTile
from peercert.program.certificates.models import Certificate, SigningKey
from peercert.program.people.models import LegalName

#: Leaves looked at together, and rows read at once.
_LEAVES, _ROWS = 1024, 500
#: Facts are appended in the order of their moments; one that comes later than this was written later than it says.
_LATE = timedelta(hours=1)
#: A change and its fact are of one step.
_SAME_STEP = timedelta(minutes=1)


@dataclass
class Counted:
    """How much was looked at."""

    entries: int = 0
    checkpoints: int = 0
    certificates: int = 0
    rows: int = 0


def audit(counted: Counted) -> Iterator[str]:
    """A sentence for everything that does not fit; none where the log and the register are as they were promised."""
    yield from _Walk(counted).findings()
    yield from _certificates(counted)


def withheld(now: datetime) -> Iterator[str]:
    """A sentence for facts that nobody gave a place, and for entries under no signed head: neither is seen outside."""
    waiting = LogFact.objects.filter(position=None, at__lt=now - _LATE).order_by("at")
    if (oldest := waiting.first()) is not None:
        yield f"{waiting.count()} facts wait for a place in the log, the oldest since {facts.moment(oldest.at)}."
    head = LogCheckpoint.objects.order_by("-size").first()
    first = 0 if head is None else head.size
    if LogFact.objects.filter(position__gte=first, at__lt=now - _LATE).exists():
        yield f"log entries {first} to {tree_size() - 1} stand under no signed head."


@dataclass
class _Walk:
    """The tree built again from the facts, leaf by leaf, beside the tiles and the heads that are stored."""

    counted: Counted
    size: int = 0
    newest: datetime | None = None
    edge: dict[tree.Place, bytes] = field(default_factory=dict)
    is_wrong: bool = False

    def findings(self) -> Iterator[str]:
        heads = LogCheckpoint.objects.order_by("size", "id").iterator(chunk_size=_ROWS)
        head = next(heads, None)
        keys = [PublicKey(key.kid, "ed25519", bytes(key.public)) for key in SigningKey.objects.filter(purpose="log")]
        stored = tree_size()
        for batch in _batches(LogFact.objects.exclude(position=None).order_by("position").iterator(chunk_size=_ROWS)):
            leaves: list[bytes] = []
            begin = self.size
            for fact in batch:
                while self.size + len(leaves) < fact.position:
                    at = self.size + len(leaves)
                    yield f"log entry {at}: its fact is missing."
                    leaves.append(_stored_leaf(at))
                yield from self._fact(fact)
                leaves.append(tree.leaf(bytes(fact.entry)))
            known = {**self.edge, **tree.grown(self.size, self.edge, leaves)}
            self.size += len(leaves)
            yield from self._tiles(begin, known)
            while head is not None and head.size <= self.size:
                yield from self._head(head, known, keys)
                head = next(heads, None)
            self.edge = {place: known[place] for place in tree.edge(self.size)}
        self.counted.entries = self.size
        if stored > self.size:
            yield f"log entries {self.size} to {stored - 1}: their facts are missing."
        elif stored < self.size:
            yield f"the tiles hold {stored} entries, the facts {self.size}."
        elif (has := LogTile.objects.count()) != (wants := _tile_count(self.size)):
            yield f"there are {has} tiles where the tree has {wants}."
        while head is not None:
            yield f"checkpoint {head.size}: the tree has only {self.size} entries."
            head = next(heads, None)

    def _fact(self, fact: LogFact) -> Iterator[str]:
        if facts.entry(bytes(fact.salt), bytes(fact.secret), fact.public, fact.kept) != bytes(fact.entry):
            yield f"log entry {fact.position}: the fact was changed; the entry binds another text."
        elif _head_of(fact.kept) != (facts.moment(fact.at), fact.kind):
            yield f"log entry {fact.position}: its moment or kind was changed."
        if self.newest is not None and fact.at < self.newest - _LATE:
            before = facts.moment(self.newest)
            yield f"log entry {fact.position}: back-dated to {facts.moment(fact.at)}; one of {before} was there."
        self.newest = fact.at if self.newest is None else max(self.newest, fact.at)

    def _tiles(self, begin: int, known: dict[tree.Place, bytes]) -> Iterator[str]:
        """Compare the tiles that this stretch of leaves has filled or begun."""
        stored = tiles_at(set(known))
        for (level, place), wanted in sorted(known.items()):
            found = stored.get((level, place), b"")
            # A tile may have grown on since: it is compared again then.
            if found[: len(wanted)] == wanted:
                continue
            if not found:
                yield f"tile {level}/{place} is missing."
                continue
            for at in range(0, len(wanted), tree.BYTES):
                if found[at : at + tree.BYTES] != wanted[at : at + tree.BYTES]:
                    number = place * tree.WIDTH + at // tree.BYTES
                    if level or number >= begin:
                        what = f"log entry {number}" if level == 0 else f"hash {number} of level {level}"
                        yield f"tile {level}/{place}: {what} is another than the facts give."
                    break

    def _head(self, head: LogCheckpoint, known: dict[tree.Place, bytes], keys: list[PublicKey]) -> Iterator[str]:
        self.counted.checkpoints += 1
        origin, size, root = (head.note.split("\n") + ["", "", ""])[:3]
        signed = note.signed_by(head.note, origin, keys)
        if signed is None or signed.kid != head.kid:
            yield f"checkpoint {head.size}: its signature is not one of the log's."
        elif (size, root) != (str(head.size), facts.base64_of(bytes(head.root))):
            yield f"checkpoint {head.size}: the row is another than what was signed."
        elif bytes(head.root) != tree.root((0, head.size), known) and not self.is_wrong:
            self.is_wrong = True  # every later head differs, too
            yield f"checkpoint {head.size}: what was signed is another tree than the facts give."


def _certificates(counted: Counted) -> Iterator[str]:
    gone = LogFact.objects.filter(~Exists(Certificate.objects.filter(pk=OuterRef("certificate"))))
    for pk, position in gone.values_list("certificate_id", "position").iterator():
        yield f"log entry {position}: its certificate (row {pk}) is missing."
    last = 0
    while chunk := list(Certificate.objects.filter(pk__gt=last).order_by("pk")[:_ROWS]):
        last = chunk[-1].pk
        rows = facts.rows_of(chunk)
        said = LogFact.objects.filter(certificate__in=chunk).order_by("certificate_id", "at", "id")
        by_certificate = {pk: list(group) for pk, group in groupby(said, key=lambda fact: fact.certificate_id)}
        for certificate in chunk:
            counted.certificates += 1
            mine = rows[certificate.pk]
            counted.rows += len(mine.standing) + len(mine.terms) + len(mine.areas) + len(mine.names)
            for found in dict.fromkeys(_certificate(certificate, mine, by_certificate.get(certificate.pk, []))):
                yield f"certificate {certificate.number}: {found}"


def _certificate(certificate: Certificate, rows: facts.Rows, said: list[LogFact]) -> Iterator[str]:
    """What does not fit between a certificate's rows and its facts, oldest first."""
    if not said:
        yield "no fact of it is in the log."
        return
    names, name, rows = rows.names, rows.name_of(certificate), replace(rows, names=[])
    logged: list[dict[str, Any]] = [json.loads(fact.kept) for fact in said]
    yield from _names(names, [kept.pop("names", []) for kept in logged])
    fits = True
    for fact, kept in zip(said, logged, strict=True):
        then = facts.known(certificate, rows, fact.at, name=kept["name"], shows_areas=kept.get("shows_areas", True))
        if facts.written(kept) != then.kept(fact.kind):
            fits = False
            yield from _differences(kept, json.loads(then.kept(fact.kind)))
        elif fact.public != then.public():
            yield f"what was told at {facts.moment(fact.at)} is not what its rows say."
    newest = logged[-1]
    if newest["name"] != name:
        yield "the name that is shown was changed without a fact."
    if newest.get("shows_areas", True) != certificate.shows_areas:
        yield "whether areas are shown was changed without a fact."
    for moment in facts.moments(certificate, rows) if fits else []:
        if not any(moment <= fact.at <= moment + _SAME_STEP for fact in said):
            yield f"something is known of it since {facts.moment(moment)}, and no fact is of that moment: back-dated."


def _names(names: list[LegalName], logged: list[list[list[Any]]]) -> Iterator[str]:
    """What does not fit between the holder's names and those that each fact has, oldest first.

    What was known of names at a moment cannot be told from them: two records of one person may have become one since.
    But no row is ever taken out, nothing in it changes but its end, once, and the newest fact has all of them.
    """
    stored = {row.pk: facts.name_row(row) for row in names}
    for pk, *was in (row for rows in logged for row in rows):
        now = stored[pk][1:] if pk in stored else None
        if now is None:
            yield f"name row {pk} is missing; the log has {was}."
        elif now not in (was, [*was[:-1], was[-1] or now[-1]]):
            yield f"name row {pk} was changed: the log has {was}, the database {now}."
    newest = {row[0]: row for row in logged[-1]}
    for pk, row in stored.items() if newest else ():
        if pk not in newest:
            yield f"name row {pk} is back-dated: the log does not have {row[1:]}."
        elif newest[pk][-1] is None and row[-1] is not None:
            yield f"name row {pk} is over since {row[-1]}, and no fact says so."


def _differences(logged: dict[str, Any], stored: dict[str, Any]) -> Iterator[str]:
    for name, what in (("standing", "standing"), ("terms", "term"), ("areas", "area")):
        was, now = ({row[0]: row for row in rows.get(name, [])} for rows in (logged, stored))
        for pk in sorted(was.keys() | now.keys()):
            if pk not in now:
                yield f"{what} row {pk} is missing, or is said to be of another time; the log has {was[pk][1:]}."
            elif pk not in was:
                yield f"{what} row {pk} is back-dated: the log does not have {now[pk][1:]}."
            elif was[pk] != now[pk]:
                yield f"{what} row {pk} was changed: the log has {was[pk][1:]}, the database {now[pk][1:]}."
    for name in ("certificate", "determination", "retired"):
        if logged.get(name) != stored.get(name):
            yield f"its own row was changed ({name}): the log has {logged.get(name)}, the database {stored.get(name)}."


def _batches(rows: Iterator[LogFact]) -> Iterator[list[Any]]:
    batch: list[LogFact] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _LEAVES:
            yield batch
            batch = []
    if batch:
        yield batch


def _head_of(kept: str) -> tuple[str, str]:
    found = json.loads(kept)
    return found["at"], found["kind"]


def _stored_leaf(position: int) -> bytes:
    place, at = divmod(position, tree.WIDTH)
    tile = tiles_at({(0, place)}).get((0, place), b"")
    return tile[at * tree.BYTES : (at + 1) * tree.BYTES] or tree.EMPTY


def _tile_count(size: int) -> int:
    count = 0
    while size:
        count += -(-size // tree.WIDTH)
        size //= tree.WIDTH
    return count
