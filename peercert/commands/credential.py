"""`peercert credential verify FILE`: is a credential, a PDF or a picture of a printed code genuine and still current?

Needs no database. Keys, the status list and what the register says of a printed code come from files, or by https from
the issuer's own site alone, each within seconds and a few megabytes. What cannot be fetched is a sentence on standard
error.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from peercert import words
from peercert.gateways import fetch, presented, register
from peercert.gateways.signer import compact, published, receipt, verify
from peercert.gateways.signer.keys import PublicKey
from peercert.rules.days import day_of
from peercert.words import verdict as verdict_words

#: An issuer's origin, its keys by their absolute ids, and those of its log.
Published = tuple[str, dict[str, PublicKey], list[PublicKey]]

EXIT_CODES = """exit codes:
  0  genuine, and every step holds: it stands now
  1  not genuine: forged, changed, of another issuer, or nothing that can be read
  2  nothing was judged: wrong options, no such file, the issuer's keys cannot be had; one sentence says why
  3  genuine as signed or printed, but not all of it is known: above all, where it stands now
  4  genuine, but no longer current, not in force, or outside its dates"""
#: By whether every step of a genuine one holds.
_GENUINE = {True: 0, None: 3, False: 4}

Fetched = TypeVar("Fetched")

_MARKS = {True: "+", False: "-", None: "?"}


class Unjudged(Exception):
    """Nothing can be judged; the text is the sentence that says why and how to mend it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `credential` takes."""
    parser.epilog, parser.formatter_class = EXIT_CODES, argparse.RawDescriptionHelpFormatter
    parser.add_argument("verb", choices=["verify"], help="what to do")
    parser.add_argument("file", help="JSON, JWT, PDF or picture, the text of a printed code, or - for standard input")
    parser.add_argument("--issuer", metavar="HOST", help="whose credentials are trusted; default: PEERCERT_ORIGIN's")
    parser.add_argument("--keys", type=Path, metavar="did.json", help="the issuer's keys, instead of fetching them")
    parser.add_argument("--status", type=Path, metavar="FILE", help="the status list, instead of fetching it")
    parser.add_argument("--offline", action="store_true", help="fetch nothing")
    parser.add_argument(
        "--at", type=moment, metavar="MOMENT", help="judge as at this moment: 2026-05-01T12:00:00-07:00"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.add_argument("--lang", choices=words.LANGUAGES, default="en", help="language of the answer")


def moment(text: str) -> datetime:
    """A moment with its zone. Raises argparse's error with a sentence."""
    try:
        found: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment; write it as in 2026-05-01T12:00:00-07:00")
    return found


def command(options: argparse.Namespace) -> int:
    """Judges one file; answers one of EXIT_CODES."""
    at = options.at or datetime.now(UTC)  # noqa: TID251 - a stranger's clock, where none is given
    try:
        given = _given(options)
        origin, keys, log_keys = _issuer(options)
        found = presented.judged(
            given, origin=origin, resolve_key=keys.get, at=at,
            resolve_code_key={compact.key_name(key): key for key in keys.values()}.get,
            fetch_status=_status(options, origin), log_keys=log_keys,
        )  # fmt: skip
        found = _asked(found, options, origin, log_keys)
    except presented.NothingThere as why:
        sys.stderr.write(f"{options.file}: {words.fill('verifying', why.code, lang=options.lang)}\n")
        return 2
    except Unjudged as why:
        sys.stderr.write(f"{why}\n")
        return 2
    sys.stdout.write(_as_json(found, options.lang) if options.json else _as_text(found, options.lang))
    return _GENUINE[found.holds] if verdict_words.summary(found.steps).startswith("genuine") else 1


def _asked(
    found: verify.Verdict, options: argparse.Namespace, origin: str, log_keys: list[PublicKey]
) -> verify.Verdict:
    """What the register says of a genuine printed code, in the place of a step that paper leaves open.

    It speaks of today: whoever judges as at another moment does not ask it.
    """
    if found["status"].code != "status_not_in_code" or options.offline or options.at:
        return found
    today = day_of(datetime.now(UTC))  # noqa: TID251 - as in `command`
    step = _or_told(lambda: register.standing(found.number, origin=origin, log_keys=log_keys, today=today))
    return found if step is None else replace(found, steps=(*found.steps[:-1], step))


def _or_told(fetched: Callable[[], Fetched]) -> Fetched | None:
    """What can be fetched; None where it cannot, and why on standard error."""
    try:
        return fetched()
    except fetch.CannotFetch as why:
        sys.stderr.write(f"Where it stands now cannot be fetched: {why}.\n")
        return None


