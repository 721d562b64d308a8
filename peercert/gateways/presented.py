"""What a stranger hands in to be verified: a credential as JSON, token, PDF or badge, or a picture of a printed code.

Nothing is kept, and nothing is fetched but what the caller's own functions fetch.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from peercert.gateways import sanitise
from peercert.gateways.signer import compact, did, verify
from peercert.gateways.signer.keys import PublicKey
from peercert.rules.days import day_of

#: What is taken at most: a photo of a phone.
MOST_BYTES = 15 * 1024 * 1024

NothingThere = sanitise.Unacceptable


def is_looked_through(content: bytes) -> bool:
    """Whether this is a picture or a PDF, in which a credential is looked for with some effort."""
    return sanitise.kind_of(content[:32]) is not None


def credentials_in(content: bytes) -> Sequence[bytes | str]:
    """Every credential and code in a file: the file itself, or what a PDF or a picture holds.

    Raises NothingThere: no_code (a picture or PDF in which nothing was found), corrupt, encrypted, too_complex.
    """
    if not is_looked_through(content):
        return [content]
    texts = sanitise.texts_in(content)
    if not texts:
        raise NothingThere("no_code")
    wanted = [text for text in texts if text.lstrip().startswith(("{", "ey")) or compact.is_like(text)]
    return wanted or texts[:1]


def judged(
    given: Sequence[bytes | str],
    *,
    origin: str,
    resolve_key: Callable[[str], PublicKey | None],
    resolve_code_key: Callable[[str], PublicKey | None],
    fetch_status: Callable[[str], bytes | dict[str, Any] | None],
    log_keys: Iterable[PublicKey],
    at: datetime,
) -> verify.Verdict:
    """Every step of a credential or a printed code, judged for the issuer at `origin`.

    Of several, as on a document with its credential inside, it is the one that holds least: nothing genuine stands for
    a forgery beside it. Raises NothingThere: several, where they are of more than one certificate.
    """

    def one(given: bytes | str) -> verify.Verdict:
        text = given if isinstance(given, str) else given[:4_000].decode(errors="replace")
        if compact.is_like(text) or "://" in text[:12]:
            return compact.explain(text, origin=origin, resolve_key=resolve_code_key, today=day_of(at))
        return verify.explain(
            given, issuer=did.of(origin), resolve_key=resolve_key, fetch_status=fetch_status, log_keys=log_keys, at=at
        )

    found = [one(each) for each in given]
    about = [each for each in found if each.number] or found
    if len({each.number for each in about}) > 1:
        raise NothingThere("several")
    return min(about, key=lambda each: (each.is_genuine, each.holds is not False))
