"""Messages to machines: signed so that other people's software agrees, and whatever the other side does ends soon."""

import base64
import hashlib
import json
import re
import socket
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from peercert.gateways import lines, webhooks
from peercert.gateways.signer import keys
from tests.cluster import PATIENCE, ROOT
from tests.fixtures.receiver import Receiver
from tests.gateways.signer import transit

AT = datetime(2026, 5, 4, 16, tzinfo=UTC)
BODY = b'{"specversion":"1.0"}'
URL = "https://county.example.org/changes?from=us"
SIGNER = keys.local("ed25519", keys.new("ed25519"))


def judged(messages: list[dict[str, Any]]) -> list[bool]:
    lines = "\n".join(json.dumps(one) for one in messages)
    done = subprocess.run(
        ["node", str(ROOT / "tests/judges/webhooks.mjs")], input=lines, capture_output=True, text=True, check=True
    )
    return [json.loads(line)["holds"] for line in done.stdout.splitlines()]


def message(**changed: Any) -> dict[str, Any]:
    headers = webhooks.signed_headers(URL, BODY, "a-key", SIGNER, AT)
    given = webhooks.directory([SIGNER])["keys"]
    whole = {"method": "POST", "url": URL, "headers": headers, "keys": given, "required": list(webhooks.COVERED)}
    return {**whole, **changed}


def altered(header: str, value: str) -> dict[str, Any]:
    whole = message()
    return {**whole, "headers": {**whole["headers"], header: value}}


def test_another_library_agrees_with_the_signature_and_with_no_altered_one() -> None:
    other = webhooks.directory([keys.local("ed25519", keys.new("ed25519"), SIGNER.kid)])["keys"]
    digest = base64.b64encode(hashlib.sha256(b"else").digest()).decode()
    wrong = [
        message(method="PUT"), message(url=URL + "x"), message(keys=other), altered("Idempotency-Key", '"b"'),
        altered("Content-Digest", f"sha-256=:{digest}:"), altered("Content-Type", "text/plain"),
        message(required=[*webhooks.COVERED, "date"]),
    ]  # fmt: skip
    assert judged([message(), *wrong]) == [True] + [False] * len(wrong)


