"""`peercert demo`: fill an empty database with the demo state."""

import argparse
import sys

from peercert.config.ready import program


def arguments(parser: argparse.ArgumentParser) -> None:
    """No options: what is in the demo is always the same."""


def command(options: argparse.Namespace) -> int:
    """Exit 0 once the demo state stands, 2 with one sentence where the database holds people or production runs."""
    with program() as env:
        from peercert.demo.fill import NotEmpty, fill
        from peercert.web.doors import now

        if not env.is_demo:
            sys.stderr.write(
                "The demo state exists in demo mode alone: set PEERCERT_MODE=demo and use another database.\n"
            )
            return 2
        try:
            count = fill(now())
        except NotEmpty as why:
            sys.stderr.write(f"{why}\n")
            return 2
    sys.stdout.write(f"The demo state is ready: {count} people.\n")
    return 0
