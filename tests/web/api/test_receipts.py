"""Receipts: what they say of a day as known on a day, that they stay, and that other people's tools verify them."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.db import Error, connection, transaction
from django.test import Client

from peercert import cli
from peercert.program.certificates.models import Certificate, Receipt
from peercert.program.journey import keep_keys, maintain
from peercert.program.people.actor import PROGRAM
from peercert.program.people.organisations import ApiUse
from peercert.rules.days import day_of
from peercert.web.doors import now
from tests import stories
from tests.web.api.conftest import Machine
from tests.web.api.test_frame import problem

JUDGES = Path(__file__).parents[2] / "judges"


class Held:
    """María's certificate, suspended from yesterday on by a correction of today."""

    def __init__(self) -> None:
        self.story = stories.Story()
        self.certificate = Certificate.objects.get(case=stories.certified(self.story))
        self.number, self.today = self.certificate.number, day_of(now())
        self.yesterday = self.today - timedelta(days=1)

    def suspend(self) -> None:
        maintain.correct_standing(
            self.certificate.pk, "suspended", self.yesterday, self.today, "A finding.",
            actor=self.story.actor("sam"), now=now(),
        )  # fmt: skip


@pytest.fixture(scope="module")
def lived(one_life: None) -> Held:
    return Held()


@pytest.fixture
def held(lived: Held, db: None) -> Held:
    return deepcopy(lived)


def asked(machine: Machine, number: str, on: object, **more: object) -> Any:
    return machine.post("/receipts", json.dumps({"number": number, "on": str(on), **more}))


def claims(answer: Any) -> dict[str, Any]:
    """What is signed, read without any tool."""
    assert answer.status_code in {200, 201}, answer.content
    middle = json.loads(answer.content)["receipt"].split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(middle + "==")))


def keys() -> dict[str, Any]:
    return dict(json.loads(Client().get("/api/v1/receipt-keys").content))


def test_a_receipt_says_what_is_known_now_and_what_was_known_then(machine: Callable[..., Machine], held: Held) -> None:
    county = machine()
    held.suspend()
    now_known = claims(asked(county, held.number, held.yesterday))
    then_known = claims(asked(county, held.number, held.yesterday, as_known_on=str(held.yesterday)))
    assert now_known["answer"] == {"is_certified": False, "number": held.number}
    assert then_known["answer"] == {"is_certified": True, "number": held.number}
    assert then_known["question"] == {"certified_on": str(held.yesterday), "number": held.number}
    assert then_known["known_at"] < now_known["known_at"]
    assert then_known["known_since"] <= then_known["known_at"] < now_known["known_since"] <= now_known["known_at"]
    assert then_known["aud"] == f"urn:uuid:{county.key.organisation.uuid}"
    for told in (now_known, then_known):
        assert "uspen" not in json.dumps(told)
        assert "Garc" not in json.dumps(told, ensure_ascii=False)


