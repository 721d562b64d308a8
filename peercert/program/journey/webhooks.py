"""Addresses of organisations' machines, and sending changes there: in order per person, at least once.

A message that the other side refuses is tried again with growing pauses and given up after three days; what comes later
about the same person waits for it. Where the other side is down as a whole, nothing hammers it: one message tries the
door at the same pauses, the administrators are told after an hour, and after three days the address is paused and they
are told again. Whatever waits then goes out when they resume it, and everything can be sent again from any day on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, OuterRef

from peercert.gateways import webhooks as gateway
from peercert.program.access import require_member
from peercert.program.errors import Refused
from peercert.program.journey.organisations import locked, tell_about
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_to
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.models import LegalName
from peercert.program.people.organisations import Membership, Organisation
from peercert.program.people.queries import agreement_in_force
from peercert.program.rosters import queries
from peercert.program.rosters.actions import knock_later, send_later
from peercert.program.rosters.models import Reach
from peercert.program.rosters.webhooks import Delivery, Endpoint
from peercert.rules.days import day_of, start_of

#: An organisation has no more addresses than this.
MOST = 5
#: The first pause; each further one is twice as long, and none is longer than the last.
PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
GIVE_UP, TELL = timedelta(days=3), timedelta(hours=1)
#: Begins the type of every event; the rest is the kind of change.
TYPE = "org.peercert.certificate."


@dataclass(frozen=True)
class Event:
    """One message ready to go: the delivery it is of (None for a first knock), its key and its body."""

    delivery: Delivery | None
    key: str
    body: bytes


@step
def add_endpoint(organisation_id: int, url: str, *, actor: Actor, now: datetime) -> Endpoint:
    """An administrator enters an address; the worker knocks there, and changes follow once it has answered.

    Raises Refused: `no_agreement`, `endpoint_known`, `endpoints_enough`. Whether the address looks like one that
    messages may go to is asked by the door, and where it leads before every message.
    """
    row = locked(organisation_id)
    member = require_member(actor, "keep_webhooks", row)
    if agreement_in_force(row, day_of(now)) is None:
        raise Refused("no_agreement")
    there = Endpoint.objects.filter(organisation=row).exclude(state="removed")
    if there.filter(url=url).exists():
        raise Refused("endpoint_known")
    if there.count() >= MOST:
        raise Refused("endpoints_enough", most=MOST)
    assert member.person is not None
    made = Endpoint.objects.create(organisation=row, url=url, made_by=member.person, made_at=now)
    tell_about(row, "endpoint_added", actor=member, now=now, url=url)
    knock_later(made.pk)
    return made


@step
def resume_endpoint(endpoint_id: int, *, actor: Actor, now: datetime) -> Endpoint:
    """Knock again at an address that is new or paused: it goes on from where it stopped once it has answered."""
    endpoint, row, member = _endpoint(endpoint_id, actor)
    if endpoint.state == "active":
        return endpoint
    _well(endpoint)
    endpoint.state, endpoint.because, endpoint.last_said = "new", "", ""
    endpoint.save(update_fields=["state", "because", "last_said"])
    tell_about(row, "endpoint_resumed", actor=member, now=now, url=endpoint.url)
    knock_later(endpoint.pk)
    return endpoint


@step
def pause_endpoint(endpoint_id: int, *, actor: Actor, now: datetime) -> Endpoint:
    """Send nothing more there until it is resumed; changes wait."""
    endpoint, row, member = _endpoint(endpoint_id, actor)
    if endpoint.state != "paused":
        endpoint.state, endpoint.because = "paused", "by_member"
        endpoint.save(update_fields=["state", "because"])
        tell_about(row, "endpoint_paused", actor=member, now=now, url=endpoint.url)
    return endpoint


@step
def remove_endpoint(endpoint_id: int, *, actor: Actor, now: datetime) -> Endpoint:
    """Take an address away; what waits for it goes nowhere."""
    endpoint, row, member = _endpoint(endpoint_id, actor)
    if endpoint.state != "removed":
        endpoint.state = "removed"
        endpoint.save(update_fields=["state"])
        Delivery.objects.filter(endpoint=endpoint, state="waiting").update(
            state="given_up", said="removed", ended_at=now
        )
        tell_about(row, "endpoint_removed", actor=member, now=now, url=endpoint.url)
    return endpoint


@step
def replay(endpoint_id: int, since: date, *, actor: Actor, now: datetime) -> int:
    """Send everything again that the organisation was told from that day on, under the same keys; how many.

    What waits already is sent once. Raises Refused: `day_in_future`, `endpoint_not_active`.
    """
    endpoint, row, member = _endpoint(endpoint_id, actor)
    if since > day_of(now):
        raise Refused("day_in_future")
    if endpoint.state != "active":
        raise Refused("endpoint_not_active")
    endpoint.replays += 1
    endpoint.save(update_fields=["replays"])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO program_delivery
                (endpoint_id, reach_id, certificate_id, replay, state, queued_at, due_at, tries, said)
            SELECT %(endpoint)s, r.id, c.certificate_id, %(replay)s, 'waiting', %(now)s, %(now)s, 0, ''
            FROM program_reach r JOIN program_change c ON c.id = r.change_id
            WHERE r.organisation_id = %(organisation)s AND r.at >= %(since)s
              AND NOT EXISTS (SELECT 1 FROM program_delivery d
                              WHERE d.endpoint_id = %(endpoint)s AND d.reach_id = r.id AND d.state = 'waiting')
            ORDER BY r.id
            """,
            {"endpoint": endpoint.pk, "replay": endpoint.replays, "now": now, "organisation": row.pk,
             "since": start_of(since)},
        )  # fmt: skip
        queued = int(cursor.rowcount)
    tell_about(row, "endpoint_replayed", actor=member, now=now, url=endpoint.url, since=since.isoformat(), count=queued)
    send_later(endpoint.pk)
    return queued


