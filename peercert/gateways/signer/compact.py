"""The printed code: what a certificate says, signed, in a form small enough for a QR code on paper.

`PC1`, then in base 32 (capitals and digits: a QR code packs them densely, and an address carries them as they are):

    5 bytes  certificate number, its eight characters of five bits
    2        day of issue, counted from 2000-01-01
    2        last day
    2        the latest day on which it was known to be in force
    1        areas of specialization, a bit each in the order of achievement.AREAS, six at most; then a bit for
             any other area, and the highest says that the name is cut
    8        the key, by the first bytes of the SHA-256 of its public half
    1        how many bytes of name follow
    1 to 90  the name as printed, UTF-8
    64       Ed25519 over PREFIX and all of the above
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import unquote, urlsplit

from peercert.gateways.signer.achievement import AREAS
from peercert.gateways.signer.keys import PublicKey, Signer, kid_of
from peercert.gateways.signer.verify import STEPS, Step, Verdict
from peercert.rules import numbers

#: A code's first letters: the version of its form.
VERSION = "PC1"
#: Signed before the content, so that no other signature of ours can stand for one of a printed code.
PREFIX = b"PeerCert printed code 1\0"
#: A longer name is cut after whole letters, and the code says so: a larger code would not be read from paper.
NAME_BYTES = 90
_SIGNATURE = 64
_HEAD = 21
_CUT, _OTHER = 0x80, 0x40
_FIRST = date(2000, 1, 1)
_WRITTEN = re.compile(rf"(?:.*#)?({VERSION}[A-Z2-7]+)")
_NUMBER = re.compile(r"/verify/([^/]+)/")


class NotACode(ValueError):
    """A text that is no printed code of ours, or one that was cut off."""


@dataclass(frozen=True)
class Printed:
    """What the code says. `known_on` is the latest day on which the certificate was known to be in force."""

    number: str
    name: str
    issued_on: date
    last_on: date
    known_on: date
    areas: tuple[str, ...] = ()
    is_name_cut: bool = False


@dataclass(frozen=True)
class Read:
    """A code taken apart: what it says, by which key, and what that key signed. Says nothing of whether it holds."""

    printed: Printed
    kid: str
    signed: bytes
    signature: bytes

    def holds(self, key: PublicKey) -> bool:
        """Whether this key signed what the code says."""
        return key_name(key) == self.kid and key.verifies(self.signature, self.signed)


def key_name(key: PublicKey) -> str:
    """What a code calls this key, whatever name it has elsewhere."""
    return kid_of(key.public)


def write(printed: Printed, signer: Signer) -> str:
    """The code. The same content and key give the same one."""
    name, is_cut = _cut(printed.name)
    bits = {1 << AREAS.index(area) if area in AREAS else _OTHER for area in printed.areas} | {_CUT * is_cut}
    head = b"".join(
        [_packed(printed.number)]
        + [(day - _FIRST).days.to_bytes(2) for day in (printed.issued_on, printed.last_on, printed.known_on)]
        + [bytes([sum(bits)]), bytes.fromhex(key_name(signer).removeprefix("key-")), bytes([len(name)])]
    )
    body = head + name
    return VERSION + base64.b32encode(body + signer.sign(PREFIX + body)).decode().rstrip("=")


def read(text: str) -> Read:
    """A code taken apart, from itself or from the address that a QR code holds. Raises NotACode."""
    found = _WRITTEN.fullmatch("".join(text[:2_000].split()).upper())
    if found is None:
        raise NotACode(text[:80])
    letters = found[1].removeprefix(VERSION)
    try:
        content = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except binascii.Error:
        raise NotACode(text[:80]) from None
    body, signature = content[:-_SIGNATURE], content[-_SIGNATURE:]
    is_whole = _HEAD < len(body) <= _HEAD + NAME_BYTES and body[_HEAD - 1] == len(body) - _HEAD
    if not is_whole or base64.b32encode(content).decode().rstrip("=") != letters:
        raise NotACode(text[:80])
    return Read(_told(body), f"key-{body[12:20].hex()}", PREFIX + body, signature)


def is_like(text: str) -> bool:
    """Whether a text means to be a printed code, or an address with one."""
    return _WRITTEN.fullmatch("".join(text[:2_000].split()).upper()) is not None


def explain(text: str, *, origin: str, resolve_key: Callable[[str], PublicKey | None], today: date) -> Verdict:
    """Judge a code by the steps of a credential (`verify.Step`), and these of its own:

    readable   read_as_code · not_a_code, address_only
    shape      code_matches · code_of_another {number}: the address names another number than the code
    issuer     issuer_ours · address_elsewhere {theirs}: the address leads to another site than ours
    status     (None) status_not_in_code: whoever asks has to ask the register

    `resolve_key` is asked for what a code calls a key (`key_name`).
    """
    named, theirs = _addressed(text), _site(text)
    issuer = Step("issuer", "issuer_ours", True, {"ours": origin})
    if theirs not in {"", _site(origin)}:
        issuer = Step("issuer", "address_elsewhere", False, {"theirs": theirs})
    try:
        found = read(text)
    except NotACode:
        why = "not_a_code" if VERSION in text.upper() or not theirs else "address_only"
        first = Step("readable", why, False), _not_judged("shape"), issuer if theirs else _not_judged("issuer")
        return Verdict((*first, *map(_not_judged, STEPS[3:])), {}, named)
    told, key = found.printed, resolve_key(found.kid)
    holds = key is not None and found.holds(key)
    signature = Step("signature", "signature_holds" if holds else "signature_fails", holds)
    steps = (
        Step("readable", "read_as_code", True),
        Step("shape", "code_matches", True)
        if named in {"", told.number}
        else Step("shape", "code_of_another", False, {"number": told.number}),
        issuer,
        Step("key", "key_unknown" if key is None else "key_known", key is not None, {"kid": found.kid}),
        _not_judged("signature") if key is None else signature,
        _dates(told, today),
        Step("status", "status_not_in_code", None) if holds else _not_judged("status"),
    )
    says = {"number": told.number, "name": told.name + "…" * told.is_name_cut, "areas": told.areas, "kid": found.kid,
            "issued_on": told.issued_on, "last_day": told.last_on}  # fmt: skip
    return Verdict(steps, says if holds else {}, told.number)


def _addressed(address: str) -> str:
    """The number that an address leads to, however it is typed there; "" where it names none of ours."""
    found = _NUMBER.search(address)
    typed = unquote(found[1]) if found else ""
    try:
        return numbers.read(typed, "C")
    except ValueError:
        return typed[:20] if typed.upper().startswith("C-") else ""


def _site(address: str) -> str:
    """Host and port of an address, as it can be shown; "?" for one that browsers would not take, "" for no address."""
    if "://" not in address:
        return ""
    try:
        site = urlsplit(address.strip()).netloc.lower()
    except ValueError:
        site = ""
    return site[:200] if site.isascii() and site.isprintable() and site else "?"


def _not_judged(step: str) -> Step:
    return Step(step, "not_judged", None)


def _dates(told: Printed, today: date) -> Step:
    days = {"valid_from": told.issued_on, "valid_until": told.last_on}
    if today > told.last_on:
        return Step("dates", "expired", False, days)
    if today < told.issued_on:
        return Step("dates", "not_yet_valid", False, days)
    return Step("dates", "dates_hold", True, days)


def _told(body: bytes) -> Printed:
    try:
        name = body[_HEAD:].decode()
    except UnicodeDecodeError:
        raise NotACode("name") from None
    issued_on, last_on, known_on = (_FIRST + timedelta(days=int.from_bytes(body[at : at + 2])) for at in (5, 7, 9))
    bits = body[11] & ~_CUT
    areas = tuple(area for bit, area in enumerate(AREAS) if bits >> bit & 1) + ("other",) * (bits >= 1 << len(AREAS))
    return Printed(_number(body[:5]), name, issued_on, last_on, known_on, areas, bool(body[11] & _CUT))


def _packed(number: str) -> bytes:
    value = 0
    for letter in number.removeprefix("C-").replace("-", ""):
        value = value << 5 | numbers.ALPHABET.index(letter)
    return value.to_bytes(5)


def _number(packed: bytes) -> str:
    value = int.from_bytes(packed)
    letters = "".join(numbers.ALPHABET[value >> 5 * place & 31] for place in reversed(range(8)))
    return f"C-{letters[:4]}-{letters[4:]}"


def _cut(name: str) -> tuple[bytes, bool]:
    whole = name.encode()
    if len(whole) <= NAME_BYTES:
        return whole, False
    return whole[:NAME_BYTES].decode(errors="ignore").rstrip().encode(), True
