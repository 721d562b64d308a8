"""Fixtures for everyone.

`db` (of pytest-django): one transaction, rolled back. `one_life`: what a module lives once for all its tests.
`committed`: a database of the test's own, real commits. `live_site`: the site on a port of its own over `committed`.
`run_jobs`: does what is queued. `mailbox`: a real SMTP server. `page`: a page of a real Chromium, its addresses
relative to `live_site`.
"""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import cluster

pytest_plugins = [
    f"tests.fixtures.{name}" for name in ("browser", "clamd", "mail", "queue", "receiver", "served", "signer", "site")
]

# How long an example takes says something about the machine, nothing about the program; and a run that fails can be
# repeated, with the same examples, by anybody.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("house")

_run = contextlib.ExitStack()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than there are cores: a third of a run is waiting for browsers, servers and processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests come first in each worker's share, so that at the end nobody waits for one of them."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("long")]
    others = iter([item for item in items if not item.get_closest_marker("long")])
    left, ordered = len(items), list[pytest.Item]()
    for worker in range(workers):
        share = left // (workers - worker)
        left -= share
        first = long[worker::workers]
        ordered += [*first, *itertools.islice(others, max(0, share - len(first)))]
    items[:] = ordered


def pytest_configure(config: pytest.Config) -> None:
    """Start the run's database server, in the process that starts the workers."""
    if hasattr(config, "workerinput") or not config.pluginmanager.hasplugin("django") or config.option.collectonly:
        return
    from peercert.config import postgres
    from peercert.config.lock import locked
    from peercert.locale import messages

    messages.build_if_older()
    run = Path(os.environ["PEERCERT_TEST_RUN"])
    _run.callback(shutil.rmtree, run, ignore_errors=True)
    _run.callback(shutil.rmtree, cluster.cluster(run).socket, ignore_errors=True)
    _run.enter_context(locked(run))
    try:
        server = cluster.start(run)
    except BaseException:
        _run.close()
        raise
    if server is not None:
        _run.callback(postgres.stop, server)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove the run's folder."""
    _run.close()


@contextlib.contextmanager
def _using(database: str) -> Iterator[None]:
    """Let this process use `database`; the connection before is put aside as it is, its open transaction too."""
    from django.db import connections

    kept, settings = connections["default"], connections.settings["default"]
    before, settings["NAME"] = settings["NAME"], database
    del connections["default"]
    try:
        yield
    finally:
        connections.close_all()
        settings["NAME"] = before
        connections["default"] = kept


def _name(suffix: str) -> str:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"t_{os.getpid()}_{worker}_{suffix}"


@pytest.fixture(scope="session")
def django_db_setup() -> Iterator[None]:
    """The worker's clone of the migrated template, for tests that roll back."""
    with cluster.clone(_name("shared")) as name, _using(name):
        yield


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[str]:
    """A database of this test's own, in which commits are real; answers its name."""
    with cluster.clone(_name("own")) as name, django_db_blocker.unblock(), _using(name):
        yield name


@pytest.fixture(scope="module")
def one_life(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What a module's fixtures live once, each test of it with `db` finds as it was; undone at the end.

    A test gets a copy of what such a fixture answers: `copy.deepcopy(lived)`.
    """
    from django.db import transaction
    from django.utils import translation

    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def as_owner(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A connection as the tables' owner to the database of this test; commits at once. Use with `committed`."""
    with cluster.connect_as_owner(request.getfixturevalue("committed")) as connection:
        yield connection


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """Whoever decodes a file is told from one that hangs by its processor's time alone: the machine may be busy."""
    from peercert.gateways import sanitise

    with pytest.MonkeyPatch.context() as longer:
        longer.setattr(sanitise, "SECONDS", cluster.PATIENCE)
        longer.setattr(sanitise, "SECONDS_TO_SEEK", cluster.PATIENCE)
        yield


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A test begins in English, whatever language the page of the one before was in."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def own_files(settings: Any, request: pytest.FixtureRequest) -> Iterator[None]:
    """Files of a test that stores any go into a folder of its own."""
    stores = {"db", "committed"} & set(request.fixturenames) or request.node.get_closest_marker("django_db")
    if not stores:
        yield
        return
    with tempfile.TemporaryDirectory(dir=os.environ["PEERCERT_TEST_RUN"]) as folder:
        storages = {name: {**entry} for name, entry in settings.STORAGES.items()}
        options = {**storages["default"].get("OPTIONS", {}), "location": folder}
        storages["default"] = {**storages["default"], "OPTIONS": options}
        settings.STORAGES = storages
        yield


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Ask a question again until its answer is true; fails after some seconds with what was wanted."""
    return cluster.eventually
