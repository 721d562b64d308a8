"""Addresses in settings: of the database, the mail server, the bucket and the virus scanner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


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
