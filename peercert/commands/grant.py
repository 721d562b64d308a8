"""`peercert grant administrator EMAIL`: make the first administrators, who then grant everything else on a page."""

import argparse
import sys

from peercert.config.ready import program

#: Only so many are made by the operator: two can second each other, and more are granted by them.
FIRST = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    """The role and the address of an account that exists."""
    parser.add_argument("role", choices=["administrator"])
    parser.add_argument("email", help="the e-mail address of an account that its owner has made and confirmed")


def command(options: argparse.Namespace) -> int:
    """Exit 0 once the person is an administrator, 2 with one sentence where that cannot be."""
    with program():
        from peercert.program.journey.accounts import found_administrator
        from peercert.web.doors import now

        trouble = found_administrator(options.email, most=FIRST, now=now())
    if trouble:
        sys.stderr.write(f"{trouble}\n")
        return 2
    sys.stdout.write(f"{options.email} is an administrator.\n")
    return 0
