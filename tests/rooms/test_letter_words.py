"""The words of letters: both languages, the same values, and nothing on a locked screen that tells about a person."""

import re
from string import Formatter

import pytest

from peercert.words import catalogue
from peercert.words.letter import compose

TELLS = re.compile(
    r"\b(peer|peers|recovery|complaint|complaints|suspen\w*|pares|recuperaci[oó]n|queja|quejas)\b", re.IGNORECASE
)
#: What mail programs show beside the subject without opening a message.
PREVIEW = 200
CODES = sorted(catalogue("letters"))


def values_of(entry: dict[str, object]) -> set[str]:
    texts = [entry["subject"], *entry["paragraphs"]]  # type: ignore[misc]
    return {name for text in texts for _, name, _, _ in Formatter().parse(str(text)) if name} - {"paragraphs"}


@pytest.mark.parametrize("code", CODES)
def test_a_letter_says_the_same_in_both_languages(code: str) -> None:
    entry = catalogue("letters")[code]
    assert set(entry) - {"sealed"} == {"en", "es"}
    assert values_of(entry["en"]) == values_of(entry["es"])
    assert len(entry["en"]["paragraphs"]) == len(entry["es"]["paragraphs"])
    for language in ("en", "es"):
        assert "!" not in "".join([entry[language]["subject"], *entry[language]["paragraphs"]])


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("code", CODES)
def test_subject_and_first_lines_never_tell_what_it_is_about(code: str, language: str) -> None:
    values = dict.fromkeys(values_of(catalogue("letters")[code][language]), "…")
    letter = compose(code, {**values, "number": "A-2345-678X"}, language, name="María")
    assert not TELLS.search(letter.subject)
    assert not TELLS.search(letter.message("https://example.org/apply/letters/1/")[:PREVIEW])


def test_the_message_of_a_sealed_letter_only_says_where_it_waits() -> None:
    letter = compose("not_completed", {"number": "A-1", "due_on": "May 1", "reopen_by": "June 1"}, "en", name="Kim")
    message = letter.message("https://example.org/x/")
    assert "https://example.org/x/" in message
    assert message.startswith("Hello Kim,")
    assert "not completed" not in message
    assert "May 1" not in message


def test_paragraphs_of_a_step_stand_where_the_letter_says() -> None:
    letter = compose("receipt", {"number": "A-1", "received_on": "May 1"}, "en", paragraphs=["The fee is $100.00."])
    before, after = letter.body.split("The fee is $100.00.")
    assert "A-1" in before
    assert "status page" in after
