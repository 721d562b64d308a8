"""The reader of figures, and the figures themselves."""

from datetime import date
from pathlib import Path

import pytest

from peercert.rules import figures
from peercert.rules.figures import Figures, WrongFigure, in_force, read

GOOD = '[[fee]]\nfrom = 2022-01-01\nvalue = 100\nsource = "Schedule"\ncertainty = "confirmed"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "topic.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + GOOD, "out of order"),
        (GOOD + GOOD.replace("2022-01-01", "2021-01-01"), "out of order"),
        (GOOD.replace('source = "Schedule"\n', ""), "from, value, source and certainty"),
        (GOOD.replace('"Schedule"', '" "'), "names its source"),
        (GOOD.replace("confirmed", "sure"), "certainty must be"),
        (GOOD.replace("2022-01-01", '"2022-01-01"'), "from must be a day"),
        (GOOD.replace("2022-01-01", "2022-01-01T00:00:00"), "from must be a day"),
        (GOOD + 'note = "more"\n', "nothing else"),
        ("fee = 100\n", "must be a list"),
        ("fee = [\n", "topic.toml"),
        ("fee = [1]\n", "must be a list of entries"),
        ("[fee]\nfrom = 2022-01-01\n", "must be a list of entries"),
    ],
)
def test_a_file_that_cannot_stand_is_refused_with_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(WrongFigure, match=says):
        read(written(tmp_path, text))


def test_an_entry_is_in_force_from_its_day_until_the_next_one(tmp_path: Path) -> None:
    later = GOOD.replace("2022-01-01", "2024-07-01").replace("100", "120")
    found = read(written(tmp_path, GOOD + later))
    values = {str(day): (each.value if (each := found.on("fee", day)) else None) for day in DAYS}
    assert values == {"2021-12-31": None, "2022-01-01": 100, "2024-06-30": 100, "2024-07-01": 120, "2030-01-01": 120}


DAYS = [date(2021, 12, 31), date(2022, 1, 1), date(2024, 6, 30), date(2024, 7, 1), date(2030, 1, 1)]


def test_where_a_rule_moved_earlier_and_later_values_both_stand() -> None:
    moved = {
        "review_days": (20, 30),
        "renewal_window_days": (60, 90),
        "grandparenting_deadline": (date(2022, 12, 31), date(2023, 6, 30)),
        "grandparenting_referral_until": (date(2022, 9, 30), date(2022, 11, 30), date(2022, 12, 31)),
        "county_referral_needed": (True, False),
        "portability_evidence": (["orders"], ["orders", "commander_letter"]),
    }
    for name, values in moved.items():
        assert tuple(entry.value for entry in in_force().entries[name]) == values


@pytest.mark.parametrize(
    ("name", "day", "value", "certainty"),
    [
        ("minimum_age", (2022, 5, 2), 18, "confirmed"),
        ("applications_open", (2026, 5, 1), date(2022, 5, 1), "confirmed"),
        ("grandparenting_opens", (2022, 10, 3), date(2022, 5, 2), "confirmed"),
        ("grandparenting_deadline", (2022, 11, 30), date(2022, 12, 31), "confirmed"),
        ("grandparenting_deadline", (2022, 12, 31), date(2023, 6, 30), "confirmed"),
        ("grandparenting_employed_on", (2022, 10, 3), date(2022, 1, 1), "confirmed"),
        ("grandparenting_hours", (2022, 10, 3), 1550, "unconfirmed"),
        ("grandparenting_recent_hours", (2022, 10, 3), 500, "unconfirmed"),
        ("reciprocity_hours_one_year", (2026, 5, 1), 1550, "confirmed"),
        ("reciprocity_hours_three_years", (2026, 5, 1), 1550, "confirmed"),
        ("continuing_education_hours", (2026, 5, 1), 20, "confirmed"),
        ("law_and_ethics_hours", (2026, 5, 1), 6, "confirmed"),
        ("continuing_education_years", (2026, 5, 1), 2, "confirmed"),
        ("core_training_hours", (2022, 8, 1), 80, "confirmed"),
        ("core_training_hours", (2026, 5, 1), 80, "confirmed"),
        ("core_training_after", (2026, 5, 1), date(2022, 7, 1), "confirmed"),
        ("core_competencies", (2026, 5, 1), 17, "confirmed"),
        ("training_certificate_years", (2026, 5, 1), 2, "secondary"),
        ("review_days", (2022, 10, 15), 20, "confirmed"),
        ("review_days", (2026, 5, 1), 30, "confirmed"),
        ("approval_months", (2026, 5, 1), 12, "confirmed"),
        ("training_review_days", (2026, 5, 1), 14, "confirmed"),
        ("accommodation_lead_days", (2026, 5, 1), 30, "confirmed"),
        ("retake_processing_days", (2026, 5, 1), 30, "confirmed"),
        ("booking_lead_days", (2026, 5, 1), 1, "confirmed"),
        ("sittings_allowed", (2026, 5, 1), 3, "confirmed"),
        ("application_fee", (2026, 5, 1), 100, "confirmed"),
        ("exam_fee", (2026, 5, 1), 150, "confirmed"),
        ("retake_fee", (2026, 5, 1), 150, "confirmed"),
        ("renewal_fee", (2024, 9, 1), 80, "confirmed"),
        ("reinstatement_fee", (2022, 5, 2), 80, "confirmed"),
        ("reinstatement_fee", (2026, 5, 1), 80, "unconfirmed"),
        ("renewal_late_fee", (2026, 5, 1), None, "unconfirmed"),
        ("provider_application_fee", (2026, 5, 1), 300, "confirmed"),
        ("renewal_window_days", (2024, 8, 31), 60, "confirmed"),
        ("renewal_window_days", (2026, 5, 1), 90, "confirmed"),
        ("certificate_years", (2026, 5, 1), 2, "confirmed"),
        ("request_rounds", (2026, 5, 1), 3, "unconfirmed"),
        ("appeal_days", (2026, 5, 1), 30, "unconfirmed"),
    ],
)
def test_a_number_stands_as_its_source_has_it(
    name: str, day: tuple[int, int, int], value: object, certainty: str
) -> None:
    found = figures.figure(name, date(*day))
    assert (found.value, found.certainty) == (value, certainty)


