"""`peercert doctor`: is everything there that the program needs? One line each; exit 1 where something is wrong."""

import sys
import uuid
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack

import django

from peercert.config import database
from peercert.config.environment import Environment, WrongSetting, read, refused_in_production
from peercert.config.ready import program

#: What a check answers: fine (True), wrong (False) or worth knowing (None), and one sentence.
Answer = tuple[bool | None, str]
_MARKS = {True: "ok   ", False: "WRONG", None: "note "}


def arguments(parser: ArgumentParser) -> None:
    """Options of the command: none."""


def command(options: Namespace) -> int:
    """Print one line for each check; answers 1 where one is wrong."""
    answers: list[tuple[str, Answer]] = []
    try:
        env = read()
    except WrongSetting as wrong:
        _print("settings", (False, str(wrong)))
        return 1
    answers.append(("settings", settings(env)))
    with ExitStack() as stack:
        checks = {**OF_DATABASE, **OF_THE_REST}
        try:
            stack.enter_context(program())
        except WrongSetting as wrong:
            answers.append(("database", (False, str(wrong))))
            checks = OF_THE_REST
            django.setup()
        for name, check in checks.items():
            try:
                answers.append((name, check(env)))
            except Exception as error:  # noqa: BLE001 - whatever is wrong becomes one line, and the next check runs
                answers.append((name, (False, " ".join(str(error).split()) or type(error).__name__)))
    for name, answer in answers:
        _print(name, answer)
    return 1 if any(answer[0] is False for _, answer in answers) else 0


def settings(env: Environment) -> Answer:
    """Were the settings understood, and what would production say to them?"""
    if not env.is_demo:
        return True, f"production at {env.origin}"
    refusals = refused_in_production(env)
    return True, f"demo at {env.origin}; production would refuse {len(refusals)} of them"


def runtime_role(env: Environment) -> Answer:
    """Does the program's role lack what it must not have?"""
    from django.db import connection

    from peercert.program.append_only import APPEND_ONLY, UPDATE_ONLY

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        role, is_super = cursor.fetchone()
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND (pg_get_userbyid(relowner) = current_user"
            " OR has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE'))",
            [[*APPEND_ONLY, *UPDATE_ONLY]],
        )
        open_tables = [name for (name,) in cursor.fetchall()]
    if is_super or open_tables:
        return False, f"{role} may change {', '.join(open_tables) or 'everything'}: run `peercert migrate`"
    return True, f"{role} can only add to {len(APPEND_ONLY) + len(UPDATE_ONLY)} tables"


def server(env: Environment) -> Answer:
    """Does the database answer, is it new enough, are its tables up to date?"""
    from django.db import connection

    from peercert.config.migrate import is_behind

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        (size,) = cursor.fetchone()
    where = f"embedded in {database.cluster(env).folder}" if env.is_embedded else "by DATABASE_URL"
    if int(version.split(".")[0]) < 15:
        return False, f"PostgreSQL {version} is older than 15: use a newer one"
    if is_behind():
        return False, "tables are older than this release: make a backup, then run `peercert migrate`"
    return True, f"PostgreSQL {version}, {size}, {where}"


def queue(env: Environment) -> Answer:
    """Is a worker alive, and how long has the oldest job waited?"""
    from django.db import connection

    from peercert.config.worker import silent_after

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)",
            [silent_after()],
        )
        (lanes,) = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),"
            " count(*) FILTER (WHERE status = 'failed') FROM procrastinate_jobs"
        )
        waiting, failed = cursor.fetchone()
    state = f"{waiting} jobs due, {failed} gave up"
    if failed:
        return False, f"{state}: see the runbook, 'A job gave up'"
    return (True, f"{lanes} lanes at work, {state}") if lanes else (None, f"no worker runs now, {state}")


def files(env: Environment) -> Answer:
    """Can a file be stored, read and removed?"""
    from peercert.gateways import files as store

    content = b"a probe of `peercert doctor`"
    name = store.store(f"doctor/{uuid.uuid4()}", content)
    try:
        same = store.fetch(name) == content
    finally:
        store.remove(name)
    where = f"bucket {env.files.bucket}" if env.files else str(env.home / "files")
    return (True, f"stored, read and removed in {where}") if same else (False, f"{where} gives back other bytes")


def keys(env: Environment) -> Answer:
    """Do the keys open what they seal?"""
    from peercert.gateways import keys as ring

    about = "doctor"
    if ring.decrypt(ring.encrypt(b"probe", about), about) != b"probe":
        return False, "the first key of PEERCERT_KEYS does not open what it sealed"
    return True, f"{len(env.keys)} in PEERCERT_KEYS, the first seals and opens"


def signer(env: Environment) -> Answer:
    """Does the outside signer sign with the keys that it holds for us?"""
    from peercert.gateways.signer.keys import SignerDown
    from peercert.program.certificates import outside, signing
    from peercert.program.certificates.models import SigningKey

    rows = SigningKey.objects.filter(retired_at=None).order_by("id")
    here = [row.purpose for row in rows if row.sealed is not None]
    try:
        outside.look()
        for row in rows.exclude(outside_name=""):
            signing.signer_for(row.purpose).sign(b"a probe of `peercert doctor`")  # type: ignore[arg-type]
    except SignerDown as down:
        return False, f"{down}: see the runbook, 'Nothing is signed'"
    if env.signer is None:
        return None, "none: signing keys lie in the database, sealed by PEERCERT_KEYS"
    said = f"{env.signer.address} signs with {len(rows) - len(here)} keys"
    return (True, said) if not here else (None, f"{said}; still here: {', '.join(here)} (`peercert keys rotate …`)")


def mail(env: Environment) -> Answer:
    """Does the mail server let us in?"""
    from django.core.mail import get_connection

    if env.mail is None:
        return None, "EMAIL_URL is not set: letters can be read at /demo/letters/ only"
    connection = get_connection()
    connection.open()
    connection.close()
    return True, f"{env.mail.host}:{env.mail.port} lets us in"


def scanner(env: Environment) -> Answer:
    """Does the virus scanner answer, and does it have signatures?"""
    from peercert.gateways import scanner as gate

    if env.scanner is None:
        return None, "CLAMD_URL is not set: documents are marked as not scanned"
    known = gate.signatures()
    return (True, known) if "/" in known else (False, f"{known} has no signatures: run freshclam and start clamd again")


def static(env: Environment) -> Answer:
    """Are the style sheets and scripts built?"""
    manifest = env.home / "static" / "staticfiles.json"
    if env.static == "plain":
        return None, "served from assets/dist as it is"
    return (True, "built") if manifest.exists() else (None, "not built yet: the next `peercert serve` does it")


#: Every check after the settings, in the order of the lines: those that ask the database, and those that do without.
OF_DATABASE: dict[str, Callable[[Environment], Answer]] = {
    "database": server,
    "role": runtime_role,
    "queue": queue,
    "signer": signer,
}
OF_THE_REST: dict[str, Callable[[Environment], Answer]] = {
    "files": files,
    "keys": keys,
    "mail": mail,
    "scanner": scanner,
    "static": static,
}


def _print(name: str, answer: Answer) -> None:
    sys.stdout.write(f"{_MARKS[answer[0]]} {name:<9} {answer[1]}\n")
