"""The one business exception of the program."""

from typing import Any


class Refused(Exception):
    """A step that may not be taken, with the reason as a code and its values.

    The words for `reason` live in `peercert/words/refusals.toml`; a door shows them with what the person can do next.
    Raising it inside a journey function rolls the whole step back.
    """

    def __init__(self, reason: str, **values: Any) -> None:
        self.reason = reason
        self.values = values
        super().__init__(f"{reason} {values}" if values else reason)
