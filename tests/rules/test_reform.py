"""A reform: figures of a what-if laid over those in force."""

from datetime import date
from pathlib import Path

import pytest

from peercert import words
from peercert.rules import figures
from peercert.rules.decide import decide
from peercert.rules.figures import Figures, WrongFigure, in_force
from peercert.rules.reform import laid_over
from tests.rules.golden import BASES, changed, facts_of


def reform(tmp_path: Path, text: str) -> Figures:
    path = tmp_path / "reform.toml"
    path.write_text(text)
    return laid_over(in_force(), path)


def entry(name: str, value: str, since: str = "2026-01-01") -> str:
    return f"[[{name}]]\nfrom = {since}\nvalue = {value}\n"


def test_it_stands_from_its_day_on_and_leaves_the_days_before(tmp_path: Path) -> None:
    what_if = reform(tmp_path, entry("review_days", "10", "2022-06-01"))
    days = (date(2022, 5, 31), date(2022, 6, 1), date(2026, 1, 1))
    assert [found.value for day in days if (found := what_if.on("review_days", day))] == [20, 10, 10]
    assert figures.figure("review_days", date(2026, 1, 1)).value == 30


def test_nothing_is_a_number_too(tmp_path: Path) -> None:
    assert (
        reform(tmp_path, entry("continuing_education_hours", "0")).entries["continuing_education_hours"][-1].value == 0
    )


def test_it_may_bring_several_entries_with_a_source_and_a_certainty_of_their_own(tmp_path: Path) -> None:
    later = entry("review_days", "12", "2027-01-01") + 'source = "Bill"\ncertainty = "unconfirmed"\n'
    what_if = reform(tmp_path, entry("review_days", "10") + later)
    first, second = what_if.entries["review_days"][-2:]
    assert (first.value, first.source, first.certainty) == (10, "reform reform.toml", "confirmed")
    assert (second.value, second.source, second.certainty) == (12, "Bill", "unconfirmed")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (entry("minimum_ages", "16"), "no figure minimum_ages; did you mean minimum_age?"),
        (entry("weather", "16"), "no figure weather."),
        (entry("minimum_age", '"16"'), "value must be a whole number"),
        (entry("minimum_age", "16.5"), "value must be a whole number"),
        (entry("minimum_age", "true"), "value must be a whole number"),
        (entry("minimum_age", "-1"), "must not be less than 0"),
        (entry("review_days", "10") + entry("minimum_age", "-1"), "minimum_age: value"),
        (entry("orientation_required", "1"), "value must be true or false"),
        (entry("grandparenting_deadline", '"2027-01-01"'), "value must be a day"),
        (entry("ethics_code_version", "7"), "value must be a text"),
        (entry("renewal_late_fee", '"dear"'), "value must be a whole number"),
        (entry("accepted_ids", '"us_passport"'), "value must be a list"),
        (entry("accepted_ids", "[1]"), "each of the list must be a text"),
        (entry("accepted_ids", '["us_pasport"]'), "does not know 'us_pasport'; did you mean us_passport?"),
        (entry("reciprocity_letters", '["supervisor", "mayor"]'), "does not know 'mayor'"),
        (entry("portability_asks", '["adults"]'), "did you mean adult?"),
        (entry("lived_experience_roles", '["friend"]'), "does not know 'friend'"),
        ("minimum_age = 16\n", "must be a list of entries"),
        ("minimum_age = [16]\n", "must be a list of entries"),
        ("[minimum_age]\nvalue = 16\n", "must be a list of entries"),
        ("[[minimum_age]]\nvalue = 16\n", "an entry has from, value"),
        ("[[minimum_age]]\nfrom = 2026-01-01\n", "value must be"),
        (entry("minimum_age", "16") + "note = 1\n", "nothing else"),
        (entry("minimum_age", "16") + entry("minimum_age", "17"), "out of order"),
        ("[[minimum_age", "not TOML"),
    ],
)
def test_one_that_cannot_stand_is_refused_with_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(WrongFigure) as wrong:
        reform(tmp_path, text)
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value).strip()


