"""Base58 with bitcoin's letters, two letters at a time: the usual way, one by one, costs a third of a verification."""

import struct
from itertools import product

_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = ["".join(pair) for pair in product(_LETTERS, repeat=2)]
_TWO = len(_PAIRS)
_TEN = _TWO**5
#: What two letters stand for, by the number that their two bytes are; _NONE for what is no letter.
_NONE = 1 << 200
_VALUES = [_NONE] * (1 << 16)
for _value, _pair in enumerate(_PAIRS):
    _VALUES[int.from_bytes(_pair.encode())] = _value
_FIVE = struct.Struct(">5H")


def encode(raw: bytes) -> str:
    """The text of some bytes; a leading zero byte is a leading `1`."""
    number, pieces = int.from_bytes(raw), []
    while number:
        number, ten = divmod(number, _TEN)
        ten, e = divmod(ten, _TWO)
        ten, d = divmod(ten, _TWO)
        ten, c = divmod(ten, _TWO)
        a, b = divmod(ten, _TWO)
        pieces.append(f"{_PAIRS[a]}{_PAIRS[b]}{_PAIRS[c]}{_PAIRS[d]}{_PAIRS[e]}")
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(pieces)).lstrip("1")


def decode(text: str) -> bytes:
    """The bytes of a text, which the caller keeps short. Raises ValueError for a letter that is none."""
    number, values = 0, _VALUES
    for a, b, c, d, e in _FIVE.iter_unpack(("1" * (-len(text) % 10) + text).encode("ascii")):
        ten = (((values[a] * _TWO + values[b]) * _TWO + values[c]) * _TWO + values[d]) * _TWO + values[e]
        if ten >= _TEN:
            raise ValueError("not base58")
        number = number * _TEN + ten
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
