"""Rosters: an organisation sends whom it watches, says yes or no to a match, and stops watching.

Every step locks the organisation first. A roster's file is kept sealed and answered by the worker: all of it in one
transaction, or nothing. Machines with a key take the same steps as the program, once their door has let them in.
"""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from peercert.gateways import files, keys, tables
from peercert.program.access import require_member
from peercert.program.casework.queue import defer
from peercert.program.certificates.locate import at, locate
from peercert.program.errors import Refused
from peercert.program.journey.organisations import locked, tell_about
from peercert.program.journey.step import step
from peercert.program.people.actions import count_asked
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.organisations import Organisation
from peercert.program.people.queries import agreement_in_force, asked_today
from peercert.program.rosters import actions, queries
from peercert.program.rosters.models import DigestReader, Roster, RosterRow, Watch
from peercert.program.rosters.reading import Line, roster_lines
from peercert.program.rosters.taking import take_lines
from peercert.rules.days import day_of, start_of
from peercert.rules.figures import figure

#: Folder of the store under which rosters lie sealed until they are answered.
FOLDER = "rosters"
#: The kind under which questions by name are counted, by file and by API alike.
MATCH = "match"
#: No organisation has more rosters than this waiting for an answer.
MOST_WAITING = 5
#: The same file is sent again within this time because the first answer got lost; later, to be answered anew: somebody
#: was certified since, entered an NPI, or another agreement was made.
REPEATED_WITHIN = timedelta(hours=1)


