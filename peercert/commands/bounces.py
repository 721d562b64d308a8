"""`peercert bounces PATH…`: take in what mail systems say about letters that did not arrive."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

#: As sysexits.h has it: the mail system that hands us a message keeps it and comes back.
TRY_LATER = 75


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the messages lie."""
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a Maildir, an mbox, or a file that is one message; - for standard input",
    )


def command(options: argparse.Namespace) -> int:
    """Exit 0 once every message was looked at, 2 where one cannot be read, 75 where the database does not answer.

    Reading the same messages again changes nothing, so that a whole mailbox can be given every time.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")
    django.setup()
    from django.db import OperationalError

    from peercert.gateways import bounces
    from peercert.program.journey import notice
    from peercert.web.doors import now

    seen = Counter[str]()
    try:
        for content in _messages(options.paths):
            found = bounces.read(content)
            seen[
                notice.came_back(found.message_id, because=found.because, at=found.at, now=now()) if found else ""
            ] += 1
    except OSError as wrong:
        sys.stderr.write(f"{wrong.filename} cannot be read: {wrong.strerror}. Name a Maildir, an mbox or a message.\n")
        return 2
    except OperationalError as wrong:
        sys.stderr.write(
            f"The database does not answer: {' '.join(str(wrong).split())}. Give the messages again later.\n"
        )
        return TRY_LATER
    others = seen.total() - seen["recorded"] - seen["known"]
    sys.stdout.write(
        f"Letters that came back: {seen['recorded']} new, {seen['known']} known. Other messages: {others}.\n"
    )
    return 0


def _messages(paths: list[str]) -> Iterator[bytes]:
    """Every message at these paths."""
    from peercert.gateways import bounces

    for path in paths:
        if path == "-":
            yield from bounces.messages(sys.stdin.buffer.read())
        elif Path(path).is_dir():
            yield from bounces.maildir(Path(path))
        else:
            yield from bounces.messages(Path(path).read_bytes())
