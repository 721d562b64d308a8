"""`peercert keys`: the keys that the program signs with; `peercert keys rotate PURPOSE` retires one.

Where the settings name an outside signer the next key is the newest that it has, or one that it makes.
"""

import argparse
import sys

from peercert.config.ready import program


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do: list (nothing said), or rotate a purpose."""
    parser.add_argument("verb", nargs="?", choices=["list", "rotate"], default="list")
    parser.add_argument("purpose", nargs="?", help="credential, jwt, log, receipt or webhook")
    parser.add_argument(
        "--compromised", action="store_true", help="somebody else may know the old key: nothing it signed verifies now"
    )


def command(options: argparse.Namespace) -> int:
    """One line per key, newest first, and what is left to be signed anew.

    Exit 2 for a purpose that does not exist, 1 where an outside signer makes no key.
    """
    with program():
        from peercert.gateways.signer.keys import SignerDown
        from peercert.program.certificates import credentials, receipts
        from peercert.program.certificates.models import SigningKey
        from peercert.program.certificates.signing import ALGORITHMS
        from peercert.program.journey.keep_keys import rotate_key
        from peercert.program.people.actor import PROGRAM
        from peercert.rules.days import day_of
        from peercert.web.doors import now

        if options.verb == "rotate":
            if options.purpose not in ALGORITHMS:
                sys.stderr.write(f"Say which key to rotate: one of {', '.join(ALGORITHMS)}.\n")
                return 2
            try:
                rotate_key(options.purpose, compromised=options.compromised, actor=PROGRAM, now=now())
            except SignerDown as down:
                sys.stderr.write(f"Nothing was rotated: {down}.\n")
                return 1
        for key in SigningKey.objects.order_by("purpose", "-id"):
            state = "in use" if key.retired_at is None else f"retired {key.retired_at:%Y-%m-%d}"
            state += ", compromised" if key.is_compromised else ""
            where = f"outside as {key.outside_name}" if key.outside_name else "here"
            sys.stdout.write(f"{key.purpose:<11} {key.kid}  {key.algorithm:<8} {where}, {state}\n")
        if waiting := credentials.waiting(day_of(now())):
            sys.stdout.write(f"{waiting} certificates wait for the worker to sign what they say\n")
        if waiting := receipts.untrusted().count():
            sys.stdout.write(f"{waiting} receipts of a leaked key wait for the worker to sign them anew\n")
    return 0
