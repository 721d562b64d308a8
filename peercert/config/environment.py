"""Every setting of PeerCert, read from the environment, typed, in this one place.

`read()` answers an `Environment` or raises `WrongSetting` with one sentence that names the variable and the mend.
Nothing else in the code looks at `os.environ` for a setting of the program.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from peercert.config import addresses
from peercert.config.addresses import MailServer, ObjectStore, OutsideSigner, Scanner
from peercert.config.addresses import WrongSetting as WrongSetting

Mode = Literal["demo", "production"]
Role = Literal["app", "owner"]

#: The checkout, or the folder that the package was installed into.
ROOT = Path(__file__).resolve().parent.parent.parent

DEMO_SECRET = "demo-secret-that-production-refuses-0000000000000000000000000000"  # noqa: S105
DEMO_KEY = base64.b64encode(b"demo key, never for real people!").decode()


def _setting(name: str, says: str, *, secret: bool = False, also: Mapping[str, str] | None = None) -> Any:
    """A field's variable and what it does; `also`: further variables that belong to it."""
    return field(metadata={"told": {name: says, **(also or {})}, "secret": secret})


@dataclass(frozen=True)
class Environment:
    """The settings as the program sees them. Each field carries its variable's name and what it does."""

    mode: Mode = _setting("PEERCERT_MODE", "demo (default) or production")
    home: Path = _setting("PEERCERT_HOME", "folder of the embedded database, files and static files; default ./var")
    port: int = _setting("PORT", "port of the web server; default 8000")
    bind: str = _setting("PEERCERT_BIND", "address the web server listens on; default 127.0.0.1")
    origin: str = _setting("PEERCERT_ORIGIN", "address people type, with scheme; default http://localhost:PORT")
    hosts: tuple[str, ...] = _setting("PEERCERT_HOSTS", "host names answered, comma separated; default the origin's")
    secret: str = _setting("PEERCERT_SECRET", "signs sessions and links; at least 50 characters", secret=True)
    keys: tuple[bytes, ...] = _setting(
        "PEERCERT_KEYS",
        "keys for documents and second factors: each 32 bytes in base64, comma separated, the first for new data",
        secret=True,
    )
    database_url: str | None = _setting("DATABASE_URL", "PostgreSQL 15 or newer; absent: embedded server", secret=True)
    database_owner_url: str | None = _setting(
        "DATABASE_OWNER_URL", "role that owns the tables, for migrations only; absent: DATABASE_URL", secret=True
    )
    embedded_in_production: bool = _setting(
        "PEERCERT_EMBEDDED_DATABASE", "yes allows the embedded database in production"
    )
    role: Role = _setting("PEERCERT_DATABASE_ROLE", "app (default) or owner, set by the commands that migrate")
    mail: MailServer | None = _setting(
        "EMAIL_URL", "smtp://, smtp+tls:// or smtps://user:password@host:port; absent in demo: no mail", secret=True
    )
    mail_from: str = _setting("PEERCERT_MAIL_FROM", "sender of every letter; default no-reply@ the origin's host")
    files: ObjectStore | None = _setting(
        "FILES_URL",
        "s3://key:secret@bucket?endpoint=https://…&region=…; absent: PEERCERT_HOME/files",
        secret=True,
    )
    scanner: Scanner | None = _setting("CLAMD_URL", "virus scanner: tcp://host:3310 or unix:///path")
    signer: OutsideSigner | None = _setting(
        "PEERCERT_SIGNER",
        "outside signer (Vault or OpenBao): https://host:8200; absent: signing keys lie sealed in the database",
        secret=True,
        also={
            "PEERCERT_SIGNER_KEYS": "its transit engine and how our keys' names begin; default transit/peercert-",
            "PEERCERT_SIGNER_TOKEN": "token that it lets us in by",
            "PEERCERT_SIGNER_TOKEN_FILE": "file of the token, read anew each time, in place of PEERCERT_SIGNER_TOKEN",
            "PEERCERT_SIGNER_NAMESPACE": "namespace in it; default none",
            "PEERCERT_SIGNER_CA": "file of certificates (PEM) that its TLS is believed by; default the system's",
        },
    )
    personas: bool = _setting("PEERCERT_PERSONAS", "yes or no: sign in as any demo role; default yes in demo")
    demo_state: bool = _setting(
        "PEERCERT_DEMO_STATE", "yes (default in demo) fills an empty database at the start, or no"
    )
    metrics_token: str | None = _setting(
        "PEERCERT_METRICS_TOKEN", "bearer token for /metrics; absent: loopback only", secret=True
    )
    proxies: int = _setting("PEERCERT_PROXIES", "how many proxies of yours stand before the web server; default 0")
    web_workers: int = _setting("PEERCERT_WEB_WORKERS", "web processes; default 1")
    web_threads: int = _setting("PEERCERT_WEB_THREADS", "threads of each web process; default 4")
    queue_jobs: int = _setting(
        "PEERCERT_QUEUE_JOBS", "jobs that each lane of the worker does at the same time; default 2"
    )
    queue_heartbeat: int = _setting(
        "PEERCERT_QUEUE_HEARTBEAT", "seconds between a worker's signs of life, three missed count as dead; default 5"
    )
    static: Literal["built", "plain"] = _setting(
        "PEERCERT_STATIC", "built (default: compressed, named by content) or plain (as in assets/dist, for development)"
    )

    @property
    def is_demo(self) -> bool:
        """True where the demo state, its roles page and its letters page exist."""
        return self.mode == "demo"

    @property
    def host(self) -> str:
        """The host name of the origin, which is also the relying party of passkeys."""
        return urlsplit(self.origin).hostname or "localhost"

    @property
    def is_embedded(self) -> bool:
        """True where the database is the embedded server."""
        return self.database_url is None


