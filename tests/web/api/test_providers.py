"""The directory of providers: who may teach what on which day, page by page, under every filter."""

import json
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from peercert.program.training.models import Provider, ProviderApproval
from tests import stories
from tests.web.api.test_frame import problem


def span(of: Provider, type: str, language: str, first: date, executed: date | None = None, **more: Any) -> None:
    ProviderApproval.objects.create(
        provider=of, type=type, language=language, approved_on=first, contract_executed_on=executed or first,
        recorded_at=stories.BEGIN, **more,
    )  # fmt: skip


@pytest.fixture
def providers(db: None) -> list[Provider]:
    """Nine by name, of whom every second also teaches crisis care in Spanish."""
    story = stories.Story()
    made = [stories.provider(story, f"Academy {letter}") for letter in "IHGFEDCBA"][::-1]
    for one in made[::2]:
        span(one, "crisis", "es", date(2025, 1, 1), date(2025, 3, 1), until_on=date(2026, 2, 28))
    return made


def listed(path: str) -> tuple[list[dict[str, Any]], str | None]:
    answer = Client().get(path.removeprefix("http://localhost:8000"))
    assert answer.status_code == 200, answer.content
    told = json.loads(answer.content)
    return told["items"], told["next"]


def test_pages_follow_each_other_under_filters_and_name_each_once(providers: list[Provider]) -> None:
    seen: list[str] = []
    onward: str | None = "/api/v1/providers?limit=2&type=crisis&on=2025-06-01"
    while onward:
        items, onward = listed(onward)
        assert all(span["type"] in {"core", "crisis"} for item in items for span in item["teaches"])
        assert {item["on"] for item in items} == {"2025-06-01"}
        seen += [item["name"] for item in items]
    assert seen == [one.name for one in providers[::2]]


def test_a_day_counts_from_the_later_of_approval_and_contract_through_the_last(providers: list[Provider]) -> None:
    def names(on: date, **more: str) -> int:
        query = "&".join(f"{name}={said}" for name, said in {"on": on.isoformat(), "type": "crisis", **more}.items())
        return len(listed(f"/api/v1/providers?{query}")[0])

    first, last = date(2025, 3, 1), date(2026, 2, 28)
    assert [names(day) for day in (first - timedelta(days=1), first, last, last + timedelta(days=1))] == [0, 5, 5, 0]
    assert names(first, language="es") == 5
    assert names(first, language="en") == 0


def test_what_is_taken_back_or_never_executed_is_not_told(providers: list[Provider]) -> None:
    one = providers[1]
    ProviderApproval.objects.create(
        provider=one, type="justice", language="en", approved_on=date(2025, 1, 1), recorded_at=stories.BEGIN
    )
    span(one, "unhoused", "en", date(2025, 1, 1), taken_back_at=stories.BEGIN)
    told = json.loads(Client().get(f"/api/v1/providers/{one.number}").content)
    assert {teaching["type"] for teaching in told["teaches"]} == {"core"}
    assert told["teaches"][0] == {"type": "core", "language": "en", "from": "2022-07-01", "through": None}
    assert set(told) == {"number", "name", "website", "on", "teaches"}


def test_a_page_that_did_not_change_is_not_sent_again(
    providers: list[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Client().get("/api/v1/providers?limit=2")
    later = time.time() + 3_600
    monkeypatch.setattr("time.time", lambda: later)
    assert Client().get("/api/v1/providers?limit=2", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_cursors_belong_to_their_filters(providers: list[Provider]) -> None:
    _, onward = listed("/api/v1/providers?limit=2&type=core")
    assert onward
    path = onward.removeprefix("http://localhost:8000")
    assert Client().get(f"{path}&type=core").status_code == 200
    told = problem(Client().get(f"{path}&type=crisis"), 422, "invalid")
    assert told["errors"][0]["code"] == "cursor_of_another_question"
    changed = path[:-3] + ("aaa" if path[-3:] != "aaa" else "bbb")
    problem(Client().get(changed), 422, "invalid")


def test_one_provider_on_one_day(providers: list[Provider]) -> None:
    problem(Client().get(f"/api/v1/providers/{providers[0].number}?on=2020-01-01"), 404, "no_such_provider")
    problem(Client().get("/api/v1/providers/T-0000-0002"), 422, "invalid")
    problem(Client().get("/api/v1/providers?type=dance"), 422, "invalid")
    problem(Client().get("/api/v1/providers?limit=0"), 422, "invalid")


def test_however_many_the_reads_are_the_same(providers: list[Provider]) -> None:
    def reads(limit: int) -> int:
        with CaptureQueriesContext(connection) as taken:
            Client().get(f"/api/v1/providers?limit={limit}")
        return len(taken)

    reads(1)
    assert reads(2) == reads(9)
