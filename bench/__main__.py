"""Runs the benches, prints a table for each, and writes `bench/results/<name>.json` with the machine named."""

import argparse
import importlib
import json
import pkgutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bench
from bench.machine import machine

RESULTS = Path(__file__).resolve().parent / "results"


def names() -> list[str]:
    """Modules of this package that measure something: those whose source has a `run`."""
    folder = Path(__file__).parent
    return [
        module.name
        for module in pkgutil.iter_modules(bench.__path__)
        if not module.name.startswith("_") and "\ndef run(" in (folder / f"{module.name}.py").read_text()
    ]


def table(found: dict[str, Any]) -> str:
    """What a bench found as lines: a plain value beside its name, a group of values as a row of named columns."""
    lines = []
    width = max((len(name) for name in found), default=0)
    for name, value in found.items():
        if isinstance(value, dict):
            told = "   ".join(f"{column} {_shown(cell)}" for column, cell in value.items())
        else:
            told = _shown(value)
        lines.append(f"  {name:<{width}}  {told}")
    return "\n".join(lines)


def _shown(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


def main() -> int:
    """Run the benches named on the command line, or all; answers 1 where one could not be run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"which: {', '.join(names())}")
    wanted = parser.parse_args().name or names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        sys.stderr.write(f"No such bench: {', '.join(unknown)}. There are: {', '.join(names())}.\n")
        return 2
    here = machine()
    print(", ".join(f"{name} {value}" for name, value in here.items()))
    failed = 0
    for name in wanted:
        print(f"\n{name}")
        try:
            found: dict[str, Any] = importlib.import_module(f"bench.{name}").run()
        except Exception as error:
            print(f"  not run: {type(error).__name__}: {error}")
            failed = 1
            continue
        print(table(found), flush=True)
        RESULTS.mkdir(exist_ok=True)
        written = {"machine": here, "at": datetime.now(UTC).isoformat(timespec="seconds"), "found": found}
        (RESULTS / f"{name}.json").write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
