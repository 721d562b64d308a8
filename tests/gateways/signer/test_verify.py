"""Each step of a verdict holds or fails for its own reason, and nothing that a stranger hands in does harm."""

import base64
import gzip
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peercert.gateways.signer import inclusion, keys, verify
from tests.gateways.signer import samples
from tests.gateways.signer.samples import DID, LIST, NOW

GENUINE = ("readable", "shape", "issuer", "key", "signature")


def explain(
    document: Any, *, status: Callable[[str], Any] = lambda _: samples.status_list(5), at: datetime = NOW,
    log_keys: Sequence[keys.PublicKey] = (samples.OTHER_KEY, samples.LOG_KEY),
) -> verify.Verdict:  # fmt: skip
    return verify.explain(
        document, issuer=DID, resolve_key=samples.resolve_key, fetch_status=status, log_keys=log_keys, at=at
    )


def codes(verdict: verify.Verdict) -> list[str]:
    assert [step.step for step in verdict.steps] == list(verify.STEPS)
    return [step.code for step in verdict.steps if step.holds is not True]


@pytest.mark.parametrize(
    ("form", "readable"),
    [
        (lambda: samples.signed(), "read_as_json"),
        (lambda: json.dumps(samples.signed()), "read_as_json"),
        (lambda: b"\xef\xbb\xbf \n" + json.dumps(samples.signed(), indent=1).encode(), "read_as_json"),
        (lambda: samples.token(), "read_as_jwt"),
        (lambda: samples.token().encode() + b"\n", "read_as_jwt"),
    ],
)
def test_a_good_one_holds_in_every_form_and_says_what_it_says(form: Callable[[], Any], readable: str) -> None:
    verdict = explain(form())
    assert codes(verdict) == []
    assert verdict.holds is True
    assert verdict.is_genuine
    assert verdict["readable"].code == readable
    assert verdict.number == "C-7K2M-9QXD"
    content = samples.CONTENT
    for name in ("number", "name", "issued_on", "first_day", "last_day", "valid_from"):
        assert verdict.says[name] == getattr(content, name)
    assert verdict.says["uuid"] == str(content.uuid)
    assert verdict.says["areas"] == ("crisis", "justice")
    assert verdict["dates"].values["valid_until"].isoformat() == "2028-05-01T23:59:59-07:00"