def documented(site: str, ours: str) -> dict[str, Any]:
    """What docs/webhooks.md gives to whoever receives messages: its Python, for these two addresses."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/webhooks.md").read_text(), re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)
    made.update(SITE=site, OURS=ours)
    return made


def test_the_receiver_of_the_documents_takes_what_is_ours_and_nothing_altered() -> None:
    receiver, keys_of_site = documented("https://peercert.example.org", URL), {SIGNER.kid: SIGNER.public}
    good = webhooks.signed_headers(URL, BODY, "a-key", SIGNER, datetime.now(UTC))
    assert receiver["read"](good, BODY, keys_of_site) == json.loads(BODY)
    less = good["Signature-Input"].replace('"idempotency-key"', "")
    wrong: list[tuple[dict[str, str], bytes]] = [
        (good, BODY + b" "), ({**good, "Idempotency-Key": '"b"'}, BODY), ({**good, "Signature-Input": less}, BODY),
        (webhooks.signed_headers(URL + "x", BODY, "a-key", SIGNER, datetime.now(UTC)), BODY),
        (webhooks.signed_headers(URL, BODY, "a-key", SIGNER, datetime.now(UTC) - timedelta(minutes=6)), BODY),
        (webhooks.signed_headers(URL, BODY, "a-key", keys.local("ed25519", bytes(32), SIGNER.kid), AT), BODY),
    ]  # fmt: skip
    for headers, body in wrong:
        with pytest.raises((ValueError, InvalidSignature)):
            receiver["read"](headers, body, keys_of_site)


def test_the_digest_is_that_of_the_body() -> None:
    said = message()["headers"]["Content-Digest"]
    assert said == f"sha-256=:{base64.b64encode(hashlib.sha256(BODY).digest()).decode()}:"


@pytest.mark.parametrize(
    ("behaves", "became", "says"),
    [
        ("200", "taken", "200"), ("204", "taken", "204"), ("410", "gone", "410"), ("422", "refused", "422"),
        ("503", "down", "503"), ("429", "down", "429"), ("301", "down", "301"), ("401", "down", "401"),
        ("slow", "down", "slow"), ("drops", "down", "slow"), ("hangs_up", "down", "unreachable"),
        ("babbles", "down", "no_http"), ("floods", "taken", "200"),
    ],
)  # fmt: skip
def test_whatever_the_other_side_does_is_one_answer(
    behaves: str, became: str, says: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "PATIENCE", 0.5 if says == "slow" else PATIENCE)
    receiver.behaves = behaves
    line = webhooks.Line(receiver.url, allow_local=True)
    answer = line.send(BODY, message()["headers"])
    line.close()
    assert (answer.became, answer.says) == (became, says)


def test_one_line_carries_many_messages_and_is_opened_again_where_the_other_side_closed_it(receiver: Receiver) -> None:
    line = webhooks.Line(receiver.url, allow_local=True)
    assert [line.send(BODY, {}).became for _ in range(3)] == ["taken"] * 3
    assert receiver.connections == 1
    receiver.behaves = "closes"
    assert [line.send(BODY, {}).became for _ in range(3)] == ["taken"] * 3
    line.close()


def test_nobody_there_is_down() -> None:
    line = webhooks.Line("http://127.0.0.1:1/", allow_local=True)
    assert line.send(BODY, {}) == webhooks.Answer("down", "unreachable")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/", "address_not_https"), ("ftp://example.org/", "address_not_https"),
        ("https://", "address_shape"), ("example.org", "address_shape"),
        ("https://me:pw@example.org/", "address_shape"),
        ("https://example.org/#x", "address_shape"), ("https://example.org/a b", "address_shape"),
        ("https://example.org:99999/", "address_shape"), ("https://[::1", "address_shape"),
        ("https://exämple.org/", "address_shape"), ("https://127.0.0.1/", "address_inside"),
        ("https://10.1.2.3/", "address_inside"), ("https://169.254.169.254/latest", "address_inside"),
        ("https://[::1]/", "address_inside"), ("https://[fd00::1]/", "address_inside"),
        ("https://[::ffff:127.0.0.1]/", "address_inside"), ("https://0.0.0.0/", "address_inside"),
        ("https://[64:ff9b::10.0.0.1]/", "address_inside"), ("https://[2002:a00:1::1]/", "address_inside"),
        ("https://[::10.0.0.1]/", "address_inside"), ("https://[fec0::1]/", "address_inside"),
        ("https://100.64.0.1/", "address_inside"), ("https://2130706433/", "address_inside"),
        ("https://0x7f.1/", "address_inside"),
    ],
)  # fmt: skip
def test_no_message_goes_inside_or_in_the_clear(url: str, code: str) -> None:
    with pytest.raises(webhooks.BadAddress) as bad:
        webhooks.check_address(url, allow_local=False)
    assert bad.value.code == code
    assert webhooks.Line(url, allow_local=False).send(BODY, {}) == webhooks.Answer("down", code)


@pytest.mark.parametrize(
    ("url", "code"), [("https://localhost/", "address_inside"), ("https://nobody.invalid/", "address_unknown")]
)
def test_where_a_name_leads_is_found_out_before_each_message(url: str, code: str) -> None:
    webhooks.check_address(url, allow_local=False)
    assert webhooks.Line(url, allow_local=False).send(BODY, {}) == webhooks.Answer("down", code)


def test_a_name_that_leads_inside_later_gets_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where whoever has the name changes it between two messages: what was looked up is what is reached."""
    asked: list[str] = []

    def leads_inside(host: str, port: int, **how: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fd00::1", port, 0, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", leads_inside)
    line = webhooks.Line(URL, allow_local=False)
    assert [line.send(BODY, {}).says for _ in range(2)] == ["address_inside"] * 2
    assert asked == ["county.example.org"] * 2


def test_a_name_server_that_hangs_keeps_neither_a_request_nor_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    ended, real = threading.Event(), socket.getaddrinfo

    def hangs(host: Any, port: Any, **how: Any) -> Any:
        if how.get("flags") != socket.AI_NUMERICHOST:
            ended.wait(600)
        return real(host, port, **how)

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    webhooks.check_address("https://nobody.invalid/", allow_local=False)
    monkeypatch.setattr(webhooks, "PATIENCE", 0.2)
    assert webhooks.Line("https://nobody.invalid/", allow_local=False).send(BODY, {}) == webhooks.Answer("down", "slow")
    ended.set()


def test_tls_that_is_never_agreed_on_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        line = webhooks.Line(f"https://127.0.0.1:{silent.getsockname()[1]}/", allow_local=True)
        assert line.send(BODY, {}) == webhooks.Answer("down", "slow")


def test_only_certificates_that_the_system_believes_are_good_and_one_line_carries_many_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(webhooks, "PATIENCE", PATIENCE)
    request.addfinalizer(lines.trusted.cache_clear)
    engine = transit.Engine({})  # which answers 412 to whoever knows nothing of it
    engine.tls, certificate = transit.self_signed(tmp_path)
    engine.start()
    assert webhooks.Line(engine.address, allow_local=True).send(BODY, {}) == webhooks.Answer("down", "certificate")
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    lines.trusted.cache_clear()
    before, line = engine.connections, webhooks.Line(engine.address, allow_local=True)
    assert [line.send(b"{}", {}).says for _ in range(3)] == ["412"] * 3
    assert engine.connections == before + 1
    line.close()
    engine.stop()
