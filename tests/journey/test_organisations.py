"""Organisations: who may open one, who acts for it, and that leaving, ending and revoking count at once."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from peercert.demo import partners
from peercert.demo.partners import CITY, COUNTY, EMPLOYER, token_of
from peercert.program.casework.models import AuditEntry
from peercert.program.errors import Refused
from peercert.program.journey import api_keys, members, organisations
from peercert.program.notices.models import Letter
from peercert.program.people.actor import Actor
from peercert.program.people.models import RoleGrant
from peercert.program.people.organisations import ApiKey, Membership, Organisation
from peercert.program.people.queries import key_presented, memberships_of, open_membership
from peercert.rules.days import day_of
from tests.journey.test_two_at_once import at_once
from tests.stories import Story

NOW = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)


def refused(take: Any, *given: Any, **named: Any) -> str:
    """The reason why a step is refused."""
    with pytest.raises(Refused) as refusal:
        take(*given, **named)
    return refusal.value.reason


def who(story: Story, key: str) -> dict[str, Any]:
    """The actor and the moment of a step."""
    return {"actor": story.actor(key), "now": story.now}


def agreement(**changes: Any) -> dict[str, Any]:
    """An agreement's words and days."""
    return {
        "purpose": "billing", "text_en": "Why.", "text_es": "Por qué.", "signed_by": "Lena Park",
        "from_on": date(2026, 5, 10), "until_on": date(2027, 5, 9), **changes,
    }  # fmt: skip


def membership(row: Organisation, story: Story, key: str) -> Membership:
    """Someone's membership today."""
    found = open_membership(row, story.person(key))
    assert found is not None
    return found


# --- asking, approving, declining


def test_nothing_opens_before_a_program_manager_approved_with_agreement_and_purpose(db: None) -> None:
    story = Story(now=NOW)
    row = partners.asking(story, "lena", CITY)
    assert partners.asking(story, "lena", CITY) == row, "asked twice is asked once"
    assert refused(members.invite, row.pk, "x@example.com", "member", **who(story, "lena")) == "not_yours"
    for officer in ("ana", "tom", "pat", "robin"):
        assert refused(organisations.approve, row.pk, **agreement(), **who(story, officer)) == "not_yours"
    sam = who(story, "sam")
    assert refused(organisations.approve, row.pk, **agreement(text_es=" "), **sam) == "agreement_purpose_needed"
    assert refused(organisations.approve, row.pk, **agreement(purpose="any"), **sam) == "agreement_purpose_needed"
    assert refused(organisations.approve, row.pk, **agreement(until_on=date(2026, 5, 9)), **sam) == "days_out_of_order"
    past = agreement(from_on=date(2025, 1, 1), until_on=date(2025, 12, 31))
    assert refused(organisations.approve, row.pk, **past, **sam) == "agreement_over"
    row.refresh_from_db()
    assert (row.state, Membership.objects.count()) == ("asked", 0)
    organisations.approve(row.pk, **agreement(), **sam)
    assert membership(row, story, "lena").role == "administrator"
    assert Letter.objects.get(code="organisation_approved").person == story.person("lena")
    assert refused(organisations.decline, row.pk, "no_purpose", **sam) == "organisation_answered"


def test_whoever_asked_is_told_why_not(db: None) -> None:
    story = Story(now=NOW)
    row = partners.asking(story, "lena", CITY)
    assert refused(organisations.decline, row.pk, "because I say so", **who(story, "sam")) == "reason_needed"
    organisations.decline(row.pk, "not_reached", **who(story, "sam"))
    letter = Letter.objects.get(code="organisation_declined")
    assert "could not reach the person" in letter.text
    assert letter.is_sealed
    assert not memberships_of(story.person("lena"))
    again = partners.asking(story, "lena", CITY)
    assert again != row, "one may ask again"


