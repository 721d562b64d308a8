"""Accounts: what people decide about themselves, and who holds which officer's role."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from peercert.program.access import NEEDS_SECOND, require
from peercert.program.casework.moves import tell_audit
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.notices.queries import confirmed_address
from peercert.program.people.actor import PROGRAM, Actor
from peercert.program.people.models import ROLES, Person, RoleGrant
from peercert.program.people.queries import person_by_email

#: What a person may change about themselves at any time.
OWN = frozenset(
    {"chosen_name", "language", "wants_paper", "street", "city", "state", "postal_code", "is_left_out_of_name_search"}
)
ADMINISTRATOR = "administrator"


@step
def change_own(changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> Person:
    """Save what a person changed about themselves: name, language, address, paper, being found by name."""
    if actor.person is None or actor.role != "applicant":
        raise Refused("not_yours")
    person = Person.objects.select_for_update().get(pk=actor.person.pk)
    changed = [name for name in OWN if name in changes and getattr(person, name) != changes[name]]
    for name in changed:
        setattr(person, name, changes[name])
    if changed:
        person.save(update_fields=changed)
        tell_audit("changed_own_account", actor=actor, now=now, fields=sorted(changed))
    return person


@step
def grant_role(person_id: int, role: str, *, actor: Actor, now: datetime) -> RoleGrant:
    """Give a person a role. Where two must agree it counts once another administrator seconded it.

    Raises Refused: `grant_to_oneself`, `holds_role_already`, `administrator_alone` (an administrator holds no other
    role), `no_account` (nobody can sign in as them).
    """
    require(actor, "grant_role")
    assert actor.person is not None
    person = Person.objects.select_for_update().get(pk=person_id)
    if person.pk == actor.person.pk:
        raise Refused("grant_to_oneself")
    if role not in dict(ROLES):
        raise Refused("no_such_role")
    if person.account_id is None:
        raise Refused("no_account")
    held = set(RoleGrant.objects.filter(person=person, ended_at=None).values_list("role", flat=True))
    if role in held:
        raise Refused("holds_role_already")
    if held and (role == ADMINISTRATOR or ADMINISTRATOR in held):
        raise Refused("administrator_alone")
    grant = RoleGrant.objects.create(person=person, role=role, granted_at=now, granted_by=actor.person)
    tell_audit("role_granted", actor=actor, now=now, person=str(person.uuid), role=role)
    return grant


@step
def second_role(grant_id: int, *, actor: Actor, now: datetime) -> RoleGrant:
    """Agree, as another administrator, to a role that needs two. A grant seconded already stays as it is.

    Raises Refused: `second_is_another`, `grant_to_oneself`, `role_ended`.
    """
    require(actor, "grant_role")
    assert actor.person is not None
    grant = RoleGrant.objects.select_for_update().get(pk=grant_id)
    if grant.ended_at is not None:
        raise Refused("role_ended")
    if grant.granted_by_id == actor.person.pk:
        raise Refused("second_is_another")
    if grant.person_id == actor.person.pk:
        raise Refused("grant_to_oneself")
    if grant.role in NEEDS_SECOND and grant.seconded_at is None:
        grant.seconded_at, grant.seconded_by = now, actor.person
        grant.save(update_fields=["seconded_at", "seconded_by"])
        tell_audit("role_seconded", actor=actor, now=now, person=str(grant.person.uuid), role=grant.role)
    return grant


@step
def end_role(grant_id: int, *, actor: Actor, now: datetime) -> RoleGrant:
    """End a role from this moment on. Raises Refused `last_administrator` for the last one there is."""
    require(actor, "grant_role")
    assert actor.person is not None
    # Two administrators who end each other's role at once are put in a row by this lock.
    administrators = list(RoleGrant.objects.select_for_update().filter(role=ADMINISTRATOR, ended_at=None))
    grant = RoleGrant.objects.select_for_update().get(pk=grant_id)
    if grant.ended_at is not None:
        return grant
    if grant.role == ADMINISTRATOR and len(administrators) < 2:
        raise Refused("last_administrator")
    grant.ended_at, grant.ended_by = now, actor.person
    grant.save(update_fields=["ended_at", "ended_by"])
    tell_audit("role_ended", actor=actor, now=now, person=str(grant.person.uuid), role=grant.role)
    return grant


@step
def found_administrator(email: str, *, most: int, now: datetime, actor: Actor = PROGRAM) -> str:
    """Make one of the first administrators, on the operator's word; answers why not, or "" where it is done.

    From `most` administrators on, further ones are theirs to grant.
    """
    person = person_by_email(email)
    if person is None or person.account is None or confirmed_address(person) is None:
        return f"No account has the confirmed address {email}: let its owner make one on the site first."
    Person.objects.select_for_update().get(pk=person.pk)
    held = set(RoleGrant.objects.filter(person=person, ended_at=None).values_list("role", flat=True))
    if ADMINISTRATOR in held:
        return ""
    if held:
        return f"{email} holds another role, and an administrator holds no other."
    if RoleGrant.objects.select_for_update().filter(role=ADMINISTRATOR, ended_at=None).count() >= most:
        return f"There are {most} administrators already: they grant roles on the page Roles."
    RoleGrant.objects.create(person=person, role=ADMINISTRATOR, granted_at=now)
    tell_audit("role_granted", actor=actor, now=now, person=str(person.uuid), role=ADMINISTRATOR)
    return ""
