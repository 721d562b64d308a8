"""The file store: a folder of PEERCERT_HOME or an S3-compatible bucket, through Django's default storage."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from peercert.gateways import keys

#: How much of a long file is sealed at once.
PIECE = 1024 * 1024


def store(path: str, content: bytes) -> str:
    """Store bytes and answer the name they got (another than `path` where that was taken)."""
    return default_storage.save(path, ContentFile(content))


def fetch(path: str) -> bytes:
    """The stored bytes; raises FileNotFoundError."""
    with default_storage.open(path, "rb") as file:
        content: bytes = file.read()
        return content


def store_sealed(path: str, plain: IO[bytes], about: str) -> str:
    """Store a file of any length sealed, piece by piece, and answer the name it got.

    Each piece is bound to its place and the last one to being it, so that nothing can be left out or changed over.
    """
    with tempfile.TemporaryFile() as sealed:
        number, piece = 0, plain.read(PIECE)
        while True:
            following = plain.read(PIECE)
            done = keys.encrypt(piece, _place(about, number, is_last=not following))
            sealed.write(len(done).to_bytes(4, "big") + done)
            if not following:
                break
            number, piece = number + 1, following
        sealed.seek(0)
        return default_storage.save(path, File(sealed))


def fetch_sealed(path: str, about: str) -> Iterator[bytes]:
    """What `store_sealed` stored, piece by piece. Raises FileNotFoundError at once; the pieces keys.CannotOpen."""
    file = default_storage.open(path, "rb")

    def pieces() -> Iterator[bytes]:
        with file:
            number, length = 0, file.read(4)
            while True:
                piece, length = file.read(int.from_bytes(length, "big")), file.read(4)
                yield keys.decrypt(piece, _place(about, number, is_last=not length))
                if not length:
                    return
                number += 1

    return pieces()


def seal_anew(path: str, fresh: str, about: str) -> str | None:
    """A file that was stored as `keys.encrypt` makes it, once more, under the current key; the name it got.

    None where the current key has it already. The one before stays, to be removed once no row names it.
    """
    if keys.is_current(_head(path, 0)):
        return None
    return store(fresh, keys.sealed_anew(fetch(path), about))


def seal_pieces_anew(path: str, fresh: str, about: str) -> str | None:
    """The same for a file that `store_sealed` stored."""
    if keys.is_current(_head(path, 4)):
        return None
    with tempfile.TemporaryFile() as plain:
        plain.writelines(fetch_sealed(path, about))
        plain.seek(0)
        return store_sealed(fresh, plain, about)


def _head(path: str, at: int) -> bytes:
    """The bytes by which keys.is_current knows its own."""
    with default_storage.open(path, "rb") as file:
        head: bytes = file.read(at + 8)
        return head[at:]


def _place(about: str, number: int, *, is_last: bool) -> str:
    return f"{about} piece {number}{' the last' if is_last else ''}"


def remove(path: str) -> None:
    """Remove a stored file; nothing happens where it is gone already."""
    if path:
        default_storage.delete(path)


def stored_before(folder: str, moment: datetime) -> Iterator[str]:
    """Names of files anywhere under `folder` that were stored before `moment` (for the sweeper of orphans)."""
    bucket = getattr(default_storage, "bucket", None)
    if bucket is not None:  # a bucket lists what lies under a name, a thousand at once and each with its moment
        found = bucket.objects.filter(Prefix=f"{folder}/")
        yield from (one.key for one in found if one.last_modified < moment)
        return
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        path = f"{folder}/{name}"
        if default_storage.get_modified_time(path) < moment:
            yield path
    for name in folders:
        yield from stored_before(f"{folder}/{name}", moment)