def _changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy in which one place holds another value, or is gone (`...`)."""
    copy = json.loads(json.dumps(document))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = copy
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("credentialSubject.identifier.0.identityHash", "Somebody Else", "signature_fails"),
        ("credentialSubject.licenseNumber", "C-7K2M-9QXE", "signature_fails"),
        ("credentialSubject.achievement.alignment.3.targetName", "Magic", "signature_fails"),
        ("credentialSubject.achievement.id", "https://certify.example.org/achievements/certified", "signature_fails"),
        ("validUntil", "2098-05-01T23:59:59-07:00", "signature_fails"),
        ("credentialStatus.statusListIndex", "94568", "signature_fails"),
        ("proof.created", "2026-06-01T17:30:01Z", "signature_fails"),
        ("id", "urn:uuid:0b0b7c62-4b8f-4a6e-9f0d-0f4f3d1a2b3d", "signature_fails"),
        ("evidence.0.id", inclusion.address(samples.ORIGIN, "C-7K2M-9QXD", samples.logged(3)), "signature_fails"),
        ("evidence", ..., "wrong_value"),
        ("issuer.name", "Somebody", "signature_fails"),
        ("issuer.id", "did:web:certify.example.com", "issuer_other"),
        ("issuer.id", "did:web:CERTIFY.example.org", "issuer_other"),
        ("issuer", "did:web:certify.example.com", "wrong_value"),
        ("issuer", ..., "wrong_value"),
        ("proof.verificationMethod", "did:web:certify.example.com#key-1", "key_of_another"),
        ("proof.verificationMethod", f"{DID}#key-of-nobody", "key_unknown"),
        ("proof", ..., "not_signed"),
        ("proof", [], "wrong_value"),
        ("proof.proofValue", ..., "wrong_value"),
        ("proof.proofValue", "z" + "1" * 88, "signature_fails"),
        ("proof.proofValue", "z" + "0" * 88, "wrong_value"),
        ("proof.proofPurpose", "authentication", "wrong_value"),
        ("proof.cryptosuite", "eddsa-jcs-2022", "wrong_value"),
        ("proof.nonce", "1", "unknown_term"),
        ("email", "maria@example.org", "unknown_term"),
        ("credentialSubject.email", "maria@example.org", "unknown_term"),
        ("credentialSubject.narrative", "defined by the context, not by us", "unknown_term"),
        ("credentialSubject.identifier.0.id", "urn:x:y", "unknown_term"),
        ("credentialSubject.identifier.0.hashed", 0, "wrong_value"),
        ("credentialSubject.identifier.0.hashed", True, "wrong_value"),
        ("credentialSubject.identifier.0.identityHash", "Mar\ud83da", "wrong_value"),
        ("credentialSubject.identifier.0.identityHash", "Maria\n", "wrong_value"),
        ("credentialSubject.identifier", [], "wrong_value"),
        ("credentialSubject.term", "always", "wrong_value"),
        ("credentialSubject", [], "wrong_value"),
        ("credentialStatus", ..., "wrong_value"),
        ("credentialStatus", [{}, {}], "wrong_value"),
        ("credentialStatus.statusPurpose", "suspension", "wrong_value"),
        ("type", ["VerifiableCredential"], "wrong_value"),
        ("validFrom", None, "wrong_value"),
        ("validFrom", "2026-02-30T00:00:00Z", "wrong_value"),
        ("@context", ["https://www.w3.org/ns/credentials/v2"], "unknown_context"),
        ("@context.1", {"name": "https://evil.example/name"}, "unknown_context"),
        ("@context.1", "https://evil.example/context.json", "unknown_context"),
    ],
)
def test_one_altered_place_fails_for_its_own_reason(path: str, value: Any, code: str) -> None:
    verdict = explain(_changed(samples.signed(), path, value))
    assert code in codes(verdict)
    assert verdict.holds is False
    assert not verdict.is_genuine
    assert verdict.says == {}
    assert verdict["status"].code == "not_judged"


def test_a_key_of_ours_that_did_not_sign_is_found_out() -> None:
    forged = samples.signed(key=samples.OTHER_KEY)
    assert codes(explain(forged)) == ["key_unknown", "not_judged", "not_judged", "not_judged"]
    borrowed = _changed(forged, "proof.verificationMethod", samples.METHOD)
    assert codes(explain(borrowed)) == ["signature_fails", "not_judged", "not_judged"]
    assert (
        codes(explain(_changed(samples.signed(), "proof.verificationMethod", samples.JWT_METHOD)))[0]
        == "signature_fails"
    )


def test_the_proof_of_the_log_holds_for_every_place_in_a_tree_of_any_size() -> None:
    for size in range(1, 20):
        for place in range(size):
            proof = samples.logged(place, size)
            read = inclusion.carried_by(inclusion.address(samples.ORIGIN, "C-7K2M-9QXD", proof))
            assert read == proof
            assert read.leads_to_its_head()
            for wrong in (replace(proof, position=place + 1), replace(proof, opened=proof.opened + b" "),
                          replace(proof, path=proof.path[1:]) if proof.path else replace(proof, path=(bytes(32),)),
                          replace(proof, path=(*proof.path, bytes(32)))):  # fmt: skip
                assert not wrong.leads_to_its_head()
    step = explain(samples.signed(proof=samples.logged(4, 7)))["log"]
    assert (step.code, dict(step.values)) == ("in_the_log", {"position": 5, "size": 7})


@pytest.mark.parametrize(
    ("proof", "code", "holds"),
    [
        (samples.logged(key=samples.KEY), "log_key_unknown", None),
        (samples.logged(origin="certify.example.com/log"), "log_key_unknown", None),
        (replace(samples.logged(), opened=samples.logged().opened + b" "), "not_in_the_log", False),
        # The proof of an entry that is there, and says something else: whoever stole our key can borrow no other.
        (samples.logged(certificate="C-0000-0000"), "not_in_the_log", False),
        (samples.logged(name="María García"), "not_in_the_log", False),
        (samples.logged(last_on="2028-05-02"), "not_in_the_log", False),
        (samples.logged(issued_on="2026-04-30"), "not_in_the_log", False),
        (samples.logged(areas=None), "not_in_the_log", False),
        (samples.logged(areas=["crisis"]), "not_in_the_log", False),
        (samples.logged(standing="revoked"), "not_in_the_log", False),
        (samples.logged(note="more"), "not_in_the_log", False),
        (samples.logged(suspended=[["2027-01-01", "2027-01-31"]]), "in_the_log", True),
        (replace(samples.logged(), path=samples.logged().path[:-1]), "not_in_the_log", False),
        (replace(samples.logged(), checkpoint=samples.logged(size=8).checkpoint), "not_in_the_log", False),
    ],
)
def test_what_was_signed_but_does_not_stand_in_the_log_is_told(proof: Any, code: str, holds: bool | None) -> None:
    verdict = explain(samples.signed(proof=proof))
    assert (verdict["log"].code, verdict["log"].holds) == (code, holds)
    assert verdict.is_genuine
    assert verdict.holds is holds


@pytest.mark.parametrize("behind", ["", "#", "#AAAA", "#" + "A" * 5_000, "#%%%", "#\u00e9"])
def test_what_is_no_proof_is_none(behind: str) -> None:
    with pytest.raises(inclusion.NotAProof):
        inclusion.carried_by(f"{samples.ORIGIN}/log/proof/C-7K2M-9QXD{behind}")


@given(
    text=st.text(max_size=200) | st.from_regex(r"c2sp.org/tlog-proof@v1\nextra .{0,9}\nindex \d{1,20}\n\n.*\n\d+\n.*")
)
def test_nothing_behind_the_address_does_harm(text: str) -> None:
    encoded = quote(text, errors="replace")
    with pytest.raises(inclusion.NotAProof):
        inclusion.carried_by(f"{samples.ORIGIN}/log/proof/C-7K2M-9QXD#{encoded}")


def test_the_steps_say_whose_it_is_and_what_is_unknown() -> None:
    verdict = explain(_changed(samples.signed(), "issuer.id", "did:web:certify.example.org.evil.example"))
    assert verdict["issuer"].values == {"ours": DID, "theirs": "did:web:certify.example.org.evil.example"}
    assert verdict["key"].holds is None
    verdict = explain(_changed(samples.signed(), "credentialSubject.salary\x00\u202e", 1))
    assert verdict["shape"].code == "unknown_term"
    assert verdict["shape"].values["where"] == "credentialSubject.salary\ufffd\ufffd"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2026, 5, 1, 16, 59, 59, tzinfo=UTC), "not_yet_valid"),
        (datetime(2026, 5, 1, 17, tzinfo=UTC), "dates_hold"),
        (datetime(2028, 5, 2, 6, 59, 59, tzinfo=UTC), "dates_hold"),
        (datetime(2028, 5, 2, 7, tzinfo=UTC), "expired"),
    ],
)
def test_the_last_day_is_good_until_midnight_in_los_angeles(at: datetime, code: str) -> None:
    verdict = explain(samples.signed(), at=at)
    assert verdict["dates"].code == code
    assert verdict.is_genuine
    assert verdict.holds is (code == "dates_hold")


def test_a_set_bit_is_no_longer_current() -> None:
    verdict = explain(samples.signed(), status=lambda _: samples.status_list(94_567))
    assert codes(verdict) == ["no_longer_current"]
    assert verdict.holds is False
    assert verdict.is_genuine
    assert verdict.says["name"] == samples.CONTENT.name


def _raises(_: str) -> bytes:
    raise TimeoutError


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (lambda _: None, None),
        (_raises, None),
        (lambda _: b"<html>", "not_a_jwt"),
        (lambda _: [], "not_a_credential"),
        (lambda _: samples.signed(), "unknown_term"),
        (lambda _: samples.status_list(id=f"{LIST}0"), "another list"),
        (lambda _: samples.status_list(validFrom="2026-06-01T17:30:01Z"), "dates"),
        (lambda _: samples.status_list(validUntil="2026-06-01T17:29:59Z"), "dates"),
        (lambda _: _changed(samples.status_list(), "credentialSubject.ttl", 1), "signature"),
        (lambda _: _changed(samples.status_list(), "credentialSubject.ttl", True), "wrong_value"),
        (
            lambda _: _changed(samples.status_list(), "proof.verificationMethod", "did:web:evil.example#key"),
            "signature",
        ),
        (lambda _: _list_of(b"\0" * 16_383), "too short"),
        (lambda _: _list_of(b"\0" * (1 << 27)), "too long"),
        (lambda _: _list_of(b"\0" * 16_384, after=b"more"), "followed"),
        (lambda _: _list_of(b"\0" * 16_384, cut=5), "cut off"),
    ],
)
def test_a_status_that_cannot_be_had_or_believed_is_not_good_news(
    status: Callable[[str], Any], why: str | None
) -> None:
    verdict = explain(samples.signed(), status=status)
    assert verdict["status"].holds is None
    assert verdict.holds is None
    assert verdict["status"].code == ("status_not_fetched" if why is None else "status_not_believed")
    assert (why or "") in verdict["status"].values.get("why", "")


def _list_of(bits: bytes, *, after: bytes = b"", cut: int | None = None) -> dict[str, Any]:
    """A list that we signed by mistake."""
    packed = (gzip.compress(bits, mtime=0) + after)[: -cut if cut else None]
    subject = samples.status_list()["credentialSubject"]
    encoded = "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    return samples.status_list(credentialSubject={**subject, "encodedList": encoded})


def test_a_status_list_is_asked_for_once_and_only_where_our_signature_names_it() -> None:
    asked: list[str] = []

    def fetch(address: str) -> None:
        asked.append(address)

    explain(samples.signed(), status=fetch)
    assert asked == [LIST]
    for path in ("credentialStatus.statusListCredential", "credentialSubject.licenseNumber"):
        explain(_changed(samples.signed(), path, "https://inside.example/"), status=fetch)
    assert asked == [LIST]


DEEP = 200_000
HOSTILE = [
    b"", b"\xff\xfe", "\ud800", b"\x00", "null", "1", '"text"', "[]", "{}", "{", "NaN", "Infinity", '{"id": NaN}',
    '{"proof": 1, "issuer": [], "credentialSubject": "x", "validFrom": {}}', '{"issuer": {"id": {"id": 1}}}',
    "[" * DEEP, '{"a":' * DEEP, "[" * DEEP + "]" * DEEP, '{"id": ' + "9" * 100_000 + "}", '{"id": 1e999999}',
    "a.b", "a.b.c", "....", "eyJ9.eyJ9.eyJ9", "." * 500_000, "A" * 1_000_000 + ".A.A", " " * 1_400_000,
    b"{" + b" " * 2_000_000, "{" + ",".join(f'"k{n}":{n}' for n in range(60_000)) + "}",
    '{"@context": ' + "[" * 500 + "]" * 500 + "}",
    None, 1, [], object(), ({},), {1: 2}, {"proof": {"verificationMethod": 1}},
]  # fmt: skip


@pytest.mark.parametrize("document", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_handed_in_raises_or_takes_long(document: Any) -> None:
    began = time.process_time()
    verdict = explain(document)
    assert verdict.holds is False
    assert time.process_time() - began < 10


def test_a_key_that_stands_twice_has_no_meaning_here() -> None:
    text = json.dumps(samples.signed())
    name = f'"licenseNumber": "{samples.CONTENT.number}"'
    assert explain(text.replace(name, f'"licenseNumber": "C-1", {name}'))["readable"].code == "key_twice"


def test_a_structure_that_holds_itself_is_refused() -> None:
    for path in ("credentialSubject.achievement", "credentialSubject", "issuer"):
        document = samples.signed()
        place: Any = document
        for step in path.split("."):
            place = place[step]
        place["type"] = place
        assert explain(document)["shape"].code == "wrong_value"


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _places(value: Any, path: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, each in inner for place in (f"{path}{name}", *_places(each, f"{path}{name}."))]


PLACES = [place for place in _places(samples.signed()) if ".alignment." not in place or ".0." in place]


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(PLACES), value=_ANY)
def test_no_other_value_in_any_place_is_taken_for_signed(place: str, value: Any) -> None:
    document = samples.signed()
    changed = json.loads(json.dumps(document))
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    inner = changed
    for step in way:
        inner = inner[step]
    if inner[last] == value and type(inner[last]) is type(value):
        return
    inner[last] = value
    assert not explain(changed).is_genuine


@settings(max_examples=60)
@given(place=st.integers(0, 4000), flip=st.integers(1, 127))
def test_no_altered_letter_of_a_token_is_taken_for_signed(place: int, flip: int) -> None:
    token = bytearray(samples.token().encode())
    token[place % len(token)] ^= flip
    assert not explain(bytes(token)).is_genuine
