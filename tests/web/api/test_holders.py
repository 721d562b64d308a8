"""Holders as FHIR: only those on the roster or asked for by number; pages under filters; judged by three validators."""

import json
import subprocess
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from peercert.demo.cast import Member
from peercert.program.casework.models import Task
from peercert.program.certificates.models import Certificate
from peercert.program.journey import maintain, oversee, rosters, specialize, watched
from peercert.program.people.actor import applicant
from peercert.program.people.organisations import ApiUse
from peercert.program.rosters.models import Npi, Watch
from peercert.rules.days import add_days, day_of, end_of
from peercert.rules.figures import figure
from peercert.web.api import keys
from peercert.web.doors import now
from tests import stories
from tests.cluster import PATIENCE
from tests.web.api.conftest import Machine, machines

JUDGES = Path(__file__).parents[2] / "judges"
FHIR = "application/fhir+json"
BASE = "http://localhost:8000"


class World:
    """A county that watches María and Devon, an employer that watches nobody, and Rosa, whom nobody watches."""

    def __init__(self, county: Machine, employer: Machine) -> None:
        self.county, self.employer, self.story = county, employer, stories.Story()
        self.story.members["rosa"] = Member("rosa", "Rosa", "Vega", "rosa@example.com", born_on=date(1985, 5, 5))
        self.held = {
            who: Certificate.objects.get(case=stories.certified(self.story, who)) for who in ("maria", "devon", "rosa")
        }
        for who in ("maria", "devon"):
            rosters.watch(
                county.key.organisation_id, self.held[who].number, actor=county.story.actor(county.who), now=now()
            )

    def get(self, path: str) -> dict[str, Any]:
        answer = self.county.get(path.removeprefix(f"{BASE}/api/v1"))
        assert (answer.status_code, answer["Content-Type"]) == (200, FHIR), answer.content
        return dict(json.loads(answer.content))

    def found(self, path: str) -> list[str]:
        """Numbers of those found."""
        return [entry["resource"]["identifier"][0]["value"] for entry in self.get(path).get("entry", [])]


@pytest.fixture(scope="module")
def lived(one_life: None) -> World:
    make = machines()
    return World(make(), make())


@pytest.fixture
def world(lived: World, db: None) -> World:
    return deepcopy(lived)


def outcome(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, FHIR), answer.content
    told = json.loads(answer.content)
    assert told["resourceType"] == "OperationOutcome"
    return dict(told)


def test_only_the_roster_is_listed_and_anybody_is_found_by_number(world: World) -> None:
    maria, devon, rosa = (world.held[who].number for who in ("maria", "devon", "rosa"))
    for kind in ("Practitioner", "PractitionerRole"):
        assert world.found(f"/fhir/r4/{kind}") == [maria, devon]
        assert world.found(f"/fhir/r4/{kind}?_id={world.held['rosa'].uuid}") == []
    outcome(world.county.get(f"/fhir/r4/Practitioner/{world.held['rosa'].uuid}"), 404)
    assert world.found(f"/fhir/r4/Practitioner?identifier={BASE}/fhir/certificate|{rosa}") == [rosa]
    one = world.get(f"/fhir/r4/Practitioner/{world.held['rosa'].uuid}")
    assert one["name"] == [{"use": "official", "text": "Rosa Vega", "family": "Vega", "given": ["Rosa"]}]
    assert world.found("/fhir/r4/Practitioner?identifier=C-0000-0000") == []


def test_asking_by_number_opens_a_holder_for_some_days_and_reading_again_prolongs_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa, today = world.held["rosa"], day_of(now())
    path = f"/fhir/r4/Practitioner/{rosa.uuid}"
    opens = int(figure("api_number_opens_days", today).value)

    def on(days: int) -> None:
        moment = now() if not days else end_of(add_days(today, days)) - timedelta(minutes=1)
        monkeypatch.setattr(keys, "now", lambda: moment)

    on(0)
    assert world.found(f"/fhir/r4/Practitioner?identifier={rosa.number}") == [rosa.number]
    on(opens)
    assert world.get(path)["id"] == str(rosa.uuid)
    on(opens + 1)
    outcome(world.county.get(path), 404)
    assert world.county.get(f"/certificates/{rosa.number}").status_code == 200
    assert world.get(path)["id"] == str(rosa.uuid)
    kinds = ApiUse.objects.filter(number=rosa.number).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["holder", "holder_read", "verify", "holder_read"]