def test_asking_needs_every_line_and_no_more_than_three_wait(db: None) -> None:
    story = Story(now=NOW)
    given = {"address": "1 Main St", "contact": "Lena", "wants": "Our staff."}
    lena = who(story, "lena")
    assert refused(organisations.ask_for_account, "bank", "Bank", **given, **lena) == "organisation_kind"
    assert refused(organisations.ask_for_account, "county", "County", **given, **lena) == "county_needed"
    unsaid = given | {"wants": " "}
    assert refused(organisations.ask_for_account, "employer", "A", **unsaid, **lena) == "organisation_incomplete"
    for name in "ABC":
        organisations.ask_for_account("employer", name, **given, **lena)
    assert refused(organisations.ask_for_account, "employer", "D", **given, **lena) == "asked_enough"


def test_a_county_has_one_account(db: None) -> None:
    story = Story(now=NOW)
    partners.opened(story, "dana", COUNTY)
    second = partners.asking(story, "lena", COUNTY)
    days = agreement(from_on=day_of(story.now))
    assert refused(organisations.approve, second.pk, **days, **who(story, "sam")) == "county_has_account"


def test_an_officer_never_works_on_an_organisation_of_their_own(db: None) -> None:
    story = Story(now=NOW)
    row = partners.opened(story, "noor", EMPLOYER)
    partners.joined(story, row, "sam", "member", by="noor")
    members.leave(row.pk, **who(story, "sam"))
    assert refused(organisations.end, row.pk, "closed_down", **who(story, "sam")) == "own_organisation"
    entry = AuditEntry.objects.get(verb="refused_for_interest")
    assert entry.values["organisation"] == str(row.uuid)
    own = organisations.ask_for_account(
        "employer", "Rivera Care", address="1 Main St", contact="Sam", wants="Our staff.", **who(story, "sam")
    )
    assert refused(organisations.approve, own.pk, **agreement(), **who(story, "sam")) == "own_organisation"
    other = partners.asking(story, "lena", CITY)
    organisations.declare_tie(other.pk, **who(story, "sam"))
    assert refused(organisations.decline, other.pk, "no_purpose", **who(story, "sam")) == "own_organisation"


# --- agreements


def test_without_an_agreement_in_force_no_key_opens_anything_and_none_is_made(db: None) -> None:
    story = Story(now=NOW)
    row = partners.opened(story, "dana", COUNTY)
    made, secret = key_of(story, row)
    assert key_presented(secret, story.now, day_of(story.now)) == made
    current = row.agreements.get()
    sam = who(story, "sam")
    inside = agreement(from_on=day_of(story.now) + timedelta(days=20))
    assert refused(organisations.agree, row.pk, **inside, **sam) == "agreements_overlap"
    assert refused(organisations.end_agreement, current.pk, "", **sam) == "reason_needed"
    organisations.end_agreement(current.pk, "agreement_not_renewed", **sam)
    organisations.end_agreement(current.pk, "agreement_not_renewed", **sam)
    assert Letter.objects.filter(code="agreement_ended", person=story.person("dana")).count() == 1
    assert key_presented(secret, story.now, day_of(story.now)) is None
    assert refused(key_of, story, row) == "no_agreement"
    organisations.agree(row.pk, **inside, **sam)
    assert key_presented(secret, story.now, day_of(story.now)) is None, "the next one begins later"
    assert key_presented(secret, story.now, inside["from_on"]) == made


def test_ending_an_account_ends_all_that_hangs_on_it(db: None) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    made, secret = key_of(story, row)
    waiting = members.invite(row.pk, "new@example.com", "member", **who(story, "dana"))
    organisations.end(row.pk, "closed_down", **who(story, "sam"))
    assert not row.memberships.filter(until_at=None).exists()
    assert key_presented(secret, story.now, day_of(story.now)) is None
    assert refused(members.accept_invitation, token_of(waiting), **who(story, "jesse")) == "invitation_over"
    assert refused(key_of, story, row) == "member_no_more"
    assert refused(api_keys.revoke_key, made.pk, **who(story, "omar")) == "member_no_more"
    assert Letter.objects.get(code="organisation_ended").person == story.person("dana")
    assert partners.opened(story, "lena", COUNTY).state == "open", "the county may have another account now"


