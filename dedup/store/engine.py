"""The connection to the database: made in one place, with each database's own traps closed.

SQLite: WAL, ``synchronous=FULL``, foreign keys, and every write transaction begins with BEGIN IMMEDIATE, since a
deferred transaction that turns into a write dies of "database is locked". PostgreSQL: psycopg 3, TCP keep-alives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from dedup.config import DatabaseSettings, masked_url
from dedup.errors import ConfigError, DatabaseAway

READ_ONLY = {"dedup_read_only": True}


def connect(settings: DatabaseSettings) -> Engine:
    """An engine for `settings`; nothing is opened yet. Raises `ConfigError`."""
    url = make_url(settings.url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, settings.timeout_seconds)
    options = {
        "connect_timeout": max(2, int(settings.timeout_seconds)),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "application_name": "dedup",
    }
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={key: value for key, value in options.items() if key not in url.query},
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except (NoSuchModuleError, ImportError) as error:
        raise ConfigError(f"no driver for {masked_url(settings.url)}: {error}") from error


def _sqlite(url: URL, timeout_seconds: float) -> Engine:
    if url.database and url.database != ":memory:":
        folder = Path(url.database).absolute().parent
        if not folder.is_dir():
            raise ConfigError(f"the folder {folder} of the database is not there; create it or change [database] url")
    engine = sa.create_engine(url, connect_args={"timeout": timeout_seconds}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin in `begin` below, not behind the driver's back
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "cache_size=-65536"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("dedup_read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection with one consistent view of the database. Raises `DatabaseAway`."""
    with _wrapped(engine), engine.connect().execution_options(**READ_ONLY) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction: committed when the block ends, rolled back when it raises. Raises `DatabaseAway`."""
    with _wrapped(engine), engine.begin() as connection:
        yield connection


@contextmanager
def _wrapped(engine: Engine) -> Iterator[None]:
    """Driver errors that another try may cure become `DatabaseAway`; the rest are bugs and pass through."""
    try:
        yield
    except DBAPIError as error:
        passing = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.InternalError)
        if not passing and not error.connection_invalidated:
            raise
        cause = str(error.orig).strip().splitlines()
        where = engine.url.render_as_string(hide_password=True)
        raise DatabaseAway(f"database {where}: {cause[0] if cause else type(error.orig).__name__}") from error
