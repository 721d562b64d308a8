"""Organisations: one asks for an account, a program manager approves it with an agreement, and one day it ends.

Every step locks the organisation first, so that two at once are put in a row, and is written to the audit under it.
"""

from datetime import date, datetime
from typing import Any

from peercert.program.access import require_member, require_unbound
from peercert.program.casework.moves import tell_audit
from peercert.program.counties.models import County
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.notices.actions import write_to
from peercert.program.people.actor import Actor
from peercert.program.people.organisations import KINDS, PURPOSES, Agreement, Membership, Organisation
from peercert.program.people.organisations import OrganisationInterest as Interest
from peercert.program.people.quotas import KINDS as KINDS_ASKED
from peercert.program.rosters.actions import end_watches_without_agreement
from peercert.rules.days import day_of
from peercert.rules.names import fold

#: Why an account is not opened, and why one ends; words in words/organisations.toml.
DECLINED = ("no_purpose", "not_reached", "not_authorised", "has_account", "kind_not_served")
ENDED = ("asked_by_organisation", "agreement_not_renewed", "closed_down", "used_otherwise")
#: No quota is greater: a day has no more seconds for it.
MOST_QUOTA = 1_000_000_000
#: Nobody has more questions than this open at a time.
MOST_ASKED = 3


@step
def ask_for_account(
    kind: str,
    name: str,
    *,
    county_code: str = "",
    address: str,
    contact: str,
    wants: str,
    actor: Actor,
    now: datetime,
) -> Organisation:
    """Anyone signed in asks for an organisation; nothing opens before an officer looked. The same asked again is one.

    Raises Refused: `organisation_kind`, `county_needed`, `organisation_incomplete`, `asked_enough`.
    """
    if actor.person is None:
        raise Refused("not_yours")
    if kind not in dict(KINDS):
        raise Refused("organisation_kind")
    if kind == "county" and not County.objects.filter(code=county_code).exists():
        raise Refused("county_needed")
    given = {"name": _one_line(name), "address": _one_line(address), "contact": _one_line(contact), "wants": wants}
    if not all(text.strip() for text in given.values()):
        raise Refused("organisation_incomplete")
    type(actor.person).objects.select_for_update().get(pk=actor.person.pk)
    asked = Organisation.objects.filter(asked_by=actor.person, approved_at=None, declined_at=None)
    key = fold(given["name"])[:240]
    same = asked.filter(kind=kind, name_key=key).first()
    if same is not None:
        return same
    if asked.count() >= MOST_ASKED:
        raise Refused("asked_enough", most=MOST_ASKED)
    made = Organisation.objects.create(
        kind=kind, county_code=county_code if kind == "county" else "", name_key=key, asked_by=actor.person,
        asked_at=now, **given,
    )  # fmt: skip
    tell_about(made, "organisation_asked", actor=actor, now=now, name=made.name)
    return made


@step
def approve(
    organisation_id: int,
    *,
    purpose: str,
    text_en: str,
    text_es: str,
    signed_by: str,
    from_on: date,
    until_on: date,
    actor: Actor,
    now: datetime,
) -> Organisation:
    """A program manager opens the account, with an agreement and a purpose; whoever asked becomes its administrator.

    Raises Refused: `organisation_answered`, `county_has_account`, and what `agree` refuses.
    """
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    if row.state != "asked":
        raise Refused("organisation_answered")
    taken = Organisation.objects.filter(county_code=row.county_code, ended_at=None).exclude(approved_at=None)
    if row.county_code and taken.exists():
        raise Refused("county_has_account")
    row.approved_at, row.approved_by = now, actor.person
    row.save(update_fields=["approved_at", "approved_by"])
    given = {"purpose": purpose, "text_en": text_en, "text_es": text_es, "signed_by": signed_by}
    _agree(row, given, from_on, until_on, actor=actor, now=now)
    Membership.objects.create(
        organisation=row, person=row.asked_by, role="administrator", from_at=now, made_by=actor.person
    )
    tell_about(row, "organisation_approved", actor=actor, now=now, name=row.name)
    write_to(
        row.asked_by, "organisation_approved", key=f"organisation_approved:{row.pk}", now=now,
        values={"name": row.name, "until_on": until_on},
    )  # fmt: skip
    return row


