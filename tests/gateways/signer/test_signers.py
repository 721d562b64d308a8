"""Keys here and elsewhere sign alike; an outside signer that fails, however it fails, is one exception."""

import base64
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier

import base58 as library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peercert.gateways.signer import achievement, base58, canonical, did, jwt, kept, keys, proof
from peercert.gateways.signer.vault import NoSuchKey, Vault
from tests.gateways.signer import samples, transit

DOCUMENT = achievement.document(samples.CONTENT)


@pytest.fixture
def engine() -> Iterator[transit.Engine]:
    """A transit engine that runs."""
    engine = transit.Engine(dict(transit.KEYS))
    engine.start()
    yield engine
    engine.stop()


def _outside(vault: Vault, name: str, key: keys.PublicKey) -> keys.Signer:
    return keys.Signer(key.kid, key.algorithm, key.public, partial(vault.sign, name, key))


def _sign(signer: keys.Signer) -> dict[str, object]:
    method = did.key_id(samples.DID, signer.kid)
    return proof.signed(DOCUMENT, signer, method, now=samples.NOW, form=canonical.credential)


def test_an_outside_key_signs_as_one_in_memory_does() -> None:
    with transit.running() as address:
        vault = Vault(address, transit.TOKEN)
        name, key = vault.newest("credential")
        assert (name, key.public) == ("credential:2", transit.KEYS["credential"][1].public)
        assert key.kid == keys.kid_of(key.public)
        outside = _outside(vault, name, key)
        assert _sign(outside) == _sign(transit.KEYS["credential"][1])
        name, key = vault.newest("jwt")
        assert (name, key.algorithm) == ("jwt:1", "p256")
        token = jwt.signed(DOCUMENT, _outside(vault, name, key), did.key_id(samples.DID, key.kid))
        assert jwt.claim(jwt.taken_apart(token)).holds(key)


def test_an_older_version_of_an_outside_key_is_a_key_of_its_own() -> None:
    with transit.running() as address:
        old = transit.KEYS["credential"][0]
        signer = _outside(Vault(f"{address}/", transit.TOKEN), "credential:1", old)
        assert _sign(signer) == _sign(old)


@pytest.mark.parametrize(
    "fault",
    ["sealed", "limited", "restarts", "html", "list", "no signature", "number for a signature", "short",
     "other version", "huge", "redirect", "closes", "drips", "slow", "lies"],
)  # fmt: skip
def test_every_fault_of_an_outside_signer_is_one_exception(fault: str) -> None:
    with transit.running(fault) as address, pytest.raises(keys.SignerDown):
        _sign(_outside(Vault(address, transit.TOKEN, seconds=0.2), "credential:1", transit.KEYS["credential"][0]))


@pytest.mark.parametrize("name", ["nobody", "aes"])
def test_a_name_without_a_key_that_signs_is_told(name: str) -> None:
    with transit.running() as address:
        with pytest.raises(keys.SignerDown):
            Vault(address, transit.TOKEN).newest(name)
        with pytest.raises(keys.SignerDown, match="403"):
            Vault(address, "another token").newest("credential")


@pytest.mark.parametrize("is_old", [False, True])
def test_a_key_is_made_once_and_rotated_where_the_signer_lets_us(engine: transit.Engine, is_old: bool) -> None:
    engine.held, engine.is_old = {}, is_old
    vault = Vault(engine.address, transit.TOKEN)
    with pytest.raises(NoSuchKey):
        vault.newest("log")
    vault.make("log", "ed25519")
    name, first = vault.newest("log")
    vault.make("log", "ed25519")
    assert vault.newest("log") == (name, first) == ("log:1", first)
    vault.rotate("log")
    name, second = vault.newest("log")
    assert (name, first == second) == ("log:2", False)
    engine.may_make = False
    with pytest.raises(keys.SignerDown, match="403"):
        vault.rotate("log")


