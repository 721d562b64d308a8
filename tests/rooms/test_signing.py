"""Keys that sign: made once, sealed at rest, retired but still verifying, never removed."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from peercert.program.casework.models import AuditEntry
from peercert.program.certificates import signing
from peercert.program.certificates.models import SigningKey
from peercert.program.journey.keep_keys import rotate_key
from peercert.program.people.actor import PROGRAM

NOW = datetime(2026, 5, 1, 18, tzinfo=UTC)


@pytest.mark.parametrize("purpose", signing.ALGORITHMS)
def test_a_key_is_made_once_and_signs_what_its_public_half_verifies(db: None, purpose: signing.Purpose) -> None:
    signer, again = signing.signer_for(purpose), signing.signer_for(purpose)
    assert signer.kid == again.kid
    assert signer.algorithm == signing.ALGORITHMS[purpose]
    (public,) = signing.public_keys(purpose)
    signature = signer.sign(b"what is signed")
    assert public.verifies(signature, b"what is signed")
    assert not public.verifies(signature, b"what is signee")
    assert not public.verifies(signature[:-1], b"what is signed")


def test_the_private_half_lies_sealed(db: None) -> None:
    signer = signing.signer_for("credential")
    row = SigningKey.objects.get()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for start in range(len(row.sealed) - 31):
        private = Ed25519PrivateKey.from_private_bytes(bytes(row.sealed)[start : start + 32])
        assert private.public_key().public_bytes_raw() != signer.public


def test_a_retired_key_signs_nothing_new_and_still_verifies(db: None) -> None:
    old = signing.signer_for("credential")
    signature = old.sign(b"before")
    new = rotate_key("credential", compromised=False, actor=PROGRAM, now=NOW)
    assert signing.signer_for("credential").kid == new.kid != old.kid
    known = {key.kid: key for key in signing.public_keys("credential")}
    assert list(known) == [new.kid, old.kid]
    assert known[old.kid].verifies(signature, b"before")
    assert AuditEntry.objects.get(verb="key_rotated").values["kid"] == new.kid


def test_a_compromised_key_verifies_nothing(db: None) -> None:
    old = signing.signer_for("credential")
    rotate_key("credential", compromised=True, actor=PROGRAM, now=NOW)
    assert old.kid not in {key.kid for key in signing.public_keys("credential")}


@pytest.mark.database("guards")
@pytest.mark.parametrize(
    "change", ["retired_at = NULL", "retired_at = now() + interval '1 day'", "is_compromised = false"]
)
def test_retiring_is_for_good(db: None, change: str) -> None:
    signing.signer_for("log")
    rotate_key("log", compromised=True, actor=PROGRAM, now=NOW)
    with pytest.raises(ProgrammingError, match="only be retired, once"), transaction.atomic():  # noqa: SIM117
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE program_signingkey SET {change} WHERE retired_at IS NOT NULL")


def test_two_at_once_make_one_key(committed: str) -> None:
    kids: list[str] = []

    def make() -> None:
        kids.append(signing.signer_for("receipt").kid)
        connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kids) == 4
    assert set(kids) == {SigningKey.objects.get().kid}
