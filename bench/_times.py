"""Timing of one call many times, and of a bench that wants a process of its own."""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any


def timed(calls: dict[str, tuple[Callable[[Any], object], Sequence[Any]]]) -> dict[str, dict[str, float]]:
    """Milliseconds of each call with each of its arguments: p50, p95 and p99, the first tenth thrown away.

    The calls take turns, so that whatever else the machine does weighs on all of them alike. What is loaded by now is
    no more the garbage collector's, as in the web server (config/wsgi.py).
    """
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(max(len(arguments) for _, arguments in calls.values())):
        for name, (call, arguments) in calls.items():
            argument = arguments[turn % len(arguments)]
            start = time.perf_counter()
            call(argument)
            times[name].append((time.perf_counter() - start) * 1000)
    return {name: _told(sorted(taken[len(taken) // 10 :])) for name, taken in times.items()}


def _told(times: list[float]) -> dict[str, float]:
    at = {"p95 ms": 0.95, "p99 ms": 0.99}
    return {
        "p50 ms": round(statistics.median(times), 3),
        **{name: round(times[int(len(times) * part)], 3) for name, part in at.items()},
    }


def beside(found: dict[str, dict[str, float]], bare: str) -> dict[str, dict[str, float]]:
    """The same with each median as a ratio to the one named `bare`."""
    base = found[bare]["p50 ms"]
    return {name: {**times, "ratio": round(times["p50 ms"] / base, 1)} for name, times in found.items()}


def in_own_process(module: str) -> dict[str, Any]:
    """What `python -m module` prints as JSON on its last line: Django reads its settings once in a process."""
    env = {name: value for name, value in os.environ.items() if name != "PEERCERT_TEST_RUN"}
    done = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{module} failed")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
