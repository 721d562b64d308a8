#!/usr/bin/env python
"""Django's commands, on the embedded database where no other is set: started for the command if it does not run."""

import os
import sys
from contextlib import ExitStack

#: Commands that change tables, or look at what only their owner may see.
AS_OWNER = {"migrate", "makemigrations", "createcachetable", "dbshell", "sqlmigrate", "pgtrigger"}
#: Commands that need no database.
WITHOUT_DATABASE = {"help", "collectstatic", "makemessages", "compilemessages", "findstatic", "version"}


def main() -> None:
    """Run one command; exits 2 with a sentence where a setting or the database is wrong."""
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")
    if command in AS_OWNER:
        os.environ.setdefault("PEERCERT_DATABASE_ROLE", "owner")
    if command == "runserver":
        os.environ.setdefault("PEERCERT_STATIC", "plain")

    from peercert.config import postgres
    from peercert.config.environment import WrongSetting, read

    with ExitStack() as stack:
        try:
            env = read()
            if env.is_embedded and command not in WITHOUT_DATABASE:
                stack.enter_context(postgres.available(env.home))
        except WrongSetting as wrong:
            sys.stderr.write(f"{wrong}\n")
            raise SystemExit(2) from None

        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
