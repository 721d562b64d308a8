"""The outside signer of the settings: asked for keys and signatures, and left alone for a moment when it is down.

Every key of it that we use has a row (SigningKey.outside_name). Nobody asks it inside a transaction.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache

from peercert.gateways.signer.keys import Algorithm, PublicKey, Signer, SignerDown
from peercert.gateways.signer.vault import NoSuchKey, Vault

#: Seconds for which nobody asks after it failed, so that requests do not queue up behind its silence; the most that it
#: may ask for itself, as where it counts our requests.
REST, LONGEST_REST = 5, 300
_RESTS, _DOWN = "outside-signer:rests", "outside-signer:down"
_REMEMBERED = 24 * 3600
T = TypeVar("T")


def is_set() -> bool:
    """Whether the settings name an outside signer: then every new key is made there."""
    return settings.ENVIRONMENT.signer is not None


def trouble() -> str:
    """What it said when it was last asked, where that was no answer; "" where all is well."""
    return str(cache.get(_DOWN, ""))


def look() -> None:
    """Ask it something, even while it rests, so that it is found to be back; one that is named no more has no trouble.

    Raises SignerDown where it does not answer or does not let us in.
    """

    def ask(vault: Vault) -> None:
        with suppress(NoSuchKey):
            vault.newest(name_of("credential"))

    if is_set():
        _asked(ask, at_once=True)
    elif trouble():
        cache.delete_many([_DOWN, _RESTS])


def newest(purpose: str, algorithm: Algorithm) -> tuple[str, PublicKey]:
    """Name and public half of the newest key for a purpose, made where there is none. Raises SignerDown."""
    return _asked(lambda vault: _newest(vault, name_of(purpose), algorithm))


def rotated(purpose: str, algorithm: Algorithm) -> tuple[str, PublicKey]:
    """The next version of the key for a purpose, made now. Raises SignerDown, also where we may not have it made."""
    name = name_of(purpose)
    try:
        _vault().rotate(name)
    except SignerDown as down:  # which says nothing about whether it signs, so nobody else is told
        raise SignerDown(f"the newest version of {name} has been in use, rotate it outside ({down})") from down
    return newest(purpose, algorithm)


def signer(name: str, key: PublicKey) -> Signer:
    """A signer by a key that is held outside. Its `sign` raises SignerDown."""

    def sign(data: bytes) -> bytes:
        return _asked(lambda vault: vault.sign(name, key, data))

    return Signer(key.kid, key.algorithm, key.public, sign)


def name_of(purpose: str) -> str:
    """What the key for a purpose is called outside."""
    return f"{_settings().prefix}{purpose}"


def _newest(vault: Vault, name: str, algorithm: Algorithm) -> tuple[str, PublicKey]:
    try:
        found, key = vault.newest(name)
    except NoSuchKey:
        vault.make(name, algorithm)
        found, key = vault.newest(name)
    if key.algorithm != algorithm:
        raise SignerDown(f"the outside signer's key {name} is of another type than {algorithm}: give it another name")
    return found, key


def _asked(ask: Callable[[Vault], T], *, at_once: bool = False) -> T:
    """What the signer answers; where it does not, everyone is told for a while. `at_once`: even while it rests."""
    if not at_once and is_set() and cache.get(_RESTS):
        raise SignerDown(trouble())
    try:
        answer = ask(_vault())
    except SignerDown as down:
        cache.set(_DOWN, str(down)[:300], _REMEMBERED)
        cache.set(_RESTS, True, min(max(down.rest, REST), LONGEST_REST))
        raise
    if trouble():
        cache.delete_many([_DOWN, _RESTS])
    return answer


def _vault() -> Vault:
    given = _settings()
    try:
        token = given.token
    except OSError as wrong:
        raise SignerDown(f"the token of the outside signer cannot be read: {wrong}") from None
    return Vault(given.address, token, given.namespace, given.mount, given.ca)


def _settings() -> Any:
    given = settings.ENVIRONMENT.signer
    if given is None:
        raise SignerDown("the key in use is held by an outside signer, and the settings name none")
    return given
