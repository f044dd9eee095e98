"""The connection to the database: made in one place, with each database's own traps closed.

SQLite: WAL, ``synchronous=FULL``, foreign keys, and every write transaction begins with BEGIN IMMEDIATE, since a
deferred transaction that turns into a write dies of "database is locked"; a file that was removed or replaced is not
worked on unseen. PostgreSQL: psycopg 3, TCP keep-alives, and an end to waiting for a server that is silent.
"""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, NoResultFound

from dedup.config.sections import DatabaseSettings
from dedup.errors import ConfigError, DatabaseAway, SchemaError, ScratchAway
from dedup.store.database import files, numbers
from dedup.store.database.faults import READ_ONLY_SERVER, full, misfit, translated

# How a transaction of SQLite begins, by the option `dedup_begin` of the connection.
_WRITING, _READING, _NOT_AT_ALL = "BEGIN IMMEDIATE", "BEGIN DEFERRED", ""
SCRATCH = "dedup_scratch"
"""Option of the engine of a database in which something is only tried."""
# One snapshot for all statements, as a transaction of SQLite has it anyway.
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@cache
def this_instance() -> str:
    """A name that no other process has, on any host: ``host/pid/token``, at most 50 bytes."""
    host = socket.gethostname().encode("ascii", "replace").decode()[:30]
    return f"{host}/{os.getpid()}/{secrets.token_hex(3)}"


def connect(settings: DatabaseSettings, *, create: bool = False, reads: bool = False) -> Engine:
    """An engine for `settings`; nothing is opened yet. Raises `ConfigError`.

    A SQLite file is made only with `create`, by the first connection: one that is removed later is not. Who only
    `reads` one leaves it as it is: a snapshot gets no write-ahead log, with which others could read it no more.
    """
    url = make_url(settings.url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, settings.timeout_seconds, create=create, reads=reads)
    options = {
        "connect_timeout": max(2, int(settings.timeout_seconds)),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
    }
    # The last part tells one process from all others, so that a standby can end the sessions of a frozen one.
    name = f"{_given(url, 'application_name', 'dedup')[:12]} {this_instance()}"
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={key: value for key, value in options.items() if key not in url.query}
        | {"application_name": name},
        pool_pre_ping=True,
        hide_parameters=True,
    )
    from dedup.store.database import timed  # noqa: PLC0415 - the driver of PostgreSQL, of which SQLite needs nothing

    timed.install(engine, settings.query_seconds)

    _obey_read_only(engine)
    return engine


def _obey_read_only(engine: Engine) -> None:
    """Writes nothing where the database, or the user, is set to be read (``default_transaction_read_only``)."""

    @event.listens_for(engine, "checkout")
    def as_set(connection: Any, _record: Any, _proxy: Any) -> None:
        # Behind a read-only transaction SQLAlchemy asks for one that writes, which is more than the session is set to.
        connection.read_only = None

    @event.listens_for(engine, "handle_error")
    def renew(context: sa.ExceptionContext) -> None:
        # A session keeps what it was set to when it began: the next one is asked, whether it may write again.
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY_SERVER:
            context.is_disconnect = True


def _given(url: URL, key: str, default: str) -> str:
    value = url.query.get(key, default)
    return value if isinstance(value, str) else value[-1]


_NOTHING: dict[object, None] = {}
# What SQLite's driver makes of values that it stores as they are. Where it finds no adapter for a value's type, it asks
# the value for one, which takes longer than binding it; numbers and texts alone are spared that.
_ADAPTERS: dict[type, Callable[[Any], Any]] = {bytes: bytes, type(None): _NOTHING.get}


