"""`peercert log audit`: compute the transparency log again from the database, and say what does not fit."""

import argparse
import sys
from itertools import chain

from peercert.config.ready import program


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    parser.add_argument("verb", choices=["audit"], help="compute the log again from the database")


def command(options: argparse.Namespace) -> int:
    """A line for every changed, missing or back-dated row and exit 1; else one line that all fits."""
    with program():
        from django.db import connection, transaction

        from peercert.program.certificates.log_audit import Counted, audit, withheld
        from peercert.web.doors import now

        counted, wrong = Counted(), 0
        with transaction.atomic():
            # One moment's view of everything: what is issued meanwhile is looked at next time.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for finding in chain(audit(counted), withheld(now())):
                wrong += 1
                sys.stdout.write(f"{finding}\n")
    looked = (
        f"{counted.entries} entries, {counted.checkpoints} checkpoints, {counted.certificates} certificates with "
        f"{counted.rows} rows"
    )
    sys.stdout.write(f"{looked}: {f'{wrong} findings' if wrong else 'everything fits'}.\n")
    return 1 if wrong else 0
