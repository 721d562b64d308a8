"""Keys by which an organisation's machines come in. What a key carries is shown once and kept as a digest alone."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from peercert.program.access import require_member
from peercert.program.errors import Refused
from peercert.program.journey.organisations import locked, tell_about
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor
from peercert.program.people.organisations import SCOPES, ApiKey, Organisation
from peercert.program.people.queries import agreement_in_force, digest_of
from peercert.rules import figures
from peercert.rules.days import add_days, day_of

#: An organisation has no more keys than this that still open something.
MOST = 20
#: How every key begins, so that whoever finds one in a file knows what it is.
BEGINS = "pck_"


@step
def make_key(
    organisation_id: int,
    name: str,
    scopes: Sequence[str],
    expires_on: date,
    *,
    asked_as: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key and what it carries, which nobody can read again. The same asked again (`asked_as`) makes no second.

    Raises Refused: `key_made_already`, `no_agreement`, `key_name_needed`, `scope_needed`, `key_days`, `keys_enough`.
    """
    row = locked(organisation_id)
    member = require_member(actor, "keep_api_keys", row)
    made, secret = _make(row, name, scopes, expires_on, None, asked_as=asked_as, actor=member, now=now)
    tell_about(row, "api_key_made", actor=member, now=now, key=made.prefix, scopes=made.scopes)
    return made, secret


@step
def rotate_key(key_id: int, *, asked_as: UUID | None = None, actor: Actor, now: datetime) -> tuple[ApiKey, str]:
    """Another key in the place of one, with the same name and scopes; the old one opens for some days more (figure).

    Raises Refused: `key_over` (revoked, expired or replaced already), and what `make_key` refuses.
    """
    row = locked(ApiKey.objects.values_list("organisation_id", flat=True).get(pk=key_id))
    member = require_member(actor, "keep_api_keys", row)
    _refuse_second(asked_as)
    old, today = ApiKey.objects.get(pk=key_id), day_of(now)
    if not old.is_good(now, today) or ApiKey.objects.filter(replaces=old).exists():
        raise Refused("key_over")
    made, secret = _make(row, old.name, old.scopes, longest(today), old, asked_as=asked_as, actor=member, now=now)
    old.expires_on = min(old.expires_on, add_days(today, int(figures.figure("api_key_overlap_days", today).value)))
    old.save(update_fields=["expires_on"])
    tell_about(row, "api_key_rotated", actor=member, now=now, before=old.prefix, key=made.prefix)
    return made, secret


@step
def revoke_key(key_id: int, *, actor: Actor, now: datetime) -> ApiKey:
    """End a key at once. Revoking twice is revoking once."""
    row = locked(ApiKey.objects.values_list("organisation_id", flat=True).get(pk=key_id))
    member = require_member(actor, "keep_api_keys", row)
    key = ApiKey.objects.get(pk=key_id)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = now, actor.person
        key.save(update_fields=["revoked_at", "revoked_by"])
        tell_about(row, "api_key_revoked", actor=member, now=now, key=key.prefix)
    return key


def longest(today: date) -> date:
    """The last day that a key made today may have."""
    return add_days(today, int(figures.figure("api_key_days", today).value))


def _make(
    row: Organisation,
    name: str,
    scopes: Sequence[str],
    expires_on: date,
    replaces: ApiKey | None,
    *,
    asked_as: UUID | None,
    actor: Actor,
    now: datetime,
) -> tuple[ApiKey, str]:
    _refuse_second(asked_as)
    today, name = day_of(now), " ".join(name.split())
    if agreement_in_force(row, today) is None:
        raise Refused("no_agreement")
    if not name:
        raise Refused("key_name_needed")
    if not scopes or not set(scopes) <= set(dict(SCOPES)):
        raise Refused("scope_needed")
    if not today < expires_on <= longest(today):
        raise Refused("key_days", last_day=longest(today))
    if row.api_keys.filter(revoked_at=None, expires_on__gte=today).count() >= MOST:
        raise Refused("keys_enough", most=MOST)
    prefix = f"{BEGINS}{secrets.token_hex(5)}"
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    assert actor.person is not None
    made = ApiKey.objects.create(
        organisation=row, name=name, scopes=[code for code, _ in SCOPES if code in scopes], prefix=prefix,
        digest=digest_of(secret), made_by=actor.person, made_at=now, expires_on=expires_on, replaces=replaces,
        uuid=asked_as or uuid4(),
    )  # fmt: skip
    return made, secret


def _refuse_second(asked_as: UUID | None) -> None:
    """A page that is sent again, as by loading its answer again, asks for the same key."""
    if asked_as is not None and ApiKey.objects.filter(uuid=asked_as).exists():
        raise Refused("key_made_already")