def documented() -> dict[str, str]:
    """Each variable's name and what it does, in the order of the table in docs/operator.md."""
    return {name: says for f in fields(Environment) for name, says in f.metadata["told"].items()}


def read(source: Mapping[str, str] | None = None) -> Environment:
    """The settings found in `source` (default: the process's environment).

    Raises WrongSetting with one sentence for the first wrong value, and for what production refuses.
    """
    env = {name: value.strip() for name, value in (os.environ if source is None else source).items()}
    mode = _one_of(env, "PEERCERT_MODE", ("demo", "production"), "demo")
    port = _number(env, "PORT", 8000, 1, 65535)
    origin = _origin(env.get("PEERCERT_ORIGIN") or f"http://localhost:{port}")
    host = urlsplit(origin).hostname or "localhost"
    hosts = tuple(name for name in (part.strip() for part in env.get("PEERCERT_HOSTS", "").split(",")) if name)
    found = Environment(
        mode="production" if mode == "production" else "demo",
        home=_folder(env, "PEERCERT_HOME", ROOT / "var"),
        port=port,
        bind=env.get("PEERCERT_BIND") or "127.0.0.1",
        origin=origin,
        hosts=hosts or ((host, "localhost", "127.0.0.1") if mode == "demo" else (host,)),
        secret=env.get("PEERCERT_SECRET") or DEMO_SECRET,
        keys=_keys(env.get("PEERCERT_KEYS") or DEMO_KEY),
        database_url=addresses.database(env, "DATABASE_URL"),
        database_owner_url=addresses.database(env, "DATABASE_OWNER_URL"),
        embedded_in_production=_yes(env, "PEERCERT_EMBEDDED_DATABASE", default=False),
        role="owner" if _one_of(env, "PEERCERT_DATABASE_ROLE", ("app", "owner"), "app") == "owner" else "app",
        mail=addresses.mail(env.get("EMAIL_URL", "")),
        mail_from=env.get("PEERCERT_MAIL_FROM") or f"no-reply@{host}",
        files=addresses.files(env.get("FILES_URL", "")),
        scanner=addresses.scanner(env.get("CLAMD_URL", "")),
        signer=addresses.signer(
            env.get("PEERCERT_SIGNER", ""),
            keys=env.get("PEERCERT_SIGNER_KEYS", ""),
            token=env.get("PEERCERT_SIGNER_TOKEN", ""),
            token_file=env.get("PEERCERT_SIGNER_TOKEN_FILE", ""),
            namespace=env.get("PEERCERT_SIGNER_NAMESPACE", ""),
            ca=env.get("PEERCERT_SIGNER_CA", ""),
        ),
        personas=_yes(env, "PEERCERT_PERSONAS", default=mode == "demo"),
        demo_state=_yes(env, "PEERCERT_DEMO_STATE", default=mode == "demo"),
        metrics_token=env.get("PEERCERT_METRICS_TOKEN") or None,
        proxies=_number(env, "PEERCERT_PROXIES", 0, 0, 10),
        web_workers=_number(env, "PEERCERT_WEB_WORKERS", 1, 1, 64),
        web_threads=_number(env, "PEERCERT_WEB_THREADS", 4, 1, 128),
        queue_jobs=_number(env, "PEERCERT_QUEUE_JOBS", 2, 1, 64),
        queue_heartbeat=_number(env, "PEERCERT_QUEUE_HEARTBEAT", 5, 1, 600),
        static="plain" if _one_of(env, "PEERCERT_STATIC", ("built", "plain"), "built") == "plain" else "built",
    )
    if found.mode == "production":
        for refusal in refused_in_production(found):
            raise WrongSetting(refusal)
    return found