# --- who acts for one


def test_an_invitation_is_taken_up_once_in_time_by_the_owner_of_its_address(db: None) -> None:
    story = Story(now=NOW)
    row = partners.opened(story, "noor", EMPLOYER)
    invitation = members.invite(row.pk, " Jesse.Moreno@example.com ", "member", **who(story, "noor"))
    token = token_of(invitation)
    assert refused(members.accept_invitation, token, **who(story, "devon")) == "invitation_for_another"
    EmailAddress.objects.create(user=story.person("devon").account, email=invitation.email, verified=False)
    assert refused(members.accept_invitation, token, **who(story, "devon")) == "invitation_for_another"
    for guess in ("", token[:-1], token + "x", invitation.token_digest, str(invitation.uuid)):
        assert refused(members.accept_invitation, guess, **who(story, "jesse")) == "invitation_over"
    made = members.accept_invitation(token, **who(story, "jesse"))
    assert (made.role, made.person) == ("member", story.person("jesse"))
    assert refused(members.accept_invitation, token, **who(story, "jesse")) == "invitation_over"
    assert refused(members.invite, row.pk, invitation.email, "member", **who(story, "noor")) == "member_already"


def test_an_invitation_that_is_too_old_or_taken_back_opens_nothing(db: None) -> None:
    story = Story(now=NOW)
    row = partners.opened(story, "noor", EMPLOYER)
    first = members.invite(row.pk, "jesse.moreno@example.com", "member", **who(story, "noor"))
    assert refused(members.invite, row.pk, first.email, "member", **who(story, "noor")) == "invited_already"
    story.wait(days=15)
    assert refused(members.accept_invitation, token_of(first), **who(story, "jesse")) == "invitation_over"
    second = members.invite(row.pk, first.email, "administrator", **who(story, "noor"))
    members.withdraw_invitation(second.pk, **who(story, "noor"))
    assert refused(members.accept_invitation, token_of(second), **who(story, "jesse")) == "invitation_over"
    assert not memberships_of(story.person("jesse"))


def test_the_message_of_an_invitation_names_the_organisation_last_and_is_forgotten_when_sent(db: None) -> None:
    story = Story(now=NOW)
    row = partners.opened(story, "noor", EMPLOYER)
    organisations.rename(row.pk, "Delta Peer Recovery House", **who(story, "sam"))
    invitation = members.invite(row.pk, "x@example.com", "member", language="es", **who(story, "noor"))
    letter = Letter.objects.get(key=f"invitation:{invitation.pk}")
    assert (letter.person, letter.language, letter.to_address) == (None, "es", "x@example.com")
    assert "/es/partner/invitation/" in letter.message_text
    assert "Delta Peer Recovery House" in letter.message_text
    assert not re.search(r"peer|recovery", letter.subject + letter.message_text[:200], re.IGNORECASE)
    assert token_of(invitation) not in letter.text
    assert token_of(invitation) not in str(list(AuditEntry.objects.values_list("values", flat=True)))


def test_an_organisation_is_nobodys_mail_relay(db: None) -> None:
    story = Story(now=NOW)
    row = partners.opened(story, "noor", EMPLOYER)
    for number in range(members.MOST_A_DAY):
        members.invite(row.pk, f"someone{number}@example.com", "member", **who(story, "noor"))
    assert refused(members.invite, row.pk, "more@example.com", "member", **who(story, "noor")) == "invited_enough"
    story.wait(days=1, hours=1)
    members.invite(row.pk, "more@example.com", "member", **who(story, "noor"))


