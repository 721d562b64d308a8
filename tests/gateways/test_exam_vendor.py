"""The exam vendor's files as text: docs/exam-files.md is the definition, and its examples are read here."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peercert.gateways import exam_vendor
from peercert.gateways.exam_vendor import AuthorisationLine, BadFile, BadLine

DOCS = (Path(__file__).parents[2] / "docs/exam-files.md").read_text("utf-8")


def example(kind: str) -> str:
    """The example of this kind of file in the documentation."""
    found = re.search(rf"```{kind}\n(.*?)```", DOCS, re.DOTALL)
    assert found, f"docs/exam-files.md has no example of {kind}"
    return found[1]


READERS = {
    "authorisations": exam_vendor.read_authorisation,
    "sittings": exam_vendor.read_sitting,
    "holdings": exam_vendor.read_holding,
}


@pytest.mark.parametrize("kind", READERS)
def test_every_example_of_the_documentation_can_be_read(kind: str) -> None:
    found, lines = exam_vendor.kind_and_lines(example(kind))
    assert found == kind
    assert len([READERS[kind](line) for _, line in lines]) == 3


def test_what_we_write_is_the_documented_example_byte_for_byte() -> None:
    text = example("authorisations")
    lines = [exam_vendor.read_authorisation(line) for _, line in exam_vendor.kind_and_lines(text)[1]]
    assert exam_vendor.write_authorisations(lines) == text


def test_a_pass_is_read_with_its_area_scores() -> None:
    _, lines = exam_vendor.kind_and_lines(example("sittings"))
    line = exam_vendor.read_sitting(lines[1][1])
    assert (line.state, line.scores) == ("PASS", (82, 75, 90, 88, 79, 84, 71, 80))
    assert line.starts_at == datetime(2026, 6, 2, 16, tzinfo=UTC)


def test_lines_keep_their_number_in_the_file() -> None:
    _, lines = exam_vendor.kind_and_lines(example("sittings").replace("\nV100377", "\n\r\n\nV100377"))
    assert [number for number, _ in lines] == [2, 3, 6]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: "", "empty_file"),
        (lambda text: text.replace("APPOINTMENT|", "BOOKING|", 1), "unknown_header"),
        (lambda text: text.replace("END|3\n", ""), "cut_off"),
        (lambda text: text[:-40], "cut_off"),
        (lambda text: text.replace("END|3", "END|4"), "wrong_count"),
        (lambda text: text.splitlines()[0], "cut_off"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_as_a_whole(change: object, code: str) -> None:
    with pytest.raises(BadFile) as refused:
        exam_vendor.kind_and_lines(change(example("sittings")))  # type: ignore[operator]
    assert refused.value.code == code


def test_a_file_without_records_is_a_whole_file() -> None:
    header = example("sittings").splitlines()[0]
    assert exam_vendor.kind_and_lines(f"{header}\nEND|0\n") == ("sittings", [])


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "APPOINTMENT|é".encode("latin-1"), b"a\x00b"])
def test_what_is_not_text_in_utf_8_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile, match="not_text"):
        exam_vendor.decode(content)


def test_a_byte_order_mark_and_windows_line_ends_are_understood() -> None:
    text = exam_vendor.decode(b"\xef\xbb\xbf" + example("sittings").replace("\n", "\r\n").encode())
    assert len(exam_vendor.kind_and_lines(text)[1]) == 3


GOOD = "V1|E-1|C1|PASS|2026-06-02T09:00:00-07:00|Fresno|82|75|90|88|79|84|71|80|2026-06-02T13:05:00-07:00"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("|80|", "|", "wrong_number_of_fields"),
        ("Fresno", "Fre\x07sno", "control_character"),
        ("V1|", "|", "missing APPOINTMENT"),
        ("V1|", "V 1|", "bad_number APPOINTMENT"),
        ("PASS", "PASSED", "unknown_word STATE"),
        ("PASS", "", "missing STATE"),
        ("|75|", "|75.5|", "bad_score BEHAVIORAL_HEALTH_FOUNDATIONS"),
        ("|75|", "|1000|", "bad_score BEHAVIORAL_HEALTH_FOUNDATIONS"),
        ("|75|", "|٧٥|", "bad_score BEHAVIORAL_HEALTH_FOUNDATIONS"),
        ("2026-06-02T09:00:00-07:00", "2026-06-02T09:00:00", "bad_moment STARTS_AT"),
        ("2026-06-02T09:00:00-07:00", "2026-06-31T09:00:00Z", "bad_moment STARTS_AT"),
        ("2026-06-02T09:00:00-07:00", "9999-12-31T23:59:59Z", "bad_moment STARTS_AT"),
        ("2026-06-02T13:05:00", "2026-06-02T08:59:59", "outcome_before_start AS_OF"),
        ("PASS", "NO_SHOW", "scores_without_result STATE"),
    ],
)
def test_a_record_that_cannot_be_read_says_why_and_where(old: str, new: str, said: str) -> None:
    with pytest.raises(BadLine) as refused:
        exam_vendor.read_sitting(GOOD.replace(old, new, 1))
    assert str(refused.value) == said


def test_a_failure_of_the_vendor_may_be_told_before_the_appointment() -> None:
    line = "V1|E-1|C1|VENDOR_FAILURE|2026-06-02T09:00:00-07:00|Fresno|||||||||2026-06-01T13:05:00-07:00"
    assert exam_vendor.read_sitting(line).state == "VENDOR_FAILURE"


def test_accommodation_codes_have_one_form_however_they_are_typed() -> None:
    assert exam_vendor.read_codes(" separate_room,Extra_Time_50;SEPARATE_ROOM ") == ("EXTRA_TIME_50", "SEPARATE_ROOM")
    with pytest.raises(BadLine, match="bad_code"):
        exam_vendor.read_codes("extra time + 50%")


MOMENTS = st.datetimes(datetime(2022, 5, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
DAYS = st.dates(date(2022, 5, 1), date(2040, 1, 1))
NAMES = st.text(min_size=1, max_size=40)


@given(
    st.lists(
        st.builds(
            AuthorisationLine,
            action=st.sampled_from(exam_vendor.ACTIONS), authorisation=st.from_regex(r"E-[0-9A-Z]{4}", fullmatch=True),
            candidate_id=st.from_regex(r"[0-9A-Z]{8}", fullmatch=True), first=NAMES, middle=NAMES, last=NAMES,
            sitting=st.integers(1, 3), valid_from=DAYS, valid_through=DAYS,
            accommodations=st.sets(st.sampled_from(["A", "B_1", "C-2"])).map(lambda codes: tuple(sorted(codes))),
            changed_at=MOMENTS,
        ),
        max_size=5,
    )
)  # fmt: skip
def test_what_we_write_reads_back_whatever_a_name_holds(lines: list[AuthorisationLine]) -> None:
    kind, read = exam_vendor.kind_and_lines(exam_vendor.write_authorisations(lines))
    assert kind == "authorisations"
    again = [exam_vendor.read_authorisation(text) for _, text in read]
    for name in ("action", "candidate_id", "sitting", "valid_from", "valid_through", "accommodations", "changed_at"):
        assert [getattr(one, name) for one in again] == [getattr(one, name) for one in lines]
    assert [one.last for one in again] == [exam_vendor.plain(one.last) for one in lines]


@given(st.text())
def test_no_text_brings_the_reader_down(text: str) -> None:
    try:
        _, lines = exam_vendor.kind_and_lines(text)
    except BadFile:
        return
    for _, line in lines:
        with pytest.raises(BadLine):
            exam_vendor.read_sitting(line)


def test_what_happened_outweighs_what_was_planned_however_late_the_plan() -> None:
    held = exam_vendor.read_sitting(GOOD)
    later = held.as_of + timedelta(days=3)
    booked = exam_vendor.read_sitting(
        f"V1|E-1|C1|BOOKED|2026-06-09T09:00:00-07:00|Fresno|||||||||{later.isoformat(timespec='seconds')}"
    )
    assert held.weight > booked.weight


@pytest.mark.parametrize(("weaker", "stronger"), list(zip(exam_vendor.STATES, exam_vendor.STATES[1:], strict=False)))
def test_at_one_moment_the_documented_order_decides(weaker: str, stronger: str) -> None:
    def line(state: str) -> exam_vendor.SittingLine:
        return exam_vendor.read_sitting(
            f"V1|E-1|C1|{state}|2026-06-02T09:00:00-07:00|Fresno|||||||||2026-06-02T13:05:00-07:00"
        )

    assert line(stronger).weight > line(weaker).weight
    assert re.search(rf"`{weaker}`,\s*`{stronger}`", DOCS), "docs/exam-files.md lists the same order"
