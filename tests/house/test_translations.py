"""Every sentence that a person reads is there in Spanish, and both languages quote with the same marks."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from peercert import words
from peercert.locale import messages

#: Not the text's own: a tag of HTML, and an example of JSON in doubled braces.
CODE = re.compile(r"<[^>]*>|\{\{.*?\}\}", re.DOTALL)
#: Every quotation mark but “ and ”; a straight single one is an apostrophe, save around words.
OTHER_MARKS = re.compile(r"[\"«»„‟‹›‘]|(?<!\w)'\w[^']*'(?!\w)")


def test_the_parts_of_the_catalog_agree_and_are_whole() -> None:
    _, wrong = messages.gather()
    assert wrong == []


def test_every_sentence_of_templates_and_code_has_its_spanish() -> None:
    catalog, _ = messages.gather()
    assert messages.missing(catalog) == []


def test_every_sentence_of_the_catalog_is_still_said() -> None:
    catalog, _ = messages.gather()
    said = {(sentence.context, sentence.text) for sentence in messages.sentences()}
    kept = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalog if m.id}
    assert sorted(str(key[1]) for key in kept - said) == []


def test_the_compiled_catalog_is_the_one_in_use() -> None:
    catalog, _ = messages.gather()
    message = next(m for m in catalog if isinstance(m.id, str) and m.id and m.id != m.string and m.context is None)
    with translation.override("es"):
        assert gettext(str(message.id)) == message.string


def _texts(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        for part in entry.values():
            yield from _texts(part)


def _read() -> Iterator[str]:
    """Every text that a person reads, in both languages."""
    catalog, _ = messages.gather()
    for message in catalog:
        for text in (message.id, message.string):
            yield from [text] if isinstance(text, str) else text
    for file in sorted(words.HERE.rglob("*.toml")):
        yield from _texts(tomllib.loads(file.read_text("utf-8")))


def test_what_is_quoted_stands_in_curly_marks_in_both_languages() -> None:
    texts = [CODE.sub("", text) for text in _read()]
    assert [text for text in texts if OTHER_MARKS.search(text)] == []
    assert [text for text in texts if re.findall("[“”]", text) != ["“", "”"] * text.count("“")] == []