def test_whoever_left_the_roster_is_not_open_for_having_been_read_on_it(world: World) -> None:
    maria = world.held["maria"]
    watched.enter_npi(maria.person_id, "1234567893", maria.issued_on, actor=applicant(maria.person), now=now())
    assert world.get(f"/fhir/r4/Practitioner/{maria.uuid}")
    assert world.found("/fhir/r4/Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1234567893") == [maria.number]
    watch = Watch.objects.get(certificate=maria)
    actor = world.county.story.actor(world.county.who)
    rosters.stop_watching(world.county.key.organisation_id, watch.uuid, actor=actor, now=now())
    outcome(world.county.get(f"/fhir/r4/Practitioner/{maria.uuid}"), 404)


def test_an_upheld_objection_ends_it_at_once_for_that_organization_alone(world: World) -> None:
    maria, employer = world.held["maria"], world.employer
    by_number, path = f"/fhir/r4/Practitioner?identifier={maria.number}", f"/fhir/r4/Practitioner/{maria.uuid}"
    for one in (world.county, employer):
        assert len(json.loads(one.get(by_number).content)["entry"]) == 1
        assert one.get(path).status_code == 200
    watch = Watch.objects.get(certificate=maria)
    watched.object_to_watch(watch.pk, "I left.", actor=applicant(maria.person), now=now())
    assert world.county.get(path).status_code == 200
    task = Task.objects.get(kind="objection")
    oversee.close_task(task.pk, "objection_upheld", "She left.", actor=world.story.actor("sam"), now=now())
    outcome(world.county.get(path), 404)
    assert world.found(by_number) == []
    assert world.county.get(f"/certificates/{maria.number}").status_code == 200
    outcome(world.county.get(path), 404)
    assert employer.get(path).status_code == 200


def test_a_watch_that_ended_shows_nobody(world: World) -> None:
    employer = world.employer
    assert "entry" not in json.loads(employer.get("/fhir/r4/Practitioner").content)
    outcome(employer.get(f"/fhir/r4/Practitioner/{world.held['maria'].uuid}"), 404)


def test_pages_go_on_under_their_filters(world: World) -> None:
    seen: list[str] = []
    path: str | None = "/fhir/r4/Practitioner?_count=1&active=true"
    while path:
        bundle = world.get(path)
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        seen += [entry["resource"]["identifier"][0]["value"] for entry in bundle.get("entry", [])]
        path = links.get("next")
    assert seen == [world.held[who].number for who in ("maria", "devon")]
    assert world.found("/fhir/r4/Practitioner?family=GARCIA&given=mar") == [world.held["maria"].number]
    assert world.found("/fhir/r4/Practitioner?family=%25") == []


def test_a_page_is_as_long_as_asked_at_most_and_none_tells_how_many(world: World) -> None:
    assert len(world.found("/fhir/r4/Practitioner?_count=100000")) == len(world.found("/fhir/r4/Practitioner"))
    told = world.get("/fhir/r4/Practitioner?_count=0&family=GARCIA")
    assert told == {"resourceType": "Bundle", "type": "searchset", "total": 1}
    outcome(world.county.get("/fhir/r4/Practitioner?_count=-1"), 422)


def test_json_alone_is_spoken_however_it_is_asked_for(world: World) -> None:
    path = f"/fhir/r4/Practitioner/{world.held['maria'].uuid}"
    for where in ("/fhir/r4/metadata", "/fhir/r4/PractitionerRole", path):
        outcome(world.county.get(where, Accept="application/fhir+xml"), 406)
        outcome(world.county.get(f"{where}?_format=xml"), 422)
        for said in ("json", "application/fhir%2Bjson"):
            assert world.county.get(f"{where}?_format={said}", Accept="text/html").status_code == 200
        assert world.county.get(where, Accept="application/json;q=0.9, text/html").status_code == 200


def test_several_values_for_one_are_refused_and_not_read_as_one(world: World) -> None:
    number = world.held["maria"].number
    outcome(world.county.get(f"/fhir/r4/Practitioner?identifier={number},{number}"), 422)
    outcome(world.county.get("/fhir/r4/Practitioner?family=garcia&family=carter"), 422)