def test_a_day_of_change_that_nobody_saw_is_said_in_the_source() -> None:
    for name in ("review_days", "grandparenting_deadline", "renewal_window_days", "county_referral_needed"):
        assert "day of the change not seen" in in_force().entries[name][-1].source


def test_before_its_first_entry_a_figure_has_no_value_and_says_so() -> None:
    with pytest.raises(KeyError, match="renewal_fee has no value on 2024-08-31"):
        figures.figure("renewal_fee", date(2024, 8, 31))


def test_every_figure_that_the_program_and_the_law_ask_for_is_on_record() -> None:
    for name in (
        "application_fee", "exam_fee", "retake_fee", "renewal_fee", "reinstatement_fee", "approval_months",
        "training_review_days", "sittings_allowed", "accommodation_lead_days", "retake_processing_days",
        "certificate_years", "request_answer_days", "request_rounds", "request_reopen_days", "request_reminder_days",
        "appeal_days", "notice_days_after_posting", "no_show_uses_sitting", "approval_reminder_days",
        "orientation_required", "accepted_ids", "core_training_hours", "core_training_after",
        "training_certificate_years", "weekly_hours_most", "continuing_education_hours", "law_and_ethics_hours",
        "id_destruction_days", "question_answer_days", "ethics_code_version", "upload_max_bytes",
        "served_suspension_shown", "registry_update_hours", "acknowledge_days", "specializations",
        "specializations_shown", "share_link_days",
    ):  # fmt: skip
        assert figures.figure(name, date(2026, 5, 1)).source


def test_an_amount_that_nobody_confirmed_is_marked_so() -> None:
    assert figures.figure("portability_application_fee", date(2026, 5, 1)).certainty == "unconfirmed"
    assert figures.figure("reinstatement_fee", date(2026, 5, 1)).certainty == "unconfirmed"


def test_a_value_that_no_source_tells_is_none_and_never_confirmed(tmp_path: Path) -> None:
    assert figures.figure("renewal_late_fee", date(2026, 5, 1)).value is None
    unknown = GOOD.replace("100", '"unknown"')
    with pytest.raises(WrongFigure, match="unknown is unconfirmed"):
        read(written(tmp_path, unknown))
    found = read(written(tmp_path, unknown.replace('"confirmed"', '"unconfirmed"'))).on("fee", date(2026, 5, 1))
    assert found is not None
    assert found.value is None


def test_the_digest_changes_with_any_value_and_with_nothing_else() -> None:
    same = Figures(dict(reversed(in_force().entries.items())))
    assert figures.digest(same) == figures.digest(in_force())
    entries = dict(in_force().entries)
    first = entries["minimum_age"][0]
    entries["minimum_age"] = [figures.Figure(first.name, 17, first.since, first.source, first.certainty, first.topic)]
    assert figures.digest(Figures(entries)) != figures.digest(in_force())


def test_closed_days_are_listed_for_every_year_and_only_inside_it() -> None:
    for year in range(2022, 2029):
        closed = figures.closed_days(year)
        assert len(closed) >= 11
        assert {day.year for day in closed} == {year}
    assert figures.closed_days(1999) == frozenset()


@pytest.mark.parametrize(
    "day",
    [date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 3, 31), date(2026, 7, 3), date(2026, 11, 26)],
)
def test_state_holidays_are_closed(day: date) -> None:
    assert day in figures.closed_days(day.year)


@pytest.mark.parametrize("day", [date(2026, 10, 12), date(2023, 10, 9), date(2026, 2, 17)])
def test_days_that_the_state_works_are_open(day: date) -> None:
    assert day not in figures.closed_days(day.year)
