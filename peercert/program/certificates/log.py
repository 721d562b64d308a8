"""The transparency log: facts written with what they tell, given their place by one appender, proven from the tiles.

A fact is a row of the transaction that made it true. It has no place in the tree then, so nobody who issues waits for
anybody else; the appender gives places in batches, under a lock, and signs the new head (docs/log.md).
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from peercert.gateways.signer import note
from peercert.gateways.signer.inclusion import Inclusion, leaf, log_of
from peercert.program.certificates import facts, tree
from peercert.program.certificates.log_models import LogCheckpoint, LogFact, LogTile
from peercert.program.certificates.models import Certificate, SigningKey
from peercert.program.certificates.signing import public_keys, signer_for

#: Facts that get their places in one transaction.
BATCH = 8192
#: Any number, the same for every appender to this database.
_LOCK = 7_032_029


class OutOfRange(Exception):
    """A proof was asked for that the newest checkpoint does not reach."""


@dataclass(frozen=True)
class Proof:
    """That a fact stands in the tree of a checkpoint, with what anybody needs to compute it again."""

    fact: LogFact
    checkpoint: LogCheckpoint

    @property
    def position(self) -> int:
        """The fact's place, counted from 0."""
        assert self.fact.position is not None
        return self.fact.position

    @property
    def path(self) -> list[bytes]:
        """The hashes that lead from the leaf to the root, read from the tiles."""
        return _hashes(tree.inclusion(self.position, self.checkpoint.size))

    @property
    def leaf(self) -> bytes:
        """The hash under which the fact stands in the tree."""
        return leaf(bytes(self.fact.entry))

    def carried(self) -> Inclusion:
        """The proof as a credential carries it: with the salt, since it says what the credential says."""
        sealed = facts.sealed(bytes(self.fact.secret), self.fact.kept)
        opened = bytes(self.fact.salt) + sealed + self.fact.public.encode()
        return Inclusion(opened, self.position, tuple(self.path), self.checkpoint.note)

    def document(self) -> dict[str, Any]:
        """The proof as JSON (docs/log.md)."""
        return {
            "says": self.fact.public,
            "salt": bytes(self.fact.salt).hex(),
            "sealed": facts.sealed(bytes(self.fact.secret), self.fact.kept).hex(),
            "entry": bytes(self.fact.entry).hex(),
            "leaf": self.leaf.hex(),
            "position": self.position,
            "size": self.checkpoint.size,
            "root": bytes(self.checkpoint.root).hex(),
            "path": [one.hex() for one in self.path],
            "checkpoint": self.checkpoint.note,
            "keys": verifiers(),
        }


def record_fact(certificate: Certificate, kind: str, *, now: datetime) -> LogFact:
    """Bind what the register says of a certificate now, in the transaction that has just changed it."""
    fact = bound(kind, facts.known_now(certificate, now=now))
    fact.save()
    return fact


def bound(kind: str, known: facts.Known) -> LogFact:
    """The fact that binds `known`, not yet kept."""
    salt, secret = secrets.token_bytes(32), secrets.token_bytes(32)
    public, kept = known.public(), known.kept(kind)
    return LogFact(
        certificate=known.certificate, kind=kind, at=known.at, public=public, kept=kept, salt=salt, secret=secret,
        entry=facts.entry(salt, secret, public, kept),
    )  # fmt: skip


def says_so_already(certificate: Certificate, today: date) -> bool:
    """Whether the newest fact tells what the verify page says today: nothing changed by time alone since."""
    return changed_by_time(certificate, today) is None


def changed_by_time(certificate: Certificate, today: date) -> str | None:
    """What the verify page says today that the newest fact does not, though no step changed it since.

    `standing`: it is another one today. `shown`: more or less of the same is told, by a figure of today. None: nothing.
    """
    newest = LogFact.objects.filter(certificate=certificate).order_by("-at", "-id").first()
    told = facts.told_on(certificate, today)
    if newest is not None and newest.public == told:
        return None
    was = {} if newest is None else json.loads(newest.public)
    return "shown" if was.get("standing") == json.loads(told)["standing"] else "standing"


def append_pending(*, now: datetime) -> int:
    """Give every waiting fact its place and sign the head; answers how many there were.

    Each batch is one transaction: cut off, it leaves nothing. The head is signed outside, so a slow signer holds
    nothing up; where that is cut off, the next run signs. Several at once go one after the other.
    """
    appended = 0
    while count := _append_batch():
        appended += count
    sign_head(now=now)
    return appended


def sign_head(*, now: datetime) -> LogCheckpoint | None:
    """The newest checkpoint, made now where the tree has grown or the key or the site's address is another.

    None for an empty tree.
    """
    size = tree_size()
    if size == 0:
        return None
    signer, newest = signer_for("log"), newest_checkpoint()
    if newest is not None and (newest.size, newest.kid, newest.name) == (size, signer.kid, origin()):
        return newest
    root = _hashes([(0, size)])[0]
    text = f"{origin()}\n{size}\n{facts.base64_of(root)}\n"
    made = LogCheckpoint(size=size, root=root, kid=signer.kid, note=note.written(text, origin(), signer), made_at=now)
    # Another run may have signed the same head: the signature is the same, too.
    LogCheckpoint.objects.bulk_create([made], ignore_conflicts=True)
    return newest_checkpoint()


