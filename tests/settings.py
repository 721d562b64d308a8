"""The settings of the program itself, on a database server of this run alone and with a fast password hash."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# What the developer's shell says must not decide a test.
for _name in list(os.environ):
    if _name in {"PORT", "DATABASE_URL", "DATABASE_OWNER_URL", "EMAIL_URL", "FILES_URL", "CLAMD_URL"} or (
        _name.startswith("PEERCERT_") and not _name.startswith("PEERCERT_TEST_")
    ):
        del os.environ[_name]

#: The folder of this run, made once and shared by the workers of it; in memory where that is possible.
_MEMORY = Path("/dev/shm")
if "PEERCERT_TEST_RUN" not in os.environ:
    os.environ["PEERCERT_TEST_RUN"] = tempfile.mkdtemp(
        prefix="peercert-test-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None
    )
    atexit.register(shutil.rmtree, os.environ["PEERCERT_TEST_RUN"], ignore_errors=True)
RUN = Path(os.environ["PEERCERT_TEST_RUN"])
os.environ["PEERCERT_HOME"] = str(RUN)
os.environ["PEERCERT_STATIC"] = "plain"
if "PEERCERT_TEST_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["PEERCERT_TEST_DATABASE_URL"]

from peercert.config.settings import *  # noqa: E402, F403
from peercert.config.settings import DATABASES, LOGGING  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The half minute of an authenticator's code may end between the code and its sending.
MFA_TOTP_TOLERANCE = 1
# Each test's connections end with it: its database is dropped.
DATABASES["default"]["OPTIONS"].pop("pool")
# Nor does it matter here how long one waits for another on a busy machine, or sits in a transaction meanwhile.
DATABASES["default"]["OPTIONS"]["options"] += (
    " -c statement_timeout=180s -c lock_timeout=150s -c idle_in_transaction_session_timeout=0"
)
LOGGING["root"]["level"] = "WARNING"