@step
def decline(organisation_id: int, because: str, *, actor: Actor, now: datetime) -> Organisation:
    """A program manager does not open the account, for a coded reason that whoever asked is told.

    Raises Refused: `organisation_answered`, `reason_needed`.
    """
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    if row.state != "asked":
        raise Refused("organisation_answered")
    if because not in DECLINED:
        raise Refused("reason_needed")
    row.declined_at, row.declined_by, row.declined_because = now, actor.person, because
    row.save(update_fields=["declined_at", "declined_by", "declined_because"])
    tell_about(row, "organisation_declined", actor=actor, now=now, name=row.name, because=because)
    write_to(
        row.asked_by, "organisation_declined", key=f"organisation_declined:{row.pk}", now=now,
        values={"name": row.name, "because": ("organisations", because)},
    )  # fmt: skip
    return row


@step
def agree(
    organisation_id: int,
    *,
    purpose: str,
    text_en: str,
    text_es: str,
    signed_by: str,
    from_on: date,
    until_on: date,
    actor: Actor,
    now: datetime,
) -> Agreement:
    """A further agreement of an open account: the next one, or one after a pause.

    Raises Refused: `organisation_not_open`, `agreement_purpose_needed`, `days_out_of_order`, `agreement_over`,
    `agreements_overlap`.
    """
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    if row.state != "open":
        raise Refused("organisation_not_open")
    given = {"purpose": purpose, "text_en": text_en, "text_es": text_es, "signed_by": signed_by}
    made = _agree(row, given, from_on, until_on, actor=actor, now=now)
    tell_administrators(row, "agreement_made", key=f"agreement:{made.pk}", now=now, from_on=from_on, until_on=until_on)
    return made


@step
def end_agreement(agreement_id: int, because: str, *, actor: Actor, now: datetime) -> Agreement:
    """End an agreement at once: from this moment nobody is watched under it, and no key opens anything.

    Ending twice is ending once. Raises Refused: `reason_needed`.
    """
    organisation_id = Agreement.objects.values_list("organisation_id", flat=True).get(pk=agreement_id)
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    agreement = Agreement.objects.get(pk=agreement_id)
    if agreement.ended_at is not None:
        return agreement
    if because not in ENDED:
        raise Refused("reason_needed")
    agreement.ended_at, agreement.ended_by = now, actor.person
    agreement.save(update_fields=["ended_at", "ended_by"])
    end_watches_without_agreement(now=now, organisation=row)
    tell_about(row, "agreement_ended", actor=actor, now=now, because=because)
    tell_administrators(
        row, "agreement_ended", key=f"agreement_ended:{agreement.pk}", now=now, because=("organisations", because)
    )
    return agreement


@step
def end(organisation_id: int, because: str, *, actor: Actor, now: datetime) -> Organisation:
    """End an account with all that hangs on it: memberships, invitations, keys, agreements. Ended once.

    Raises Refused: `organisation_not_open`, `reason_needed`.
    """
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    if row.state == "ended":
        return row
    if row.state != "open":
        raise Refused("organisation_not_open")
    if because not in ENDED:
        raise Refused("reason_needed")
    tell_administrators(
        row, "organisation_ended", key=f"organisation_ended:{row.pk}", now=now, because=("organisations", because)
    )
    row.ended_at, row.ended_by, row.ended_because = now, actor.person, because
    row.save(update_fields=["ended_at", "ended_by", "ended_because"])
    row.memberships.filter(until_at=None).update(until_at=now, ended_by=actor.person)
    row.invitations.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=actor.person)
    row.api_keys.filter(revoked_at=None).update(revoked_at=now, revoked_by=actor.person)
    row.agreements.filter(ended_at=None).update(ended_at=now, ended_by=actor.person)
    end_watches_without_agreement(now=now, organisation=row)
    tell_about(row, "organisation_ended", actor=actor, now=now, because=because)
    return row


@step
def rename(organisation_id: int, name: str, *, actor: Actor, now: datetime) -> Organisation:
    """An officer changes the name, which holders read; an organisation cannot call itself something else alone.

    Raises Refused: `organisation_incomplete`.
    """
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    before, name = row.name, _one_line(name)
    if not name:
        raise Refused("organisation_incomplete")
    if name != before:
        row.name, row.name_key = name, fold(name)[:240]
        row.save(update_fields=["name", "name_key"])
        tell_about(row, "organisation_renamed", actor=actor, now=now, before=before, name=name)
    return row


