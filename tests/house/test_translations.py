"""Every sentence that a person reads is there in Spanish."""

from django.utils import translation
from django.utils.translation import gettext

from peercert.locale import messages


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
