"""The roster and its changes by machine, and the log's proofs as the log itself gives them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from peercert.program.certificates import log, tree
from peercert.program.certificates.models import Certificate
from peercert.program.journey import maintain, rosters
from peercert.program.rosters.models import Roster
from peercert.rules.days import day_of
from peercert.web.api.log import ProofOfAnswer
from peercert.web.doors import now
from tests import stories
from tests.web.api.conftest import Machine
from tests.web.api.test_frame import problem


@pytest.fixture
def story(db: None) -> stories.Story:
    return stories.Story()


def certified(story: stories.Story, who: str = "maria") -> Certificate:
    return Certificate.objects.get(case=stories.certified(story, who))


def got(machine: Machine, path: str) -> dict[str, Any]:
    answer = machine.get(path.removeprefix("http://localhost:8000/api/v1"))
    assert answer.status_code == 200, answer.content
    return dict(json.loads(answer.content))


def put(machine: Machine, body: str) -> Any:
    headers = {"Authorization": f"Bearer {machine.secret}"}
    return machine.client.put("/api/v1/roster", body, "text/csv", headers=headers)


def test_a_roster_is_sent_answered_line_by_line_and_replaced(
    machine: Callable[..., Machine], story: stories.Story
) -> None:
    maria, devon = certified(story), certified(story, "devon")
    county = machine()
    sent = put(county, f"number\n{maria.number}\nC-0000-0000\n")
    assert sent.status_code == 202
    place = sent["Location"]
    assert got(county, place)["state"] == "waiting"
    rosters.take_roster(Roster.objects.get().pk, now=now())
    told = got(county, place)
    assert (told["state"], told["rows"], told["accepted"], told["refused"]) == ("taken", 2, 1, 1)
    lines = got(county, f"{place}/lines?limit=1")
    assert lines["items"][0]["number"] == maria.number
    refused = got(county, lines["next"])["items"][0]
    assert (refused["outcome"], refused["number"]) == ("refused", None)
    assert (refused["reason"], refused["says"]) == ("number_unknown", "No certificate has this number.")
    assert [row["number"] for row in got(county, "/roster")["items"]] == [maria.number]
    assert county.post("/roster", f"number\n{devon.number}\n", "text/csv").status_code == 202
    rosters.take_roster(Roster.objects.latest("pk").pk, now=now())
    assert {row["number"] for row in got(county, "/roster")["items"]} == {maria.number, devon.number}
    problem(machine().get(place.removeprefix("http://localhost:8000/api/v1")), 404, "no_such_address")


def test_what_is_no_roster_is_told(machine: Callable[..., Machine], story: stories.Story) -> None:
    county = machine()
    problem(put(county, "\n"), 422, "invalid")
    problem(county.post("/roster", "{}", "application/json"), 415, "wrong_media_type")
    assert not Roster.objects.exists()


def test_a_roster_refused_as_a_whole_says_why(machine: Callable[..., Machine], story: stories.Story) -> None:
    county, maria = machine(), certified(story)
    put(county, f"number\n{maria.number}\n")
    rosters.take_roster(Roster.objects.get().pk, now=now())
    for body, reason in (("colour\nred\n", "table_columns_missing"), ("number\nC-0000-0000\n", "nobody_found")):
        place = put(county, body)["Location"]
        rosters.take_roster(Roster.objects.latest("pk").pk, now=now())
        told = got(county, place)
        assert (told["state"], told["reason"], told["left"]) == ("refused", reason, 0)
        assert told["says"]
    assert [row["number"] for row in got(county, "/roster")["items"]] == [maria.number]


def test_changes_are_told_once_in_order_and_go_on_where_they_stopped(
    machine: Callable[..., Machine], story: stories.Story
) -> None:
    maria, county = certified(story), machine()
    assert got(county, "/changes") == {"items": [], "next": None, "resume": None}
    rosters.watch(county.key.organisation_id, maria.number, actor=county.story.actor(county.who), now=now())
    today = day_of(now())
    for state, days in (("suspended", 9), ("in_force", 9), ("suspended", 3)):
        maintain.correct_standing(
            maria.pk, state, today, today + timedelta(days=days), "A finding.", actor=story.actor("sam"), now=now()
        )
    first = got(county, "/changes?limit=2")
    rest = got(county, first["next"])
    assert [one["sequence"] for one in first["items"]] < [one["sequence"] for one in rest["items"]]
    assert [one["standing"] for one in first["items"] + rest["items"]] == ["suspended", "in_force", "suspended"]
    assert "finding" not in json.dumps([first, rest])
    assert got(county, rest["resume"])["items"] == []
    maintain.correct_standing(maria.pk, "in_force", today, today, "Wrong.", actor=story.actor("sam"), now=now())
    assert [one["standing"] for one in got(county, rest["resume"])["items"]] == ["in_force"]
    later = (now() + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert got(county, f"/changes?since={later}")["items"] == []
    problem(county.get("/changes?since=2026-01-01T00:00:00"), 422, "invalid")


def test_the_log_proves_that_a_later_head_continues_an_earlier_one(db: None, story: stories.Story) -> None:
    def get(path: str) -> dict[str, Any]:
        answer = Client().get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.content
        assert answer["Access-Control-Allow-Origin"] == "*"
        return dict(json.loads(answer.content))

    problem(Client().get("/api/v1/log/checkpoint"), 404, "nothing_logged")
    maria = certified(story)
    log.append_pending(now=now())
    old = get("/log/checkpoint")
    certified(story, "devon")
    log.append_pending(now=now())
    new = get("/log/checkpoint")
    assert new["size"] > old["size"]
    path = get(f"/log/consistency?first={old['size']}&second={new['size']}")["path"]
    assert [bytes.fromhex(one) for one in path] == log.consistency(old["size"], new["size"])
    proof = get(f"/certificates/{maria.number}/proof")
    assert ProofOfAnswer.model_validate(proof).model_dump() == proof
    assert json.loads(proof["says"])["certificate"] == maria.number
    assert proof["root"] == new["root"]
    inside = get(f"/log/inclusion?position={proof['position']}&size={proof['size']}")["path"]
    assert inside == proof["path"]
    assert tree.leaf(bytes.fromhex(proof["entry"])).hex() == proof["leaf"]
    problem(Client().get(f"/api/v1/log/consistency?first=0&second={new['size'] + 1}"), 422, "invalid")
