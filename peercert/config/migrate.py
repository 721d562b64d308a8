"""`peercert migrate`: tables, triggers, the queue's tables, the throttle's table, and what the runtime role may do.

Safe to run again and from two machines at once: an advisory lock lets one go first.
"""

from argparse import ArgumentParser, Namespace

from peercert.config import database, postgres
from peercert.config.environment import Environment, WrongSetting
from peercert.config.ready import program

#: Any number, the same for everybody who migrates this database.
_LOCK = 7_032_022


def arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where something is left to do")


def command(options: Namespace) -> int:
    """Run the command; answers the exit code."""
    with program("owner") as env:
        if options.check:
            return 1 if is_behind() else 0
        migrate(env)
    return 0


def main() -> int:
    """The whole command without options, for programs that call it."""
    return command(Namespace(check=False))


def is_behind() -> bool:
    """True where a migration has not been applied to the present database."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate(env: Environment, verbosity: int = 0) -> None:
    """Bring the present connection's database up to date and set the runtime role's rights. Needs the owner."""
    from django.core.management import call_command
    from django.db import connection

    from peercert.program.certificates import log_backfill

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            make_runtime_role(env)
            call_command("migrate", interactive=False, verbosity=verbosity)
            call_command("createcachetable", verbosity=verbosity)
            grant_rights()
            log_backfill.backfill()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    connection.close()


def make_runtime_role(env: Environment) -> None:
    """Make sure that the runtime role exists and that the program's own sign-in may act as it."""
    from django.db import ProgrammingError, connection
    from psycopg import sql
    from psycopg.conninfo import conninfo_to_dict

    runtime = sql.Identifier(postgres.RUNTIME)
    user = conninfo_to_dict(database.url(env, "app")).get("user")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [postgres.RUNTIME])
        exists = cursor.fetchone() is not None
        cursor.execute("SELECT current_user")
        (owner,) = cursor.fetchone()
        member = str(user or owner)
        try:
            if not exists:
                cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(runtime).as_string(cursor.connection))
            # To have made a role is not yet to be allowed to act as it: the right is always granted again.
            if member != postgres.RUNTIME:
                grant = sql.SQL("GRANT {} TO {}").format(runtime, sql.Identifier(member))
                cursor.execute(grant.as_string(cursor.connection))
        except ProgrammingError as error:
            # An administrator may have done both already.
            cursor.execute(
                "SELECT exists (SELECT FROM pg_roles r WHERE r.rolname = %s AND pg_has_role(%s, r.oid, 'MEMBER'))",
                [postgres.RUNTIME, member],
            )
            if cursor.fetchone() == (True,):
                return
            raise WrongSetting(
                f"The owner {owner!r} may not make the role {postgres.RUNTIME!r}: let an administrator run "
                f'CREATE ROLE {postgres.RUNTIME}; GRANT {postgres.RUNTIME} TO "{member}"; ({error})'
            ) from None


def grant_rights() -> None:
    """Give the runtime role what it needs and no more: rows, never tables; nothing but new rows where rows stay."""
    from django.db import connection, transaction
    from psycopg import sql

    from peercert.program.append_only import APPEND_ONLY, UPDATE_ONLY

    role = sql.Identifier(postgres.RUNTIME)

    def about(text: str, table: str, columns: tuple[str, ...] = ()) -> sql.Composed:
        names = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
        return sql.SQL(text).format(role=role, table=sql.Identifier(table), columns=names)

    statements = [
        about("GRANT USAGE ON SCHEMA {table} TO {role}", "public"),
        about("REVOKE ALL ON ALL TABLES IN SCHEMA {table} FROM {role}", "public"),
        about("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {table} TO {role}", "public"),
        about("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {table} TO {role}", "public"),
        about("REVOKE INSERT, UPDATE, DELETE ON {table} FROM {role}", "django_migrations"),
        *(about("REVOKE UPDATE, DELETE ON {table} FROM {role}", table) for table in (*APPEND_ONLY, *UPDATE_ONLY)),
        *(about("GRANT UPDATE ({columns}) ON {table} TO {role}", table, held) for table, held in UPDATE_ONLY.items()),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.as_string(cursor.connection))
