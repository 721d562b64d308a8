"""Good credentials are accepted by all of other people's verifiers, and every bad one is refused by all of them."""

import json
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import jsonschema
import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from openvc.keys import Ed25519SigningKey
from openvc.proof.data_integrity import DataIntegrityProofSuite

from peercert.gateways.signer import achievement, canonical, did, jwt, keys, proof
from peercert.gateways.signer.vault import Vault
from tests.gateways.signer import judges, samples, transit

SCHEMA = json.loads((judges.JUDGES / "ob3_achievementcredential.schema.json").read_text())
SCHEMA_AT = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
RETIRED = keys.local("ed25519", bytes(range(3, 35)))
OUTSIDE = keys.local("ed25519", bytes(range(5, 37)))
IN_FORCE: dict[str, Any] = {"last_day": date(2099, 5, 1)}
EXPIRED: dict[str, Any] = {"last_day": date(2026, 5, 2)}
EARLY: dict[str, Any] = {**IN_FORCE, "valid_from": datetime(2098, 1, 1, tzinfo=UTC)}
SET = {7, 131_071}


def _with(document: dict[str, Any], place: str, **changes: Any) -> dict[str, Any]:
    """A copy with terms added to, or changed in, the node at `place`."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    node = copy
    for step in place.split("."):
        node = node[step] if step else node
    node.update(changes)
    return copy


def _forged() -> dict[str, Any]:
    """Signed by somebody else in the name of our key."""
    return _with(samples.signed(key=samples.OTHER_KEY, **IN_FORCE), "proof", verificationMethod=samples.METHOD)


def _forged_token() -> str:
    document = achievement.document(samples.CONTENT)
    return jwt.signed(document, keys.local("p256", bytes(range(4, 36))), samples.JWT_METHOD)


def _altered_token() -> str:
    header, payload, signature = samples.token(**IN_FORCE).split(".")
    return f"{header}.{payload[:800]}{'A' if payload[800] != 'A' else 'B'}{payload[801:]}.{signature}"


def _signed_outside(name: str, key: keys.PublicKey) -> Any:
    """A credential, or a token, whose key nobody has but an outside signer."""
    with transit.running(held={"credential": [OUTSIDE], "jwt": [samples.JWT_KEY]}) as address:
        sign = partial(Vault(address, transit.TOKEN).sign, f"{name}:1", key)
        signer = keys.Signer(key.kid, key.algorithm, key.public, sign)
        return (samples.token if name == "jwt" else samples.signed)(key=signer, **IN_FORCE)


GOOD = samples.signed(**IN_FORCE)
CASES: dict[str, Any] = {
    "good": GOOD,
    "good, plain": samples.signed(**IN_FORCE, areas=(), name="Ana Li"),
    "good, signed by a retired key": samples.signed(**IN_FORCE, key=RETIRED),
    "good, signed outside": _signed_outside("credential", OUTSIDE),
    "good, neighbour of a set bit": samples.signed(**IN_FORCE, status_index=8),
    "expired": samples.signed(**EXPIRED),
    "not yet valid": samples.signed(**EARLY),
    "no longer current": samples.signed(**IN_FORCE, status_index=7),
    "no longer current, last bit": samples.signed(**IN_FORCE, status_index=131_071),
    "altered name": _with(GOOD, "credentialSubject", licenseNumber="C-7K2M-9QXE"),
    "altered day": _with(GOOD, "", validUntil="2099-05-02T23:59:59-07:00"),
    "altered index": _with(GOOD, "credentialStatus", statusListIndex="94568"),
    "altered competency": _with(GOOD, "credentialSubject.achievement.criteria", narrative="None."),
    "wrong key": _forged(),
    "key of nobody": samples.signed(key=samples.OTHER_KEY, **IN_FORCE),
    "added term that no context defines": _with(GOOD, "credentialSubject", salary="100"),
    "added term of the context": _with(GOOD, "credentialSubject", narrative="Also a physician."),
    "status list that cannot be had": samples.signed(**IN_FORCE, status_list=f"{samples.LIST}0"),
    "status list of somebody else": samples.signed(**IN_FORCE, status_list=f"{samples.LIST}9"),
}
TOKENS = {
    "good token": samples.token(**IN_FORCE),
    "good token, signed outside": _signed_outside("jwt", samples.JWT_KEY),
    "expired token": samples.token(**EXPIRED),
    "token not yet valid": samples.token(**EARLY),
    "altered token": _altered_token(),
    "token by the wrong key": _forged_token(),
}
DOCUMENTS = {
    f"{samples.ORIGIN}/.well-known/did.json": did.document(
        samples.DID, [samples.KEY, samples.JWT_KEY, RETIRED, OUTSIDE]
    ),
    samples.LIST: samples.status_list(*SET),
    f"{samples.LIST}9": _with(samples.status_list(id=f"{samples.LIST}9"), "proof", created="2026-06-01T17:30:01Z"),
    SCHEMA_AT: SCHEMA,
}


@pytest.fixture(scope="module")
def npm() -> dict[str, Any]:
    """What npm's judges say of every case."""
    answers: dict[str, Any] = judges.node("credentials.mjs", {"documents": DOCUMENTS, "cases": {**CASES, **TOKENS}})
    return answers