@step
def receive_roster(
    organisation_id: int,
    name: str,
    content: bytes,
    *,
    replaces: bool,
    source: str = "file",
    actor: Actor,
    now: datetime,
) -> Roster:
    """Keep a roster and queue its answer. The same bytes again soon, with nothing sent in between, are the first one.

    `replaces`: whoever is not on it is no longer watched; else its people are added. Raises Refused: `may_not_watch`,
    `roster_empty`, `roster_too_large`, `rosters_waiting`.
    """
    organisation = allowed(organisation_id, actor, now)
    most = int(figure("roster_most_bytes", day_of(now)).value)
    if not content.strip():
        raise Refused("roster_empty")
    if len(content) > most:
        raise Refused("roster_too_large", most=most // 1024**2)
    digest = hashlib.sha256(content).hexdigest()
    newest = queries.rosters_of(organisation).first()
    if newest is not None and (newest.digest, newest.replaces) == (digest, replaces) and _is_fresh(newest, now):
        return newest
    if Roster.objects.filter(organisation=organisation, state="waiting").count() >= MOST_WAITING:
        raise Refused("rosters_waiting", most=MOST_WAITING)
    name_of_file = uuid.uuid4()
    path = files.store(f"{FOLDER}/{name_of_file}", keys.encrypt(content, about(name_of_file)))
    roster = Roster.objects.create(
        uuid=name_of_file, organisation=organisation, source=source, replaces=replaces,
        name=" ".join(name.split())[:200],
        digest=digest, path=path, received_at=now, by=actor.person,
    )  # fmt: skip
    tell_about(organisation, "roster_received", actor=actor, now=now, roster=str(roster.uuid), source=source)
    defer("rosters.take", once=f"rosters.take:{roster.pk}", roster_id=roster.pk)
    return roster


def _is_fresh(roster: Roster, now: datetime) -> bool:
    """Whether its answer still is what the same file would be answered now."""
    return roster.state == "waiting" or (roster.state == "taken" and now - roster.received_at < REPEATED_WITHIN)


def take_roster(roster_id: int, *, now: datetime) -> Roster:
    """Answer a roster that waits: read outside any transaction, then written as a whole. Safe to repeat."""
    roster = Roster.objects.get(pk=roster_id)
    if roster.state != "waiting":
        return roster
    content = keys.decrypt(files.fetch(roster.path), about(roster.uuid))
    try:
        lines = roster_lines(content, most=int(figure("roster_most_rows", day_of(now)).value))
    except tables.BadTable as bad:
        return _answer(roster_id, [], refusal=Refused(f"table_{bad.code}", **bad.values), now=now)
    return _answer(roster_id, lines, refusal=None, now=now)


@step
def _answer(roster_id: int, lines: Sequence[Line], *, refusal: Refused | None, now: datetime) -> Roster:
    organisation = locked(Roster.objects.values_list("organisation_id", flat=True).get(pk=roster_id))
    roster = Roster.objects.select_for_update().get(pk=roster_id)
    if roster.state != "waiting":
        return roster
    path, roster.path, roster.taken_at = roster.path, "", now
    refusal = refusal or _refusal(organisation, lines, now)
    if refusal is None:
        taken = take_lines(roster, lines, now=now)
        roster.rows, roster.accepted, roster.to_confirm = taken.rows, taken.accepted, taken.matched
        roster.refused, roster.left = taken.refused, taken.left
        if taken.guessed:
            guessed = {"roster": str(roster.uuid), "people": taken.guessed}
            tell_about(organisation, "names_asked_too_often", actor=PROGRAM, now=now, **guessed)
        if roster.replaces and not taken.accepted + taken.matched:
            refusal = Refused("nobody_found")
    roster.state = "refused" if refusal else "taken"
    roster.reason, roster.values = (refusal.reason, refusal.values) if refusal else ("", {})
    roster.save()
    counts = {"accepted": roster.accepted, "to_confirm": roster.to_confirm, "refused": roster.refused}
    tell_about(organisation, f"roster_{roster.state}", actor=PROGRAM, now=now, roster=str(roster.uuid), **counts)
    defer("rosters.tell_holders", once="rosters.tell_holders")
    # A crash before this leaves bytes that no row names, which are swept.
    transaction.on_commit(lambda: files.remove(path))
    return roster


def _refusal(organisation: Organisation, lines: Sequence[Line], now: datetime) -> Refused | None:
    """Why a roster is not taken as a whole; questions by name are counted where it is."""
    if agreement_in_force(organisation, day_of(now)) is None:
        return Refused("may_not_watch")
    asked = sum(line.is_by_name for line in lines)
    most = int(figure("roster_matches_per_day", day_of(now)).value)
    if asked and count_asked(organisation.pk, MATCH, asked, on=day_of(now), most=most) is None:
        left = max(most - asked_today(organisation, MATCH, day_of(now)), 0)
        return Refused("matches_used_up", most=most, asked=asked, left=left)
    return None


@step
def confirm_match(roster_id: int, line: int, *, actor: Actor, now: datetime) -> RosterRow:
    """A member says that a matched line is this person: they are watched from now on. Raises Refused as `answered`."""
    row = _matched(roster_id, line, actor, now)
    assert row.certificate is not None
    certificate = at(row.certificate, row.certificate.number).certificate
    if certificate is None:
        raise Refused("watch_number")
    if queries.is_barred(row.roster.organisation, certificate):
        raise Refused("not_watchable")
    actions.begin_watch(row.roster.organisation, certificate, now=now)
    Roster.objects.filter(pk=row.roster_id).update(accepted=F("accepted") + 1, to_confirm=F("to_confirm") - 1)
    defer("rosters.tell_holders", once="rosters.tell_holders")
    return _answered(row, "accepted", actor, now)


@step
def reject_match(roster_id: int, line: int, *, actor: Actor, now: datetime) -> RosterRow:
    """A member says that a matched line is somebody else: nobody is watched for it."""
    row = _matched(roster_id, line, actor, now)
    Roster.objects.filter(pk=row.roster_id).update(refused=F("refused") + 1, to_confirm=F("to_confirm") - 1)
    return _answered(row, "declined", actor, now)


@step
def watch(organisation_id: int, number: str, *, actor: Actor, now: datetime) -> Watch:
    """Watch one certificate by its number. Raises Refused: `may_not_watch`, `watch_number`, `not_watchable`."""
    organisation = allowed(organisation_id, actor, now)
    certificate = locate(number).certificate
    if certificate is None:
        raise Refused("watch_number")
    if queries.is_barred(organisation, certificate):
        raise Refused("not_watchable")
    if not queries.is_watched(organisation, certificate):
        tell_about(organisation, "watch_begun", actor=actor, now=now, certificate=certificate.number)
    defer("rosters.tell_holders", once="rosters.tell_holders")
    return actions.begin_watch(organisation, certificate, now=now)


@step
def stop_watching(organisation_id: int, watch: uuid.UUID, *, actor: Actor, now: datetime) -> Watch:
    """Stop watching one person. Stopping twice is stopping once. Raises Watch.DoesNotExist for another's watch."""
    organisation = allowed(organisation_id, actor, now)
    found = Watch.objects.select_related("certificate").get(organisation=organisation, uuid=watch)
    if actions.end_watch(found, "stopped", now=now):
        tell_about(organisation, "watch_stopped", actor=actor, now=now, certificate=found.certificate.number)
    found.refresh_from_db()
    return found


@step
def choose_digest(organisation_id: int, wanted: bool, *, actor: Actor, now: datetime) -> bool:
    """A member wants the daily message about changes, or no longer."""
    organisation = allowed(organisation_id, actor, now)
    assert actor.person is not None
    readers = DigestReader.objects.filter(organisation=organisation, person=actor.person)
    if not wanted:
        readers.delete()
    elif not readers.exists():
        DigestReader.objects.create(organisation=organisation, person=actor.person, since_at=now)
    return wanted


@step
def take_changes_along(organisation_id: int, since: date, *, actor: Actor, now: datetime) -> int:
    """A member takes the changes since a day along as a file; of how many people they are."""
    organisation = Organisation.objects.get(pk=organisation_id)
    member = require_member(actor, "keep_roster", organisation)
    people = queries.people_reached_since(organisation, start_of(since))
    tell_about(organisation, "changes_taken_along", actor=member, now=now, on=since.isoformat(), people=people)
    return people


def allowed(organisation_id: int, actor: Actor, now: datetime) -> Organisation:
    """The organisation, locked, that an agreement lets watch today and whose member acts, or one of its keys."""
    organisation = locked(organisation_id)
    if actor.role != PROGRAM.role:
        require_member(actor, "keep_roster", organisation)
    if agreement_in_force(organisation, day_of(now)) is None:
        raise Refused("may_not_watch")
    return organisation


def _matched(roster_id: int, line: int, actor: Actor, now: datetime) -> RosterRow:
    """A line that waits for a yes or no. Raises Refused: `may_not_watch`, `answered_already`."""
    allowed(Roster.objects.values_list("organisation_id", flat=True).get(pk=roster_id), actor, now)
    rows = RosterRow.objects.select_for_update(of=("self",)).select_related(
        "roster__organisation", "certificate__merged_into"
    )
    row = rows.get(roster=roster_id, line=line)
    if row.outcome != "matched":
        raise Refused("answered_already")
    return row


def _answered(row: RosterRow, outcome: str, actor: Actor, now: datetime) -> RosterRow:
    row.outcome, row.answered_at, row.answered_by = outcome, now, actor.person
    row.save(update_fields=["outcome", "answered_at", "answered_by"])
    return row


def about(name: uuid.UUID) -> str:
    """What a stored roster is sealed as belonging to."""
    return f"roster {name}"
