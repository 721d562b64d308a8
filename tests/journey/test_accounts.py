"""Roles and the recovery of accounts: who must agree, who is warned, and what is left open to nobody."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection

from peercert.program.access import roles_of
from peercert.program.casework.models import AuditEntry
from peercert.program.errors import Refused
from peercert.program.journey import accounts, recover
from peercert.program.notices.models import Letter
from peercert.program.people.models import Account, DeclaredInterest, Recovery, RoleGrant
from tests.stories import Story

NOW = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
NEW = "maria.new@example.org"


def refused(take: Any, *given: Any, **named: Any) -> str:
    """The reason why a step is refused."""
    with pytest.raises(Refused) as refusal:
        take(*given, **named)
    return refusal.value.reason


def opened(story: Story, who: str = "maria", by: str = "ana") -> Recovery:
    """A recovery that one officer opened."""
    return recover.open_recovery(
        story.person(who).pk, NEW, "video call, face and birth date match", actor=story.actor(by), now=story.now
    )


def agreed(story: Story) -> Recovery:
    """A recovery that two officers agreed to."""
    return recover.second_recovery(opened(story).pk, actor=story.actor("sam"), now=story.now)


def complete(recovery: Recovery, at: datetime) -> Recovery:
    """The job at that moment."""
    return recover.complete_recovery(recovery.pk, link_of=lambda account: f"link-for-{account.email}", now=at)


# --- roles


def test_a_role_counts_at_once_and_one_that_decides_when_another_administrator_agrees(db: None) -> None:
    story = Story(now=NOW)
    devon, robin, quinn = story.person("devon"), story.actor("robin"), story.actor("quinn")
    accounts.grant_role(devon.pk, "reviewer", actor=robin, now=NOW)
    grant = accounts.grant_role(devon.pk, "determiner", actor=robin, now=NOW)
    assert roles_of(devon, NOW) == {"reviewer"}
    assert refused(accounts.second_role, grant.pk, actor=robin, now=NOW) == "second_is_another"
    accounts.second_role(grant.pk, actor=quinn, now=NOW)
    assert roles_of(devon, NOW) == {"reviewer", "determiner"}
    accounts.end_role(grant.pk, actor=robin, now=NOW + timedelta(days=1))
    assert roles_of(devon, NOW + timedelta(days=2)) == {"reviewer"}
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["role_granted", "role_granted", "role_seconded", "role_ended"]


def test_nobody_grants_themselves_and_an_administrator_holds_nothing_else(db: None) -> None:
    story = Story(now=NOW)
    robin = story.actor("robin")
    give = accounts.grant_role
    assert refused(give, story.person("robin").pk, "reviewer", actor=robin, now=NOW) == "grant_to_oneself"
    assert refused(give, story.person("quinn").pk, "reviewer", actor=robin, now=NOW) == "administrator_alone"
    assert refused(give, story.person("ana").pk, "administrator", actor=robin, now=NOW) == "administrator_alone"
    assert refused(give, story.person("ana").pk, "reviewer", actor=robin, now=NOW) == "holds_role_already"
    assert refused(give, story.person("devon").pk, "king", actor=robin, now=NOW) == "no_such_role"
    assert refused(give, story.person("devon").pk, "reviewer", actor=story.actor("sam"), now=NOW) == "not_yours"


def test_the_one_who_is_granted_a_role_does_not_second_it(db: None) -> None:
    story = Story(now=NOW)
    grant = RoleGrant.objects.create(
        person=story.person("quinn"), role="determiner", granted_at=NOW, granted_by=story.person("robin")
    )
    assert refused(accounts.second_role, grant.pk, actor=story.actor("quinn"), now=NOW) == "grant_to_oneself"


def test_the_last_administrator_stays(db: None) -> None:
    story = Story(now=NOW)
    robin, quinn = story.actor("robin"), story.actor("quinn")
    accounts.end_role(RoleGrant.objects.get(person=robin.person).pk, actor=quinn, now=NOW)
    last = RoleGrant.objects.get(person=quinn.person)
    assert refused(accounts.end_role, last.pk, actor=quinn, now=NOW) == "last_administrator"


def test_the_operator_makes_two_administrators_and_no_third(db: None) -> None:
    story = Story(now=NOW)
    emails = [story.person(who).account.email for who in ("maria", "devon")]
    assert accounts.found_administrator("nobody@example.org", most=2, now=NOW)
    assert [accounts.found_administrator(email, most=2, now=NOW) for email in emails] == ["", ""]
    assert accounts.found_administrator(emails[0], most=2, now=NOW) == ""
    assert "holds another role" in accounts.found_administrator(story.person("ana").account.email, most=2, now=NOW)
    extra = story.person("pat")
    RoleGrant.objects.filter(person=extra).update(ended_at=NOW)
    assert "already" in accounts.found_administrator(extra.account.email, most=2, now=NOW)


# --- recovery


def test_two_officers_and_a_day_give_the_account_to_the_new_address_alone(db: None) -> None:
    story = Story(now=NOW)
    account = story.person("maria").account
    assert account is not None
    old = account.email
    account.set_password("known to a thief")
    account.save()
    Authenticator.objects.create(user=account, type="totp", data={})
    recovery = agreed(story)
    assert recovery.effective_at == NOW + timedelta(hours=24)
    warning = Letter.objects.get(code="address_retired")
    assert (warning.to_address, warning.language) == (old, "es")
    assert recover.stop_token(recovery) in warning.message_text
    assert recover.stop_token(recovery) not in warning.text
    assert Letter.objects.get(code="recovery_begun").to_address == NEW
    assert complete(recovery, NOW + timedelta(hours=23)).done_at is None
    assert complete(recovery, NOW + timedelta(hours=24)).done_at is not None
    account.refresh_from_db()
    assert account.email == NEW
    assert not account.has_usable_password()
    assert not Authenticator.objects.filter(user=account).exists()
    assert list(EmailAddress.objects.filter(user=account).values_list("email", "verified")) == [(NEW, False)]
    assert story.person("maria").retired_addresses.get().email == old
    done = Letter.objects.get(code="recovery_done")
    assert f"link-for-{NEW}" in done.message_text
    complete(recovery, NOW + timedelta(hours=30))
    assert Letter.objects.filter(code="recovery_done").count() == 1


def test_the_warning_goes_to_the_old_address_even_after_it_is_retired(db: None) -> None:
    from peercert.program.journey import notice

    story = Story(now=NOW)
    recovery = agreed(story)
    complete(recovery, NOW + timedelta(hours=24))
    warning = notice.checked_address(Letter.objects.get(code="address_retired").pk, now=NOW + timedelta(hours=25))
    assert warning.to_address == "maria@example.com"


def test_the_link_in_the_warning_stops_it_and_nothing_completes(db: None) -> None:
    story = Story(now=NOW)
    recovery = agreed(story)
    found = recover.recovery_of(recover.stop_token(recovery))
    assert found == recovery
    assert recover.recovery_of(recovery.uuid.hex) is None
    recover.stop_recovery(recovery.pk, "by the link", now=NOW + timedelta(hours=1))
    assert complete(recovery, NOW + timedelta(days=2)).done_at is None
    assert Account.objects.filter(email="maria@example.com").exists()


def test_one_officer_alone_recovers_nothing(db: None) -> None:
    story = Story(now=NOW)
    recovery = opened(story)
    again = refused(recover.second_recovery, recovery.pk, actor=story.actor("ana"), now=NOW)
    assert again == "second_is_another"
    assert complete(recovery, NOW + timedelta(days=9)).done_at is None


def test_whom_an_officer_may_not_help(db: None) -> None:
    story = Story(now=NOW)
    ana, maria = story.actor("ana"), story.person("maria")
    ask = recover.open_recovery
    assert refused(ask, story.person("ana").pk, NEW, "by video", actor=ana, now=NOW) == "own_account"
    assert refused(ask, maria.pk, NEW, " ", actor=ana, now=NOW) == "how_checked_needed"
    assert refused(ask, maria.pk, NEW, "by video", actor=story.actor("pat"), now=NOW) == "not_yours"
    assert refused(ask, maria.pk, "Maria@example.com", "by video", actor=ana, now=NOW) == "address_is_theirs"
    story.person("devon")
    assert refused(ask, maria.pk, "devon@example.com", "by video", actor=ana, now=NOW) == "address_taken"
    DeclaredInterest.objects.create(officer=ana.person, about=maria, declared_at=NOW)
    assert refused(ask, maria.pk, NEW, "by video", actor=ana, now=NOW) == "declared_interest"


def test_an_officers_account_needs_an_administrator_among_the_two(db: None) -> None:
    story = Story(now=NOW)
    recovery = opened(story, "tom")
    reason = refused(recover.second_recovery, recovery.pk, actor=story.actor("sam"), now=NOW)
    assert reason == "recovery_of_an_officer"
    assert recover.second_recovery(recovery.pk, actor=story.actor("robin"), now=NOW).seconded_at == NOW


def test_an_address_taken_meanwhile_stops_the_recovery(db: None) -> None:
    story = Story(now=NOW)
    recovery = agreed(story)
    Account.objects.create_user(NEW)
    assert complete(recovery, NOW + timedelta(days=2)).stopped_because == "address_taken"
    assert Account.objects.filter(email="maria@example.com").exists()


def test_the_job_ends_the_delay_and_its_link_chooses_a_password(db: None, client: Any) -> None:
    from peercert.jobs import accounts as jobs

    story = Story(now=datetime.now(UTC) - timedelta(days=2))
    recovery = agreed(story)
    jobs.complete_due(0)
    jobs.complete(recovery.pk)
    account = Account.objects.get(email=NEW)
    link = jobs.link_of(account)
    at = client.get(link[link.index("/es/") :], follow=True)
    assert at.status_code == 200
    assert "password1" in at.content.decode()


def test_stopped_and_completed_at_once_only_one_of_them_holds(committed: str) -> None:
    story = Story(now=NOW)
    recovery = agreed(story)
    gate = threading.Barrier(2)
    ended: list[str] = []

    def take(name: str, what: Any) -> None:
        try:
            gate.wait()
            what()
            ended.append(name)
        except Refused as refusal:
            ended.append(refusal.reason)
        finally:
            connection.close()

    at = NOW + timedelta(hours=25)
    threads = [
        threading.Thread(target=take, args=("completed", lambda: complete(recovery, at))),
        threading.Thread(target=take, args=("stopped", lambda: recover.stop_recovery(recovery.pk, "link", now=at))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recovery.refresh_from_db()
    assert (recovery.done_at is None) != (recovery.stopped_at is None)
    assert len(ended) == 2
    assert ("recovery_closed" in ended) == (recovery.done_at is not None)
