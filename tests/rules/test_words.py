"""The words of the law: whole, in both languages, and none that nobody says."""

from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from peercert import words
from peercert.rules.decide import CODES
from peercert.rules.reasons import Reason

RULES = Path(words.HERE).parent / "rules"
SOURCE = "".join(path.read_text("utf-8") for path in RULES.glob("*.py"))
REASONS = words.catalogue("reasons")


def named(text: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name}


def test_every_requirement_has_its_words_and_every_entry_a_requirement() -> None:
    assert set(REASONS) == CODES


@pytest.mark.parametrize("kind", ["reasons", "notes", "terms", "mistakes"])
def test_both_languages_have_the_same_parts_and_name_the_same_values(kind: str) -> None:
    for code, entry in words.catalogue(kind).items():
        assert set(entry["en"]) == set(entry["es"]), code
        for part, text in entry["en"].items():
            assert named(text) == named(entry["es"][part]), f"{code}.{part}"
            assert text != entry["es"][part] or part == "mend", f"{code}.{part} is not translated"


@pytest.mark.parametrize(
    "kind", sorted({file.relative_to(words.HERE).parts[0].removesuffix(".toml") for file in words.HERE.rglob("*.toml")})
)
def test_no_code_stands_twice_in_a_catalogue(kind: str) -> None:
    assert words.catalogue(kind)


def test_no_sentence_is_there_that_the_law_never_says() -> None:
    for code, entry in REASONS.items():
        assert {"name", "says", "helps"} <= set(entry["en"])
        for part in set(entry["en"]) - {"name", "says", "helps"}:
            assert f'"{part}' in SOURCE or f'_{part}"' in SOURCE or part in {"member", "spouse"} | STATES, (
                f"{code}.{part}"
            )


STATES = {"granted", "refused", "withdrawn", "not_needed", "met_ever", "short_ever"}


def reason(**changes: object) -> Reason:
    given: dict[str, object] = {
        "code": "adult", "met": True, "on": date(2026, 5, 1), "source": "W&I Code 14045.15", "why": "met",
        "values": {"born_on": date(1990, 1, 1), "age": 36, "on": date(2026, 5, 1), "years": 18},
    }  # fmt: skip
    return Reason(**{**given, **changes})  # type: ignore[arg-type]


def test_a_missing_code_a_missing_sentence_and_a_missing_value_are_told() -> None:
    for broken in (reason(code="bork"), reason(why="bork"), reason(values={"years": 18})):
        with pytest.raises(words.MissingWords):
            words.because(broken, "en")


def test_a_note_adds_its_sentence() -> None:
    accepted = reason(note="accepted", values={**reason().values, "accepted_on": date(2026, 5, 20)})
    assert words.because(accepted, "en").endswith("An officer determined on May 20, 2026 that this is fulfilled.")
    assert words.because(reason(note="unconfirmed"), "es").endswith("por eso decide el personal.")


def test_counts_money_and_days_are_written_as_people_write_them() -> None:
    hours = {"hours": 1550, "asked": 1, "months": 1}
    said = words.because(reason(code="experience_hours", why="met", values=hours), "es")
    assert said == "1,550 horas en los últimos 1 mes; se piden 1."
    paid = {"cents_paid": 5_050, "cents_due": 10_000}
    said = words.because(reason(code="application_fee", why="short_payment", values=paid), "en")
    assert said == "$50.50 of $100.00 paid."


def test_where_no_rule_is_on_record_the_requirement_is_named_alone() -> None:
    unknown = reason(why="no_figure", values={"on": date(2019, 1, 1)})
    assert words.says(unknown, "en") == "Age"
    assert words.because(unknown, "en") == "No rule for this is on record for January 1, 2019."


def test_what_would_help_is_said_for_every_requirement() -> None:
    for code in CODES:
        for lang in words.LANGUAGES:
            assert REASONS[code][lang]["helps"]
    assert words.helps(reason(), "es") == "La solicitud puede presentarse desde el día en que se cumplen 18 años."
