"""The frame of the API: keys, scopes, quotas, the log, errors in one form, caches, and what browsers may do."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from peercert.program.certificates.models import Certificate, OldNumber
from peercert.program.journey import api_keys, maintain, organisations, specialize
from peercert.program.people import quotas
from peercert.program.people.organisations import ApiKey, ApiUse
from peercert.program.people.queries import asked_today
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from peercert.web.public import throttle
from tests import stories


@pytest.fixture(scope="module")
def lived(one_life: None) -> str:
    return Certificate.objects.get(case=stories.certified(stories.Story())).number


@pytest.fixture
def number(lived: str, db: None) -> str:
    return lived


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer tells."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    told = json.loads(answer.content)
    assert (told["status"], told["code"]) == (status, code)
    assert told["type"].endswith(f"/api/#{code}")
    assert told["title"]
    return dict(told)


def test_anyone_may_verify_by_number_and_a_key_is_told_more(machine: Callable[..., Any], number: str) -> None:
    anybody, county = Client().get(f"/api/v1/certificates/{number}"), machine("verify").get(f"/certificates/{number}")
    assert anybody.status_code == county.status_code == 200
    told, more = json.loads(anybody.content), json.loads(county.content)
    assert (told["standing"], told["says"], told["is_certified"]) == ("in_force", "In force", True)
    assert told["certified"] is None
    assert more["certified"] == [{"from": told["issued_on"], "through": told["good_through"]}]
    assert more["name"] == "María García-López"


def test_areas_are_told_of_today_as_the_holder_lets_them(number: str) -> None:
    held, story = Certificate.objects.get(number=number), stories.Story()
    today = day_of(timezone.now())

    def areas(query: str = "", **headers: str) -> Any:
        return json.loads(Client().get(f"/api/v1/certificates/{number}{query}", headers=headers).content)["areas"]

    assert areas() == []
    specialize.record_specialization(
        held.pk, "justice", today, "40 hours, seen.", actor=story.actor("sam"), now=timezone.now()
    )
    assert areas() == [{"code": "justice", "name": "Justice-involved"}]
    assert areas(Accept_Language="es") != areas()
    assert areas(f"?on={held.issued_on}") == []
    specialize.show_areas(held.pk, False, actor=story.actor("maria"), now=timezone.now())
    assert areas() == []
    specialize.show_areas(held.pk, True, actor=story.actor("maria"), now=timezone.now())
    maintain.record_surrender(held.pk, today, actor=story.actor("sam"), now=timezone.now())
    assert areas() == []


@pytest.mark.parametrize("sent", ["Bearer", "Basic abc", "Bearer wrong", "", "Bearer \x00"])
def test_what_is_no_key_is_refused_and_never_taken_for_nobody(number: str, sent: str) -> None:
    answer = Client().get(f"/api/v1/certificates/{number}", headers={"Authorization": sent})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_opens_nothing_from_that_moment(machine: Callable[..., Any], number: str) -> None:
    county = machine()
    assert county.get(f"/certificates/{number}").status_code == 200
    api_keys.revoke_key(county.key.pk, actor=county.story.actor(county.who), now=timezone.now())
    problem(county.get(f"/certificates/{number}"), 401, "key_refused")


def test_a_key_and_the_one_in_its_place_both_open_for_some_days(machine: Callable[..., Any], number: str) -> None:
    county = machine()
    _, county.secret = api_keys.rotate_key(
        county.key.pk, actor=county.story.actor(county.who), now=timezone.now() - timedelta(days=1)
    )
    assert county.get(f"/certificates/{number}").status_code == 200


def test_every_answer_stands_in_the_log_of_the_organisation(machine: Callable[..., Any], number: str) -> None:
    county = machine()
    county.get(f"/certificates/{number}")
    county.get("/certificates/C-0000-0000")
    uses = list(ApiUse.objects.filter(key=county.key).order_by("id").values_list("kind", "number", "count", "status"))
    assert uses == [("verify", number, 1, 200), ("verify", "", 1, 404)]
    county.key.refresh_from_db()
    assert county.key.last_used_on is not None


@pytest.mark.parametrize("why", ["revoked", "expired", "agreement", "secret"])
def test_a_key_that_opens_nothing_stands_in_the_log_of_whose_it_is(
    machine: Callable[..., Any], number: str, why: str
) -> None:
    county, moment = machine(), timezone.now()
    dana = {"actor": county.story.actor(county.who), "now": moment}
    if why == "revoked":
        api_keys.revoke_key(county.key.pk, **dana)
    elif why == "expired":
        ApiKey.objects.filter(pk=county.key.pk).update(expires_on=day_of(moment) - timedelta(days=1))
    elif why == "agreement":
        agreed = county.key.organisation.agreements.get()
        organisations.end_agreement(agreed.pk, "agreement_not_renewed", actor=county.story.actor("sam"), now=moment)
    else:
        county.secret = county.secret[:-1] + ("A" if county.secret[-1] != "A" else "B")
    problem(county.get(f"/certificates/{number}"), 401, "key_refused")
    use = ApiUse.objects.get()
    assert (use.key, use.kind, use.number, use.status) == (county.key, f"refused_{why}", "", 401)
    assert asked_today(county.key.organisation, "refused", day_of(moment)) == 1
    county.key.refresh_from_db()
    assert county.key.last_used_on is None
    assert county.secret not in str(list(ApiUse.objects.values()))


def test_nobody_fills_the_log_by_keys_that_open_nothing(
    machine: Callable[..., Any], number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    county, most = machine(), int(figure("api_refusals_kept_a_day", day_of(timezone.now())).value)
    for _ in range(most + 3):
        quotas.note_refused(f"{county.key.prefix}_x", now=timezone.now())
    assert ApiUse.objects.count() == most
    assert asked_today(county.key.organisation, "refused", day_of(timezone.now())) == most + 3
    monkeypatch.setitem(throttle.ALLOWED, "key", (throttle.Allowance(2, 900), throttle.Allowance(9, 86_400)))
    for unknown in ("pck_0000000000_x", "hello"):
        county.secret, good = unknown, county.secret
        problem(county.get(f"/certificates/{number}"), 401, "key_refused")
        county.secret = good
    assert ApiUse.objects.count() == most
    stopped = Client().get(f"/api/v1/certificates/{number}", headers={"Authorization": "Bearer pck_1_x"})
    assert problem(stopped, 429, "wait")
    assert stopped["Retry-After"] == "900"
    assert county.get(f"/certificates/{number}").status_code == 200, "a good key is not stopped"


def test_numbers_that_could_be_counted_through_are_asked_like_names(
    machine: Callable[..., Any], number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttle.ALLOWED, "old_number", (throttle.Allowance(3, 900), throttle.Allowance(9, 86_400)))
    OldNumber.objects.create(key="000417", number="000417", certificate=Certificate.objects.get(number=number))
    assert Client().get("/api/v1/certificates/000417").status_code == 308
    assert Client().get("/verify/000417/").status_code == 302
    assert Client().get("/api/v1/certificates/000418").status_code == 422
    for path in ("/api/v1/certificates/000417", "/api/v1/certificates/000417/proof", "/verify/000417/"):
        assert Client().get(path).status_code == 429, path
    assert Client().post("/verify/", {"number": "000417"}).status_code == 429
    assert Client().get(f"/api/v1/certificates/{number}").status_code == 200
    assert Client().get(f"/verify/{number}/").status_code == 200
    assert machine().get("/certificates/000417").status_code == 308


def test_a_quota_is_told_and_kept_over_all_keys(machine: Callable[..., Any], number: str) -> None:
    county = machine()
    assert county.get("/certificates/C-0000-0000")["RateLimit-Policy"] == '"day";q=500000;w=86400'
    county.agree("verify", 3)
    first, _, third = (county.get(f"/certificates/{number}") for _ in range(3))
    assert first["RateLimit"].startswith('"day";r=1;t=')
    assert first["RateLimit-Policy"] == '"day";q=3;w=86400'
    assert problem(third, 429, "quota_spent")
    assert 0 < int(third["Retry-After"]) <= 90_000
    assert number not in third.content.decode()
    assert list(ApiUse.objects.order_by("id").values_list("status", flat=True)) == [404, 200, 200, 429]
    assert machine().get(f"/certificates/{number}").status_code == 200
    county.agree("verify", None)
    assert county.get(f"/certificates/{number}").status_code == 200


def test_strangers_are_counted_by_where_they_come_from(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.ALLOWED, "number", (throttle.Allowance(1, 900), throttle.Allowance(9, 86_400)))
    assert Client().get(f"/api/v1/certificates/{number}").status_code == 200
    stopped = Client().get(f"/api/v1/certificates/{number}")
    problem(stopped, 429, "wait")
    assert stopped["Retry-After"] == "900"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/nothing", 404, "no_such_address"),
        ("get", "/api/v2/certificates/C-0000-0000", 404, "no_such_address"),
        ("post", "/api/v1/certificates/C-0000-0000", 405, "method_not_allowed"),
        ("get", "/api/v1/certificates/C-0000-0000", 404, "unknown_number"),
        ("get", "/api/v1/certificates/C-0000-0002", 422, "mistyped_number"),
        ("get", "/api/v1/certificates/hello", 422, "no_number"),
        ("get", "/api/v1/certificates/A-0000-0000", 422, "no_number"),
        ("get", "/api/v1/certificates/a%00b", 404, "no_such_address"),
    ],
)
def test_every_error_is_a_problem(db: None, method: str, path: str, status: int, code: str) -> None:
    answer = getattr(Client(), method)(path)
    problem(answer, status, code)
    if status == 405:
        assert answer["Allow"] == "GET"


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("peercert.web.api.certificates.locate", None)
    told = problem(client.get("/api/v1/certificates/C-0000-0000"), 500, "fault")
    assert "NoneType" not in json.dumps(told)


def test_a_foreign_host_is_a_problem_too(number: str) -> None:
    problem(Client().get(f"/api/v1/certificates/{number}", headers={"Host": "elsewhere.example"}), 400, "unreadable")


@pytest.mark.parametrize(
    ("query", "at", "code"),
    [
        ("on=yesterday", "on", "not_a_day"),
        ("on=2026-02-30", "on", "not_a_day"),
        ("on=2999-01-01", "on", "future_day"),
        ("om=2026-01-01", "om", "unknown_field"),
        ("_on=2026-01-01", "_on", "unknown_field"),
        ("request=1", "request", "unknown_field"),
        ("number=C-0000-0000", "number", "unknown_field"),
        ("on=2026-01-01&on=2026-01-02", "on", "given_twice"),
    ],
)
def test_a_wrong_parameter_is_named_and_answers_nothing(number: str, query: str, at: str, code: str) -> None:
    told = problem(Client().get(f"/api/v1/certificates/{number}?{query}"), 422, "invalid")
    assert [(error["at"], error["code"]) for error in told["errors"]] == [(at, code)]


def test_words_come_in_the_language_asked_for(number: str) -> None:
    told = Client().get(f"/api/v1/certificates/{number}", headers={"Accept-Language": "fr, es-MX;q=0.9"})
    assert json.loads(told.content)["says"] == "Vigente"
    wrong = Client().get("/api/v1/nothing", headers={"Accept-Language": "es"})
    assert problem(wrong, 404, "no_such_address")["title"] == "No hay nada en esta dirección."
    assert wrong["Content-Language"] == "es"


def test_an_answer_that_did_not_change_is_not_sent_again(machine: Callable[..., Any], number: str) -> None:
    county = machine()
    first = county.get(f"/certificates/{number}")
    again = county.get(f"/certificates/{number}", If_None_Match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = county.get(f"/certificates/{number}?on=2026-01-01", If_None_Match=first["ETag"])
    assert other.status_code == 200
    assert "Authorization" in first["Vary"]
    assert first["Cache-Control"] == "private, no-cache"


def test_head_is_get_without_its_body(number: str) -> None:
    answer = Client().head(f"/api/v1/certificates/{number}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer["Content-Length"]) > 100


def test_pages_of_other_sites_may_read_what_is_public_and_nothing_else(
    machine: Callable[..., Any], number: str
) -> None:
    assert Client().get(f"/api/v1/certificates/{number}")["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in machine().get(f"/certificates/{number}")
    refused = Client().get(f"/api/v1/certificates/{number}", headers={"Authorization": "Bearer no"})
    assert "Access-Control-Allow-Origin" not in refused
    before = Client().options(f"/api/v1/certificates/{number}", headers={"Access-Control-Request-Method": "GET"})
    assert "Access-Control-Allow-Headers" not in before


def test_a_browsers_session_opens_nothing_here(number: str) -> None:
    story = stories.Story()
    client = Client()
    client.force_login(story.person("sam").account, settings.AUTHENTICATION_BACKENDS[0])
    told = client.get(f"/api/v1/certificates/{number}")
    assert json.loads(told.content)["certified"] is None
    assert not told.cookies
    assert "Cookie" not in told["Vary"]


def test_a_body_without_end_is_not_read(number: str) -> None:
    answer = Client().post(f"/api/v1/certificates/{number}", "x" * 70_000, "application/json")
    problem(answer, 413, "too_large")
