"""Addresses in settings: of the database, the mail server, the bucket, the virus scanner and the outside signer."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_TOKEN = re.compile(r"[!-~]{1,4000}")
#: A transit engine's path, and how the names of our keys in it begin.
_NAMES = re.compile(r"(?P<mount>[\w-]+(/[\w-]+)*)/(?P<prefix>[\w.-]{0,60})", re.ASCII)


class WrongSetting(Exception):
    """A setting that cannot be used. The text is one sentence for the operator."""


@dataclass(frozen=True)
class MailServer:
    """Where letters leave by SMTP."""

    host: str
    port: int
    user: str
    password: str
    security: Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class ObjectStore:
    """An S3-compatible bucket for files."""

    bucket: str
    access_key: str | None
    secret_key: str | None
    endpoint: str | None
    region: str | None


@dataclass(frozen=True)
class Scanner:
    """A clamd to send documents to: a TCP host and port, or a Unix socket."""

    host: str | None
    port: int
    socket: str | None


@dataclass(frozen=True)
class OutsideSigner:
    """Who holds the signing keys in our place: a transit engine, the names of our keys in it, and what lets us in."""

    address: str
    mount: str
    prefix: str
    namespace: str
    token_given: str = field(repr=False)
    token_file: str
    ca: str

    @property
    def is_private(self) -> bool:
        """Whether nobody between us and it can read the token."""
        parts = urlsplit(self.address)
        return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}

    @property
    def token(self) -> str:
        """The token as it is now: whoever keeps its file may put a new one there at any time. Raises OSError."""
        if not self.token_file:
            return self.token_given
        found = Path(self.token_file).read_text("ascii", "replace").strip()
        if not _TOKEN.fullmatch(found):
            raise OSError(f"{self.token_file} holds no token")
        return found


def taken_apart(value: str) -> SplitResult:
    """The parts of an address; none at all where it is none, so that it is refused like any other wrong one."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - looked at here, since a wrong one is told only to who asks
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def database(env: Mapping[str, str], name: str) -> str | None:
    """The address in this variable, if any; raises WrongSetting where it is not one of PostgreSQL."""
    value = env.get(name)
    if not value:
        return None
    try:
        parts = conninfo_to_dict(value)
    except ProgrammingError:
        # What libpq says of it may repeat the password.
        parts = {}
    ports = str(parts.get("port") or "5432").split(",")
    is_url = value.startswith(("postgres://", "postgresql://"))
    if not is_url or not parts.get("dbname") or not all(port.isascii() and port.isdigit() for port in ports):
        raise WrongSetting(
            f"{name} must look like postgresql://role:password@host:5432/database, with no parameters but "
            f"PostgreSQL's own: correct it."
        )
    return value


def mail(value: str) -> MailServer | None:
    """The mail server that an EMAIL_URL names; None where it is empty; raises WrongSetting."""
    if not value:
        return None
    parts = taken_apart(value)
    kinds: dict[str, tuple[Literal["none", "starttls", "tls"], int]] = {
        "smtp": ("none", 25),
        "smtp+tls": ("starttls", 587),
        "smtps": ("tls", 465),
    }
    if parts.scheme not in kinds or not parts.hostname or parts.port == 0:
        raise WrongSetting("EMAIL_URL must look like smtp+tls://user:password@mail.example.org:587: correct it.")
    security, usual = kinds[parts.scheme]
    return MailServer(
        host=parts.hostname,
        port=parts.port or usual,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        security=security,
    )


def files(value: str) -> ObjectStore | None:
    """The bucket that a FILES_URL names; None where it is empty; raises WrongSetting."""
    if not value:
        return None
    parts = taken_apart(value)
    asked = parse_qs(parts.query)
    unknown = set(asked) - {"endpoint", "region"}
    if parts.scheme != "s3" or not parts.hostname or parts.path.strip("/") or unknown:
        raise WrongSetting(
            "FILES_URL must look like s3://key:secret@bucket?endpoint=https://s3.example.org&region=us-west-1: "
            "correct it, or remove it to keep files in PEERCERT_HOME."
        )
    return ObjectStore(
        bucket=parts.hostname,
        access_key=unquote(parts.username) if parts.username else None,
        secret_key=unquote(parts.password) if parts.password else None,
        endpoint=asked.get("endpoint", [None])[0],
        region=asked.get("region", [None])[0],
    )


def scanner(value: str) -> Scanner | None:
    """The scanner that a CLAMD_URL names; None where it is empty; raises WrongSetting."""
    if not value:
        return None
    parts = taken_apart(value)
    if parts.scheme == "unix" and parts.path:
        return Scanner(host=None, port=0, socket=parts.path)
    if parts.scheme == "tcp" and parts.hostname and parts.port != 0:
        return Scanner(host=parts.hostname, port=parts.port or 3310, socket=None)
    raise WrongSetting("CLAMD_URL must look like tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl: correct it.")


def signer(
    value: str, *, keys: str, token: str, token_file: str, namespace: str, ca: str
) -> OutsideSigner | None:  # fmt: skip
    """The outside signer that PEERCERT_SIGNER and its companions name; None where it is empty; raises WrongSetting."""
    if not value:
        return None
    parts = taken_apart(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username or parts.port == 0:
        raise WrongSetting("PEERCERT_SIGNER must look like https://vault.example.org:8200: correct it.")
    names = _NAMES.fullmatch(keys or "transit/peercert-")
    if names is None:
        raise WrongSetting("PEERCERT_SIGNER_KEYS must look like transit/peercert-: correct it.")
    if bool(token) == bool(token_file):
        raise WrongSetting(
            "PEERCERT_SIGNER needs a token: set either PEERCERT_SIGNER_TOKEN or PEERCERT_SIGNER_TOKEN_FILE."
        )
    if token and not _TOKEN.fullmatch(token):
        raise WrongSetting("PEERCERT_SIGNER_TOKEN holds letters that no token has: correct it.")
    if not re.fullmatch(r"[\w./-]{0,200}", namespace, re.ASCII):
        raise WrongSetting("PEERCERT_SIGNER_NAMESPACE must look like admin/peers: correct it.")
    if ca:
        _look(ca)
    found = OutsideSigner(parts.geturl(), names["mount"], names["prefix"], namespace, token, token_file, ca)
    try:
        found.token  # noqa: B018 - read once now, so that a wrong file is told at the start
    except OSError as wrong:
        why = wrong.strerror or "no token in it"
        raise WrongSetting(
            f"PEERCERT_SIGNER_TOKEN_FILE is {token_file!r}, which cannot be used ({why}): correct it."
        ) from None
    return found


def _look(ca: str) -> None:
    """Refuse a file that TLS cannot use."""
    try:
        ssl.create_default_context(cafile=ca)
    except OSError as wrong:
        why = "no certificates in PEM" if isinstance(wrong, ssl.SSLError) else wrong.strerror
        raise WrongSetting(f"PEERCERT_SIGNER_CA is {ca!r}, which cannot be used ({why}): correct it.") from None
