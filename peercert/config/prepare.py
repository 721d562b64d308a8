"""What `serve` does before the web server starts, in one process as the tables' owner: tables and static files.

Run as `python -m peercert.config.prepare`. Exit codes: 0 ready, 2 with a sentence, 3 ready and the database is empty.
"""

import hashlib
import os
import sys
from pathlib import Path

from peercert.config import database, migrate
from peercert.config.environment import Environment, WrongSetting, read

READY, REFUSED, EMPTY = 0, 2, 3


def prepare(env: Environment) -> int:
    """Bring everything up to date; answers the exit code. Raises WrongSetting."""
    from django.db import connection

    database.refuse_silent(env, "owner")
    if env.is_embedded or env.is_demo:
        migrate.migrate(env)
    elif migrate.is_behind():
        raise WrongSetting("The database is older than this release: make a backup, then run `peercert migrate`.")
    if env.static == "built":
        collect_static(env.home / "static")
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM program_person) AND NOT EXISTS (SELECT FROM program_account)")
        (is_empty,) = cursor.fetchone()
    return EMPTY if is_empty else READY


def collect_static(target: Path) -> None:
    """Put compressed static files, named by their content, into `target`, where their sources have changed."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([".*"]):
            file = Path(storage.path(path))
            found.update(f"{path} {file.stat().st_size} {file.stat().st_mtime_ns}\n".encode())
    stamp = target / ".sources"
    if stamp.exists() and stamp.read_text() == found.hexdigest():
        return
    call_command("collectstatic", interactive=False, clear=target.exists(), verbosity=0)
    stamp.write_text(found.hexdigest())


def main() -> int:
    """Prepare as the owner; answers the exit code."""
    os.environ["PEERCERT_DATABASE_ROLE"] = "owner"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peercert.config.settings")
    import django

    try:
        env = read()
        django.setup()
        return prepare(env)
    except WrongSetting as wrong:
        sys.stderr.write(f"{wrong}\n")
        return REFUSED


if __name__ == "__main__":
    raise SystemExit(main())
