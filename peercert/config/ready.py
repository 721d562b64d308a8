"""The program set up for one command: settings read, database there, Django ready."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from psycopg.errors import UndefinedColumn, UndefinedTable

from peercert.config import database, postgres
from peercert.config.environment import Environment, Role, WrongSetting, read


@contextmanager
def program(role: Role = "app") -> Iterator[Environment]:
    """Everything that a command needs which works with rows, as `role`.

    The embedded server is started for the command where `serve` does not run. Raises WrongSetting, also for a
    database that was never migrated, or not to this release.
    """
    if role == "owner":
        os.environ["PEERCERT_DATABASE_ROLE"] = "owner"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")
    env = read()
    with ExitStack() as stack:
        if env.is_embedded:
            stack.enter_context(postgres.available(env.home))
        database.refuse_silent(env, role)
        import django
        import django.db

        django.setup()
        stack.callback(_give_back_sessions)
        try:
            yield env
        except django.db.ProgrammingError as wrong:
            if role == "owner" or not isinstance(wrong.__cause__, UndefinedTable | UndefinedColumn):
                raise
            raise WrongSetting("The database is not set up for this release: run `peercert migrate`.") from wrong


def _give_back_sessions() -> None:
    from django.db import connections
    from django.db.backends.postgresql.base import DatabaseWrapper

    connections.close_all()
    for connection in connections.all():
        if isinstance(connection, DatabaseWrapper) and connection.pool is not None:
            connection.close_pool()