def test_a_member_keeps_nobody_and_makes_no_keys(db: None) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    omar = who(story, "omar")
    dana = membership(row, story, "dana")
    key, _secret = key_of(story, row)
    assert refused(members.invite, row.pk, "x@example.com", "member", **omar) == "administrators_only"
    assert refused(members.remove, dana.pk, **omar) == "administrators_only"
    assert (
        refused(members.change_role, membership(row, story, "omar").pk, "administrator", **omar)
        == "administrators_only"
    )
    assert refused(key_of, story, row, "omar") == "administrators_only"
    assert refused(api_keys.revoke_key, key.pk, **omar) == "administrators_only"
    assert refused(organisations.change_contact, row.pk, address="a", contact="b", **omar) == "administrators_only"
    other = partners.opened(story, "noor", EMPLOYER)
    assert refused(members.remove, dana.pk, **who(story, "noor")) == "not_yours"
    assert refused(members.invite, other.pk, "x@example.com", "member", **who(story, "dana")) == "not_yours"


def test_a_role_changes_by_another_row_and_somebody_always_administers(db: None) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    dana, omar = who(story, "dana"), membership(row, story, "omar")
    assert refused(members.leave, row.pk, **dana) == "last_partner_administrator"
    assert refused(members.remove, membership(row, story, "dana").pk, **dana) == "last_partner_administrator"
    own = membership(row, story, "dana")
    assert refused(members.change_role, own.pk, "member", **dana) == "last_partner_administrator"
    members.change_role(omar.pk, "administrator", **dana)
    assert refused(members.change_role, omar.pk, "member", **dana) == "membership_over"
    members.leave(row.pk, **dana)
    assert refused(members.invite, row.pk, "x@example.com", "member", **dana) == "member_no_more"
    roles = row.memberships.order_by("pk").values_list("person__names__first", "role", "until_at")
    assert [(first, role, until is None) for first, role, until in roles] == [
        ("Dana", "administrator", False), ("Omar", "member", False), ("Omar", "administrator", True),
    ]  # fmt: skip


def test_whoever_is_removed_is_out_at_once_with_the_invitations_that_waited_for_them(db: None) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    other = EmailAddress.objects.create(
        user=story.person("omar").account, email="omar@home.example", verified=True, primary=False
    )
    waiting = members.invite(row.pk, other.email, "administrator", **who(story, "dana"))
    members.remove(membership(row, story, "omar").pk, **who(story, "dana"))
    assert open_membership(row, story.person("omar")) is None
    assert refused(members.accept_invitation, token_of(waiting), **who(story, "omar")) == "invitation_over"
    assert Letter.objects.get(code="membership_ended").person == story.person("omar")


def test_two_administrators_who_remove_each_other_at_once_leave_one(committed: str) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    members.change_role(membership(row, story, "omar").pk, "administrator", **who(story, "dana"))
    dana, omar = membership(row, story, "dana"), membership(row, story, "omar")
    answers = at_once(
        lambda: members.remove(omar.pk, **who(story, "dana")), lambda: members.remove(dana.pk, **who(story, "omar"))
    )
    assert answers == ["done", "member_no_more"]
    assert row.memberships.filter(until_at=None).count() == 1


def test_two_who_leave_at_once_leave_one_administrator(committed: str) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    members.change_role(membership(row, story, "omar").pk, "administrator", **who(story, "dana"))
    answers = at_once(
        lambda: members.leave(row.pk, **who(story, "dana")), lambda: members.leave(row.pk, **who(story, "omar"))
    )
    assert answers == ["done", "last_partner_administrator"]


def test_one_invitation_opened_in_two_windows_at_once_makes_one_membership(committed: str) -> None:
    story = Story(now=NOW)
    row = partners.opened(story, "noor", EMPLOYER)
    token = token_of(members.invite(row.pk, "jesse.moreno@example.com", "member", **who(story, "noor")))
    jesse = who(story, "jesse")
    answers = at_once(*[lambda: members.accept_invitation(token, **jesse)] * 2)
    assert answers == ["done", "invitation_over"]
    assert row.memberships.filter(person=story.person("jesse")).count() == 1


