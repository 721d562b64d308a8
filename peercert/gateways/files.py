"""The file store: a folder of PEERCERT_HOME or an S3-compatible bucket, through Django's default storage."""

from collections.abc import Iterator
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def store(path: str, content: bytes) -> str:
    """Store bytes and answer the name they got (another than `path` where that was taken)."""
    return default_storage.save(path, ContentFile(content))


def fetch(path: str) -> bytes:
    """The stored bytes; raises FileNotFoundError."""
    with default_storage.open(path, "rb") as file:
        content: bytes = file.read()
        return content


def remove(path: str) -> None:
    """Remove a stored file; nothing happens where it is gone already."""
    if path:
        default_storage.delete(path)


def stored_before(folder: str, moment: datetime) -> Iterator[str]:
    """Names of files anywhere under `folder` that were stored before `moment` (for the sweeper of orphans)."""
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
