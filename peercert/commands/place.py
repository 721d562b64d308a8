"""On which line of a JSON document a field stands."""

import json
import re

_BETWEEN = re.compile(r"[\s,:]*")
_STEP = re.compile(r"[^.\[\]]+")


def line_of(text: bytes, field: str) -> int:
    """The line of a field such as `trainings[0].hours`; where it is not there, that of the part that lacks it."""
    try:
        whole = text.decode()
        return whole.count("\n", 0, _place(whole, _STEP.findall(field))) + 1
    except (ValueError, IndexError, RecursionError):
        return 1


def _place(text: str, steps: list[str]) -> int:
    read = json.JSONDecoder().raw_decode
    at = _next(text, 0)
    for step in steps:
        begins, count = at, 0
        at = _next(text, at + 1)
        while text[at] not in "]}":
            name = count
            if text[begins] == "{":
                name, at = read(text, at)
                at = _next(text, at)
            if str(name) == step:
                break
            _, at = read(text, at)
            at, count = _next(text, at), count + 1
        else:
            return begins
    return at


def _next(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    assert found
    return found.end()
