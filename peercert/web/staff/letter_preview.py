"""A letter as it will be sent, in the person's language, with English beside it where that is another one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from peercert.program.casework.models import Case
from peercert.program.people.queries import greeting_name
from peercert.words.letter import LetterText, compose


def preview(
    case: Case, code: str, values: Mapping[str, Any], paragraphs: Callable[[str], Sequence[str]]
) -> list[LetterText]:
    """The letter in the person's language first. `paragraphs` gives the further ones in a language."""
    languages = [case.person.language, *(["en"] if case.person.language != "en" else [])]
    given = {"number": case.number or "", **values}
    return [
        compose(code, given, lang, name=greeting_name(case.person), paragraphs=paragraphs(lang)) for lang in languages
    ]
