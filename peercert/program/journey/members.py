"""Who acts for an organisation: invited by an administrator, taken up by the owner of the address, ended at once.

Every step asks anew whether whoever takes it still belongs there, under the organisation's lock: of two administrators
who remove each other at the same moment, one succeeds and the other is told that they no longer belong.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings

from peercert.program.access import require_member, require_unbound
from peercert.program.errors import Refused
from peercert.program.journey.organisations import locked, tell_about
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_to, write_to_stranger
from peercert.program.notices.queries import confirmed_addresses, name_on_envelope
from peercert.program.people.actor import Actor
from peercert.program.people.models import LANGUAGES
from peercert.program.people.organisations import MEMBER_ROLES, Invitation, Membership, Organisation
from peercert.program.people.queries import digest_of, open_membership
from peercert.rules import figures
from peercert.rules.days import add_days, day_of

#: An organisation sends no more invitations than this in a day: the site is nobody's mail relay.
MOST_A_DAY = 30


@step
def invite(
    organisation_id: int, email: str, role: str, *, language: str = "en", actor: Actor, now: datetime
) -> Invitation:
    """An administrator invites the owner of an address. What the link carries is in the message and nowhere else.

    Raises Refused: `member_role`, `invitation_address_needed`, `member_already`, `invited_already`, `invited_enough`.
    """
    row = locked(organisation_id)
    return _invite(row, email, role, language, actor=require_member(actor, "keep_members", row), now=now)


@step
def invite_administrator(
    organisation_id: int, email: str, *, language: str = "en", actor: Actor, now: datetime
) -> Invitation:
    """A program manager invites an administrator, where an organisation has lost its own. Otherwise as `invite`.

    Raises also Refused `organisation_not_open`.
    """
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    if row.state != "open":
        raise Refused("organisation_not_open")
    return _invite(row, email, "administrator", language, actor=actor, now=now)


@step
def withdraw_invitation(invitation_id: int, *, actor: Actor, now: datetime) -> Invitation:
    """An administrator takes an invitation back: its link opens nothing from now on. One taken up stays as it is.

    Raises Refused: `invitation_over`.
    """
    row = locked(Invitation.objects.values_list("organisation_id", flat=True).get(pk=invitation_id))
    member = require_member(actor, "keep_members", row)
    invitation = Invitation.objects.get(pk=invitation_id)
    if invitation.accepted_at is not None:
        raise Refused("invitation_over")
    if invitation.withdrawn_at is None:
        _withdraw(invitation, member, now)
        tell_about(row, "invitation_withdrawn", actor=member, now=now, email=invitation.email)
    return invitation


@step
def accept_invitation(token: str, *, actor: Actor, now: datetime) -> Membership:
    """The owner of the address takes the invitation up, once and in time.

    Raises Refused: `invitation_over` (unknown, used, withdrawn, too old: nobody learns which), `invitation_for_another`
    (the address is none that this person confirmed), `member_already`.
    """
    if actor.person is None:
        raise Refused("not_yours")
    found = invitation_of(token, now)
    if found is None:
        raise Refused("invitation_over")
    row = locked(found.organisation_id)
    invitation = invitation_of(token, now)
    if invitation is None or row.state != "open":
        raise Refused("invitation_over")
    if invitation.email not in confirmed_addresses(actor.person):
        raise Refused("invitation_for_another")
    if open_membership(row, actor.person) is not None:
        raise Refused("member_already")
    invitation.accepted_at, invitation.accepted_by = now, actor.person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    made = Membership.objects.create(
        organisation=row, person=actor.person, role=invitation.role, from_at=now, made_by=invitation.invited_by
    )
    tell_about(row, "invitation_accepted", actor=_as(made), now=now, role=f"partner_{made.role}")
    return made


def invitation_of(token: str, now: datetime) -> Invitation | None:
    """The invitation that a link carries, where it can still be taken up."""
    waiting = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_on__gte=day_of(now))
    found = waiting.filter(token_digest=digest_of(token), organisation__ended_at=None)
    return found.select_related("organisation").first()


@step
def change_role(membership_id: int, role: str, *, actor: Actor, now: datetime) -> Membership:
    """An administrator gives someone another role: a new row from now on. The same role again changes nothing.

    Raises Refused: `member_role`, `membership_over`, `last_partner_administrator`.
    """
    row = locked(Membership.objects.values_list("organisation_id", flat=True).get(pk=membership_id))
    member = require_member(actor, "keep_members", row)
    membership = _still_open(membership_id)
    if role not in dict(MEMBER_ROLES):
        raise Refused("member_role")
    if membership.role == role:
        return membership
    _keep_one_administrator(membership)
    _close(membership, member, now)
    made = Membership.objects.create(
        organisation=row, person=membership.person, role=role, from_at=now, made_by=member.person
    )
    who = str(made.person.uuid)
    tell_about(row, "member_role_changed", actor=member, now=now, person=who, role=f"partner_{role}")
    return made


@step
def remove(membership_id: int, *, actor: Actor, now: datetime) -> Membership:
    """An administrator ends someone's membership: from this moment no page of the organisation opens to them.

    Invitations that still wait at their addresses are withdrawn. Raises Refused: `membership_over`,
    `last_partner_administrator`.
    """
    row = locked(Membership.objects.values_list("organisation_id", flat=True).get(pk=membership_id))
    member = require_member(actor, "keep_members", row)
    membership = _still_open(membership_id)
    _keep_one_administrator(membership)
    _close(membership, member, now)
    for waiting in row.invitations.filter(
        email__in=confirmed_addresses(membership.person), accepted_at=None, withdrawn_at=None
    ):
        _withdraw(waiting, member, now)
    tell_about(row, "member_removed", actor=member, now=now, person=str(membership.person.uuid))
    write_to(
        membership.person, "membership_ended", key=f"membership_ended:{membership.pk}", now=now,
        values={"name": row.name},
    )  # fmt: skip
    return membership


@step
def leave(organisation_id: int, *, actor: Actor, now: datetime) -> Membership:
    """Someone stops acting for an organisation. Raises Refused `last_partner_administrator`: name a successor first."""
    row = locked(organisation_id)
    member = require_member(actor, "leave_organisation", row)
    membership = Membership.objects.select_related("person").get(organisation=row, person=actor.person, until_at=None)
    _keep_one_administrator(membership)
    _close(membership, member, now)
    tell_about(row, "member_left", actor=member, now=now)
    return membership


def _invite(row: Organisation, email: str, role: str, language: str, *, actor: Actor, now: datetime) -> Invitation:
    email, today = email.strip().lower(), day_of(now)
    if role not in dict(MEMBER_ROLES):
        raise Refused("member_role")
    if "@" not in email or language not in dict(LANGUAGES):
        raise Refused("invitation_address_needed")
    if row.memberships.filter(until_at=None, person__account__email=email).exists():
        raise Refused("member_already")
    waiting = row.invitations.filter(email=email, accepted_at=None, withdrawn_at=None).first()
    if waiting is not None and waiting.expires_on >= today:
        raise Refused("invited_already", until_on=waiting.expires_on)
    if row.invitations.filter(invited_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise Refused("invited_enough", most=MOST_A_DAY)
    if waiting is not None:
        _withdraw(waiting, actor, now)
    assert actor.person is not None
    token = secrets.token_urlsafe(32)
    last_day = add_days(today, int(figures.figure("invitation_days", today).value))
    made = Invitation.objects.create(
        organisation=row, email=email, role=role, language=language, token_digest=digest_of(token),
        invited_by=actor.person, invited_at=now, expires_on=last_day,
    )  # fmt: skip
    by = name_on_envelope(actor.person) or (actor.person.account.email if actor.person.account else "")
    site = settings.ENVIRONMENT.origin + ("/es" if language == "es" else "")
    write_to_stranger(
        email, language, "organisation_invitation", key=f"invitation:{made.pk}", now=now,
        values={"name": row.name, "by": by, "until_on": last_day},
        secrets={"link": f"{site}/partner/invitation/{token}/"},
    )  # fmt: skip
    tell_about(row, "member_invited", actor=actor, now=now, email=email, role=f"partner_{role}")
    return made


def _withdraw(invitation: Invitation, actor: Actor, now: datetime) -> None:
    invitation.withdrawn_at, invitation.withdrawn_by = now, actor.person
    invitation.save(update_fields=["withdrawn_at", "withdrawn_by"])


def _still_open(membership_id: int) -> Membership:
    """The membership; read after its organisation is locked. Raises Refused `membership_over`."""
    membership = Membership.objects.select_related("person").get(pk=membership_id)
    if membership.until_at is not None:
        raise Refused("membership_over")
    return membership


def _keep_one_administrator(membership: Membership) -> None:
    """Raise Refused where this membership is the last one that administers its organisation."""
    others = Membership.objects.filter(
        organisation=membership.organisation_id, role="administrator", until_at=None
    ).exclude(pk=membership.pk)
    if membership.role == "administrator" and not others.exists():
        raise Refused("last_partner_administrator")


def _close(membership: Membership, actor: Actor, now: datetime) -> None:
    membership.until_at, membership.ended_by = max(now, membership.from_at), actor.person
    membership.save(update_fields=["until_at", "ended_by"])


def _as(membership: Membership) -> Actor:
    return Actor(membership.person, f"partner_{membership.role}")
