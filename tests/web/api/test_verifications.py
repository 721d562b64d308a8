"""Many certificates in one file: every row answered in order, or none."""

import csv
import io
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from peercert.program.certificates.models import Certificate, OldNumber
from peercert.program.journey import maintain
from peercert.program.journey.rosters import receive_roster, take_roster
from peercert.program.people.actor import PROGRAM
from peercert.program.people.organisations import ApiUse, NameAsked
from peercert.program.people.queries import asked_today
from peercert.program.people.quotas import forget_names
from peercert.program.rosters.models import Roster
from peercert.rules import numbers
from peercert.rules.days import day_of
from peercert.web.api import frame, verifications
from peercert.web.doors import now
from tests import stories
from tests.gateways.test_tables import workbook
from tests.web.api.conftest import Machine
from tests.web.api.test_frame import problem

WORKBOOK = workbook(["number"], ["C-0000-0000"])


@pytest.fixture(scope="module")
def lived(one_life: None) -> Certificate:
    return Certificate.objects.get(case=stories.certified(stories.Story()))


@pytest.fixture
def certified(lived: Certificate, db: None) -> Certificate:
    return deepcopy(lived)


def read(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def lines(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/jsonl"
    return [json.loads(line) for line in read(answer).splitlines()]


def sent(machine: Machine, rows: list[dict[str, str]], **headers: str) -> Any:
    return machine.post("/verifications", "\n".join(json.dumps(row) for row in rows), "application/jsonl", **headers)


@pytest.mark.database("program/certificates/many.py")
def test_every_row_is_answered_in_order(machine: Callable[..., Machine], certified: Certificate) -> None:
    number, today = certified.number, day_of(now())
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    OldNumber.objects.create(key="CMP77", number="CMP-77", certificate=certified)
    rows = [
        {"number": number, "reference": "A-17"},
        {"number": number.lower().replace("-", " "), "on": (certified.issued_on - timedelta(days=1)).isoformat()},
        {"number": number, "on": certified.issued_on.isoformat()},
        {"number": "C-0000-0000"}, {"number": wrong}, {"number": "hello"}, {"number": "cmp 77"},
    ]  # fmt: skip
    told = lines(sent(machine("verify"), rows))
    assert told[0] == {
        "row": 1, "reference": "A-17", "result": "found", "number": number, "on": today.isoformat(),
        "is_certified": True, "standing": "in_force",
    }  # fmt: skip
    assert [(row["row"], row["result"], row["number"], row["is_certified"], row["standing"]) for row in told[1:]] == [
        (2, "found", number, False, None),
        (3, "found", number, True, None),
        (4, "unknown", None, None, None),
        (5, "mistyped", None, None, None),
        (6, "no_number", None, None, None),
        (7, "moved", number, True, "in_force"),
    ]


def test_it_answers_as_one_certificate_does(machine: Callable[..., Machine]) -> None:
    """Suspended, surrendered, expired, not yet, merged and retired: the same words by file and one by one."""
    story = stories.Story()
    first = Certificate.objects.get(case=stories.certified(story))
    other = Certificate.objects.get(case=stories.certified(story, "devon"))
    county, today = machine(), day_of(now())
    sam = {"actor": story.actor("sam"), "now": now()}

    def alike() -> str:
        days = [today, first.issued_on, today - timedelta(days=1)]
        rows = lines(sent(county, [{"number": first.number, "on": day.isoformat()} for day in days]))
        one = [json.loads(county.get(f"/certificates/{first.number}?on={day}").content) for day in days]
        assert [(row["is_certified"], row["standing"]) for row in rows] == [
            (told["is_certified"], told["standing"]) for told in one
        ]
        return str(rows[0]["standing"])

    def correct(state: str, days: int) -> None:
        maintain.correct_standing(
            first.pk, state, today - timedelta(days=1), today + timedelta(days=days), "A finding.", **sam
        )

    assert alike() == "in_force"
    correct("suspended", 9)
    assert alike() == "suspended"
    correct("not_certified", 3)
    assert alike() == "not_certified"
    maintain.correct_standing(
        first.pk, "not_certified", today - timedelta(days=1), first.terms.get().last_on, "Ended.", **sam
    )
    assert alike() == "expired"
    stories.taken_off(story, other, "By mistake.", now=now())
    assert lines(sent(county, [{"number": other.number}]))[0]["result"] == "retired"


def test_csv_in_csv_out(machine: Callable[..., Machine], certified: Certificate) -> None:
    body = f"\ufeffId;Certificate number\r\nx;{certified.number}\r\n\r\n7;{certified.number}\r\n"
    answer = machine().post("/verifications", body, "text/csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    told = list(csv.DictReader(io.StringIO(read(answer).decode("utf-8-sig"))))
    assert [(row["row"], row["reference"], row["is_certified"]) for row in told] == [
        ("2", "x", "yes"),
        ("4", "7", "yes"),
    ]


@pytest.mark.parametrize(
    ("sent_as", "accept", "got"),
    [
        ("text/csv", "*/*", "text/csv; charset=utf-8"),
        ("text/csv", "application/jsonl", "application/jsonl"),
        ("application/x-ndjson", "text/csv", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "", "application/jsonl"),
        ("text/csv", "image/png", "application/problem+json"),
        ("application/pdf", "*/*", "application/problem+json"),
    ],
)
def test_forms_are_chosen(machine: Callable[..., Machine], sent_as: str, accept: str, got: str) -> None:
    body = "number\nC-0000-0000\n" if sent_as == "text/csv" else '\ufeff{"number": "C-0000-0000"}'
    more = {"Accept": accept} if accept else {}
    assert machine().post("/verifications", body, sent_as, **more)["Content-Type"] == got


@pytest.mark.database("program/certificates/many.py")
def test_a_person_is_matched_or_not_and_never_told_what_differed(
    machine: Callable[..., Machine], certified: Certificate
) -> None:
    born = certified.person.born_on.isoformat()
    rows = [
        {"first": "Maria", "last": "GARCIA LOPEZ", "born_on": born},
        {"first": "Maria", "last": "Garcia Lopez", "born_on": "1988-01-02"},
        {"first": "Mario", "last": "Garcia Lopez", "born_on": born},
        {"first": "Maria", "last": "Garcia", "born_on": born},
        {"first": "Nobody", "last": "Atall", "born_on": born},
    ]
    told = lines(sent(machine("match"), rows))
    assert (told[0]["result"], told[0]["number"], told[0]["standing"]) == ("matched", certified.number, "in_force")
    today = day_of(now()).isoformat()
    nothing = {"result": "not_matched", "number": None, "on": today, "is_certified": None, "standing": None}
    assert [{**row, "row": 0} for row in told[1:]] == [{**nothing, "row": 0}] * 4


def test_nobody_finds_a_birth_date_by_trying(machine: Callable[..., Machine], certified: Certificate) -> None:
    county, born = machine(), certified.person.born_on.isoformat()
    maria = {"first": "María", "last": "García-López"}
    guesses = [{**maria, "born_on": f"1970-01-{day:02}"} for day in range(1, 5)]

    def results(*rows: dict[str, str]) -> list[str]:
        return [row["result"] for row in lines(sent(county, list(rows)))]

    assert results(*guesses, guesses[0]) == ["not_matched"] * 5
    right, wrong = {**maria, "born_on": born}, {**maria, "born_on": "1971-01-01"}
    nobody = [{"first": "No", "last": "One", "born_on": f"1970-01-{day:02}"} for day in range(1, 7)]
    assert results(wrong, right, *nobody) == ["not_matched", "asked_too_often", *["not_matched"] * 5, "asked_too_often"]
    told = lines(sent(county, [right]))[0]
    assert (told["number"], told["is_certified"], told["standing"]) == (None, None, None)
    assert results({**wrong, "first": "MARIA", "last": "garcia lopez"}) == ["not_matched"]
    kept = NameAsked.objects.filter(organisation=county.key.organisation)
    assert kept.count() == 10
    roster = receive_roster(
        county.key.organisation_id, "r.csv", f"first,last,born_on\nMaría,García López,{born}\n".encode(),
        replaces=False, actor=PROGRAM, now=now(),
    )  # fmt: skip
    take_roster(roster.pk, now=now())
    assert roster.lines.get().reason == "asked_too_often"
    assert lines(sent(machine(), [right]))[0]["result"] == "matched"
    forget_names(now())
    assert kept.count() == 10
    forget_names(now() + timedelta(days=1))
    assert not kept.exists()


def test_who_wants_to_be_left_out_of_search_by_name_is_not_matched(
    machine: Callable[..., Machine], certified: Certificate
) -> None:
    story = stories.Story(now=now())
    maintain.leave_out_of_name_search(certified.case_id, True, actor=story.actor("sam"), now=story.now)
    row = {"first": "Maria", "last": "Garcia Lopez", "born_on": certified.person.born_on.isoformat()}
    assert lines(sent(machine(), [row]))[0]["result"] == "not_matched"


def test_a_file_with_a_wrong_row_is_refused_as_a_whole_with_every_row_named(
    machine: Callable[..., Machine], certified: Certificate
) -> None:
    county = machine()
    rows = [
        {"number": certified.number},
        {"number": "", "on": "yesterday"},
        {"number": certified.number, "on": "2999-01-01"},
        {"number": "x" * 61},
        {"number": certified.number, "first": "Maria"},
        {"number": certified.number, "reference": "=1+1"},
    ]
    told = problem(sent(county, rows), 422, "invalid")
    assert [(error["at"], error["code"]) for error in told["errors"]] == [
        ("row 2: on", "not_a_day"), ("row 2: number", "missing"), ("row 3: on", "future_day"),
        ("row 4: number", "too_long"), ("row 5: first", "number_or_name"), ("row 6: reference", "bad_reference"),
    ]  # fmt: skip
    assert asked_today(county.key.organisation, "verify_file", day_of(now())) == 1, "the refusal alone"
    assert certified.number not in json.dumps(told)


@pytest.mark.parametrize(
    ("body", "kind", "at", "code"),
    [
        ("\n", "text/csv", "file", "empty"),
        ("number\n", "text/csv", "file", "empty"),
        ("colour\nred\n", "text/csv", "file", "columns_missing"),
        ("number,number\n1,2\n", "text/csv", "file", "column_twice"),
        ("number,service day\nC-0000-0000,2026-01-01\n", "text/csv", "file", "column_unknown"),
        ('number\n"unclosed\n', "text/csv", "row 2", "not_a_table"),
        (WORKBOOK, "text/csv", "file", "not_a_table"),
        ("\n", "application/jsonl", "file", "empty"),
        ("[1]", "application/jsonl", "row 1", "not_an_object"),
        ('{"number": 7}', "application/jsonl", "row 1", "not_an_object"),
        ('\n{"number": "C", "colour": "red"}', "application/jsonl", "row 2: colour", "unknown_field"),
        ('{"number": "\\ud800"}', "application/jsonl", "row 1", "not_an_object"),
        ('{"number": "\\u0000"}', "application/jsonl", "row 1", "wrong_value"),
        ("[" * 5000, "application/jsonl", "row 1", "not_an_object"),
        ('{"first": "Ana", "born_on": "2000-01-01"}', "application/jsonl", "row 1: last", "missing"),
    ],
)
def test_what_is_no_such_file_is_told(
    machine: Callable[..., Machine], body: str | bytes, kind: str, at: str, code: str
) -> None:
    told = problem(machine().post("/verifications", body, kind), 422, "invalid")
    assert [(error["at"], error["code"]) for error in told["errors"]] == [(at, code)]


def test_rows_are_counted_before_anything_is_answered(machine: Callable[..., Machine]) -> None:
    county = machine()
    county.agree("verify_file", 3)
    two = [{"number": numbers.make("C")} for _ in range(2)]
    assert len(lines(sent(county, two))) == 2
    stopped = sent(county, two)
    assert problem(stopped, 429, "quota_spent")
    assert int(stopped["Retry-After"]) > 0
    assert stopped["RateLimit"].startswith('"day";r=1;')
    last = sent(county, two[:1])
    assert (len(lines(last)), last["RateLimit"][:10], last["RateLimit-Policy"]) == (
        1,
        '"day";r=0;',
        '"day";q=3;w=86400',
    )
    uses = ApiUse.objects.filter(key=county.key).order_by("id").values_list("kind", "count", "status")
    assert list(uses) == [("verify_file", 2, 200), ("verify_file", 2, 429), ("verify_file", 1, 200)]


def test_names_need_a_scope_of_their_own(machine: Callable[..., Machine]) -> None:
    row = {"first": "Ana", "last": "Vega", "born_on": "1990-01-01"}
    assert problem(sent(machine("verify"), [row]), 403, "scope_missing")
    assert problem(sent(machine("match"), [{"number": "C-0000-0000"}]), 403, "scope_missing")


def test_a_hundred_thousand_rows_are_taken_and_one_more_is_not(machine: Callable[..., Machine]) -> None:
    county = machine()
    body = "number\n" + "C-0000-0000\n" * 100_000
    answer = county.post("/verifications", body, "text/csv", Accept="application/jsonl")
    assert read(answer).count(b"\n") == 100_000
    told = problem(county.post("/verifications", body + "C-0000-0000\n", "text/csv"), 422, "invalid")
    assert told["errors"][0]["code"] == "too_many_rows"


def test_a_stranger_sends_no_files(db: None) -> None:
    problem(Client().post("/api/v1/verifications", "number\n", "text/csv"), 401, "key_needed")


def streamed(county: Machine, body: bytes, content_type: str = "application/jsonl") -> Any:
    """As it comes in chunks, with no length."""
    raw = {"wsgi.input": io.BytesIO(body), "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": content_type}
    asked = {"Authorization": f"Bearer {county.secret}"}
    return county.client.generic("POST", "/api/v1/verifications", headers=asked, **raw)


def test_a_stream_is_answered_once_its_last_line_says_that_nothing_is_missing(
    machine: Callable[..., Machine], certified: Certificate
) -> None:
    county = machine("verify")
    question = json.dumps({"number": certified.number}).encode() + b"\n"
    assert len(lines(streamed(county, question * 2 + b'{"rows": 2}\n'))) == 2
    assert len(lines(county.post("/verifications", question + b'{"rows": 1}', "application/jsonl"))) == 1
    wrong = [
        (question * 2, "no_end"), (b"", "no_end"), (b'{"rows": 0}', "empty"),
        (question + b'{"rows": 2}', "wrong_count"), (question + b'{"rows": true}', "wrong_count"),
        (question + b'{"rows": 1}\n' + question, "after_the_end"),
    ]  # fmt: skip
    for cut, code in wrong:
        told = problem(streamed(county, cut), 422, "invalid")
        assert [error["code"] for error in told["errors"]] == [code], cut
    problem(streamed(county, b"number\nx\n", "text/csv"), 411, "length_needed")
    assert asked_today(county.key.organisation, "verify_file", day_of(now())) == 3 + len(wrong) + 1, "one a request"


def test_a_stream_is_read_no_further_than_a_file_may_be_long(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifications, "MOST_BYTES", 100)
    monkeypatch.setattr(frame, "MOST_BYTES_OF_A_FILE", 100)
    county, endless = machine("verify"), io.BytesIO(b" " * 9_999)
    problem(streamed(county, b" " * 101), 413, "too_large")
    raw = {"wsgi.input": endless, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": "application/jsonl"}
    headers = {"Authorization": f"Bearer {county.secret}"}
    problem(county.client.generic("POST", "/api/v1/verifications", headers=headers, **raw), 413, "too_large")
    assert endless.tell() == 101
    problem(county.client.generic("PUT", "/api/v1/roster", headers=headers, **raw), 411, "length_needed")


@pytest.mark.parametrize(("path", "method"), [("verifications", "POST"), ("roster", "PUT")])
def test_a_file_of_which_a_part_is_missing_does_nothing(
    machine: Callable[..., Machine], certified: Certificate, path: str, method: str
) -> None:
    county, body = machine(), f"number\n{certified.number}\n".encode()
    short = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) + 12), "CONTENT_TYPE": "text/csv"}
    answer = county.client.generic(
        method, f"/api/v1/{path}", headers={"Authorization": f"Bearer {county.secret}"}, **short
    )
    problem(answer, 400, "cut_short")
    assert not Roster.objects.exists()
