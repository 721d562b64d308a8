"""One program on one PEERCERT_HOME: a lock of the operating system, which ends with its process."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from peercert.config.environment import WrongSetting


class AlreadyRunning(WrongSetting):
    """Another process holds this PEERCERT_HOME."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[IO[str]]:
    """Hold the lock on a PEERCERT_HOME.

    Raises AlreadyRunning where somebody else holds it, WrongSetting where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise WrongSetting(
            f"The folder {folder} cannot be used ({error.strerror}): let this user write to it, or set PEERCERT_HOME "
            f"to another one."
        ) from None
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"PeerCert already runs on {folder}: stop it first, or set PEERCERT_HOME to another folder."
            ) from None
        yield file
