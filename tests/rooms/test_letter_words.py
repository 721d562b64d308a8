"""The words of letters: both languages, the same values, and nothing on a locked screen that tells about a person."""

import re
from string import Formatter

import pytest

from peercert.words import LANGUAGES, catalogue
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
    assert not TELLS.search(
        letter.message("https://example.org/apply/letters/1/", help_at="https://example.org/help/")[:PREVIEW]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_not_even_the_address_of_the_site_stands_in_the_preview_of_a_sealed_letter(language: str) -> None:
    values = {"number": "A-1", "due_on": "May 1", "reopen_by": "June 1"}
    letter = compose("not_completed", values, language)
    message = letter.message("https://peers.example.org/apply/letters/1/", help_at="https://peers.example.org/help/")
    assert "peers" not in message[:PREVIEW]
    assert "https://peers.example.org/apply/letters/1/" in message


def test_the_message_of_a_sealed_letter_only_says_where_it_waits() -> None:
    letter = compose("not_completed", {"number": "A-1", "due_on": "May 1", "reopen_by": "June 1"}, "en", name="Kim")
    message = letter.message("https://example.org/x/", help_at="https://example.org/help/")
    assert "https://example.org/x/" in message
    assert "https://example.org/help/" in message
    assert message.startswith("Hello Kim,")
    assert "not completed" not in message
    assert "May 1" not in message


def test_paragraphs_of_a_step_stand_where_the_letter_says() -> None:
    letter = compose("receipt", {"number": "A-1", "received_on": "May 1"}, "en", paragraphs=["The fee is $100.00."])
    before, after = letter.body.split("The fee is $100.00.")
    assert "A-1" in before
    assert "status page" in after


@pytest.mark.parametrize("code", CODES)
def test_a_letter_whose_text_is_sealed_tells_nothing_in_its_subject(code: str) -> None:
    entry = catalogue("letters")[code]
    if not entry.get("sealed"):
        return
    for language, telling in (("en", r"accommodat|denied|not |taken back|leave"), ("es", r"adaptaci|deneg|retir")):
        assert not re.search(telling, entry[language]["subject"], re.IGNORECASE)


@pytest.mark.parametrize("code", CODES)
def test_a_letter_is_read_without_effort(code: str) -> None:
    """Grade 8 by Flesch and Kincaid in English; "normal" or easier, 55, by Szigriszt's scale in Spanish."""
    entry = catalogue("letters")[code]
    texts = {lang: compose(code, dict.fromkeys(values_of(entry[lang]), "May"), lang).body for lang in LANGUAGES}
    words, sentences, syllables = measured(texts["en"], r"[aeiouy]+")
    assert 0.39 * words / sentences + 11.8 * syllables / words - 15.59 <= 8
    words, sentences, syllables = measured(texts["es"], r"[aeiouáéíóúü]+")
    assert 206.835 - 62.3 * syllables / words - words / sentences >= 55


def measured(text: str, syllable: str) -> tuple[int, int, int]:
    """How many words, sentences and (about) syllables a text has."""
    words = re.findall(r"[^\W\d_]+", text)
    sentences = [one for one in re.split(r"[.?:;]\s+|\n+", text) if re.search(r"\w", one)]
    return len(words), len(sentences), sum(max(1, len(re.findall(syllable, word.lower()))) for word in words)
