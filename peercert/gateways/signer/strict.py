"""Reading JSON that a stranger hands in: one meaning or none, and never more work than its size."""

import json
from typing import Any, NoReturn

#: A credential of ours has about 8,000 bytes, a status list of eight million entries, all set at random, 1,400,000.
MOST = 1_500_000


class NotJson(ValueError):
    """What was given cannot be read: `code` is too_large, not_json, key_twice or not_a_jwt."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text_of(given: bytes | str, most: int = MOST) -> str:
    """The text of a file, without a byte order mark and blanks around it. Raises NotJson."""
    if len(given) > most:
        raise NotJson("too_large")
    try:
        text = given if isinstance(given, str) else bytes(given).decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("not_json") from None
    return text.removeprefix("\ufeff").strip(" \t\r\n")


def read(given: bytes | str) -> Any:
    """The JSON value: no key twice, no NaN, not nested beyond what Python reads. Raises NotJson."""
    try:
        return json.loads(text_of(given), object_pairs_hook=_once, parse_constant=_refuse)
    except NotJson:
        raise
    except (ValueError, RecursionError):
        raise NotJson("not_json") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("key_twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise NotJson("not_json")
