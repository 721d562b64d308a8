"""`peercert demo`: fill an empty database with the demo state."""

import argparse
import os
import sys


def arguments(parser: argparse.ArgumentParser) -> None:
    """No options: what is in the demo is always the same."""


def command(options: argparse.Namespace) -> int:
    """Exit 0 once the demo state stands, 2 with one sentence where the database holds people or production runs."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")
    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from peercert.demo.fill import NotEmpty, fill

    if not settings.ENVIRONMENT.is_demo:
        sys.stderr.write("The demo state exists in demo mode alone: set PEERCERT_MODE=demo and use another database.\n")
        return 2
    try:
        count = fill(timezone.now())
    except NotEmpty as why:
        sys.stderr.write(f"{why}\n")
        return 2
    sys.stdout.write(f"The demo state is ready: {count} people.\n")
    return 0