def _given(options: argparse.Namespace) -> Sequence[bytes | str]:
    given = presented.credentials_in(_read(options.file))
    if receipt.is_like(given[0]):
        raise Unjudged(f"{options.file}: {words.fill('verifying', 'receipt_is_no_credential', lang=options.lang)}")
    return given


def _read(path: str) -> bytes:
    try:
        if path == "-":
            content = sys.stdin.buffer.read(presented.MOST_BYTES + 1)
        else:
            with open(path, "rb") as file:
                content = file.read(presented.MOST_BYTES + 1)
    except (OSError, ValueError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        raise Unjudged(f"{path}: {why}. Give the path of a file, or - for standard input.") from None
    if len(content) > presented.MOST_BYTES:
        raise Unjudged(f"{path}: the file is larger than 15 MB. Give the credential alone, or a smaller picture.")
    return content


def _issuer(options: argparse.Namespace) -> Published:
    """The trusted issuer's origin, its keys by their absolute ids, and those of its log."""
    if options.keys is not None:
        return _keys_of(_read(str(options.keys)), str(options.keys), options.issuer and _origin(options.issuer))
    from peercert.config.environment import read

    origin = _origin(options.issuer) if options.issuer else read().origin
    mend = "Give its keys by --keys did.json, or say by --issuer HOST whose credentials you trust."
    if options.offline:
        raise Unjudged(f"The keys of {origin} are needed, and nothing may be fetched. {mend}")
    address = f"{origin}/.well-known/did.json"
    try:
        return _keys_of(fetch.fetched(address, origin=origin), address, origin)
    except fetch.CannotFetch as why:
        raise Unjudged(f"{address} cannot be fetched: {why}. {mend}") from None


def _keys_of(content: bytes, where: str, expected: str | None) -> Published:
    try:
        document = json.loads(content)
        did, keys = published.keys_in(document)
        log_keys = published.log_keys_in(document)
    except (published.NotADocument, ValueError, RecursionError) as wrong:
        why = wrong if isinstance(wrong, published.NotADocument) else "it is not JSON"
        raise Unjudged(f"{where} is not an issuer's did.json: {why}.") from None
    host = unquote(did.removeprefix("did:web:"))
    origin = expected or _origin(host)
    if urlsplit(origin).netloc.lower() != host:
        raise Unjudged(f"{where} holds the keys of {host}, not those of {urlsplit(origin).netloc}.")
    return origin, keys, log_keys


def _origin(issuer: str) -> str:
    """The origin of an issuer given as a host, an address or a DID."""
    host = unquote(issuer.removeprefix("did:web:")) if issuer.startswith("did:web:") else issuer
    if "://" not in host:
        host = f"{'http' if host.split(':')[0] in {'localhost', '127.0.0.1'} else 'https'}://{host}"
    try:
        parts = urlsplit(host)
        is_origin = parts.scheme in {"http", "https"} and parts.hostname and not parts.path.strip("/")
    except ValueError:
        is_origin = False
    if not is_origin:
        raise Unjudged(f"{issuer!r} is no issuer: give its host, for example --issuer peers.example.org.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _status(options: argparse.Namespace, origin: str) -> Callable[[str], bytes | None]:
    given = None if options.status is None else _read(str(options.status))

    def fetch_status(address: str) -> bytes | None:
        if given is not None or options.offline:
            return given
        return _or_told(lambda: fetch.fetched(address, origin=origin))

    return fetch_status


def _as_text(found: verify.Verdict, lang: str) -> str:
    lines = verdict_words.lines(found.steps, lang)
    told = [words.fill("verifying", verdict_words.summary(found.steps), lang=lang), ""]
    told += [f"{_MARKS[line.holds]} {line.name} ({line.outcome}): {line.says}" for line in lines]
    if found.says:
        told += ["", *(f"  {label}: {value}" for label, value in _labelled(found.says, lang))]
    return "\n".join(told) + "\n"


def _labelled(says: Any, lang: str) -> list[tuple[str, str]]:
    told = [(name, says[name]) for name in ("name", "number", "issued_on", "last_day")]
    return [(words.fill("verifying", f"says_{name}", lang=lang), words.shown(value, lang)) for name, value in told]


def _as_json(found: verify.Verdict, lang: str) -> str:
    lines = verdict_words.lines(found.steps, lang)
    told = {
        "verdict": verdict_words.summary(found.steps),
        "holds": found.holds,
        "number": found.number,
        "steps": [
            {"step": one.step, "code": one.code, "holds": one.holds, "says": line.says}
            for one, line in zip(found.steps, lines, strict=True)
        ],
        "says": dict(found.says),
    }
    return json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n"
