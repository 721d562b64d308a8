"""Keys here and elsewhere sign alike; an outside signer that fails, however it fails, is one exception."""

import base64
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import base58 as library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.gateways.signer import achievement, base58, canonical, did, jwt, keys, proof
from peercert.gateways.signer.vault import NoSuchKey, Vault
from tests.gateways.signer import samples, transit

DOCUMENT = achievement.document(samples.CONTENT)


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
        signer = _outside(Vault(f"{address}/", transit.TOKEN, namespace="peers"), "credential:1", old)
        assert _sign(signer) == _sign(old)


@pytest.mark.parametrize(
    "fault",
    ["sealed", "html", "list", "no signature", "number for a signature", "short", "other version", "huge", "redirect",
     "closes", "drips", "lies"],
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


def test_a_key_is_made_once_and_rotated_where_the_signer_lets_us() -> None:
    engine = transit.Engine({})
    engine.start()
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
    engine.stop()


def test_tls_is_believed_by_the_file_of_certificates_that_is_named(tmp_path: Path) -> None:
    engine = transit.Engine(transit.KEYS)
    engine.tls, certificate = transit.self_signed(tmp_path)
    engine.start()
    assert Vault(engine.address, transit.TOKEN, ca=certificate).newest("jwt")[0] == "jwt:1"
    with pytest.raises(keys.SignerDown, match="self-signed"):
        Vault(engine.address, transit.TOKEN).newest("jwt")
    engine.stop()


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


@settings(deadline=None)
@given(raw=st.binary(max_size=80) | st.binary(max_size=60).map(lambda raw: b"\0\0" + raw))
def test_base58_is_as_the_library_writes_it(raw: bytes) -> None:
    text = base58.encode(raw)
    assert text == library.b58encode(raw).decode()
    assert base58.decode(text) == raw


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "1 1", "é", "zz=", "-"])
def test_a_letter_that_is_not_base58_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        base58.decode(text)
