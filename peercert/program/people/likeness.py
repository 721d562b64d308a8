"""How close two folded words are: typing mistakes forgiven, different names kept apart."""


def distance(one: str, other: str, most: int) -> int:
    """Single-letter mistakes (wrong, missing, extra, two swapped) between two words; `most + 1` where there are more.

    The count stops early: a word compared with thousands of others is mostly far from them.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, right in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def forgiven(word: str) -> int:
    """How many mistakes are forgiven in a word of this length: none in short ones, which differ by a letter."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def one_mistake_from(word: str) -> set[str]:
    """Every word of the alphabet that differs from this one by a single mistake; some hundreds for a usual word."""
    halves = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return (
        {left + right[1:] for left, right in halves if right}
        | {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
        | {left + letter + right[1:] for left, right in halves if right for letter in _LETTERS}
        | {left + letter + right for left, right in halves for letter in _LETTERS}
    )
