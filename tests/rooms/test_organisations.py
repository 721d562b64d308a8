"""Organisations: what a key opens and when, what it may ask a day, and rows that the database itself refuses."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from peercert.program.people.actions import log_use, new_person, spend
from peercert.program.people.organisations import Agreement, ApiKey, ApiUse, Membership, Organisation
from peercert.program.people.queries import asked_today, digest_of, key_presented
from peercert.program.people.quotas import destroy_uses, kept_years
from peercert.rules.days import start_of

NOW = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
TODAY = date(2026, 5, 4)
SECRET = "pck_example_secret"


def organisation(**changes: Any) -> Organisation:
    """An approved county."""
    return Organisation.objects.create(
        **{
            "kind": "county", "name": "Example County", "name_key": "example county", "county_code": "01",
            "address": "1 Main St", "contact": "Dana Reyes", "wants": "our staff", "asked_by": new_person(),
            "asked_at": NOW, "approved_at": NOW, **changes,
        }
    )  # fmt: skip


def agreement(of: Organisation, **changes: Any) -> Agreement:
    """An agreement for the year."""
    return Agreement.objects.create(
        **{
            "organisation": of, "purpose": "employment", "text_en": "Why", "text_es": "Por qué", "signed_by": "Dana",
            "from_on": date(2026, 1, 1), "until_on": date(2026, 12, 31), "approved_at": NOW, **changes,
        }
    )  # fmt: skip


def key(of: Organisation, **changes: Any) -> ApiKey:
    """A key of the organisation."""
    return ApiKey.objects.create(
        **{
            "organisation": of, "name": "nightly", "scopes": ["verify"], "prefix": "pck_example",
            "digest": digest_of(SECRET), "made_by": of.asked_by, "made_at": NOW, "expires_on": date(2026, 9, 30),
            **changes,
        }
    )  # fmt: skip


@pytest.mark.database("program/people/queries.py")
def test_a_key_opens_only_while_it_its_organisation_and_an_agreement_are_in_force(db: None) -> None:
    county = organisation()
    made = key(county)
    assert key_presented(SECRET, NOW, TODAY) is None, "no agreement yet"
    agreed = agreement(county)
    assert key_presented(SECRET, NOW, TODAY) == made
    assert key_presented(SECRET + "x", NOW, TODAY) is None
    assert key_presented(SECRET, NOW, date(2026, 9, 30)) == made
    assert key_presented(SECRET, NOW, date(2026, 10, 1)) is None, "expired"
    made.revoked_at = NOW
    made.save()
    assert key_presented(SECRET, NOW, TODAY) is None
    assert key_presented(SECRET, NOW - timedelta(seconds=1), TODAY) == made
    made.revoked_at = None
    made.save()
    agreed.ended_at = NOW
    agreed.save()
    assert key_presented(SECRET, NOW, TODAY) is None, "the agreement was ended"
    agreement(county)
    county.ended_at = NOW
    county.save()
    assert key_presented(SECRET, NOW, TODAY) is None, "the organisation ended"


@pytest.mark.database("guards")
def test_agreements_follow_each_other_and_never_overlap(db: None) -> None:
    county = organisation()
    first = agreement(county)
    with pytest.raises(IntegrityError), transaction.atomic():
        agreement(county, from_on=date(2026, 12, 31), until_on=date(2027, 12, 31))
    agreement(county, from_on=date(2027, 1, 1), until_on=date(2027, 12, 31))
    first.ended_at = NOW
    first.save()
    agreement(county, from_on=date(2026, 6, 1), until_on=date(2026, 12, 31))


def test_a_county_has_one_account_and_a_person_one_membership_at_a_time(db: None) -> None:
    county = organisation()
    with pytest.raises(IntegrityError), transaction.atomic():
        organisation()
    organisation(approved_at=None)
    member = Membership.objects.create(organisation=county, person=county.asked_by, role="member", from_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(organisation=county, person=county.asked_by, role="administrator", from_at=NOW)
    member.until_at = NOW
    member.save()
    Membership.objects.create(organisation=county, person=county.asked_by, role="administrator", from_at=NOW)


def test_what_a_key_asked_is_changed_by_nobody_and_destroyed_once_it_is_old(db: None) -> None:
    made = key(organisation())
    log_use(made, "verify", status=200, now=NOW, number="C-7K3M-9QXF")
    made.refresh_from_db()
    assert made.last_used_on == TODAY
    for change in ("UPDATE program_apiuse SET status = 404", "DELETE FROM program_apiuse"):
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert ApiUse.objects.get().number == "C-7K3M-9QXF"
    log_use(made, "verify", status=200, now=datetime(2019, 5, 4, 16, 0, tzinfo=UTC), number="C-0000-0000")
    goes = start_of(date(2019 + kept_years(TODAY), 5, 5))
    assert destroy_uses(goes - timedelta(seconds=1)) == 0
    assert destroy_uses(goes) == 1
    assert ApiUse.objects.get().number == "C-7K3M-9QXF"


def test_the_database_destroys_nothing_that_is_younger_than_a_year(db: None) -> None:
    log_use(key(organisation()), "verify", status=200, now=datetime.now(UTC) - timedelta(days=364))
    assert destroy_uses(datetime.now(UTC) + timedelta(days=36_500)) == 0
    assert ApiUse.objects.count() == 1


@pytest.mark.database("program/people/quotas.py")
def test_a_days_quota_is_counted_by_kind_and_begins_anew(db: None) -> None:
    county = organisation()
    made = key(county)
    assert spend(made, "match", 60, on=TODAY, most=100)
    assert not spend(made, "match", 41, on=TODAY, most=100)
    assert spend(made, "match", 40, on=TODAY, most=100)
    assert not spend(made, "match", 1, on=TODAY, most=100)
    assert not spend(made, "other", 101, on=TODAY, most=100)
    assert spend(made, "verify", 5_000_000_000, on=TODAY)
    assert spend(made, "match", 1, on=TODAY + timedelta(days=1), most=100)
    assert asked_today(county, "match", TODAY) == 100
    assert asked_today(county, "nothing", TODAY) == 0


@pytest.mark.database("locks")
def test_many_requests_at_once_never_pass_the_limit_together(committed: str) -> None:
    made = key(organisation())
    granted: list[int | None] = []

    def ask() -> None:
        try:
            granted.extend(spend(made, "match", 1, on=TODAY, most=25) for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one or 0 for one in granted) == [0] * 25 + list(range(1, 26))