def test_whoever_is_suspended_is_not_active_and_no_period_covers_those_days(world: World) -> None:
    today = day_of(now())
    last = world.held["maria"].terms.get().last_on
    maintain.correct_standing(
        world.held["maria"].pk, "suspended", today, last, "A finding.", actor=world.story.actor("sam"), now=now()
    )
    assert world.found("/fhir/r4/Practitioner?active=true") == [world.held["devon"].number]
    told = world.get(f"/fhir/r4/Practitioner/{world.held['maria'].uuid}")
    assert told["active"] is False
    assert [one["period"]["end"] for one in told["qualification"]] == [(today - timedelta(days=1)).isoformat()]
    assert "uspen" not in json.dumps(told)
    role = world.get(f"/fhir/r4/PractitionerRole/{world.held['maria'].uuid}")
    assert (role["active"], role["period"]["end"]) == (False, (today - timedelta(days=1)).isoformat())


def test_an_npi_finds_its_holder_on_the_roster(world: World) -> None:
    person = world.held["maria"].person
    watched.enter_npi(person.pk, "1234567893", world.held["maria"].issued_on, actor=applicant(person), now=now())
    assert Npi.objects.exists()
    assert world.found("/fhir/r4/Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1234567893") == [
        world.held["maria"].number
    ]
    told = world.get(f"/fhir/r4/Practitioner/{world.held['maria'].uuid}")
    assert {"use": "official", "system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"} in told["identifier"]


def test_errors_are_operation_outcomes(world: World) -> None:
    outcome(world.county.get("/fhir/r4/Practitioner?colour=red"), 422)
    outcome(world.county.get("/fhir/r4/Practitioner?active=maybe"), 422)
    outcome(world.county.get(f"/fhir/r4/Practitioner?id={world.held['maria'].uuid}"), 422)
    outcome(world.county.get("/fhir/r4/Practitioner?count=1"), 422)
    outcome(world.county.get("/fhir/r4/PractitionerRole?practitioner=x"), 422)
    outcome(world.county.get("/fhir/r4/Patient"), 404)
    outcome(world.county.client.get("/api/v1/fhir/r4/Practitioner"), 401)
    outcome(world.county.post("/fhir/r4/Practitioner", "{}"), 405)


def specialized(world: World) -> None:
    """María works with people who have been to prison."""
    specialize.record_specialization(
        world.held["maria"].pk, "justice", day_of(now()), "Seen.", actor=world.story.actor("sam"), now=now()
    )


def test_an_area_is_told_and_found_by_where_the_holder_shows_it(world: World) -> None:
    specialized(world)
    asked = "/fhir/r4/PractitionerRole?specialty=justice"
    assert world.found(asked) == [world.held["maria"].number]
    role = world.get(f"/fhir/r4/PractitionerRole/{world.held['maria'].uuid}")
    assert [one["coding"][0]["code"] for one in role["specialty"]] == ["justice"]
    specialize.show_areas(world.held["maria"].pk, False, actor=applicant(world.held["maria"].person), now=now())
    assert world.found(asked) == []
    assert "specialty" not in world.get(f"/fhir/r4/PractitionerRole/{world.held['maria'].uuid}")


def test_three_validators_accept_what_is_spoken(world: World) -> None:
    specialized(world)
    person = world.held["maria"].person
    watched.enter_npi(person.pk, "1234567893", world.held["maria"].issued_on, actor=applicant(person), now=now())
    spoken = [world.get("/fhir/r4/metadata")]
    for kind in ("Practitioner", "PractitionerRole"):
        bundle = world.get(f"/fhir/r4/{kind}?_count=1")
        spoken += [bundle, bundle["entry"][0]["resource"]]
    spoken.append(outcome(world.county.get("/fhir/r4/Practitioner?colour=red"), 422))
    assert any("specialty" in one for one in spoken)
    broken = {**spoken[2], "active": "yes"}
    done = subprocess.run(
        ["node", "fhir.mjs"], cwd=JUDGES, input=json.dumps([*spoken, broken]), check=False, capture_output=True,
        text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout)
    assert [(one["medplum"], one["npm"]) for one in told[:-1]] == [("", "")] * len(spoken)
    assert told[-1]["medplum"]
    assert told[-1]["npm"]
    for resource in spoken:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    with pytest.raises(ValueError):
        get_fhir_model_class("Practitioner").model_validate({**broken, "colour": "red"})