def _sqlite(url: URL, timeout_seconds: float, *, create: bool, reads: bool) -> Engine:
    for kind, adapter in _ADAPTERS.items():
        sqlite3.register_adapter(kind, adapter)
    file = database_file(url)
    if file is not None:
        folder = Path(os.path.realpath(file)).parent
        there = True
        with suppress(OSError):  # who opens a file that cannot be reached says why
            there = folder.is_dir()
        if not there:
            raise ConfigError(f"the folder {folder} of the database is not there; create it or change [database] url")
    # The connection that was used last has the pages at hand, and knows that nobody has written since.
    pool: dict[str, Any] = {"poolclass": sa.QueuePool, "pool_use_lifo": True} if file is not None else {}
    engine = sa.create_engine(
        url.set(drivername="sqlite"), connect_args={"timeout": timeout_seconds}, hide_parameters=True, **pool
    )
    if file is not None:
        files.open_by_name(engine, file, create=create)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin in `begin` below, not behind the driver's back
        cursor = connection.cursor()
        if not reads:
            # Of a new database, and before anything is in it: half as many pages to write as by default.
            cursor.execute("PRAGMA page_size=8192")
            cursor.execute("PRAGMA journal_mode=WAL")
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "cache_size=-16384"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute("PRAGMA schema_version")  # reads the file, for which SQLite opens the log and its memory
        cursor.close()
        files.note_opened(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("dedup_begin", _WRITING)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if statement == _READING else 'OFF'}")
        if statement:
            connection.exec_driver_sql(statement)

    return engine


def database_file(url: URL) -> Path | None:
    """The file of a SQLite database, as it is named; None for one in memory and on PostgreSQL."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database).absolute()


def forget_pages(connection: Connection) -> None:
    """Lets SQLite free the pages that it keeps of a file for this connection; the system has them as well."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA shrink_memory")


def be_careless(engine: Engine) -> None:
    """Lets a SQLite database that nobody needs after a crash commit without waiting for the disk. Call it at once."""

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF").close()


def _read_only(engine: Engine) -> dict[str, Any]:
    return {"dedup_begin": _READING} if engine.dialect.name == "sqlite" else _SNAPSHOT


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only transaction with one consistent view of the database. Raises as `faults` does."""
    with faults(engine), engine.connect() as connection:
        connection.execution_options(**_read_only(engine))
        # Closing the connection rolls back: a commit of nothing could still fail, on a damaged file for one.
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction: committed when the block ends, rolled back when it raises. Raises as `faults` does."""
    with faults(engine), engine.begin() as connection:
        yield connection


@contextmanager
def unbound(engine: Engine) -> Iterator[Connection]:
    """A connection to SQLite outside any transaction, for what cannot run in one. Raises as `faults` does."""
    with faults(engine), engine.connect() as connection:
        yield connection.execution_options(dedup_begin=_NOT_AT_ALL)


@contextmanager
def unlimited(connection: Connection) -> Iterator[None]:
    """For what may rightly take long in the server, such as a migration: no limit to its silence, nor, to the end of
    the transaction, to its waiting for locks. Any database."""
    if connection.dialect.name == "sqlite":
        yield
        return
    from dedup.store.database import timed  # noqa: PLC0415 - as above

    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    with timed.unlimited(connection.connection.driver_connection):
        yield


@contextmanager
def faults(engine: Engine) -> Iterator[None]:
    """Wraps driver errors once: `DatabaseAway` when another try may work, `ConfigError` when the file is damaged.

    Of a database that is `SCRATCH` the former is `ScratchAway`. `SchemaError` when the database lacks what the
    statement is about and its schema has.

    All other driver errors are bugs of this program and pass through; one that only came of an interrupt is that
    `KeyboardInterrupt`.
    """
    try:
        yield
    except NoResultFound as error:
        if disorder := _disorder(engine):
            raise disorder from error
        raise
    except DBAPIError as error:
        if (interrupt := _interrupt(error)) is not None:
            raise interrupt from error
        told = (numbers.used_up(engine) if full(error) else None) or translated(error, engine.url)
        if told is None and misfit(error):
            told = _disorder(engine)
        if told is None:
            raise
        if isinstance(told, DatabaseAway) and engine.get_execution_options().get(SCRATCH):
            told = ScratchAway(
                f"scratch database {engine.url.database}: {error.orig}; make room there, or name another folder as "
                "TMPDIR; nothing was changed"
            )
        raise told from error


def _interrupt(error: BaseException) -> KeyboardInterrupt | None:
    """The interrupt that left a connection in the state of which `error` complains, if it was one."""
    before: BaseException | None = error
    while before is not None and not isinstance(before, KeyboardInterrupt):
        before = before.__cause__ or before.__context__
    return before


def _disorder(engine: Engine) -> SchemaError | None:
    """What the database lacks; None where it is whole, so that a statement of this program is wrong."""
    from dedup.store import schema  # noqa: PLC0415 - which works with this module, and is asked after a fault alone

    with suppress(DBAPIError), engine.connect() as connection:
        connection.execution_options(**_read_only(engine))
        return schema.disorder(connection)
    return None
