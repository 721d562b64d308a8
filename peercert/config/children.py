"""Child processes that cannot outlive their parent.

Linux only: `die_with_parent` uses PR_SET_PDEATHSIG, `as_other_user` a user namespace.
"""

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000

# Loaded once, before any fork: a child between fork and exec should do as little as possible.
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(sent: signal.Signals = signal.SIGTERM, parent: int | None = None) -> None:
    """Ask the kernel to send this process `sent` when its parent dies.

    `parent` is the parent as known before the fork: where it is gone already, the signal would never come, so the
    process ends itself.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def other_user_in_namespace() -> Callable[[], None]:
    """A step for a root child: enter a user namespace in which root's files belong to an ordinary user.

    The files stay root's for everybody outside. initdb wants the user to have a passwd entry, so an existing one is
    taken.
    """
    user = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    uid, gid, outer_uid, outer_gid = user.pw_uid, user.pw_gid, os.geteuid(), os.getegid()

    def enter() -> None:
        if _libc.unshare(_CLONE_NEWUSER) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        for name, text in (
            ("uid_map", f"{uid} {outer_uid} 1"),
            ("setgroups", "deny"),
            ("gid_map", f"{gid} {outer_gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        os.setgid(gid)
        os.setuid(uid)

    return enter


def nobody() -> tuple[int, int]:
    """User and group number of `nobody`. Raises KeyError where the system has none."""
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def become_nobody() -> Callable[[], None]:
    """A step for a root child: give up root for `nobody`."""
    uid, gid = nobody()

    def drop() -> None:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)

    return drop


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
    on_parent_death: signal.Signals = signal.SIGTERM,
    first: Callable[[], None] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, with a parent-death signal; `first` runs in the child before it."""
    parent = os.getpid()

    def prepare() -> None:
        if first is not None:
            first()
        # After `first`: a change of user clears the parent-death signal.
        die_with_parent(on_parent_death, parent)

    return subprocess.Popen(
        [str(part) for part in command],
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log is not None else None,
        start_new_session=True,
        preexec_fn=prepare,
        cwd=cwd,
    )