def newest_checkpoint() -> LogCheckpoint | None:
    """The largest tree that was signed, by the newest key and under the newest name; never by a key that leaked."""
    leaked = SigningKey.objects.filter(is_compromised=True).values("kid")
    return LogCheckpoint.objects.exclude(kid__in=leaked).order_by("-size", "-id").first()


def tree_size() -> int:
    """How many entries the tree has; the newest checkpoint may lag behind."""
    last = LogTile.objects.filter(level=0).order_by("-place").first()
    return 0 if last is None else last.place * tree.WIDTH + len(last.hashes) // tree.BYTES


def proof_of(certificate: Certificate, *, today: date) -> Proof | None:
    """The proof that what strangers are told today stands in the log; None until it does.

    It is that of the oldest entry that says exactly this: what was said in between, a suspension that was lifted or a
    name that was corrected, leaves no trace in it. No other fact's salt is ever given out.
    """
    head = newest_checkpoint()
    if head is None or head.name != origin():
        return None
    told = facts.told_on(certificate, today)
    same = LogFact.objects.filter(certificate=certificate, public=told, position__lt=head.size)
    fact = same.order_by("position").first()
    return None if fact is None else Proof(fact, head)


def inclusion(position: int, size: int) -> list[bytes]:
    """The hashes from the entry at `position` to the root of the first `size`. Raises OutOfRange."""
    if not 0 <= position < size <= _signed_size():
        raise OutOfRange
    return _hashes(tree.inclusion(position, size))


def consistency(first: int, second: int) -> list[bytes]:
    """The hashes that show the tree of `second` entries to continue that of `first`. Raises OutOfRange."""
    if not 0 <= first <= second <= _signed_size():
        raise OutOfRange
    return _hashes(tree.consistency(first, second))


def tile(level: int, place: int, width: int) -> bytes | None:
    """The first `width` hashes of a tile; None where it has not so many."""
    row = LogTile.objects.filter(level=level, place=place).first()
    if row is None or len(row.hashes) < width * tree.BYTES:
        return None
    return bytes(row.hashes)[: width * tree.BYTES]


def entries(place: int, width: int) -> list[bytes] | None:
    """The first `width` entries that belong to a tile of the lowest level; None where there are not so many."""
    first = place * tree.WIDTH
    rows = LogFact.objects.filter(position__gte=first, position__lt=first + width).order_by("position")
    found = [bytes(entry) for entry in rows.values_list("entry", flat=True)]
    return found if len(found) == width else None


def origin() -> str:
    """The name under which the log signs: its address without the scheme."""
    return log_of(urlsplit(settings.ENVIRONMENT.origin).netloc)


def verifiers() -> list[str]:
    """The keys that the log's checkpoints are verified with, as verifier strings, the one in use first."""
    return [note.verifier(origin(), key) for key in public_keys("log")]


def _signed_size() -> int:
    head = newest_checkpoint()
    return 0 if head is None else head.size


@transaction.atomic
def _append_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        size = tree_size()
        # One moment's facts keep the order in which they were written; what waited longest comes first.
        cursor.execute(
            """
            WITH next AS (
                SELECT id, %s - 1 + row_number() OVER (ORDER BY at, id) AS position
                FROM (SELECT id, at FROM program_logfact WHERE position IS NULL ORDER BY at, id LIMIT %s) waiting),
            placed AS (
                UPDATE program_logfact fact SET position = next.position FROM next WHERE fact.id = next.id
                RETURNING fact.position, fact.entry)
            SELECT entry FROM placed ORDER BY position
            """,
            [size, BATCH],
        )
        leaves = [leaf(bytes(entry)) for (entry,) in cursor.fetchall()]
    made = tree.grown(size, tiles_at(tree.edge(size)), leaves)
    LogTile.objects.bulk_create(
        [LogTile(level=level, place=place, hashes=hashes) for (level, place), hashes in made.items()],
        update_conflicts=True, unique_fields=["level", "place"], update_fields=["hashes"],
    )  # fmt: skip
    return len(leaves)


def _hashes(runs: Sequence[tree.Run]) -> list[bytes]:
    """The hash of each run, by one read of the tiles."""
    tiles = tiles_at(tree.places(runs))
    return [tree.root(run, tiles) for run in runs]


def tiles_at(places: set[tree.Place]) -> dict[tree.Place, bytes]:
    """The tiles that are stored at these places, by one read."""
    wanted = Q()
    for level, place in places:
        wanted |= Q(level=level, place=place)
    return {(row.level, row.place): bytes(row.hashes) for row in LogTile.objects.filter(wanted)} if places else {}
