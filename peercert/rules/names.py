"""The one folding of names: for the law, search, sorting and duplicates."""

import unicodedata

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʻ`´ʹ′＇"))
#: What no decomposition turns into plain letters, and what counts as a space.
_PLAIN = (
    str.maketrans(
        {
            "ø": "o",
            "đ": "d",
            "ł": "l",
            "ß": "ss",
            "æ": "ae",
            "œ": "oe",
            "ð": "d",
            "þ": "th",
            "ı": "i",
            "ħ": "h",
            "ŋ": "n",
        }
    )
    | str.maketrans(dict.fromkeys("-‐‑‒–—_.,/・·", " "))
    | _APOSTROPHES
)


def fold(text: str) -> str:
    """`text` in plain letters: marks off, lower case, hyphens as single spaces, apostrophes dropped; "" for no letters.

    Latin letters become ASCII. Letters of other scripts stay, since nobody agrees on how to write them in Latin ones.
    """
    if text.isascii() and text.replace(" ", "").isalpha():
        return " ".join(text.lower().split())
    # Apostrophes go first: some of them would decompose into a space and a mark.
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    text = "".join(letter for letter in text if not _is_mark(letter)).casefold()
    text = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    text = "".join(letter for letter in text if letter.isascii() or _is_letter(letter))
    return " ".join(unicodedata.normalize("NFC", text).split())


def tidy(text: str) -> str:
    """A name as it is kept: letters composed, single spaces, and nothing that nobody sees.

    Marks of direction come along when a name is pasted, and turn what stands around it. The two joiners stay: Persian
    and the scripts of India are written with them.
    """
    seen = "".join(letter for letter in text if letter in "\u200c\u200d" or not _is_unseen(letter))
    return " ".join(unicodedata.normalize("NFC", seen).split())


def compare(ours: str, theirs: str) -> str:
    """How two spellings of a name stand: "same" when folded, "part" where one may hold the other, else "other".

    Spaces make no difference. An initial may hold the whole name, and what is written in another script any name.
    """
    if ours == theirs:
        return "same"
    first, second = fold(ours), fold(theirs)
    mine, other = first.replace(" ", ""), second.replace(" ", "")
    if mine == other:
        return "same" if mine else "part"
    if not (mine and other and first.isascii() and second.isascii()):
        return "part"
    if mine == other[0] or other == mine[0]:
        return "part"
    parts, others = set(first.split()), set(second.split())
    return "part" if parts <= others or others <= parts else "other"


def _is_mark(letter: str) -> bool:
    """Whether it stands on a letter that many write without it: an accent, a Hebrew or an Arabic point.

    By its combining class: vowel signs and the marks that make another letter of one (Indic, Thai, kana) stay.
    """
    place = unicodedata.combining(letter)
    return place == 1 or 10 <= place < 40 or place >= 200


def _is_unseen(letter: str) -> bool:
    """Whether it is a mark of format or a control character that is no space."""
    return unicodedata.category(letter) in {"Cc", "Cf"} and not letter.isspace()


def _is_letter(letter: str) -> bool:
    """Whether it belongs to a word: not a mark, a Latin modifier such as ʿ, or the stroke that stretches Arabic."""
    kind = unicodedata.category(letter)
    return kind[0] in "LM" and not _is_mark(letter) and letter != "\u0640" and (kind != "Lm" or letter >= "\u0370")
