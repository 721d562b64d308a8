"""Writes to rosters: a change and whom it concerns, watches and their ends, an NPI."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max

from peercert.program.casework.queue import defer
from peercert.program.certificates import queries as certificates
from peercert.program.certificates.models import Certificate
from peercert.program.people.models import Person
from peercert.program.people.organisations import Organisation
from peercert.program.rosters import queries
from peercert.program.rosters.models import Change, Npi, Roster, RosterRow, Watch
from peercert.rules.days import add_days, day_of
from peercert.rules.figures import figure

#: What organisations are told of each kind of announcement; all others are about where the certificate stands.
TOLD_AS = {"renewed": "term", "name": "name", "specialization": "specialization", "merged": "merge"}

#: The organisations that a change concerns: they watch, and an agreement allows it that day.
REACHES = """
    INSERT INTO program_reach (organisation_id, change_id, at)
    SELECT w.organisation_id, c.id, c.at FROM program_change c
    JOIN program_watch w ON w.certificate_id = c.certificate_id AND w.until_at IS NULL
    WHERE c.id = ANY(%(changes)s) AND w.from_at <= c.at
      AND (c.key IS NULL OR (w.from_at AT TIME ZONE 'America/Los_Angeles')::date <= c."on")
      AND EXISTS (SELECT 1 FROM program_agreement a WHERE a.organisation_id = w.organisation_id
                  AND a.ended_at IS NULL AND %(today)s BETWEEN a.from_on AND a.until_on)
    ON CONFLICT DO NOTHING
"""

#: Each of them on its way to every address that takes changes, or will when it is resumed.
DELIVERS = """
    WITH made AS (
        INSERT INTO program_delivery
            (endpoint_id, reach_id, certificate_id, replay, state, queued_at, due_at, tries, said)
        SELECT e.id, r.id, c.certificate_id, 0, 'waiting', %(now)s, %(now)s, 0, ''
        FROM program_reach r JOIN program_change c ON c.id = r.change_id
        JOIN program_endpoint e ON e.organisation_id = r.organisation_id AND e.state IN ('active', 'paused')
        WHERE r.change_id = ANY(%(changes)s)
        ORDER BY r.id ON CONFLICT DO NOTHING RETURNING endpoint_id)
    SELECT DISTINCT endpoint_id FROM made
"""


@transaction.atomic
def record_change(certificate: Certificate, kind: str, *, now: datetime, **values: Any) -> Change:
    """Record an announced change, after everything before it of this certificate, and whom it concerns.

    `kind` is one of `journey.standing_changed.KINDS`; `values` are codes and days. Called in the transaction of the
    change itself, so that none is ever lost and none is told that did not happen.
    """
    Certificate.objects.select_for_update(no_key=True).get(pk=certificate.pk)
    last = Change.objects.filter(certificate=certificate).aggregate(last=Max("sequence"))["last"] or 0
    kind, on, told = _told(certificate, kind, now)
    same = Change.objects.filter(certificate=certificate, kind="standing").order_by("sequence").last()
    if kind == "standing" and same is not None and (same.on, same.values["standing"]) == (on, told["standing"]):
        # The clock was here before the job of the day itself.
        return same
    change = Change.objects.create(
        certificate=certificate, sequence=last + 1, kind=kind, on=on, at=now, values=told | _plain(values)
    )
    reach_watchers([change.pk], now=now)
    return change


def reach_watchers(changes: Collection[int], *, now: datetime) -> None:
    """Note for each of these changes which organisations it concerns. One statement, however many they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [queries.WRITING])
        cursor.execute(REACHES, {"changes": list(changes), "today": day_of(now)})
        cursor.execute(DELIVERS, {"changes": list(changes), "now": now})
        for (endpoint_id,) in cursor.fetchall():
            send_later(endpoint_id)


def send_later(endpoint_id: int, at: datetime | None = None) -> None:
    """Queue the sending to an address."""
    _reach_later("webhooks.send", endpoint_id, at)


def knock_later(endpoint_id: int) -> None:
    """Queue a try of an address that has not answered yet, or did not last time, behind nobody who does."""
    _reach_later("webhooks.knock", endpoint_id)


def _reach_later(task: str, endpoint_id: int, at: datetime | None = None) -> None:
    """At most one such job waits, and one of either kind is done at a time: so nothing overtakes within an address."""
    defer(task, at=at, once=f"{task}:{endpoint_id}", alone=f"webhooks:{endpoint_id}", endpoint_id=endpoint_id)


