"""Our canonical form is letter for letter that of PyLD and of jsonld.js, and what it cannot hold is refused."""

from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peercert.gateways.signer import achievement, canonical, proof, status
from tests.gateways.signer import samples

JUDGES = Path(__file__).parents[2] / "judges"

_ODD = "\\\"'<>{}^`|&\u00a0\u2028\u200d\ufeff\u0301"
_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from(_ODD),
    min_size=1, max_size=30,
)  # fmt: skip
_DAY = st.dates(date(1901, 1, 1), date(2199, 1, 1))
_WORDS = st.builds(
    achievement.Words,
    title=_TEXT, description=_TEXT, criteria=_TEXT,
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
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=_CONTENT)
def test_a_credential_is_as_pyld_makes_it(content: achievement.Content) -> None:
    document = achievement.document(content)
    assert canonical.credential(document) == samples.by_pyld(document)


@settings(max_examples=15, deadline=None)
@given(bits=st.lists(st.integers(0, status.SIZE - 1), max_size=50), until=st.none() | st.just(samples.NOW))
def test_a_status_list_and_its_proof_are_as_pyld_makes_them(bits: list[int], until: datetime | None) -> None:
    made = status.empty()
    for index in bits:
        status.set_bit(made, index)
    document = status.document(samples.LIST, samples.DID, made, valid_from=samples.NOW, valid_until=until)
    assert canonical.status_list(document) == samples.by_pyld(document)
    signed = proof.signed(document, samples.KEY, samples.METHOD, now=samples.NOW, form=canonical.status_list)
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    assert canonical.options(options) == samples.by_pyld({"@context": document["@context"], **options})
    badge = achievement.document(samples.CONTENT)
    assert canonical.options(options) == samples.by_pyld({"@context": badge["@context"], **options})
