"""A letter put together from its words: greeting, paragraphs, closing, and what the message itself says.

An entry of the catalogue `letters` (words/letters/*.toml) is `[code]` with `sealed = true` where the text may only be
read behind the sign-in, and per language `subject` and a list of `paragraphs`. A paragraph `{paragraphs}` stands for
those that the step hands in; where there is none they come last. A value `("letter_frame", "item_exam")` is a word of
that catalogue in the reader's language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peercert import words

#: Where the paragraphs handed in by a step stand.
PLACE = "{paragraphs}"


@dataclass(frozen=True)
class LetterText:
    """A letter in one language. `body` is the letter; `message` what the e-mail says about it."""

    subject: str
    body: str
    is_sealed: bool
    language: str

    def message(self, address: str, *, help_at: str) -> str:
        """What the e-mail says: the letter itself, or, for a sealed one, only that it waits at `address`.

        `help_at` is where somebody goes who cannot sign in.
        """
        if not self.is_sealed:
            return self.body
        greeting = self.body.split("\n\n", 1)[0]
        parts = [
            greeting,
            f"{words.fill('letter_frame', 'message_of_sealed', lang=self.language)}\n{address}",
            f"{words.fill('letter_frame', 'message_without_sign_in', lang=self.language)}\n{help_at}",
            words.fill("letter_frame", "closing", lang=self.language),
        ]
        return "\n\n".join(parts) + "\n"


def compose(
    code: str, values: Mapping[str, Any], language: str, *, name: str = "", paragraphs: Sequence[str] = ()
) -> LetterText:
    """The letter `code` in `language`, greeting `name` (the chosen one; may be empty). Raises words.MissingWords."""
    entry = words.catalogue("letters").get(code)
    if entry is None or language not in entry:
        raise words.MissingWords(f"letters: {code}.{language}")
    given = {key: _worded(value, language) for key, value in values.items()}
    where = f"letters: {code}.{language}"
    texts = list(entry[language]["paragraphs"])
    if PLACE not in texts:
        texts.append(PLACE)
    at = texts.index(PLACE)
    middle = [words.filled(text, given, language, where=where) for text in texts[:at]]
    middle += [text.strip() for text in paragraphs if text.strip()]
    middle += [words.filled(text, given, language, where=where) for text in texts[at + 1 :]]
    greeting = words.fill("letter_frame", "greeting" if name else "greeting_without_name", {"name": name}, language)
    closing = words.fill("letter_frame", "closing", lang=language)
    return LetterText(
        subject=words.filled(entry[language]["subject"], given, language, where=where),
        body="\n\n".join([greeting, *middle, closing]) + "\n",
        is_sealed=bool(entry.get("sealed", False)),
        language=language,
    )


def _worded(value: Any, language: str) -> Any:
    """A pair (catalogue, code) as its word; anything else as it is."""
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, str) for part in value):
        return words.fill(value[0], value[1], lang=language)
    return value
