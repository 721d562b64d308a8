"""`peercert rewrap`: seal with the first key of PEERCERT_KEYS what an older one sealed, so that the older may go."""

import argparse
import sys

from peercert.config.ready import program


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command: none."""


def command(options: argparse.Namespace) -> int:
    """A line per kind of sealed thing with its counts; exit 1 where something is opened by no key of the settings."""
    with program():
        from peercert.gateways import keys
        from peercert.program.journey import rewrap
        from peercert.program.people.actor import PROGRAM
        from peercert.web.doors import now

        counts = {}
        for kind in rewrap.KINDS:
            counts[kind.name] = count = rewrap.rewrap(kind, tell=lambda done, name=kind.name: _progress(name, done))
            _progress("", None)
            lost = f", {len(count.lost)} that no key opens: rows {', '.join(count.lost[:10])}" if count.lost else ""
            sys.stdout.write(f"{kind.name:<17} {count.anew} sealed anew, {count.already} already{lost}\n")
        rewrap.record(counts, actor=PROGRAM, now=now())
        if any(count.lost for count in counts.values()):
            sys.stderr.write("Some are opened by no key of PEERCERT_KEYS: put the key back that sealed them.\n")
            return 1
        sys.stdout.write(f"Everything kept is sealed by the key {keys.current_key_id()}, the first of PEERCERT_KEYS.\n")
    return 0


def _progress(name: str, count: object) -> None:
    """How far it is, on a terminal alone."""
    if sys.stderr.isatty():
        said = f"{name}: {count.anew + count.already}" if count else ""  # type: ignore[attr-defined]
        sys.stderr.write(f"\r{said:<60}\r")