def test_an_officer_helps_an_organisation_that_lost_its_administrators(db: None) -> None:
    story = Story(now=NOW)
    row = partners.opened(story, "noor", EMPLOYER)
    invitation = members.invite_administrator(row.pk, "jesse.moreno@example.com", **who(story, "sam"))
    made = members.accept_invitation(token_of(invitation), **who(story, "jesse"))
    assert made.role == "administrator"
    for officer in ("ana", "pat", "robin"):
        assert refused(members.invite_administrator, row.pk, "y@example.com", **who(story, officer)) == "not_yours"


def test_a_person_serves_several_organisations_and_works_for_the_program(db: None) -> None:
    story = Story(now=NOW)
    county, employer = partners.county(story), partners.employer(story)
    partners.joined(story, employer, "dana", "member", by="noor")
    assert [(one.organisation, one.role) for one in memberships_of(story.person("dana"))] == [
        (county, "administrator"), (employer, "member"),
    ]  # fmt: skip
    RoleGrant.objects.create(person=story.person("dana"), role="program_manager", granted_at=story.now)
    officer = Actor(story.person("dana"), "program_manager", frozenset({"program_manager"}))
    assert refused(organisations.end, county.pk, "closed_down", actor=officer, now=story.now) == "own_organisation"


# --- keys


def key_of(story: Story, row: Organisation, by: str = "dana", **changes: Any) -> tuple[ApiKey, str]:
    """A key that an administrator makes."""
    given = {"name": "nightly", "scopes": ["verify", "match"], "expires_on": day_of(story.now) + timedelta(days=90)}
    return api_keys.make_key(row.pk, **{**given, **changes}, **who(story, by))


def test_what_a_key_carries_is_kept_nowhere(db: None) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    made, secret = key_of(story, row)
    assert secret.startswith(made.prefix)
    assert len(secret) > 50
    kept = str(ApiKey.objects.filter(pk=made.pk).values()) + str(list(AuditEntry.objects.values_list("values")))
    assert secret not in kept
    assert secret.removeprefix(made.prefix) not in kept


def test_a_key_has_a_name_something_that_it_opens_and_a_last_day(db: None) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    today = day_of(story.now)
    assert refused(key_of, story, row, name=" ") == "key_name_needed"
    assert refused(key_of, story, row, scopes=[]) == "scope_needed"
    assert refused(key_of, story, row, scopes=["verify", "everything"]) == "scope_needed"
    assert refused(key_of, story, row, expires_on=today) == "key_days"
    assert refused(key_of, story, row, expires_on=today + timedelta(days=366)) == "key_days"
    for _ in range(api_keys.MOST):
        key_of(story, row)
    assert refused(key_of, story, row) == "keys_enough"


def test_a_replaced_key_opens_for_some_days_more_and_a_revoked_one_not_at_all(db: None) -> None:
    story = Story(now=NOW)
    row = partners.county(story)
    old, first = key_of(story, row)
    dana, today = who(story, "dana"), day_of(story.now)
    new, second = api_keys.rotate_key(old.pk, **dana)
    assert (new.name, new.scopes, new.replaces_id) == (old.name, old.scopes, old.pk)
    for day, opens in ((today, True), (today + timedelta(days=30), True), (today + timedelta(days=31), False)):
        assert (key_presented(first, story.now, day) is not None) == opens
        assert key_presented(second, story.now, day) == new
    assert refused(api_keys.rotate_key, old.pk, **dana) == "key_over"
    api_keys.revoke_key(new.pk, **dana)
    api_keys.revoke_key(new.pk, **dana)
    assert key_presented(second, story.now, today) is None
    assert refused(api_keys.rotate_key, new.pk, **dana) == "key_over"
    assert AuditEntry.objects.filter(verb="api_key_revoked").count() == 1


def test_a_key_of_another_organisation_is_out_of_reach(db: None) -> None:
    story = Story(now=NOW)
    made, _secret = key_of(story, partners.county(story))
    partners.employer(story)
    assert refused(api_keys.revoke_key, made.pk, **who(story, "noor")) == "not_yours"
    assert refused(api_keys.rotate_key, made.pk, **who(story, "noor")) == "not_yours"
