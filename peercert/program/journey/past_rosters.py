"""Rosters as of a past day: the question is written down, and for an audit the worker makes file and print with a
signed receipt for each person.

Nobody waits in a request for it. Each chunk of receipts is kept as soon as it is signed; a run that is cut off begins
again and finds the same ones.
"""

import tempfile
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from django.db import transaction

from peercert.gateways import files
from peercert.program.access import require_member
from peercert.program.casework.queue import defer
from peercert.program.errors import Refused
from peercert.program.journey.organisations import tell_about
from peercert.program.journey.rosters import allowed
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor
from peercert.program.people.organisations import Organisation
from peercert.program.rosters import past as packing
from peercert.program.rosters.as_of import people_as_of
from peercert.program.rosters.models import PastRoster
from peercert.rules.days import day_of, end_of, start_of
from peercert.rules.figures import figure

#: Folder of the store under which both files lie sealed.
FOLDER = "past-rosters"
#: No organisation has more of them than this waiting at a time.
MOST_WAITING = 3
Part = Literal["file", "paper"]


def known_at(on: date, known_on: date | None, now: datetime) -> datetime:
    """The moment whose knowledge answers: the end of the day given, or now. Raises Refused as receipts do."""
    today = day_of(now)
    if known_on is not None and known_on > today:
        raise Refused("known_in_future")
    if on > (known_on or today):
        raise Refused("day_in_future")
    return min(end_of(known_on), now) if known_on else now


@step
def ask_of_day(organisation_id: int, on: date, known_on: date | None, *, actor: Actor, now: datetime) -> int:
    """A member asks for the roster as of a day, to read it; how many were on it. Raises Refused as `known_at`."""
    organisation = Organisation.objects.get(pk=organisation_id)
    member = require_member(actor, "keep_roster", organisation)
    known_at(on, known_on, now)
    people = people_as_of(organisation, on)
    _tell(organisation, "roster_asked_of_a_day", on, people, actor=member, now=now)
    return people


@step
def ask_past_roster(
    organisation_id: int, on: date, known_on: date | None, *, language: str, actor: Actor, now: datetime
) -> PastRoster:
    """A member asks for file and print with receipts; the worker makes them.

    Raises Refused: `may_not_watch`, `past_rosters_waiting`, `past_rosters_used_up`, and as `known_at`.
    """
    organisation = allowed(organisation_id, actor, now)
    moment = known_at(on, known_on, now)
    asked = PastRoster.objects.filter(organisation=organisation)
    if asked.filter(state="waiting").count() >= MOST_WAITING:
        raise Refused("past_rosters_waiting", most=MOST_WAITING)
    most = int(figure("past_rosters_per_day", day_of(now)).value)
    if asked.filter(asked_at__gte=start_of(day_of(now))).count() >= most:
        raise Refused("past_rosters_used_up", most=most)
    past = PastRoster.objects.create(
        organisation=organisation, on=on, known_at=moment, language=language, asked_at=now, by=actor.person,
        people=people_as_of(organisation, on),
    )  # fmt: skip
    _tell(organisation, "past_roster_asked", on, past.people, actor=actor, now=now)
    defer("rosters.make_past", once=f"rosters.make_past:{past.pk}", past_id=past.pk)
    return past


def make_past_roster(past_id: int, *, now: datetime) -> PastRoster:
    """Make the files of one that waits; safe to repeat. Bytes first, row second."""
    past = PastRoster.objects.select_related("organisation").get(pk=past_id)
    if past.state != "waiting":
        return past

    def tell(done: int) -> None:
        PastRoster.objects.filter(pk=past_id).update(done=done)

    with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as paper:
        people = packing.write_lines(past, lines, tell=tell)
        digest = packing.digest_of(lines)
        packing.pack_file(past, lines, file, people=people, digest=digest)
        volumes = packing.pack_print(past, lines, paper, people=people, digest=digest, now=now)
        stored = {}
        for part, content in (("file", file), ("paper", paper)):
            content.seek(0)
            stored[part] = files.store_sealed(f"{FOLDER}/{uuid.uuid4()}", content, about(past, part))
    return _keep(past_id, stored, people=people, digest=digest, volumes=volumes, now=now)


@step
def _keep(past_id: int, stored: dict[str, str], *, people: int, digest: str, volumes: int, now: datetime) -> PastRoster:
    past = PastRoster.objects.select_for_update(of=("self",)).get(pk=past_id)
    if past.state != "waiting":
        # Another run was first; the bytes of this one, which no row names, are swept.
        return past
    past.state, past.made_at, past.file, past.paper = "made", now, stored["file"], stored["paper"]
    past.people = past.done = people
    past.digest, past.volumes = digest, volumes
    past.save()
    return past


@step
def take_along(past_id: int, part: Part, *, actor: Actor, now: datetime) -> Iterator[bytes]:
    """One of the files, as it is sent; that it was taken is recorded. Raises Refused("past_roster_not_made")."""
    past = PastRoster.objects.select_related("organisation").get(pk=past_id)
    member = require_member(actor, "keep_roster", past.organisation)
    if past.state != "made":
        raise Refused("past_roster_not_made")
    pieces = files.fetch_sealed(getattr(past, part), about(past, part))
    _tell(past.organisation, f"past_roster_{part}_taken", past.on, past.people, actor=member, now=now)
    return pieces


@transaction.atomic
def remove_old(*, now: datetime) -> int:
    """Remove the files of those made longer ago than the figure says; how many. Their receipts stay."""
    before = now - timedelta(days=int(figure("past_roster_kept_days", day_of(now)).value))
    old = PastRoster.objects.select_for_update().filter(state="made", made_at__lt=before).order_by("made_at")[:100]
    for past in old:
        paths = (past.file, past.paper)
        past.state, past.file, past.paper = "removed", "", ""
        past.save(update_fields=["state", "file", "paper"])
        for path in paths:
            transaction.on_commit(lambda path=path: files.remove(path))  # type: ignore[misc]
    return len(old)


def _tell(organisation: Organisation, happened: str, on: date, people: int, *, actor: Actor, now: datetime) -> None:
    tell_about(organisation, happened, actor=actor, now=now, on=on.isoformat(), people=people)


def about(past: PastRoster, part: str) -> str:
    """What a stored file is sealed as belonging to."""
    return f"past roster {past.uuid} {part}"
