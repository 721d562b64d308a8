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
    | str.maketrans(dict.fromkeys("-‐‑‒–—_.,/", " "))
    | _APOSTROPHES
)


def fold(text: str) -> str:
    """`text` as ASCII: marks off, lower case, hyphens as single spaces, apostrophes dropped; "" for no letters."""
    if text.isascii() and text.replace(" ", "").isalpha():
        return " ".join(text.lower().split())
    return " ".join(_unmarked(text).encode("ascii", "ignore").decode().split())


def spelled(text: str) -> str:
    """`text` folded, but with the letters kept that have no Latin form: tells two names apart, and finds none."""
    folded = fold(text)
    if text.isascii():
        return folded
    kept = (each if each.isascii() or _is_letter(each) else "" for each in _unmarked(text))
    return " ".join("".join(kept).split())


def _unmarked(text: str) -> str:
    # Apostrophes go first: some of them would decompose into a space and a mark.
    return unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).lower().translate(_PLAIN)


def _is_letter(each: str) -> bool:
    """A letter or a vowel's sign of another script, and no accent."""
    return unicodedata.category(each) in {"Ll", "Lo", "Mn", "Mc"} and not unicodedata.combining(each)


def compare(ours: str, theirs: str) -> str:
    """How two spellings of a name stand: "same" when folded, "part" where one may hold the other, else "other".

    Spaces make no difference. An initial may hold the whole name, and what is written in another script any name.
    """
    if ours == theirs:
        return "same"
    first, second = spelled(ours), spelled(theirs)
    mine, other = first.replace(" ", ""), second.replace(" ", "")
    if mine == other:
        return "same" if mine else "part"
    if not (mine and other and first.isascii() and second.isascii()):
        return "part"
    if mine == other[0] or other == mine[0]:
        return "part"
    parts, others = set(first.split()), set(second.split())
    return "part" if parts <= others or others <= parts else "other"
