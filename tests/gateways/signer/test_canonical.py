"""Our canonical form is letter for letter that of PyLD and of jsonld.js, and what it cannot hold is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peercert.gateways.signer import achievement, canonical, proof, status
from peercert.gateways.signer.canonical import CannotSign
from peercert.gateways.signer.terms import BADGES, V2
from tests.gateways.signer import judges, samples

_ODD = "\\\"'<>{}^`|&\u00a0\u2028\u200d\ufeff\u0301"
_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from(_ODD),
    min_size=1, max_size=30,
)  # fmt: skip
_DAY = st.dates(date(1901, 1, 1), date(2199, 1, 1))
_WORDS = st.builds(
    achievement.Words,
    title=_TEXT, description=_TEXT, criteria=_TEXT, entry=_TEXT,
    competencies=st.lists(st.tuples(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), _TEXT), min_size=1, max_size=17,
                          unique_by=lambda pair: pair[0]).map(tuple),
    areas=st.just(achievement.words_of_record().areas),
)  # fmt: skip
_CONTENT = st.builds(
    achievement.Content,
    origin=st.sampled_from(["https://certify.example.org", "http://localhost:8000", "https://xn--mller-kva.example:8443"]),
    issuer=_TEXT,
    uuid=st.uuids(),
    number=st.from_regex(r"C-[0-9A-Z]{4}-[0-9A-Z]{4}", fullmatch=True),
    name=_TEXT,
    issued_on=_DAY, first_day=_DAY, last_day=_DAY,
    valid_from=st.datetimes(datetime(1901, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC)),
    areas=st.lists(st.sampled_from(achievement.AREAS), unique=True).map(tuple),
    status_list=st.sampled_from(["https://certify.example.org/status/1", "urn:a:b", "https://a.example/%C3%A9?x=1&y=(2)#f"]),
    status_index=st.integers(0, 10**11),
    words=st.just(achievement.words_of_record()) | _WORDS,
    proof=st.builds(samples.logged, st.integers(0, 4), st.integers(5, 40)),
)  # fmt: skip


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(contents=st.lists(_CONTENT, min_size=20, max_size=20))
def test_a_credential_is_as_pyld_and_jsonld_js_make_it(contents: list[achievement.Content]) -> None:
    documents = [achievement.document(content) for content in contents]
    ours = [canonical.credential(document).text for document in documents]
    assert ours == [samples.by_pyld(document) for document in documents]
    assert ours == judges.node("canonical.mjs", documents)


@settings(max_examples=15)
@given(bits=st.lists(st.integers(0, status.SIZE - 1), max_size=50))
def test_a_status_list_and_its_proof_are_as_pyld_makes_them(bits: list[int]) -> None:
    made = status.empty()
    for index in bits:
        status.set_bit(made, index)
    document = status.document(samples.LIST, samples.DID, made, valid_from=samples.NOW, valid_until=samples.NOW)
    assert canonical.status_list(document).text == samples.by_pyld(document)
    signed = proof.signed(document, samples.KEY, samples.METHOD, now=samples.NOW, form=canonical.status_list)
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    for context in (document["@context"], achievement.document(samples.CONTENT)["@context"]):
        assert canonical.options(options).text == samples.by_pyld({"@context": context, **options})


def test_a_status_list_and_a_proof_are_as_jsonld_js_makes_them() -> None:
    signed = samples.status_list(1, 2, 131_071)
    options = signed.pop("proof")
    del options["proofValue"]
    contexts = [V2], [V2, BADGES]
    asked = [signed, *({"@context": [*context], **options} for context in contexts)]
    assert judges.node("canonical.mjs", asked) == [
        canonical.status_list(signed).text, canonical.options(options).text, canonical.options(options).text
    ]  # fmt: skip


def _refused(document: dict[str, Any], form: Any = canonical.credential) -> tuple[str, str]:
    with pytest.raises(CannotSign) as refused:
        form(document)
    return refused.value.where, refused.value.why


@pytest.mark.parametrize(
    ("place", "term", "value", "why"),
    [
        ("", "salary", 1, "unknown_term"),
        ("", "proof", {}, "unknown_term"),
        ("", "description", "known to the contexts, but not to our shape", "unknown_term"),
        ("issuer", "email", "office@example.org", "unknown_term"),
        ("credentialSubject", "birthDate", "1990-01-01", "unknown_term"),
        ("credentialSubject.identifier.0", "salt", "x", "unknown_term"),
        ("credentialSubject.achievement", "creator", {}, "unknown_term"),
        ("credentialSubject.achievement.alignment.0", "note", "x", "unknown_term"),
        ("credentialSubject.achievement.alignment.0", "@id", "https://a.example/", "unknown_term"),
        ("credentialSubject.achievement.criteria", "type", "Criteria", "unknown_term"),
        ("", "id", "not absolute", "not_absolute"),
        ("", "id", "/relative", "not_absolute"),
        ("", "id", "_:blank", "not_absolute"),
        ("", "id", "https://a.example/\u00e9", "not_absolute"),
        ("", "id", "https://a.example/ b", "not_absolute"),
        ("", "id", "https://a.example/\n", "not_absolute"),
        ("", "id", "https://a.example/>", "not_absolute"),
        ("", "id", "javascript:alert(1)", "not_absolute"),
        ("credentialStatus", "statusListCredential", "status/1", "not_absolute"),
        ("credentialStatus", "statusListIndex", 5, "wrong_type"),
        ("credentialStatus", "statusListIndex", "-5", "wrong_value"),
        ("credentialStatus", "statusListIndex", "05", "wrong_value"),
        ("credentialStatus", "statusListIndex", "٥", "wrong_value"),
        ("credentialStatus", "type", ["BitstringStatusListEntry"], "wrong_value"),
        ("", "credentialStatus", [], "wrong_type"),
        ("", "type", "OpenBadgeCredential", "wrong_value"),
        ("", "name", None, "wrong_type"),
        ("", "name", ["a", "b"], "wrong_type"),
        ("", "name", {"@value": "a", "@language": "en"}, "wrong_type"),
        ("", "validFrom", "2026-05-01", "wrong_value"),
        ("", "validFrom", "2026-05-01T00:00:00Z ", "wrong_value"),
        ("", "validUntil", 5, "wrong_type"),
        ("", "@context", V2, "unknown_context"),
        ("", "@context", [BADGES, V2], "unknown_context"),
        ("", "@context", [V2, BADGES, {}], "unknown_context"),
        ("credentialSubject", "identifier", {}, "wrong_type"),
        ("credentialSubject", "identifier", [], "wrong_value"),
        ("credentialSubject.achievement", "alignment", [], "wrong_value"),
        ("credentialSubject.achievement", "name", date(2026, 1, 1), "wrong_type"),
        ("credentialSubject.achievement", "name", "\ud800", "unsignable_character"),
        ("credentialSubject.achievement", "name", {1: 2}, "wrong_type"),
        ("credentialSubject", "achievement", {1: 2}, "wrong_type"),
        ("", "evidence", [], "wrong_value"),
        ("", "evidence", {}, "wrong_type"),
        ("evidence.0", "description", "known to the contexts, but not to our shape", "unknown_term"),
        ("evidence.0", "id", "#relative", "not_absolute"),
        ("evidence.0", "type", ["Proof"], "wrong_value"),
        ("issuer", "id", f"{samples.ORIGIN}/verify/C-7K2M-9QXD/#holder", "same_id"),
        ("credentialSubject", "id", f"{samples.ORIGIN}/competencies/#advocacy", "same_id"),
        ("credentialSubject.achievement.alignment.0", "id", f"{samples.ORIGIN}/competencies/#advocacy", "same_id"),
    ],
)
def test_what_does_not_fit_the_shape_is_refused_where_it_stands(place: str, term: str, value: Any, why: str) -> None:
    document = achievement.document(samples.CONTENT)
    node: Any = document
    for step in place.split(".") if place else []:
        node = node[int(step) if step.isdigit() else step]
    node[term] = value
    where, found = _refused(document)
    assert found == why
    if why != "same_id" and value != {1: 2}:
        expected = f"{place.replace('.0', '[0]')}.{term}".removeprefix(".")
        assert where == expected


@pytest.mark.parametrize("code", [*range(32), 0x7F, 0x85, 0xD83D, 0xDC00, 0xFDD0, 0xFFFE, 0x1FFFE])
def test_a_character_that_cannot_be_signed_is_refused(code: int) -> None:
    document = achievement.document(replace(samples.CONTENT, name=f"Ana{chr(code)}Li"))
    assert _refused(document) == ("credentialSubject.identifier[0].identityHash", "unsignable_character")


@pytest.mark.parametrize("term", [name for name in samples.signed() if name != "proof"])
def test_every_term_is_needed(term: str) -> None:
    document = achievement.document(samples.CONTENT)
    del document[term]
    assert _refused(document) == (term, "term_missing")


def test_a_status_list_and_a_proof_have_shapes_of_their_own() -> None:
    listed = samples.status_list()
    options = listed.pop("proof")
    options.pop("proofValue")
    assert _refused(listed) == ("awardedDate", "term_missing")
    assert _refused({**listed, "name": "List"}, canonical.status_list) == ("name", "unknown_term")
    assert _refused({**listed, "issuer": {}}, canonical.status_list) == ("issuer", "wrong_type")
    assert _refused({**options, "expires": "2027-01-01T00:00:00Z"}, canonical.options) == ("expires", "unknown_term")
    assert _refused({**options, "id": "urn:a:b"}, canonical.options) == ("id", "unknown_term")
    assert _refused({**options, "created": "now"}, canonical.options) == ("created", "wrong_value")


def test_a_changed_copy_changes_no_other_document() -> None:
    before = canonical.credential(achievement.document(samples.CONTENT)).text
    changed = achievement.document(samples.CONTENT)
    changed["credentialSubject"]["achievement"]["alignment"][0]["targetName"] = "Magic"
    changed["credentialSubject"]["achievement"]["criteria"]["narrative"] = "None."
    assert canonical.credential(changed).text != before
    assert canonical.credential(achievement.document(samples.CONTENT)).text == before
