"""Walking in as anyone of the demonstration, and the officers' pages about accounts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from peercert.demo import cast, partners
from peercert.program.access import roles_of
from peercert.program.journey import recover
from peercert.program.people.models import Account, Person, Recovery, RoleGrant
from tests import stories


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A page in Spanish leaves its language behind."""
    with translation.override("en"):
        yield


def walked_in(person: Person) -> Client:
    """A client whose session is that of a persona."""
    client = Client()
    client.post("/demo/walk-in/", {"who": str(person.uuid)})
    return client


def test_every_role_walks_in_to_its_desk_and_the_page_says_who_one_is(story: stories.Story) -> None:
    for member in cast.CAST:
        story.person(member.key)
    partners.everyone(story, timezone.now())
    page = Client().get("/demo/").content.decode()
    for member in cast.CAST:
        person = story.person(member.key)
        assert str(person.uuid) in page
        answer = Client().post("/demo/walk-in/", {"who": str(person.uuid)}, follow=True)
        assert answer.status_code == 200, member.key
        assert f"{member.first} {member.last}" in answer.content.decode(), member.key
        assert answer.redirect_chain[-1][0].startswith(_landing(member)), member.key


def _landing(member: cast.Member) -> str:
    """Officers land at their desk, those who act for an organisation there, everyone else at their application."""
    if member.role:
        return "/staff/"
    return "/partner/" if member.serves in {"administrator", "member"} else "/apply/"


def test_someone_new_has_an_account_and_nothing_else(db: None) -> None:
    answer = Client().post("/demo/walk-in/", {"who": "new"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/apply/"
    person = Person.objects.get()
    assert person.is_demo
    assert not person.cases.exists()


def test_samples_stand_where_their_cases_do(story: stories.Story) -> None:
    stories.submitted(story, "devon")
    page = Client().get("/es/demo/").content.decode()
    assert "Devon Carter" in page


@pytest.mark.parametrize("who", ["", "nobody", "00000000-0000-0000-0000-000000000000"])
def test_nobody_else_can_be_walked_in_as(db: None, who: str) -> None:
    assert Client().post("/demo/walk-in/", {"who": who}).status_code == 404


def test_who_made_their_own_account_cannot_be_walked_in_as(story: stories.Story) -> None:
    maria = story.person("maria")
    Account.objects.filter(pk=maria.account_id).update(is_demo=False)
    assert Client().post("/demo/walk-in/", {"who": str(maria.uuid)}).status_code == 404


def test_without_personas_there_is_no_such_page(db: None, settings: Any) -> None:
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, personas=False)
    assert Client().get("/demo/").status_code == 404
    assert Client().post("/demo/walk-in/", {"who": "new"}).status_code == 404


def test_two_administrators_make_a_determiner_on_the_page(story: stories.Story) -> None:
    maria = story.person("maria")
    robin, quinn = walked_in(story.person("robin")), walked_in(story.person("quinn"))
    found = robin.get("/staff/accounts/", {"q": "maria@example.com"}).content.decode()
    assert str(maria.uuid) in found
    wish = {"step": "grant", "chosen": str(maria.uuid), "role": "determiner"}
    assert robin.post("/staff/accounts/", wish).status_code == 302
    grant = RoleGrant.objects.get(person=maria)
    assert robin.post("/staff/accounts/", {"step": "second", "chosen": grant.pk}).status_code == 409
    assert not roles_of(maria, timezone.now())
    assert quinn.post("/staff/accounts/", {"step": "second", "chosen": grant.pk}).status_code == 302
    assert roles_of(maria, timezone.now()) == {"determiner"}
    assert quinn.post("/staff/accounts/", {"step": "end", "chosen": grant.pk}).status_code == 302
    assert not roles_of(maria, timezone.now())


@pytest.mark.parametrize("who", ["ana", "sam", "pat", "maria"])
def test_roles_are_for_administrators_alone(story: stories.Story, who: str) -> None:
    assert walked_in(story.person(who)).get("/staff/accounts/").status_code == 403


def test_a_recovery_is_opened_by_one_and_agreed_to_by_another(story: stories.Story) -> None:
    maria = story.person("maria")
    ana, sam = walked_in(story.person("ana")), walked_in(story.person("sam"))
    at = f"/staff/recovery/open/{maria.uuid}/"
    assert at in ana.get("/staff/recovery/", {"q": "maria@example.com"}).content.decode()
    assert ana.post(at, {"new_email": "new@example.org", "how_checked": ""}).status_code == 422
    assert ana.post(at, {"new_email": "maria@example.com", "how_checked": "by video"}).status_code == 409
    assert ana.post(at, {"new_email": "new@example.org", "how_checked": "by video"}).status_code == 302
    recovery = Recovery.objects.get()
    step = {"step": "second", "chosen": str(recovery.uuid)}
    assert ana.post("/staff/recovery/", step).status_code == 409
    assert sam.post("/staff/recovery/", step).status_code == 302
    recovery.refresh_from_db()
    assert recovery.effective_at is not None
    assert sam.get("/es/staff/recovery/").status_code == 200


def test_the_link_asks_before_it_stops(story: stories.Story) -> None:
    ana, sam = story.actor("ana"), story.actor("sam")
    now = timezone.now()
    recovery = recover.open_recovery(story.person("maria").pk, "new@example.org", "by video", actor=ana, now=now)
    recovery = recover.second_recovery(recovery.pk, actor=sam, now=now)
    at = f"/account/recovery/{recover.stop_token(recovery)}/"
    stranger = Client()
    assert "Stop it" in stranger.get(at).content.decode()
    recovery.refresh_from_db()
    assert recovery.stopped_at is None
    assert "It is stopped" in stranger.post(at).content.decode()
    recovery.refresh_from_db()
    assert recovery.stopped_at is not None
    assert stranger.get(f"/account/recovery/{recovery.uuid.hex}/").status_code == 404


def test_signing_out_leaves_the_persona_behind(story: stories.Story) -> None:
    client = walked_in(story.person("ana"))
    assert client.session["persona"] == "Ana Ruiz"
    client.post("/account/logout/")
    assert "persona" not in client.session
