"""Messages to organisations' machines: CloudEvents over HTTPS, signed by RFC 9421, and what the other side answered.

An address is looked up once and the connection goes to exactly what was found: never to a machine of our own network,
and no redirect is followed. Whatever the other side does ends within some seconds with one `Answer`.
"""

import base64
import contextlib
import http.client
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from http_message_signatures import HTTPMessageSigner, algorithms

from peercert.gateways.lines import cut_off, looked_up, opened, trusted
from peercert.gateways.signer.keys import PublicKey, Signer

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
#: What the signature covers: where it goes, what it says, and the key by which a second copy is known.
COVERED = ("@method", "@target-uri", "content-type", "content-digest", "idempotency-key")
#: Seconds until the other side must have answered, its name, its TLS and all.
PATIENCE = 10.0
#: Of an answer no more than this is read; only its status counts.
MOST_READ = 2_048
#: Where the machines of the world have their IPv6 addresses, and those among them that stand for an IPv4 address.
_WORLD, _RELAYED = ipaddress.ip_network("2000::/3"), ipaddress.ip_network("2002::/16")

Became = Literal["taken", "refused", "gone", "down"]


class BadAddress(Exception):
    """An address that no message goes to: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """What became of one message.

    `taken`: any 2xx. `refused`: this message was not taken, others may be. `gone`: the other side wants none any more
    (410). `down`: it cannot be reached, is slow, overloaded, moved or faulty, and every message would fare alike.
    `says` is an HTTP status, or a word for what went wrong on the line.
    """

    became: Became
    says: str


@dataclass
class _Message:
    """What the signer looks at."""

    method: str
    url: str
    headers: dict[str, str]


def signed_headers(url: str, body: bytes, key: str, signer: Signer, at: datetime) -> dict[str, str]:
    """The headers of one message: its type, its digest, its idempotency key, and the signature over them."""
    message = _Message("POST", url, {"Content-Type": CONTENT_TYPE, "Idempotency-Key": f'"{key}"'})
    way = HTTPMessageSigner(signature_algorithm=algorithms.ED25519)
    prepared = way.prepare(
        message, key_id=signer.kid, created=at, label="sig", covered_component_ids=COVERED, body=body
    )
    way.apply(message, prepared, signer.sign(prepared.signature_base))
    return message.headers


def directory(keys: list[PublicKey]) -> dict[str, object]:
    """The keys that messages verify with, as a JSON Web Key Set: retired ones too."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "kid": key.kid, "use": "sig", "alg": "EdDSA",
             "x": base64.urlsafe_b64encode(key.public).decode().rstrip("=")}
            for key in keys
        ]
    }  # fmt: skip


def check_address(url: str, *, allow_local: bool) -> None:
    """Raise BadAddress (`address_shape`, `address_not_https`, `address_inside`) for one that is wrong by its looks.

    No name is looked up, so that nobody's request waits for a name server: that comes before every message.
    """
    parts, port = _parts(url, allow_local=allow_local)
    with contextlib.suppress(OSError, UnicodeError):  # a name, and no number in any of its spellings
        found = socket.getaddrinfo(parts.hostname, port, flags=socket.AI_NUMERICHOST)
        _outside([str(place[0]) for *_, place in found], parts, allow_local=allow_local)


class Line:
    """One connection to an address, kept open from message to message. Not for two threads."""

    def __init__(self, url: str, *, allow_local: bool) -> None:
        self.url, self.allow_local, self.patience = url, allow_local, PATIENCE
        self._open: http.client.HTTPConnection | None = None

    def send(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Send one message and read what became of it. Never raises for what the other side does."""
        was_open = self._open is not None
        for fresh in (False, True):
            try:
                return self._try(body, headers)
            except BadAddress as bad:
                return Answer("down", bad.code)
            except (OSError, http.client.HTTPException, ValueError) as trouble:
                self.close()
                # A line that the other side closed between two messages is opened again, once.
                if fresh or not was_open or isinstance(trouble, TimeoutError):
                    return Answer("down", _says(trouble))
        raise AssertionError

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _try(self, body: bytes, headers: dict[str, str]) -> Answer:
        ends = time.monotonic() + self.patience
        line = self._open = self._open or _connect(self.url, ends, allow_local=self.allow_local)
        with cut_off(line.sock, ends):
            line.request("POST", _target(self.url), body, {**headers, "User-Agent": "PeerCert", "Accept": "*/*"})
            answer = line.getresponse()
            whole = len(answer.read(MOST_READ)) < MOST_READ
        if not whole or answer.will_close:
            self.close()
        return _became(answer.status)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _became(status: int) -> Answer:
    said = str(status)
    if 200 <= status < 300:
        return Answer("taken", said)
    if status == http.client.GONE:
        return Answer("gone", said)
    # Only these speak of the message; a wrong address, a wrong sign-in, a redirect befall every message alike.
    return Answer("refused" if status in {400, 406, 409, 413, 415, 422} else "down", said)


def _says(trouble: Exception) -> str:
    """A fault of the line in a word that has a translation."""
    if isinstance(trouble, TimeoutError):
        return "slow"
    if isinstance(trouble, ssl.SSLError):
        return "certificate"
    if isinstance(trouble, OSError):
        return "unreachable"
    return "no_http"


def _connect(url: str, ends: float, *, allow_local: bool) -> http.client.HTTPConnection:
    """A line to an address that is looked up now, and to nothing but what was found."""
    parts, port = _parts(url, allow_local=allow_local)
    try:
        found = looked_up(str(parts.hostname), port, ends)
    except (socket.gaierror, UnicodeError):
        raise BadAddress("address_unknown") from None
    address = _outside(found, parts, allow_local=allow_local)
    return opened(str(parts.hostname), port, [address], trusted() if parts.scheme == "https" else None, ends)


def _parts(url: str, *, allow_local: bool) -> tuple[SplitResult, int]:
    """The parts of an address that looks right, and its port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress("address_shape") from None
    if (
        not parts.hostname
        or parts.username
        or parts.fragment
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        raise BadAddress("address_shape")
    if parts.scheme != "https" and not (allow_local and parts.scheme == "http"):
        raise BadAddress("address_not_https")
    return parts, port or (443 if parts.scheme == "https" else 80)


def _outside(found: list[str], parts: SplitResult, *, allow_local: bool) -> str:
    """The one IP that a connection goes to, of those that were found."""
    for address in found:
        ip = ipaddress.ip_address(address.split("%")[0])
        if allow_local and ip.is_loopback:
            return address
        if _is_outside(ip):
            if parts.scheme != "https":
                raise BadAddress("address_not_https")
            return address
    raise BadAddress("address_inside")


def _is_outside(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether this is a machine of the world's: nothing that a gateway near us would lead back inside (NAT64, 6to4)."""
    if ip.version == 6 and (ip not in _WORLD or ip in _RELAYED):
        return False
    return ip.is_global and not ip.is_multicast