def test_a_namespace_is_named_with_every_request(engine: transit.Engine) -> None:
    engine.namespace = "health/peers"
    assert Vault(engine.address, transit.TOKEN, namespace="health/peers").newest("jwt")[0] == "jwt:1"
    with pytest.raises(NoSuchKey):
        Vault(engine.address, transit.TOKEN).newest("jwt")


def test_a_version_that_the_signer_does_not_use_any_more_is_told(engine: transit.Engine) -> None:
    engine.oldest = 2
    with pytest.raises(keys.SignerDown, match=r"500: 1 error occurred: \* requested version for signing is less than"):
        Vault(engine.address, transit.TOKEN).sign("credential:1", transit.KEYS["credential"][0], b"x")


def test_one_line_carries_many_talks_and_is_opened_again_where_the_signer_closed_it(
    engine: transit.Engine, tmp_path: Path
) -> None:
    engine.stop()
    engine.tls, certificate = transit.self_signed(tmp_path)
    engine.start()
    vault, key = Vault(engine.address, transit.TOKEN, ca=certificate), transit.KEYS["jwt"][0]
    for _ in range(5):
        vault.sign("jwt:1", key, b"x")
    assert engine.connections == 1
    engine.hang_up()
    vault.sign("jwt:1", key, b"x")
    assert engine.connections == 2
    engine.stop()
    engine.start()
    vault.sign("jwt:1", key, b"x")
    assert engine.connections == 3


def test_a_line_that_lay_idle_for_long_is_not_trusted(engine: transit.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "IDLE", 0.0)
    for _ in range(3):
        Vault(engine.address, transit.TOKEN).newest("jwt")
    assert engine.connections == 3


def test_what_is_lost_as_we_speak_is_asked_again_only_where_twice_is_no_more_than_once(engine: transit.Engine) -> None:
    vault, key = Vault(engine.address, transit.TOKEN), transit.KEYS["jwt"][0]
    engine.held = {"jwt": [transit.KEYS["jwt"][0]]}
    vault.sign("jwt:1", key, b"x")
    engine.fault = "closes once"
    vault.sign("jwt:1", key, b"x")
    assert engine.asked.count("POST /v1/transit/sign/jwt") == 3
    engine.fault = "closes once"
    with pytest.raises(keys.SignerDown):
        vault.rotate("jwt")
    assert engine.asked.count("POST /v1/transit/keys/jwt/rotate") == 1
    assert len(engine.held["jwt"]) == 2


def test_threads_speak_on_lines_of_their_own_and_few_are_kept(engine: transit.Engine) -> None:
    vault, key = Vault(engine.address, transit.TOKEN), transit.KEYS["credential"][0]
    with ThreadPoolExecutor(4 * kept.MOST_IDLE) as threads:
        together = Barrier(4 * kept.MOST_IDLE)

        def sign(number: int) -> bool:
            together.wait()
            return key.verifies(vault.sign("credential:1", key, b"%d" % number), b"%d" % number)

        assert all(threads.map(sign, range(4 * kept.MOST_IDLE)))
    before = engine.connections
    for _ in range(kept.MOST_IDLE):
        vault.newest("jwt")
    assert engine.connections == before


