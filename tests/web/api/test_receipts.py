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
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection, transaction
from django.test import Client

from peercert import cli
from peercert.gateways.signer.keys import SignerDown
from peercert.gateways.signer.receipt import keys_in, opened, signed
from peercert.program.casework.models import AuditEntry
from peercert.program.certificates import receipts, signing
from peercert.program.certificates.models import Certificate, Receipt
from peercert.program.journey import attest, keep_keys, maintain
from peercert.program.notices.models import Letter
from peercert.program.people.actor import PROGRAM
from peercert.program.people.organisations import ApiUse
from peercert.rules.days import day_of
from peercert.web.doors import now
from tests import stories
from tests.cluster import PATIENCE
from tests.web.api.conftest import Machine
from tests.web.api.test_frame import problem
from tests.web.test_verify import words_of

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
    earlier = held.yesterday - timedelta(days=1)
    untouched = claims(asked(county, held.number, earlier))
    held.suspend()
    still = claims(asked(county, held.number, earlier))
    assert (still["answer"], still["known_since"]) == (untouched["answer"], untouched["known_since"])
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
        capture_output=True, text=True, timeout=PATIENCE,
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


def test_what_a_leaked_key_signed_proves_nothing_and_is_signed_anew_from_our_records(
    machine: Callable[..., Machine], held: Held, client: Client, run_jobs: Callable[..., list[str]], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    county, employer = machine(), machine()
    held.suspend()
    first = json.loads(asked(county, held.number, held.yesterday, as_known_on=str(held.yesterday)).content)
    nobody = json.loads(asked(employer, "C-0000-0000", held.today).content)["receipt"]
    keep_keys.rotate_key("receipt", compromised=False, actor=PROGRAM, now=now())
    second = json.loads(asked(county, held.number, held.today).content)
    assert (second["is_trusted"], second["replaced_by"]) == (True, None)
    stolen = signing.signer_for("receipt")
    keep_keys.rotate_key("receipt", compromised=True, actor=PROGRAM, now=now())
    forged = signed({"answer": {"is_certified": True}}, stolen)

    # Nobody's tool trusts it from that moment on, and ours says why; what other keys signed stays good.
    verdicts = {}
    for name, text in (("first", first["receipt"]), ("second", second["receipt"]), ("forged", forged)):
        (tmp_path / "keys.json").write_text(json.dumps(keys()))
        (tmp_path / name).write_text(text)
        verdicts[name] = cli.main(["receipt", "verify", str(tmp_path / name), "--keys", str(tmp_path / "keys.json")])
    assert verdicts == {"first": 0, "second": 1, "forged": 1}
    assert capsys.readouterr().err.count("its signature proves nothing") == 2
    assert keys()["leaked"] == [stolen.kid]
    assert stolen.kid not in {key["kid"] for key in keys()["keys"]}

    # The register knows which ones it gave.
    def recorded(text: str) -> Any:
        return client.get(f"/api/v1/receipt-records/{hashlib.sha256(text.encode()).hexdigest()}")

    problem(recorded(forged), 404, "no_such_receipt")
    told = recorded(second["receipt"]).json()
    assert (told["is_trusted"], told["is_replaced"]) == (False, False)
    assert recorded(nobody["receipt"]).json()["is_trusted"] is True

    # The worker tells whoever holds one, once, and signs the same answer anew, once.
    assert run_jobs(only={"receipts.follow_leak"}) == ["receipts.follow_leak"]
    attest.follow_leak(now=now())
    letter = Letter.objects.get(code="receipts_lost_trust")
    assert letter.person == county.story.person(county.who)
    assert "that it signed: 1." in letter.text
    again = json.loads(county.get(f"/receipts/{second['id']}").content)
    assert (again["is_trusted"], again["receipt"]) == (False, second["receipt"])
    fresh = county.get(f"/receipts/{again['replaced_by']}")
    before, after = claims(county.get(f"/receipts/{second['id']}")), claims(fresh)
    assert after["replaces"] == before["jti"]
    for name in ("aud", "question", "answer", "known_at", "known_since", "iss"):
        assert after[name] == before[name]
    assert json.loads(fresh.content)["is_trusted"] is True
    opened(json.loads(fresh.content)["receipt"], keys_in(json.dumps(keys()).encode()))
    assert recorded(second["receipt"]).json()["is_replaced"] is True
    assert Receipt.objects.count() == 4

    # The next leak reaches what was signed anew, and only that.
    keep_keys.rotate_key("receipt", compromised=True, actor=PROGRAM, now=now())
    assert attest.follow_leak(now=now()) == 1
    assert Letter.objects.filter(code="receipts_lost_trust").count() == 2


def test_a_signer_that_is_down_keeps_nobody_from_being_told(
    machine: Callable[..., Machine], held: Held, run_jobs: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(machine(), held.number, held.today)
    keep_keys.rotate_key("receipt", compromised=True, actor=PROGRAM, now=now())

    def down(purpose: str) -> Any:
        raise SignerDown("silent")

    with monkeypatch.context() as silent:
        silent.setattr(receipts, "signer_for", down)
        run_jobs(only={"receipts.follow_leak"})
    assert Letter.objects.filter(code="receipts_lost_trust").count() == 1
    assert receipts.untrusted().count() == 1
    assert attest.follow_leak(now=now()) == 1
    assert Letter.objects.filter(code="receipts_lost_trust").count() == 1
    assert AuditEntry.objects.filter(verb="receipts_lost_trust").count() == 1


def test_the_verify_page_says_whether_we_gave_a_receipt(
    machine: Callable[..., Machine], held: Held, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.loads(asked(machine(), held.number, held.today).content)["receipt"]

    def said(given: str, prefix: str = "") -> str:
        page = client.post(f"{prefix}/verify/file/", {"file": SimpleUploadedFile("receipt.jws", given.encode())})
        return words_of(page)

    told = said(text + "\n")
    for part in ("We gave this receipt", "stands in our records exactly as it is here", held.number):
        assert part in told
    stolen = signing.signer_for("receipt")
    forged = said(signed({"question": {"number": held.number}}, stolen))
    assert "We never gave this receipt" in forged
    assert held.number not in forged
    keep_keys.rotate_key("receipt", compromised=True, actor=PROGRAM, now=now())
    assert "its signature proves nothing any more" in said(text)
    assert "su firma ya no prueba nada" in said(text, "/es")
    (tmp_path / "receipt.jws").write_text(text)
    assert cli.main(["credential", "verify", str(tmp_path / "receipt.jws"), "--issuer", "peers.example.org"]) == 2
    assert "peercert receipt verify" in capsys.readouterr().err


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
    ({"as_known_on": "2026-05-01", "on": "2026-05-02"}, 422, "as_known_on"),
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
    assert asked(county, held.number, held.today)["RateLimit"].startswith('"day";r=99999;')
    assert ApiUse.objects.values_list("kind", "number", "status").get() == ("receipt", held.number, 201)
