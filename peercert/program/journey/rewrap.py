"""Sealing anew, with the first key of the settings, what an older one sealed, so that the older one can be thrown away.

Everything that is kept sealed is here, kind by kind; a house test looks for more. Each thing is written by itself, and
only where it is still as it was read: a run may be cut off, repeated, or go on beside the program's own work.
What is sealed for half an hour alone (a form kept over a sign-in, in its session) is not worth it.
"""

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from peercert.gateways import files, keys
from peercert.program.casework import documents
from peercert.program.casework.models import Document
from peercert.program.casework.moves import tell_audit
from peercert.program.certificates import queries, signing
from peercert.program.certificates.models import CertificateFile, SigningKey
from peercert.program.exams.models import Accommodation
from peercert.program.exams.queries import about_needs
from peercert.program.journey import past_rosters, rosters
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor
from peercert.program.people.queries import ABOUT_SECOND_FACTOR
from peercert.program.rosters.models import PastRoster, Roster

#: Rows that are read at a time.
MANY = 200


@dataclass
class Count:
    """What became of one kind: sealed anew, by the first key already, opened by no key of the settings."""

    anew: int = 0
    already: int = 0
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """One kind of sealed thing: its rows, and how one is sealed anew (False where there is nothing to do)."""

    name: str
    rows: Callable[[], QuerySet[Any]]
    seal: Callable[[Any], bool]


def rewrap(kind: Kind, *, tell: Callable[[Count], object] = lambda _: None) -> Count:
    """Seal everything of a kind anew; `tell` hears after each piece how far it is."""
    count, last = Count(), 0
    while rows := list(kind.rows().filter(pk__gt=last).order_by("pk")[:MANY]):
        for row in rows:
            try:
                done = kind.seal(row)
            except (keys.CannotOpen, FileNotFoundError):
                if kind.rows().filter(pk=row.pk).exists():
                    count.lost.append(str(row.pk))
            else:
                count.anew, count.already = count.anew + done, count.already + (not done)
        last = rows[-1].pk
        tell(count)
    return count


@step
def record(counts: dict[str, Count], *, actor: Actor, now: datetime) -> None:
    """Tell the record what was sealed anew, and with which key."""
    told = {name: count.anew for name, count in counts.items() if count.anew}
    lost = sum(len(count.lost) for count in counts.values())
    tell_audit("sealed_anew", actor=actor, now=now, key=keys.current_key_id(), lost=lost, counts=told)


def _bytes(row: Any, column: str, about: str, **also: Any) -> bool:
    before = bytes(getattr(row, column))
    if keys.is_current(before):
        return False
    same = type(row).objects.filter(pk=row.pk, **{column: before})
    return bool(same.update(**{column: keys.sealed_anew(before, about)}, **also))


def _signing_key(row: SigningKey) -> bool:
    return _bytes(row, "sealed", signing.about(row.kid))


def _document(row: Document) -> bool:
    return _bytes(row, "wrapped_key", documents.about(row.uuid), key_id=keys.current_key_id())


def _needs(row: Accommodation) -> bool:
    return _bytes(row, "needs", about_needs(row.case))


def _second_factor(row: Authenticator) -> bool:
    """An authenticator app's secret, or the seed of recovery codes: texts in JSON. A passkey keeps no secret."""
    secrets = {name: base64.b64decode(row.data[name]) for name in ("secret", "seed") if name in row.data}
    fresh = {
        name: base64.b64encode(keys.sealed_anew(secret, ABOUT_SECOND_FACTOR)).decode()
        for name, secret in secrets.items()
        if not keys.is_current(secret)
    }
    same = Authenticator.objects.filter(pk=row.pk, data=row.data)
    return bool(fresh) and bool(same.update(data={**row.data, **fresh}))


def _certificate(row: CertificateFile) -> bool:
    place = f"{queries.FOLDER}/{row.certificate.uuid}/{row.key}"
    return _kept(row, "path", files.seal_anew(row.path, place, queries.about_file(row.certificate)))


def _roster(row: Roster) -> bool:
    place = f"{rosters.FOLDER}/{uuid.uuid4()}"
    return _kept(row, "path", files.seal_anew(row.path, place, rosters.about(row.uuid)))


def _past_roster(part: past_rosters.Part) -> Callable[[PastRoster], bool]:
    def seal(row: PastRoster) -> bool:
        place = f"{past_rosters.FOLDER}/{uuid.uuid4()}"
        return _kept(row, part, files.seal_pieces_anew(getattr(row, part), place, past_rosters.about(row, part)))

    return seal


def _kept(row: Any, column: str, fresh: str | None) -> bool:
    """Let a row name the fresh file, and remove the one that it named; or the fresh one where the row has changed.

    Which of both is left over where it is cut off, no row names: it is swept (`journey.orphans`).
    """
    if fresh is None:
        return False
    before = getattr(row, column)
    is_kept = bool(type(row).objects.filter(pk=row.pk, **{column: before}).update(**{column: fresh}))
    files.remove(before if is_kept else fresh)
    return is_kept


KINDS = (
    Kind("signing keys", lambda: SigningKey.objects.exclude(sealed=None), _signing_key),
    Kind("second factors", Authenticator.objects.all, _second_factor),
    Kind("accommodations", lambda: Accommodation.objects.exclude(needs=None).select_related("case"), _needs),
    Kind("documents", lambda: Document.objects.filter(destroyed_at=None), _document),
    Kind("certificates", lambda: CertificateFile.objects.select_related("certificate"), _certificate),
    Kind("rosters", lambda: Roster.objects.filter(state="waiting"), _roster),
    Kind("rosters of a day", lambda: PastRoster.objects.filter(state="made"), _past_roster("file")),
    Kind("prints of a day", lambda: PastRoster.objects.filter(state="made"), _past_roster("paper")),
)