#: What the sender of a letter must not say: the message lies on a screen that others may see.
TELLING = ("peer", "recovery", "complaint", "suspen")


def refused_in_production(env: Environment) -> list[str]:
    """Why production may not start on these settings: one sentence each, with the mend. Empty: it may."""
    reasons = []
    if env.secret == DEMO_SECRET or len(env.secret) < 50:
        reasons.append(
            "PEERCERT_SECRET is missing, shorter than 50 characters or the demo's: set it to a random text, "
            "for example from `openssl rand -base64 48`."
        )
    if base64.b64decode(DEMO_KEY) in env.keys:
        reasons.append(
            "PEERCERT_KEYS is missing or holds the demo's key: set it to a key from `openssl rand -base64 32`."
        )
    if env.is_embedded and not env.embedded_in_production:
        reasons.append(
            "DATABASE_URL is missing: set it, or set PEERCERT_EMBEDDED_DATABASE=yes to run production on the "
            "embedded database."
        )
    if env.personas:
        reasons.append("PEERCERT_PERSONAS=yes lets anyone sign in as a demo role: remove it in production.")
    if not env.origin.startswith("https://"):
        reasons.append("PEERCERT_ORIGIN must be the https:// address that people type: set it.")
    if not env.proxies:
        reasons.append(
            "PEERCERT_PROXIES is missing: TLS ends at a proxy of yours, and without it people are led from https to "
            "https without end; set it to how many stand before the web server, usually 1."
        )
    if env.mail is None:
        reasons.append("EMAIL_URL is missing: set it, for example smtp+tls://user:password@mail.example.org:587.")
    if telling := next((word for word in TELLING if word in env.mail_from.lower()), ""):
        reasons.append(
            f"PEERCERT_MAIL_FROM is {env.mail_from}, and a sender that says {telling!r} tells whoever sees a locked "
            "phone: set it to an address that does not."
        )
    if env.scanner is None:
        reasons.append(
            "CLAMD_URL is missing: documents must be scanned in production; set it, for example tcp://127.0.0.1:3310."
        )
    if env.signer is not None and not env.signer.is_private:
        reasons.append(
            "PEERCERT_SIGNER is an http:// address of another machine, to which the token would travel open: set it to "
            "an https:// one."
        )
    return reasons


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = env.get(name) or default
    if value not in allowed:
        raise WrongSetting(f"{name} is {value!r}: set it to {' or '.join(allowed)}.")
    return value


def _yes(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    return _one_of(env, name, ("yes", "no"), "yes" if default else "no") == "yes"


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = env.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or len(value) > 9 or not least <= int(value) <= most:
        raise WrongSetting(f"{name} is {value!r}: set it to a whole number from {least} to {most}.")
    return int(value)


def _folder(env: Mapping[str, str], name: str, default: Path) -> Path:
    try:
        return Path(env.get(name) or default).expanduser().absolute()
    except RuntimeError:
        raise WrongSetting(f"{name} is {env[name]!r}, and there is no such user: set it to a whole path.") from None


def _origin(value: str) -> str:
    parts = addresses.taken_apart(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise WrongSetting(f"PEERCERT_ORIGIN is {value!r}: set it to scheme and host, for example https://example.org.")
    return f"{parts.scheme}://{parts.netloc}"


def _keys(value: str) -> tuple[bytes, ...]:
    keys = []
    for position, text in enumerate(value.split(","), start=1):
        try:
            key = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise WrongSetting(
                f"PEERCERT_KEYS: key {position} is not 32 bytes in base64; make one with `openssl rand -base64 32`."
            )
        keys.append(key)
    return tuple(keys)
