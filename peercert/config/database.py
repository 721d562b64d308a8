"""Which database, and as which role: the one place that turns settings into connections.

Two roles: the owner makes and changes tables, the runtime role reads and writes rows and cannot touch what is only
ever added to. Web, worker and tests run as the runtime role.
"""

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from peercert.config import postgres
from peercert.config.environment import Environment, Role, WrongSetting
from peercert.config.worker import LANES

#: What Django's settings have keys of their own for; the rest of an address are options.
_PARTS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def cluster(env: Environment) -> postgres.Cluster:
    """The embedded server of these settings."""
    return postgres.Cluster(env.home / "postgres")


def url(env: Environment, role: Role) -> str:
    """The address under which `role` connects."""
    if env.database_url is None:
        return cluster(env).url(postgres.OWNER if role == "owner" else postgres.RUNTIME)
    if role == "owner" and env.database_owner_url is not None:
        return env.database_owner_url
    return env.database_url


def refuse_silent(env: Environment, role: Role) -> None:
    """Raises WrongSetting with the server's own word where it lets nobody in: the pool would only say how long."""
    try:
        psycopg.connect(url(env, role), connect_timeout=10).close()
    except psycopg.Error as error:
        said = " ".join(str(error).split("\n", 1)[0].split()) or type(error).__name__
        mend = f"read the end of {cluster(env).log}" if env.is_embedded else "check DATABASE_URL"
        raise WrongSetting(f"The database does not answer: {said}; {mend}.") from None


def connection_options(env: Environment, role: Role) -> str:
    """Start-up options of a connection of `role`.

    Where one address is given for both, it is the owner's, and the program steps down to the runtime role as it
    connects.
    """
    if role == "owner":
        return "-c lock_timeout=30s"
    step_down = env.database_url is not None and env.database_owner_url is None
    limits = "-c statement_timeout=60s -c lock_timeout=15s -c idle_in_transaction_session_timeout=120s"
    return f"{limits} -c role={postgres.RUNTIME}" if step_down else limits


def for_django(env: Environment) -> dict[str, Any]:
    """The `DATABASES["default"]` of these settings."""
    found: dict[str, Any] = {name: value for name, value in conninfo_to_dict(url(env, env.role)).items() if value}
    given = f"{found.pop('options', '')} {connection_options(env, env.role)}".strip()
    entry: dict[str, Any] = {setting: found.pop(part, "") for part, setting in _PARTS.items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **entry,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **found,
            "options": given,
            "application_name": "peercert",
            # Borrowed for one request or one job, tested when borrowed: a database that comes back is found again.
            "pool": {"min_size": 1, "max_size": max(env.web_threads, len(LANES) * env.queue_jobs) + 2, "timeout": 10},
        },
    }
