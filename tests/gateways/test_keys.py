"""Sealed bytes open with the key that sealed them and for what they belong to, and with nothing else."""

from dataclasses import replace

import pytest
from django.conf import settings as live
from hypothesis import given
from hypothesis import strategies as st

from peercert.gateways import keys


@given(plain=st.binary(max_size=200), about=st.text(max_size=30))
def test_what_is_sealed_opens_again(plain: bytes, about: str) -> None:
    assert keys.decrypt(keys.encrypt(plain, about), about) == plain


def test_sealed_bytes_moved_to_another_record_do_not_open() -> None:
    with pytest.raises(keys.CannotOpen):
        keys.decrypt(keys.encrypt(b"ID", "document 1"), "document 2")


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(keys.encrypt(b"ID", "a"))
    sealed[-1] ^= 1
    with pytest.raises(keys.CannotOpen):
        keys.decrypt(bytes(sealed), "a")


def test_an_older_key_still_opens_and_a_removed_one_does_not(settings: object) -> None:
    old = keys.encrypt(b"ID", "a")
    fresh = b"k" * 32
    settings.ENVIRONMENT = replace(live.ENVIRONMENT, keys=(fresh, *live.ENVIRONMENT.keys))  # type: ignore[attr-defined]
    assert keys.decrypt(old, "a") == b"ID"
    assert keys.current_key_id() == keys.key_id(fresh).hex()
    settings.ENVIRONMENT = replace(live.ENVIRONMENT, keys=(fresh,))  # type: ignore[attr-defined]
    with pytest.raises(keys.CannotOpen):
        keys.decrypt(old, "a")


def test_a_files_own_key_opens_it_and_only_it() -> None:
    key, wrapped = keys.new_file_key("file 1 key")
    sealed = keys.seal_file(key, b"page", "file 1 page 1")
    assert keys.open_file(wrapped, sealed, "file 1 key", "file 1 page 1") == b"page"
    with pytest.raises(keys.CannotOpen):
        keys.open_file(wrapped, sealed, "file 1 key", "file 1 page 2")
