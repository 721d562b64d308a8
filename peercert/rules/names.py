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
    # Apostrophes go first: some of them would decompose into a space and a mark.
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).lower().translate(_PLAIN)
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