def test_other_peoples_tools_verify_receipts_and_refuse_changed_ones(
    machine: Callable[..., Machine], held: Held
) -> None:
    county = machine()
    first = json.loads(asked(county, held.number, held.today).content)["receipt"]
    keep_keys.rotate_key("receipt", compromised=False, actor=PROGRAM, now=now())
    second = json.loads(asked(county, held.number, held.yesterday).content)["receipt"]
    header, middle, signature = first.split(".")
    other = second.split(".")
    changed = json.loads(base64.urlsafe_b64decode(middle + "=="))
    changed["answer"]["is_certified"] = False
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    receipts = [first, second, f"{header}.{forged}.{signature}", f"{header}.{middle}.{other[2]}",
                f"{other[0]}.{middle}.{signature}"]  # fmt: skip
    done = subprocess.run(
        ["node", "receipts.mjs"], cwd=JUDGES, input=json.dumps({"keys": keys(), "receipts": receipts}), check=True,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert [one["claims"]["question"]["certified_on"] for one in told[:2]] == [str(held.today), str(held.yesterday)]
    assert [one.get("refused") for one in told[2:]] == ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED"] * 3
    found = jwt.PyJWKSet.from_dict(keys())
    for receipt in (first, second):
        key = found[jwt.get_unverified_header(receipt)["kid"]]
        assert jwt.decode(receipt, key, algorithms=["EdDSA"], options={"verify_aud": False})["iss"]


def test_the_command_line_verifies_them_too(
    machine: Callable[..., Machine], held: Held, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(asked(machine(), held.number, held.today).content)
    file, key_set = tmp_path / "receipt.jws", tmp_path / "keys.json"
    file.write_text(told["receipt"])
    key_set.write_text(json.dumps(keys()))

    def run() -> int:
        return cli.main(["receipt", "verify", str(file), "--keys", str(key_set)])

    assert run() == 0
    assert json.loads(capsys.readouterr().out)["answer"]["is_certified"] is True
    file.write_text(told["receipt"][:-4] + "AAAA")
    assert run() == 1
    assert "signature does not hold" in capsys.readouterr().err
    for nonsense in ("hello", "a.b.c", "ñ"):
        file.write_text(nonsense)
        assert run() == 2
    key_set.write_text("[]")
    file.write_text(told["receipt"])
    assert run() == 2


def test_a_receipt_is_kept_fetched_again_and_shown_to_nobody_else(machine: Callable[..., Machine], held: Held) -> None:
    county = machine()
    made = asked(county, held.number, held.today)
    assert made.status_code == 201
    told = json.loads(made.content)
    place = made["Location"].split("/api/v1")[1]
    assert json.loads(county.get(place).content) == told
    text = county.get(place, Accept="application/jose")
    assert (text.content.decode(), text["Content-Type"]) == (told["receipt"], "application/jose")
    assert hashlib.sha256(text.content).hexdigest() == told["sha256"]
    employer = machine()
    problem(employer.get(place), 404, "no_such_address")
    assert json.loads(employer.get("/receipts").content)["items"] == []
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE program_receipt SET text = ''")


def test_receipts_are_listed_newest_first_page_by_page(machine: Callable[..., Machine], held: Held) -> None:
    county = machine()
    made = [json.loads(asked(county, held.number, held.today).content)["id"] for _ in range(5)]
    seen, path = [], "/receipts?limit=2"
    while path:
        page = county.get(path)
        told = json.loads(page.content)
        seen += [one["id"] for one in told["items"]]
        assert ("Link" in page) == bool(told["next"])
        path = told["next"] and told["next"].split("/api/v1")[1]
    assert seen == made[::-1]
    onward = json.loads(county.get("/receipts?limit=2").content)["next"].split("/api/v1")[1]
    problem(machine().get(onward), 422, "invalid")
    problem(county.get("/receipts?cursor=abc"), 422, "invalid")


def test_a_withdrawn_record_is_answered_for_as_it_was_known(machine: Callable[..., Machine], held: Held) -> None:
    county = machine()
    stories.taken_off(held.story, held.certificate, "By mistake.", now=now())
    gone = problem(asked(county, held.number, held.today), 410, "retired_number")["receipt"]
    assert (gone["number"], gone["asked"]) == (None, held.number)
    then = claims(asked(county, held.number, held.yesterday, as_known_on=str(held.yesterday)))
    assert then["answer"]["is_certified"] is True


#: What is wrong with a question, the status, and the field that is named.
WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"on": "2999-01-01"}, 422, "on"),
    ({"as_known_on": "2999-01-01"}, 422, "as_known_on"),
    ({"as_known_on": "2026-05-01", "on": "2026-05-02"}, 422, "on"),
    ({"on": "today"}, 422, "on"),
    ({"on": None}, 422, "on"),
    ({"colour": "red"}, 422, "colour"),
    ({"number": "hello"}, 422, "number"),
    ({"number": "x" * 61}, 422, "number"),
]


def test_a_wrong_question_leaves_no_receipt(machine: Callable[..., Machine], held: Held) -> None:
    county = machine()
    for change, status, at in WRONG:
        answer = county.post("/receipts", json.dumps({"number": held.number, "on": str(held.today), **change}))
        named = [error["at"] for error in json.loads(answer.content).get("errors", [])]
        assert (change, answer.status_code, named) == (change, status, [at] if at else [])
    for body in ("", "{", "[1]", "[" * 3000, '{"on": NaN}', "null"):
        assert county.post("/receipts", body).status_code in {400, 422}, body
    problem(county.post("/receipts", "number=C", "application/x-www-form-urlencoded"), 415, "wrong_media_type")
    assert not Receipt.objects.exists()


def test_a_number_that_nobody_has_is_not_found_with_a_receipt_that_says_so(machine: Callable[..., Machine]) -> None:
    county = machine()
    told = problem(asked(county, "c 0000 0000", "2026-05-01", as_known_on="2026-06-01"), 404, "unknown_number")
    receipt = told["receipt"]
    assert (receipt["number"], receipt["asked"], receipt["on"]) == (None, "C-0000-0000", "2026-05-01")
    again = county.get(f"/receipts/{receipt['id']}")
    assert json.loads(again.content) == receipt
    said = claims(again)
    assert said["answer"] == {"is_certified": False, "number": None}
    assert said["question"] == {"certified_on": "2026-05-01", "number": "C-0000-0000"}
    assert said["known_at"] == "2026-06-02T06:59:59.000000+00:00"
    assert json.loads(county.get("/receipts").content)["items"] == [receipt]
    key = jwt.PyJWKSet.from_dict(keys())[jwt.get_unverified_header(receipt["receipt"])["kid"]]
    assert jwt.decode(receipt["receipt"], key, algorithms=["EdDSA"], options={"verify_aud": False}) == said
    assert ApiUse.objects.filter(kind="receipt").values_list("number", "status").get() == ("C-0000-0000", 404)
    problem(asked(county, "C-0000-0002", "2026-05-01"), 422, "mistyped_number")
    assert Receipt.objects.count() == 1


def test_receipts_stand_in_the_log_with_their_number(machine: Callable[..., Machine], held: Held) -> None:
    county = machine()
    asked(county, held.number, held.today)
    assert ApiUse.objects.values_list("kind", "number", "status").get() == ("receipt", held.number, 201)