def begin_watch(organisation: Organisation, certificate: Certificate, *, now: datetime) -> Watch:
    """The organisation watches from now on; where it does already, that watch goes on."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO program_watch (uuid, organisation_id, certificate_id, from_at, ended_because)
            VALUES (gen_random_uuid(), %s, %s, %s, '')
            ON CONFLICT (organisation_id, certificate_id) WHERE until_at IS NULL DO NOTHING
            """,
            [organisation.pk, certificate.pk, now],
        )
    return Watch.objects.get(organisation=organisation, certificate=certificate, until_at=None)


def end_watch(watch: Watch, because: str, *, now: datetime) -> bool:
    """End a watch; false where it had ended before."""
    open_one = Watch.objects.filter(pk=watch.pk, until_at=None)
    return bool(open_one.update(until_at=max(now, watch.from_at), ended_because=because))


def end_watches_without_agreement(*, now: datetime, organisation: Organisation | None = None) -> int:
    """End every watch of organisations (or of this one) that no agreement allows today; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE program_watch w SET until_at = greatest(%(now)s, w.from_at), ended_because = 'agreement_ended'
            WHERE w.until_at IS NULL AND (%(organisation)s::bigint IS NULL OR w.organisation_id = %(organisation)s)
              AND NOT EXISTS (SELECT 1 FROM program_agreement a JOIN program_organisation o ON o.id = a.organisation_id
                              WHERE a.organisation_id = w.organisation_id AND a.ended_at IS NULL AND o.ended_at IS NULL
                              AND %(today)s BETWEEN a.from_on AND a.until_on)
            """,
            {"now": now, "today": day_of(now), "organisation": organisation.pk if organisation else None},
        )
        return int(cursor.rowcount)


def move_watches(certificate: Certificate, *, now: datetime) -> None:
    """Whoever watched a merged certificate watches the one that answers for it from now on."""
    for watch in Watch.objects.filter(certificate=certificate, until_at=None).select_related("organisation"):
        end_watch(watch, "merged", now=now)
        into = certificate.merged_into
        if into is not None and not queries.is_barred(watch.organisation, into):
            begin_watch(watch.organisation, into, now=now)


def forget_lines(*, now: datetime) -> int:
    """Forget what was written of people on rosters older than the figure says; how many. The answers stay."""
    before = now - timedelta(days=int(figure("roster_rows_kept_days", day_of(now)).value))
    old = list(Roster.objects.filter(forgotten_at=None, received_at__lt=before).exclude(state="waiting")[:100])
    blank = {"number": "", "npi": "", "first": "", "last": "", "born_on": None, "first_key": "", "last_key": ""}
    count = RosterRow.objects.filter(roster__in=old).update(**blank)
    Roster.objects.filter(pk__in=[roster.pk for roster in old]).update(forgotten_at=now)
    return count


def record_npi(person: Person, npi: str, first_on: date, *, by: Person, now: datetime) -> Npi:
    """The NPI is this person's from that day on. Raises IntegrityError where one of the two is taken on those days."""
    return Npi.objects.create(person=person, npi=npi, days=DateRange(first_on, None), entered_at=now, entered_by=by)


def end_npi(npi: Npi, last_on: date, *, by: Person | None, now: datetime) -> Npi:
    """The NPI is theirs through that day and no longer; a last day before its first says that it never was."""
    npi.ended_at, npi.ended_by = now, by
    if last_on < npi.days.lower:
        npi.taken_back_at = now
    else:
        npi.days = DateRange(npi.days.lower, add_days(last_on, 1))
    npi.save(update_fields=["ended_at", "ended_by", "taken_back_at", "days"])
    return npi


def move_npi(npi: Npi, person: Person) -> None:
    """The NPI, with its days, stands with the record of the same person that answers from now on."""
    npi.person = person
    npi.save(update_fields=["person"])


def _told(certificate: Certificate, kind: str, now: datetime) -> tuple[str, date, dict[str, str]]:
    """As what, of which day, and with which codes organisations are told."""
    today = day_of(now)
    if kind in TOLD_AS:
        return TOLD_AS[kind], today, {}
    answer = certificates.public_answer(certificate, today, today=today)
    row = certificates.standing_on(certificate, today)
    before = certificates.standing_on(certificate, today, now - timedelta(microseconds=1))
    if kind == "corrected" and (before.state if before else None) == (row.state if row else None):
        return "other_days", today, {}
    on = row.valid.lower if row else today
    return "standing", on, _plain({"standing": answer.standing, **_good_through(answer)})


def _good_through(answer: certificates.Answer) -> dict[str, date]:
    """The last day, where the certificate still has one: a revoked one is good through no day."""
    return {"last_on": answer.good_through} if answer.good_through else {}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
