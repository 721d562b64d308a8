"""Says where a lock file no longer fits pyproject.toml, or names a registry's host. Needs no network."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", re.MULTILINE)


def faults(lock: Path, wanted: list[str]) -> list[str]:
    """What is wrong with one lock file: one sentence each."""
    text = lock.read_text()
    pins = {canonicalize_name(name): version for name, version in _PIN.findall(text)}
    found = [
        f"{lock.name}: {line} is pinned as {pins.get(canonicalize_name(requirement.name), 'nothing')}; run `make lock`."
        for line in wanted
        for requirement in [Requirement(line)]
        if not requirement.specifier.contains(pins.get(canonicalize_name(requirement.name), "0.dev0"), prereleases=True)
    ]
    if "://" in text:
        found.append(f"{lock.name} names a registry's host; run `make lock`.")
    if text.count("--hash=") < len(pins):
        found.append(f"{lock.name} has pins without a hash; run `make lock`.")
    return found


def main() -> int:
    """Check both lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run, dev = project["dependencies"], project["optional-dependencies"]["dev"]
    found = faults(ROOT / "requirements.lock", run) + faults(ROOT / "requirements-dev.lock", run + dev)
    for fault in found:
        sys.stderr.write(f"{fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
