"""What all tests share: databases of both kinds, and the way to the labelled data beside the repository."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from dedup.config.sections import DatabaseSettings
from dedup.store.database.engine import be_careless
from dedup.store.store import Store

from . import postgres
from .forked import Trunk
from .lasting import LastingWorkers

ROOT = Path(__file__).resolve().parent.parent

# How long an example takes says how busy the machine is.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

BOTH = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgresql),
]

# Those that take longest; the others come in the order of their names, and of these the last take seconds.
FIRST = (
    "pipeline/test_faults.py", "pipeline/test_rules_machine.py", "service/test_systemd.py",
    "pipeline/test_determinism.py", "pipeline/test_planning.py", "kernel/test_articles.py", "kernel/test_texts.py",
    "pipeline/test_resigning.py", "service/test_full_disk.py", "service/test_daemon.py",
)  # fmt: skip

OpenStore = Callable[..., Store]
Bench = Callable[[str], ModuleType]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where files are shared out among processes the long ones come first, so that all end at about the same time."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        places = {Path(__file__).parent / name: place for place, name in enumerate(FIRST)}
        items.sort(key=lambda item: places.get(item.path, len(FIRST)))


@pytest.fixture(autouse=True, scope="module")
def _collected() -> Iterator[None]:
    """Lets go of what the programs of a file of tests left: each freezes what it holds, and what is frozen stays."""
    yield
    gc.unfreeze()
    gc.collect()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """Imports a module of ``bench/`` by its name, as its commands import each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "bench"))
        yield importlib.import_module


@pytest.fixture(scope="session")
def trunk() -> Iterator[Trunk]:
    """Starts programs of dedup's own in processes that have imported it already; see `tests.forked`."""
    running = Trunk()
    yield running
    running.close()


@pytest.fixture(scope="session")
def lasting_workers() -> Iterator[LastingWorkers]:
    """Processes that read pages of HTML, for one test after the other; see `tests.lasting`."""
    workers = LastingWorkers()
    yield workers
    workers.close()


def _upgraded(url: str) -> None:
    store = Store.open(DatabaseSettings(url=url), create=True)
    try:
        store.upgrade()
    finally:
        store.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server of our own; skips where there is none for this platform."""
    try:
        running = postgres.serve()
        server = running.__enter__()
    except postgres.Unavailable as reason:
        pytest.skip(str(reason))
    try:
        yield server
    finally:
        running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: postgres.Server) -> str:
    postgresql_server.execute("CREATE DATABASE upgraded TEMPLATE template0")
    _upgraded(postgresql_server.url("upgraded"))
    return "upgraded"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "upgraded.db"
    _upgraded(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgresql_url(postgresql_server: postgres.Server, _postgresql_template: str) -> Iterator[str]:
    """URL of a fresh PostgreSQL database with the schema at head; mark the test `postgresql`."""
    with postgresql_server.database(_postgresql_template) as name:
        yield postgresql_server.url(name)


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a fresh SQLite database with the schema at head, the file ``dedup.db`` in `tmp_path`."""
    path = tmp_path / "dedup.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh database with the schema at head, once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh database without any schema, once of each kind; the SQLite file is not there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgresql_server")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture
def open_store() -> Iterator[OpenStore]:
    """``open_store(url, timeout_seconds=30.0, create=False)``: a `Store`, closed when the test ends.

    It does not wait for the disk: no machine crashes here.
    """
    stores: list[Store] = []

    def opened(url: str, timeout_seconds: float = 30.0, *, create: bool = False) -> Store:
        store = Store.open(DatabaseSettings(url=url, timeout_seconds=timeout_seconds), create=create)
        stores.append(store)
        if store.path is not None:
            be_careless(store.engine)
            store.engine.dispose()
        return store

    yield opened
    for store in stores:
        store.close()


@pytest.fixture
def store(database_url: str, open_store: OpenStore) -> Store:
    """A store with the schema at head, once of each kind."""
    return open_store(database_url)


@pytest.fixture
def second_store(store: Store, database_url: str, open_store: OpenStore) -> Store:
    """Another program's view of the database of `store`: connections of its own."""
    return open_store(database_url)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of labelled data and seeds beside the repository; skips where it is absent. Mark the test `shared`."""
    folder = ROOT.parent / "shared"
    if not (folder / "CONTRACT.md").is_file():
        pytest.skip(f"{folder} is not there: the labelled data is not part of the repository")
    return folder


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "notify"))
        server.settimeout(10)
        yield server
