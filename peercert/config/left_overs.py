"""Processes that a killed database server left behind."""

import contextlib
import os
import signal
import time
from pathlib import Path


def end_left_overs(data: Path, program: Path, patience: float = 10.0) -> int:
    """End every process of `program`, an earlier server on this data folder; answer how many there were.

    After a killed postmaster its backends may live on for a while, and a server started beside them would refuse the
    folder. They are known by their working folder and their program, never by a number in a file: numbers come again.
    """
    found = processes_in(data, program)
    for asked, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, patience), (signal.SIGKILL, patience)):
        for pid in processes_in(data, program):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, asked)
        end = time.monotonic() + seconds
        while processes_in(data, program) and time.monotonic() < end:
            time.sleep(0.02)
        if not processes_in(data, program):
            break
    return len(found)


def processes_in(data: Path, program: Path) -> list[int]:
    """Numbers of the processes of `program` whose working folder is `data`."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == data.resolve() and (entry / "exe").readlink() == program.resolve():
                found.append(int(entry.name))
    return found