@step
def change_contact(organisation_id: int, *, address: str, contact: str, actor: Actor, now: datetime) -> Organisation:
    """An administrator changes where and by whom the organisation is reached. Raises `organisation_incomplete`."""
    row = locked(organisation_id)
    member = require_member(actor, "keep_members", row)
    address, contact = _one_line(address), _one_line(contact)
    if not (address and contact):
        raise Refused("organisation_incomplete")
    if (row.address, row.contact) != (address, contact):
        row.address, row.contact = address, contact
        row.save(update_fields=["address", "contact"])
        tell_about(row, "organisation_contact_changed", actor=member, now=now)
    return row


@step
def agree_quota(organisation_id: int, kind: str, most: int | None, *, actor: Actor, now: datetime) -> Organisation:
    """A program manager agrees how much of a kind an organisation may ask a day, from its next request on.

    None: again as the figure says. Raises Refused: `organisation_not_open`, `quota_wrong`.
    """
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    if row.state != "open":
        raise Refused("organisation_not_open")
    if kind not in KINDS_ASKED or not (most is None or 0 <= most <= MOST_QUOTA):
        raise Refused("quota_wrong", most=MOST_QUOTA)
    agreed = {**row.quotas, kind: most}
    quotas = {one: agreed[one] for one in KINDS_ASKED if agreed.get(one) is not None}
    if quotas != row.quotas:
        row.quotas = quotas
        row.save(update_fields=["quotas"])
        tell_about(row, "quota_agreed", actor=actor, now=now, kind=kind, most=most)
    return row


@step
def declare_tie(organisation_id: int, *, actor: Actor, now: datetime) -> Organisation:
    """An officer declares a tie to an organisation: they never work on its matters again."""
    row = locked(organisation_id)
    require_unbound(actor, "keep_organisations", row)
    assert actor.person is not None
    Interest.objects.create(officer=actor.person, organisation=row, declared_at=now)
    tell_about(row, "tie_declared", actor=actor, now=now)
    return row


@step
def open_for_work(organisation_id: int, *, actor: Actor, now: datetime) -> Organisation:
    """An officer opens an organisation's page; refused, and recorded, to whoever is tied to it."""
    row = Organisation.objects.select_related("asked_by__account", "approved_by", "declined_by", "ended_by")
    found = row.get(pk=organisation_id)
    require_unbound(actor, "see_organisations", found)
    return found


def locked(organisation_id: int) -> Organisation:
    """The organisation, locked: first in every step, so that steps of one organisation follow each other.

    Rows that only name it are written meanwhile: whoever suspends somebody whom it watches waits for no roster.
    """
    return (
        Organisation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("asked_by")
        .get(pk=organisation_id)
    )


def tell_about(organisation: Organisation, happened: str, *, actor: Actor, now: datetime, **values: Any) -> None:
    """Write to the audit under this organisation, where its own people read it, too."""
    tell_audit(happened, actor=actor, now=now, organisation=str(organisation.uuid), **values)


def tell_administrators(organisation: Organisation, code: str, *, key: str, now: datetime, **values: Any) -> None:
    """A letter to everyone who administers the organisation now."""
    open_ones = organisation.memberships.filter(role="administrator", until_at=None)
    for membership in open_ones.select_related("person__account").order_by("pk"):
        given = {"name": organisation.name, **values}
        write_to(membership.person, code, key=f"{key}:{membership.person_id}", now=now, values=given)


def _agree(
    row: Organisation, given: dict[str, str], from_on: date, until_on: date, *, actor: Actor, now: datetime
) -> Agreement:
    given = {name: _one_line(text) for name, text in given.items()}
    if given["purpose"] not in dict(PURPOSES) or not all(given.values()):
        raise Refused("agreement_purpose_needed")
    if until_on < from_on:
        raise Refused("days_out_of_order")
    if until_on < day_of(now):
        raise Refused("agreement_over")
    if row.agreements.filter(ended_at=None, from_on__lte=until_on, until_on__gte=from_on).exists():
        raise Refused("agreements_overlap")
    made = Agreement.objects.create(
        organisation=row, from_on=from_on, until_on=until_on, approved_by=actor.person, approved_at=now, **given
    )
    tell_about(
        row, "agreement_made", actor=actor, now=now, purpose=made.purpose, from_on=str(from_on), until_on=str(until_on)
    )
    return made


def _one_line(text: str) -> str:
    return " ".join(text.split())
