"""The one folding of names: for the law, search, sorting and duplicates."""

import unicodedata

_SPECIAL = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʻ`´ʹ′＇"))
_SPACES = str.maketrans(dict.fromkeys("-‐‑‒–—_.,/", " "))


def fold(text: str) -> str:
    """`text` as ASCII: marks off, lower case, hyphens as single spaces, apostrophes dropped; "" for no letters."""
    if text.isascii() and text.replace(" ", "").isalpha():
        return " ".join(text.lower().split())
    text = text.translate(_APOSTROPHES)
    text = unicodedata.normalize("NFKD", text).lower().translate(_APOSTROPHES).translate(_SPECIAL).translate(_SPACES)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(text.encode("ascii", "ignore").decode().split())


def compare(ours: str, theirs: str) -> str:
    """How two spellings of a name stand: "same" when folded, "part" where one holds the other, else "other".

    Spaces make no difference. Letters that have no Latin form are compared as they are.
    """
    if ours == theirs:
        return "same"
    first, second = fold(ours), fold(theirs)
    if not first or not second:
        return "same" if ours.strip().casefold() == theirs.strip().casefold() else "part"
    if first.replace(" ", "") == second.replace(" ", ""):
        return "same"
    mine, other = set(first.split()), set(second.split())
    return "part" if mine <= other or other <= mine else "other"