@pytest.mark.parametrize("case", CASES)
def test_all_judges_agree(case: str, npm: dict[str, Any]) -> None:
    is_good = case.startswith("good")
    bazaar, core = npm[case]["digitalbazaar"], npm[case]["digitalcredentials"]
    assert (bazaar["signature"] and bazaar["current"]) is is_good, bazaar["why"]
    assert (core["signature"] and core["dates"] and core["current"]) is is_good, core["why"]
    # It can verify no status list of Data Integrity, so a forged list is not its to judge.
    if case != "status list of somebody else":
        said = judges.openbadgeslib(CASES[case], DOCUMENTS)
        assert (not said) is is_good, said
    said = judges.openvc(CASES[case], DOCUMENTS)
    assert (not said) is is_good, said


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith(("good", "no longer", "expired"))])
def test_what_is_wrong_with_the_standing_or_the_days_leaves_the_signature_whole(case: str, npm: dict[str, Any]) -> None:
    core = npm[case]["digitalcredentials"]
    assert core["signature"]
    assert core["schema"], core["why"]
    assert core["current"] is not case.startswith("no longer")
    assert core["dates"] is (case != "expired")


@pytest.mark.parametrize("case", TOKENS)
def test_all_judges_of_tokens_agree(case: str, npm: dict[str, Any]) -> None:
    is_good = case.startswith("good")
    answer = npm[case]["jose"]
    assert answer["signature"] is is_good
    assert (not judges.openbadgeslib(TOKENS[case], DOCUMENTS)) is is_good
    key = pyjwt.PyJWK({**did.jwk(samples.JWT_KEY), "alg": "ES256"})
    try:
        payload = pyjwt.decode(TOKENS[case], key, algorithms=["ES256"])
    except pyjwt.InvalidTokenError:
        assert not is_good
    else:
        assert is_good
        assert payload == answer["payload"]
        document = achievement.document(samples.changed(**IN_FORCE))
        assert payload == {**document, **jwt.claims(document)}


@pytest.mark.parametrize("areas", [(), ("crisis",), achievement.AREAS])
def test_what_is_signed_follows_the_model_of_open_badges(areas: tuple[str, ...]) -> None:
    document = samples.signed(areas=areas)
    checker = jsonschema.Draft201909Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(document)] == []


def test_what_we_read_a_judge_signed() -> None:
    """A proof by openvc-core over our document is one that we accept: both sign the same bytes."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    theirs = DataIntegrityProofSuite().add_proof(
        achievement.document(samples.CONTENT),
        signing_key=Ed25519SigningKey(private, kid=samples.METHOD),
        verification_method=samples.METHOD,
        created=samples.NOW,
        extra_contexts=samples.CONTEXTS,
    )
    assert proof.claim(theirs, form=canonical.credential).holds(samples.KEY)
    assert theirs["proof"]["proofValue"] == samples.signed()["proof"]["proofValue"]
