"""How long the demo state takes: `peercert demo` into a fresh embedded database, its own start and end counted."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from typing import Any

_PROGRAM = "import sys; from peercert.cli import main; sys.exit(main())"


def run() -> dict[str, Any]:
    """Seconds on the clock and of the processor (the database server with it), and how many people are there then."""
    with tempfile.TemporaryDirectory(prefix="peercert-bench-demo-") as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PEERCERT_", "DATABASE_"))}
        env = {**kept, "PEERCERT_HOME": home, "PEERCERT_MODE": "demo"}
        migrated, _worked, _said = _timed(["migrate"], env)
        took, worked, said = _timed(["demo"], env)
    return {"migrate s": round(migrated, 1), "demo s": round(took, 1), "processor s": round(worked, 1), "said": said}


def _timed(command: list[str], env: dict[str, str]) -> tuple[float, float, str]:
    """Seconds passed, seconds of the processor in user mode, and what was said last; raises where it failed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _PROGRAM, *command], capture_output=True, text=True, env=env)
    took = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout).strip().splitlines()[-1])
    worked = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    return took, worked, done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