def test_a_file_that_is_not_there_or_is_a_folder_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(WrongFigure, match="Give the path of a TOML file with figures"):
            laid_over(in_force(), path)


def test_it_changes_the_answer_and_the_release(tmp_path: Path) -> None:
    changed_law = reform(tmp_path, entry("minimum_age", "16"))
    facts = facts_of(changed("initial_apply", {"born_on": date(2009, 5, 1)}))
    before, after = decide(facts), decide(facts, figures=changed_law)
    assert (before.outcome, after.outcome) == ("deny", "approve")
    assert before.release != after.release
    assert decide(facts, on=date(2025, 12, 31), figures=changed_law).outcome == "deny"


def test_a_fee_that_rises_later_is_owed_as_it_was_when_the_sitting_was_asked_for(tmp_path: Path) -> None:
    dearer = reform(tmp_path, entry("exam_fee", "175", "2026-02-01"))
    late = facts_of(changed("initial_sit"))
    early = facts_of(changed("initial_sit", {"exam_fee_owed_on": date(2026, 1, 31)}))
    assert decide(late, figures=dearer).reason("exam_fee").met is None
    assert decide(early, figures=dearer).reason("exam_fee").met is True
    assert decide(early, figures=dearer).reason("exam_fee").on == date(2026, 1, 31)


def test_the_application_fee_is_that_of_the_day_of_submission(tmp_path: Path) -> None:
    dearer = reform(tmp_path, entry("application_fee", "120", "2026-05-02"))
    facts = facts_of(changed("initial_apply"))
    assert decide(facts, figures=dearer).reason("application_fee").met is True
    assert decide(facts, on=date(2026, 5, 2), figures=dearer).reason("application_fee").met is None


def test_a_retake_has_a_fee_of_its_own(tmp_path: Path) -> None:
    dearer = reform(tmp_path, entry("retake_fee", "175"))
    failed = {"sittings": [{"sat_on": date(2025, 12, 1), "result": "fail"}]}
    missed = {"sittings": [{"sat_on": date(2025, 12, 1), "result": "no_show"}]}
    for changes, name, met in (({}, "exam_fee", True), (missed, "exam_fee", True), (failed, "retake_fee", None)):
        reason = decide(facts_of(changed("initial_sit", changes)), figures=dearer).reason("exam_fee")
        assert reason.figure is not None
        assert (reason.figure.name, reason.met) == (name, met)


def test_a_new_code_of_ethics_is_agreed_to_again_before_the_first_authorisation_alone(tmp_path: Path) -> None:
    new = reform(tmp_path, entry("ethics_code_version", '"2026-01"'))

    def met(**changes: object) -> bool | None:
        return decide(facts_of(changed("initial_sit", changes)), figures=new).reason("ethics").met

    again = [{"version": "2026-01", "agreed_on": date(2026, 1, 15)}]
    assert met() is None
    assert met(ethics=again) is True
    assert met(sittings=[{"sat_on": date(2025, 12, 1), "result": "fail"}]) is True
    assert met(sittings=[{"sat_on": date(2025, 6, 1), "result": "fail"}]) is True, "on the day of the approval"
    assert met(sittings=[{"sat_on": date(2025, 5, 31), "result": "fail"}]) is None, "of an earlier approval"


def test_what_was_attested_in_the_words_in_use_that_day_stays_attested(tmp_path: Path) -> None:
    new = reform(tmp_path, entry("lived_experience_wording", '"2026-05"', "2026-05-01"))
    given = BASES["initial_apply"]["lived_experience"]

    def met(attested_on: date, wording: str) -> bool | None:
        experience = {**given, "attested_on": attested_on, "wording": wording}
        return (
            decide(facts_of(changed("initial_apply", {"lived_experience": experience})), figures=new)
            .reason("lived_experience")
            .met
        )

    assert met(date(2026, 4, 30), "2022-05") is True
    assert met(date(2026, 5, 1), "2022-05") is None
    assert met(date(2026, 5, 1), "2026-05") is True