def test_a_child_process_opens_lines_of_its_own(engine: transit.Engine) -> None:
    vault = Vault(engine.address, transit.TOKEN)
    vault.newest("jwt")
    came, goes = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.write(goes, vault.newest("jwt")[0].encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(goes)
    assert os.read(came, 100) == b"jwt:1"
    assert engine.connections == 2
    vault.newest("jwt")
    assert engine.connections == 2


def test_a_token_that_ran_out_is_told_and_the_next_one_lets_us_in_on_the_same_line(engine: transit.Engine) -> None:
    Vault(engine.address, transit.TOKEN).newest("jwt")
    engine.token = "s.renewed"
    with pytest.raises(keys.SignerDown, match=r"403: 2 errors occurred: \* permission denied \* invalid token"):
        Vault(engine.address, transit.TOKEN).newest("jwt")
    assert Vault(engine.address, "s.renewed").newest("jwt")[0] == "jwt:1"
    assert engine.connections == 1


@pytest.mark.parametrize(
    ("sent", "rest"), [("7", 7), ("0", 0), ("", 0), ("-1", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("9" * 40, 0)]
)
@pytest.mark.parametrize("fault", ["limited", "restarts"])
def test_a_signer_that_wants_rest_says_for_how_long(fault: str, sent: str, rest: int, engine: transit.Engine) -> None:
    engine.fault, engine.rest = fault, sent
    with pytest.raises(keys.SignerDown) as down:
        Vault(engine.address, transit.TOKEN).newest("jwt")
    assert down.value.rest == rest


def test_tls_is_believed_by_the_file_of_certificates_that_is_named(engine: transit.Engine, tmp_path: Path) -> None:
    engine.stop()
    engine.tls, certificate = transit.self_signed(tmp_path)
    engine.start()
    assert Vault(engine.address, transit.TOKEN, ca=certificate).newest("jwt")[0] == "jwt:1"
    with pytest.raises(keys.SignerDown, match="self-signed"):
        Vault(engine.address, transit.TOKEN).newest("jwt")


def test_nobody_at_the_address_is_told_and_the_token_is_not() -> None:
    with transit.running() as address:
        pass
    vault = Vault(address, "s.secret", seconds=0.2)
    with pytest.raises(keys.SignerDown) as down:
        vault.newest("credential")
    assert "secret" not in f"{down.value}{vault}"


def test_a_signature_that_does_not_verify_is_never_handed_out() -> None:
    wrong = replace(samples.JWT_KEY, sign=lambda data: bytes(64))
    with pytest.raises(proof.NotOurs):
        jwt.signed(DOCUMENT, wrong, samples.JWT_METHOD)
    swapped = replace(samples.KEY, sign=samples.OTHER_KEY.sign)
    with pytest.raises(proof.NotOurs):
        _sign(swapped)


@pytest.mark.parametrize(
    "sign", [lambda: samples.signed(name="Ana\n"), lambda: samples.token(name="\ud800", proof=samples.logged())]
)
def test_a_content_that_cannot_be_signed_is_refused_by_both_forms(sign: Callable[[], object]) -> None:
    with pytest.raises(canonical.CannotSign, match="identityHash"):
        sign()


def test_the_did_document_lists_every_key_by_its_absolute_id() -> None:
    document = did.document(samples.DID, [samples.KEY, samples.JWT_KEY])
    assert document["id"] == "did:web:certify.example.org"
    assert document["assertionMethod"] == [samples.METHOD, samples.JWT_METHOD]
    ed25519, p256 = document["verificationMethod"]
    assert (ed25519["id"], ed25519["type"], ed25519["controller"]) == (samples.METHOD, "Multikey", samples.DID)
    assert ed25519["publicKeyMultibase"].startswith("z6Mk")
    assert did.multikey(samples.JWT_KEY).startswith("zDn")
    assert p256["publicKeyJwk"].keys() == {"kty", "crv", "x", "y"}
    x = base64.urlsafe_b64decode(p256["publicKeyJwk"]["x"] + "=")
    assert x == samples.JWT_KEY.public[1:]


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://certify.example.org", "did:web:certify.example.org"),
        ("http://localhost:8000", "did:web:localhost%3A8000"),
        ("https://Certify.Example.org/", "did:web:certify.example.org"),
    ],
)
def test_a_site_is_named_by_its_host(origin: str, name: str) -> None:
    assert did.of(origin) == name


@given(raw=st.binary(max_size=80) | st.binary(max_size=60).map(lambda raw: b"\0\0" + raw))
def test_base58_is_as_the_library_writes_it(raw: bytes) -> None:
    text = base58.encode(raw)
    assert text == library.b58encode(raw).decode()
    assert base58.decode(text) == raw


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "1 1", "é", "zz=", "-"])
def test_a_letter_that_is_not_base58_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        base58.decode(text)
