"""`peercert backup FOLDER` and `peercert restore FOLDER`: the database and the stored files, as docs/runbook.md says.

Files stay sealed as they are stored; the keys of the settings are not in a backup and must be kept elsewhere.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from peercert.config import database, migrate, postgres
from peercert.config.environment import Environment, WrongSetting
from peercert.config.ready import program

DUMP, FILES, MANIFEST = "database.dump", "files", "manifest.json"


def arguments(parser: ArgumentParser) -> None:
    """Options of both commands."""
    parser.add_argument("folder", type=Path, help="folder of the backup")


def command(options: Namespace) -> int:
    """Write a backup into a new folder; the program may run meanwhile."""
    folder: Path = options.folder
    if folder.exists():
        raise WrongSetting(f"{folder} is there already: name a new folder.")
    with program("owner") as env:
        # Written beside and renamed: a folder that has the name is whole.
        making = folder.with_name(folder.name + ".making")
        making.mkdir(parents=True, mode=0o700)
        # The database first: a file stored later has no row and is an orphan, never a row without its file.
        _dump(env, making / DUMP)
        stored = [_save(name, making / FILES) for name in _stored()]
        manifest = {"database": _digest(making / DUMP), "files": dict(stored)}
        (making / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True))
        making.rename(folder)
    sys.stdout.write(f"{folder}: the database and {len(stored)} files.\n")
    return 0


def _told(env: Environment) -> dict[str, str]:
    # By the environment, not the command line: that one everybody on the machine can read.
    address = conninfo_to_dict(database.url(env, "owner"))
    address["database"] = address.pop("dbname")
    return {**os.environ, **{f"PG{name.upper()}": str(value) for name, value in address.items()}}


def _dump(env: Environment, into: Path) -> None:
    command: list[str | Path] = [postgres.binaries() / "pg_dump", "--format=custom", f"--file={into}"]
    done = subprocess.run(command, env=_told(env), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise WrongSetting(f"pg_dump failed: {said[-1] if said else done.returncode}")


def _put_back(env: Environment, dump: Path) -> None:
    """All of a dump or nothing. It begins with the settings of our own release, one of which older servers lack."""
    bin = postgres.binaries()
    reads: list[str | Path] = [bin / "pg_restore", "--file=-", "--no-owner", "--no-privileges", "--no-comments", dump]
    writes: list[str | Path] = [bin / "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(reads, stdout=subprocess.PIPE, stderr=said) as script,
        subprocess.Popen(
            writes, env=_told(env), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        ) as session,
    ):
        assert script.stdout is not None
        assert session.stdin is not None
        # Where the session has ended early, what it said tells why.
        with contextlib.suppress(BrokenPipeError):
            for line in script.stdout:
                if not line.startswith(b"SET transaction_timeout"):
                    session.stdin.write(line)
                if line.startswith((b"CREATE", b"COPY")):
                    break
            shutil.copyfileobj(script.stdout, session.stdin)
        script.stdout.close()
        if script.wait() != 0:
            session.kill()  # at the end of what it was given it would keep the half
        with contextlib.suppress(BrokenPipeError):
            session.stdin.close()
        if script.returncode != 0 or session.wait() != 0:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            raise WrongSetting(
                f"Nothing was restored: {next((line for line in lines if 'error' in line.lower()), 'no message')}"
            )


def _stored(folder: str = "") -> Iterator[str]:
    from django.core.files.storage import default_storage

    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    yield from (f"{prefix}{name}" for name in files)
    for name in folders:
        yield from _stored(f"{prefix}{name}")


def _save(name: str, into: Path) -> tuple[str, str]:
    from django.core.files.storage import default_storage

    target = into / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with default_storage.open(name, "rb") as source:
        target.write_bytes(source.read())
    return name, _digest(target)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def restore(options: Namespace) -> int:
    """Put a whole backup into an empty database and store. Raises WrongSetting where one of the three is not so."""
    folder: Path = options.folder
    manifest = _checked(folder)
    with program("owner") as env:
        from django.core.files.base import ContentFile
        from django.core.files.storage import default_storage
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            )
            (tables,) = cursor.fetchone()
        if tables or next(_stored(), None) is not None:
            raise WrongSetting("The database or the file store is not empty: restore into empty ones.")
        connection.close()
        _put_back(env, folder / DUMP)
        for name in manifest["files"]:
            default_storage.save(name, ContentFile((folder / FILES / name).read_bytes()))
        migrate.migrate(env)
    sys.stdout.write(f"Restored the database and {len(manifest['files'])} files.\n")
    return 0


def _checked(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise WrongSetting(f"{folder} is not a backup: it has no readable {MANIFEST}.") from None
    wanted = {DUMP: manifest["database"], **{f"{FILES}/{name}": sha for name, sha in manifest["files"].items()}}
    for name, sha in wanted.items():
        if not (folder / name).is_file() or _digest(folder / name) != sha:
            raise WrongSetting(f"{folder / name} is missing or not as it was written: take another backup.")
    return manifest