def test_the_code_may_be_agreed_to_later_in_the_version_in_force_then(tmp_path: Path) -> None:
    new = reform(tmp_path, entry("ethics_code_version", '"2026-06"', "2026-06-01"))

    def met(version: str, agreed_on: date) -> bool | None:
        facts = facts_of(changed("initial_apply", {"ethics": [{"version": version, "agreed_on": agreed_on}]}))
        return decide(facts, figures=new).reason("ethics").met

    assert met("2022-05", date(2026, 4, 30)) is True
    assert met("2026-06", date(2026, 6, 1)) is True
    assert met("2026-06", date(2026, 5, 31)) is None


def test_a_no_show_that_uses_a_sitting_by_an_unconfirmed_figure_goes_to_an_officer(tmp_path: Path) -> None:
    sat = ((date(2025, 11, 1), "fail"), (date(2025, 12, 1), "fail"), (date(2026, 1, 10), "no_show"))
    spent = {"sittings": [{"sat_on": day, "result": result} for day, result in sat]}
    text = entry("no_show_uses_sitting", "true", "2025-01-01")
    sure = reform(tmp_path, text)
    unsure = reform(tmp_path, text + 'certainty = "unconfirmed"\n')
    facts = facts_of(changed("initial_sit", spent))
    assert decide(facts).reason("sittings_left").met is True
    assert decide(facts, figures=sure).reason("sittings_left").met is False
    open_one = decide(facts, figures=unsure).reason("sittings_left")
    assert (open_one.met, open_one.is_for_officer) == (None, True)
    assert words.because(open_one, "en").startswith("Used 2 of 3, or 3 if a sitting to which the person did not come")
    uncertain = facts_of(changed("initial_certify", {"asked_on": date(2026, 3, 20), "sittings": spent["sittings"][1:]}))
    waits = decide(uncertain, figures=unsure).reason("exam_passed")
    assert (waits.met, waits.why) == (None, "not_yet")


def test_whether_portability_asks_the_exam_is_settled_on_the_day_of_submission(tmp_path: Path) -> None:
    freer = reform(tmp_path, entry("portability_exam_required", "false", "2026-05-02"))
    unseen = facts_of(changed("portability_certify", {"asked_on": date(2026, 7, 1)}, without=("sittings",)))
    assert decide(unseen, figures=freer).reason("exam_passed").met is None


def test_a_list_that_grew_shorter_and_is_confirmed_denies_only_who_has_nothing_more(tmp_path: Path) -> None:
    shorter = reform(tmp_path, entry("accepted_ids", '["us_passport"]') + entry("lived_experience_roles", '["parent"]'))
    for nothing_more, met in (([], None), (["id_accepted", "lived_experience"], False)):
        finding = decide(facts_of(changed("initial_apply", {"nothing_more": nothing_more})), figures=shorter)
        assert (finding.reason("id_accepted").met, finding.reason("id_accepted").why) == (met, "other_kind")
        assert (finding.reason("lived_experience").met, finding.reason("lived_experience").why) == (met, "other_role")


def test_what_a_figure_no_longer_asks_is_not_asked(tmp_path: Path) -> None:
    freer = reform(tmp_path, entry("orientation_required", "false") + entry("portability_exam_required", "false")
                   + entry("portability_by_officer", "false") + entry("portability_asks", '["adult"]'))  # fmt: skip
    quick = facts_of(changed("initial_apply", without=("orientation_done_on", "self_assessment_done_on")))
    assert decide(quick).outcome == "incomplete"
    assert decide(quick, figures=freer).outcome == "approve"
    unseen = facts_of(changed("portability_certify", {"asked_on": date(2026, 7, 1)}, without=("sittings", "accepted")))
    finding = decide(unseen, figures=freer)
    assert finding.outcome == "approve"
    assert (finding.reason("exam_passed").why, finding.reason("portability_by_officer").why) == ("not_asked",) * 2
    with pytest.raises(KeyError):
        finding.reason("education")