def knocks(endpoint: Endpoint, *, now: datetime) -> list[Event]:
    """What the door of an address is tried with: a message about nobody or, after a pause, the oldest one due."""
    if endpoint.state == "new":
        key = str(endpoint.uuid)
        return [Event(None, key, orjson.dumps(_envelope(key, "org.peercert.knock", now) | {"data": {}}))]
    return _oldest(endpoint, 1, now) if endpoint.next_at is not None and endpoint.next_at <= now else []


def due(endpoint: Endpoint, *, most: int, now: datetime) -> list[Event]:
    """The next messages to an address, at most one a person; none while its other side is down."""
    return _oldest(endpoint, most, now) if endpoint.next_at is None else []


def _oldest(endpoint: Endpoint, most: int, now: datetime) -> list[Event]:
    row = endpoint.organisation
    if endpoint.state != "active" or row.state != "open" or agreement_in_force(row, day_of(now)) is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.id FROM program_delivery d
            WHERE d.endpoint_id = %(endpoint)s AND d.state = 'waiting' AND d.due_at <= %(now)s
              AND NOT EXISTS (SELECT 1 FROM program_delivery e WHERE e.endpoint_id = d.endpoint_id
                              AND e.state = 'waiting' AND e.certificate_id = d.certificate_id AND e.id < d.id)
            ORDER BY d.id LIMIT %(most)s
            """,
            {"endpoint": endpoint.pk, "now": now, "most": most},
        )
        keys = [key for (key,) in cursor.fetchall()]
    return _events(list(Delivery.objects.filter(pk__in=keys).order_by("pk")), row)


@step
def answered(endpoint_id: int, answers: Sequence[tuple[int, gateway.Answer]], *, now: datetime) -> Endpoint:
    """Note what became of messages that were sent: by key of the delivery."""
    endpoint = Endpoint.objects.select_for_update().select_related("organisation").get(pk=endpoint_id)
    by_became: dict[str, list[int]] = {}
    for key, answer in answers:
        by_became.setdefault(answer.became, []).append(key)
    waiting = Delivery.objects.filter(endpoint=endpoint, state="waiting")
    if endpoint.failing_since is not None and {"taken", "refused"} & by_became.keys():
        _well(endpoint)
        send_later(endpoint_id)
    if taken := by_became.get("taken"):
        said = next(answer.says for _, answer in answers if answer.became == "taken")
        waiting.filter(pk__in=taken).update(state="taken", said=said, ended_at=now)
        endpoint.last_said, endpoint.last_taken_at = said, now
        endpoint.save(update_fields=["last_said", "last_taken_at"])
    for key, answer in answers:
        if answer.became == "refused":
            _again(waiting.filter(pk=key).first(), answer, now)
    if "gone" in by_became:
        _stop(endpoint, "gone", "410", now)
    elif "down" in by_became:
        _ill(endpoint, next(answer.says for _, answer in answers if answer.became == "down"), now)
    return endpoint


@step
def knocked(endpoint_id: int, answer: gateway.Answer, *, now: datetime) -> Endpoint:
    """Note what became of a first message: an address that took it takes changes from now on."""
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
    if endpoint.state != "new":
        return endpoint
    endpoint.last_said = answer.says
    if answer.became == "taken":
        endpoint.state, endpoint.last_taken_at = "active", now
        send_later(endpoint.pk)
    endpoint.save(update_fields=["state", "last_said", "last_taken_at"])
    return endpoint


def pause_after(failures: int) -> timedelta:
    """How long to wait after that many failures in a row."""
    return min(PAUSE * (1 << min(failures - 1, 20)), LONGEST_PAUSE)


def _events(deliveries: list[Delivery], row: Organisation) -> list[Event]:
    reaches = {one.pk: one for one in queries.reached(row).filter(pk__in=[one.reach_id for one in deliveries])}
    people = {one.change.certificate.person_id for one in reaches.values()}
    names = {name.person_id: name.full for name in LegalName.objects.filter(person__in=people, until_at=None)}
    return [Event(one, *_event(reaches[one.reach_id], names)) for one in deliveries]


def _event(reach: Reach, names: dict[int, str]) -> tuple[str, bytes]:
    change = reach.change
    certificate = change.certificate
    told = queries.told(reach, names.get(certificate.person_id, ""))
    key = str(change.uuid)
    envelope = _envelope(key, TYPE + change.kind, change.at) | {
        "subject": certificate.number, "sequence": f"{change.sequence:010}", "data": told
    }  # fmt: skip
    return key, orjson.dumps(envelope)


def _envelope(key: str, type_: str, at: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": key, "source": settings.ENVIRONMENT.origin, "type": type_,
        "time": at.isoformat(), "datacontenttype": "application/json",
    }  # fmt: skip


def _endpoint(endpoint_id: int, actor: Actor) -> tuple[Endpoint, Organisation, Actor]:
    row = locked(Endpoint.objects.values_list("organisation_id", flat=True).get(pk=endpoint_id))
    member = require_member(actor, "keep_webhooks", row)
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
    if endpoint.state == "removed":
        raise Refused("endpoint_removed")
    return endpoint, row, member


def _again(delivery: Delivery | None, answer: gateway.Answer, now: datetime) -> None:
    """Try a refused message later, or give it up after three days."""
    if delivery is None:
        return
    delivery.tries, delivery.said = delivery.tries + 1, answer.says
    delivery.due_at = now + pause_after(delivery.tries)
    if delivery.due_at > delivery.queued_at + GIVE_UP:
        delivery.state, delivery.ended_at = "given_up", now
    delivery.save(update_fields=["tries", "said", "due_at", "state", "ended_at"])


def _well(endpoint: Endpoint) -> None:
    if endpoint.failing_since is not None:
        endpoint.failing_since, endpoint.failures, endpoint.next_at, endpoint.told_at = None, 0, None, None
        endpoint.save(update_fields=["failing_since", "failures", "next_at", "told_at"])


def _ill(endpoint: Endpoint, said: str, now: datetime) -> None:
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.failures += 1
    endpoint.next_at = now + pause_after(endpoint.failures)
    endpoint.last_said = said
    down_for = now - endpoint.failing_since
    if down_for >= GIVE_UP:
        _stop(endpoint, "down", said, now)
        return
    if down_for >= TELL and endpoint.told_at is None:
        endpoint.told_at = now
        _tell_administrators(endpoint, "endpoint_is_down", now)
    endpoint.save(update_fields=["failing_since", "failures", "next_at", "last_said", "told_at"])


def _stop(endpoint: Endpoint, because: str, said: str, now: datetime) -> None:
    """Pause an address because of its other side, and tell who keeps it."""
    if endpoint.state != "active":
        return
    _well(endpoint)
    endpoint.failing_since, endpoint.failures, endpoint.next_at, endpoint.told_at = None, 0, None, None
    endpoint.state, endpoint.because, endpoint.last_said = "paused", because, said
    endpoint.save()
    tell_about(endpoint.organisation, "endpoint_paused", actor=PROGRAM, now=now, url=endpoint.url, because=because)
    _tell_administrators(endpoint, "endpoint_is_paused", now)


def _tell_administrators(endpoint: Endpoint, code: str, now: datetime) -> None:
    members = Membership.objects.filter(organisation=endpoint.organisation, role="administrator", until_at=None)
    for one in members.select_related("person"):
        write_to(
            one.person, code, key=f"{code}:{endpoint.pk}:{one.person_id}:{now.isoformat()}", now=now,
            values={"organisation": endpoint.organisation.name, "address": endpoint.url},
        )  # fmt: skip


def waiting_counts(endpoints: Iterable[Endpoint]) -> dict[int, int]:
    """How many messages wait for each of these addresses."""
    waiting = Delivery.objects.filter(endpoint__in=list(endpoints), state="waiting")
    return dict(waiting.values_list("endpoint").annotate(Count("pk")).order_by())


def waiting_endpoints(now: datetime) -> Iterable[Endpoint]:
    """Addresses for which something is due."""
    waits = Delivery.objects.filter(endpoint=OuterRef("pk"), state="waiting", due_at__lte=now)
    return Endpoint.objects.filter(Exists(waits), state="active").exclude(next_at__gt=now)
