"""A life with an outside signer: it is asked for every signature; while it is down everything waits, nothing breaks."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from peercert import cli
from peercert.commands import keys as command
from peercert.config import doctor
from peercert.gateways.signer.keys import SignerDown
from peercert.program.casework.models import AuditEntry
from peercert.program.certificates import log, outside, signing
from peercert.program.certificates.models import Receipt, SigningKey
from peercert.program.certificates.status_lists import signed_list
from peercert.program.journey import keep_keys
from peercert.program.people.actor import PROGRAM
from peercert.program.people.organisations import ApiTally
from peercert.web.doors import now
from tests import stories
from tests.gateways.signer.transit import FAULTS, Engine
from tests.journey.test_credential import Held, codes, judged
from tests.web.api.conftest import Machine
from tests.web.api.conftest import machine as machine
from tests.web.api.test_receipts import asked, claims

Jobs = Callable[..., list[str]]
SIGN = {"certificates.sign"}


def keys_in_use() -> dict[str, SigningKey]:
    return {row.purpose: row for row in SigningKey.objects.filter(retired_at=None)}


def rotate(purpose: signing.Purpose, *, compromised: bool = False) -> SigningKey:
    return keep_keys.rotate_key(purpose, compromised=compromised, actor=PROGRAM, now=now())


def look_again() -> None:
    """What the clock does every five minutes."""
    app.tasks["signer.follow"].func(timestamp=0)


def test_a_credential_is_signed_outside_and_a_stranger_finds_it_genuine(
    db: None, outside_signer: Engine, run_jobs: Jobs
) -> None:
    held = Held()
    run_jobs(only={"certificates.sign", "certificates.print"})
    assert held.current is not None
    verdict = judged(held.current)
    assert verdict.holds, verdict
    key = keys_in_use()["credential"]
    assert (key.outside_name, key.sealed, held.current.kid) == ("peercert-credential:1", None, key.kid)
    assert bytes(key.public) == outside_signer.held["peercert-credential"][0].public
    assert held.certificate.files.count() == 1
    assert doctor.signer(settings.ENVIRONMENT)[0] is True


@pytest.mark.parametrize("purpose", signing.ALGORITHMS)
def test_every_purpose_may_be_held_outside(db: None, outside_signer: Engine, purpose: signing.Purpose) -> None:
    signer = signing.signer_for(purpose)
    assert signer.algorithm == signing.ALGORITHMS[purpose]
    (public,) = signing.public_keys(purpose)
    assert public.verifies(signer.sign(b"what is signed"), b"what is signed")


def test_one_rotation_hands_a_key_over_and_what_it_signed_stays_genuine(
    db: None, settings: Any, run_jobs: Jobs, outside_signer: Engine
) -> None:
    named, settings.ENVIRONMENT = settings.ENVIRONMENT, replace(settings.ENVIRONMENT, signer=None)
    held = Held()
    run_jobs(only=SIGN)
    before = held.current
    settings.ENVIRONMENT = named
    # A key that is here keeps signing until it is handed over.
    assert signing.signer_for("credential").kid == keys_in_use()["credential"].kid
    assert doctor.signer(settings.ENVIRONMENT) == (
        None,
        f"{outside_signer.address} signs with 0 keys; still here: log, credential (`peercert keys rotate …`)",
    )
    new = rotate("credential")
    assert new.outside_name == "peercert-credential:1"
    assert AuditEntry.objects.get(verb="key_rotated").values["held"] == "outside"
    assert before is not None
    assert held.current == before
    assert judged(before).holds
    # And back, where the settings no longer name one.
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, signer=None)
    with pytest.raises(SignerDown, match="settings name none"):
        signing.signer_for("credential").sign(b"")
    is_well, says = doctor.signer(settings.ENVIRONMENT)
    assert (is_well, "settings name none" in says) == (False, True)
    assert outside.trouble()
    assert rotate("credential").sealed is not None
    assert not outside.trouble()
    assert judged(before).holds


def test_a_rotation_follows_the_newest_version_outside_or_asks_for_one(
    db: None, outside_signer: Engine, run_jobs: Jobs
) -> None:
    held = Held()
    run_jobs(only=SIGN)
    first = held.current
    assert first is not None
    outside_signer.rotate("peercert-credential")
    assert rotate("credential").outside_name == "peercert-credential:2"
    # The newest is in use by now, so the next is made.
    assert rotate("credential").outside_name == "peercert-credential:3"
    assert len(outside_signer.held["peercert-credential"]) == 3
    assert held.current == first
    assert judged(first).holds
    rotate("credential", compromised=True)
    assert judged(first).holds
    outside_signer.may_make = False
    with pytest.raises(SignerDown, match="rotate it outside"):
        rotate("credential")
    assert keys_in_use()["credential"].outside_name == "peercert-credential:4"
    assert not outside.trouble()


def test_a_key_that_is_rotated_outside_is_followed_by_the_clock(db: None, outside_signer: Engine) -> None:
    signing.signer_for("log")
    signing.signer_for("receipt")
    look_again()
    assert {row.outside_name for row in SigningKey.objects.all()} == {"peercert-log:1", "peercert-receipt:1"}
    outside_signer.rotate("peercert-log")
    look_again()
    assert keys_in_use()["log"].outside_name == "peercert-log:2"
    assert keys_in_use()["receipt"].outside_name == "peercert-receipt:1"


def test_a_signer_that_is_down_holds_everything_up_and_loses_nothing(
    db: None, outside_signer: Engine, run_jobs: Jobs, client: Client
) -> None:
    held = Held()
    run_jobs(only={"certificates.sign", "certificates.print"})
    head = log.newest_checkpoint()
    old = held.current
    assert old is not None
    held.suspend()
    held.correct("in_force", held.today, held.today + timedelta(days=30))
    outside_signer.stop()

    with pytest.raises(SignerDown):
        run_jobs(only=SIGN)
    assert held.current is None
    assert app.tasks["log.append"].func(timestamp=0) == 0
    assert app.tasks["certificates.print_missing"].func(timestamp=0) is None
    assert log.newest_checkpoint() == head
    assert head is not None
    assert head.size < log.tree_size()
    # A bit was set that no list says yet: none is handed out that would call the old one current.
    answer = client.get("/status/1")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    look_again()
    assert "refused" in outside.trouble()
    is_well, says = doctor.signer(settings.ENVIRONMENT)
    assert (is_well, "refused: see the runbook" in says) == (False, True)

    outside_signer.start()
    look_again()
    assert not outside.trouble()
    assert app.tasks["certificates.sign_missing"].func(timestamp=0) is None
    run_jobs(only=SIGN)
    assert held.current is not None
    assert judged(held.current).holds
    assert codes(judged(old)) == {"no_longer_current"}
    app.tasks["log.append"].func(timestamp=0)
    newest = log.newest_checkpoint()
    assert newest is not None
    assert newest.size == log.tree_size()
    assert client.get("/status/1").status_code == 200


def test_a_list_whose_bits_did_not_change_is_handed_out_over_midnight(
    db: None, outside_signer: Engine, run_jobs: Jobs
) -> None:
    held = Held()
    run_jobs(only=SIGN)
    today = held.story.now
    signed = signed_list(1, now=today)
    outside_signer.stop()
    assert signed_list(1, now=today + timedelta(days=1)) == signed
    with pytest.raises(SignerDown):
        signed_list(1, now=today + timedelta(days=2))


def test_a_job_waits_for_the_signer_without_giving_up_and_not_for_long() -> None:
    strategy = app.tasks["certificates.sign"].retry_strategy
    assert strategy is not None

    def pause(attempts: int, exception: Exception) -> float | None:
        job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="x", attempts=attempts)
        decision = strategy.get_retry_decision(exception=exception, job=job)
        if decision is None or decision.retry_at is None:
            return None
        return (decision.retry_at - datetime.now(stories.PACIFIC)).total_seconds()

    assert pause(0, SignerDown()) == pytest.approx(2, abs=5)
    assert pause(500, SignerDown()) == pytest.approx(256, abs=5)
    assert pause(500, ValueError()) is None


def test_a_receipt_that_cannot_be_signed_says_when_to_come_again_and_costs_nothing(
    machine: Callable[..., Machine], outside_signer: Engine
) -> None:
    held, county = Held(), machine()
    claims(asked(county, held.certificate.number, held.today))
    spent = ApiTally.objects.get().count
    outside_signer.token = "another"
    answer = asked(county, held.certificate.number, held.today)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"] == "60"
    assert orjson.loads(answer.content)["code"] == "unavailable"
    assert Receipt.objects.count() == 1
    assert ApiTally.objects.get().count == spent


def test_a_person_is_told_politely_that_a_signature_waits(db: None, outside_signer: Engine, run_jobs: Jobs) -> None:
    held = Held()
    run_jobs(only=SIGN)
    outside_signer.fault = "sealed"
    look_again()
    client = Client()
    client.force_login(held.certificate.person.account)
    page = f"/apply/certificates/{held.certificate.number}/"
    assert "waits for its signature" in client.get(page).content.decode()
    for what in ("credential.jwt", "card.png"):
        answer = client.get(f"{page}{what}")
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert "nothing is lost" in answer.content.decode()
    outside_signer.fault = ""
    look_again()
    assert client.get(f"{page}card.png").status_code == 200


@pytest.mark.parametrize("fault", ["sealed", "lies", "closes"])
def test_machines_that_watch_over_us_are_told(db: None, outside_signer: Engine, client: Client, fault: str) -> None:
    assert b"peercert_outside_signer_up 1" in client.get("/metrics").content
    signer = signing.signer_for("log")
    outside_signer.fault = fault
    assert fault in {"closes", *FAULTS}
    with pytest.raises(SignerDown):
        signer.sign(b"")
    assert b"peercert_outside_signer_up 0" in client.get("/metrics").content
    assert client.get("/health/ready").status_code == 503  # no worker


def test_a_signer_that_failed_is_left_alone_for_a_moment(db: None, outside_signer: Engine) -> None:
    signer = signing.signer_for("log")
    outside_signer.fault = "sealed"
    for _ in range(3):
        with pytest.raises(SignerDown, match="503"):
            signer.sign(b"")
    assert outside_signer.asked.count("POST /v1/transit/sign/peercert-log") == 1


@pytest.mark.parametrize(("rest", "asked_again"), [("", 2), ("7", 1)])
def test_a_signer_that_counts_our_requests_rests_for_as_long_as_it_says(
    db: None, outside_signer: Engine, monkeypatch: pytest.MonkeyPatch, rest: str, asked_again: int
) -> None:
    monkeypatch.setattr(outside, "REST", 0)
    signer = signing.signer_for("log")
    outside_signer.fault, outside_signer.rest = "limited", rest
    for _ in range(2):
        with pytest.raises(SignerDown, match="rate limit quota exceeded"):
            signer.sign(b"")
    assert outside_signer.asked.count("POST /v1/transit/sign/peercert-log") == asked_again


def test_the_command_says_where_keys_are_and_why_none_was_rotated(
    db: None, outside_signer: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "program", nullcontext)
    assert cli.main(["keys", "rotate", "log"]) == 0
    assert "outside as peercert-log:1, in use" in capsys.readouterr().out
    outside_signer.stop()
    assert cli.main(["keys", "rotate", "log"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Nothing was rotated: the outside signer cannot be reached")
    assert said.count("\n") == 1
    assert keys_in_use()["log"].outside_name == "peercert-log:1"
