"""Connections to other programs' databases. Nothing is ever written to one: each says so to its server as well."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from dedup.config.urls import file_of
from dedup.sources.batch import SourceFault, unreachable
from dedup.store.database.faults import first_line

_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}

SILENT_SECONDS = 1.0
"""How much longer than its limit a PostgreSQL server may say nothing at all before it counts as away."""
_WRITE_AHEAD = b"\x02\x02"
"""Bytes 18 and 19 of a SQLite database with a write-ahead log (https://www.sqlite.org/fileformat2.html, 1.3.3)."""


def engine(url: str, timeout_seconds: float) -> Engine:
    """An engine that reads, and keeps no connection when nobody does. Raises `SourceFault`."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    wait = max(2, int(timeout_seconds))
    options: dict[str, Any] = {}
    if backend == "sqlite":
        parsed, options = _read_only_file(parsed), {"timeout": timeout_seconds}
    elif backend == "postgresql":
        options = {"connect_timeout": wait, "application_name": "dedup"}
    elif backend in ("mysql", "mariadb"):
        options = {"connect_timeout": wait, "read_timeout": wait, "charset": "utf8mb4"}
    if backend in _DRIVERS and "+" not in parsed.drivername:
        parsed = parsed.set(drivername=_DRIVERS[backend])
    try:
        made = sa.create_engine(parsed, connect_args=options, poolclass=NullPool, hide_parameters=True)
    except (ImportError, SQLAlchemyError) as error:
        # Its own name, and in this environment: what others call dedup is not this program, and has no such extra.
        driver = "pymysql" if backend in ("mysql", "mariadb") else "its SQLAlchemy driver"
        remedy = f"install {driver} with {sys.executable} -m pip"
        raise SourceFault(f"there is no driver for {backend} ({error}): {remedy}") from error
    if backend == "sqlite":
        event.listen(made, "connect", _lenient)
    elif backend in ("mysql", "mariadb"):
        event.listen(made, "connect", lambda connection, _: _execute(connection, "SET SESSION TRANSACTION READ ONLY"))
    elif backend == "postgresql":
        milliseconds = wait * 1_000
        event.listen(made, "begin", lambda connection: _within(connection, milliseconds))
        if made.dialect.driver == "psycopg":
            # After the server's own limit, which says more of a server that is slow.
            event.listen(made, "do_connect", partial(_settled, wait + SILENT_SECONDS))
            event.listen(made, "before_cursor_execute", _allowed)
    return made


@contextmanager
def reading(foreign: Engine, label: str) -> Iterator[Connection]:
    """A connection for looking. Raises `SourceFault` for whatever the database, called `label`, says."""
    try:
        with foreign.connect() as connection:
            if foreign.dialect.name == "postgresql":
                connection.execution_options(postgresql_readonly=True)
            yield connection
    except SQLAlchemyError as error:
        why = _hindrance(foreign.url, error) if foreign.dialect.name == "sqlite" else ""
        raise SourceFault(f"{label}: {why or first_line(error)}") from error


def _read_only_file(url: URL) -> URL:
    path = Path(file_of(url))
    try:
        there = path.is_file()
    except OSError as error:
        raise unreachable(f"database {path}", error) from error
    if not there:
        raise SourceFault(f"the database {path} is not there; check the url, which has four slashes: sqlite:////FILE")
    return url.set(database=f"file:{quote(str(path.absolute()))}", query={"mode": "ro", "uri": "true"})


def _hindrance(url: URL, error: SQLAlchemyError) -> str:
    """What keeps SQLite from opening its files, which it does not say itself; empty where that is not the trouble."""
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    if not name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY_")):
        return ""
    path = Path(file_of(url))
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except OSError as refused:
        return f"the file cannot be read: {refused.strerror}; check its owner and mode"
    if header[18:20] != _WRITE_AHEAD:
        return ""
    return (
        f"the database has a write-ahead log, for which a reader needs a file beside it; let dedup write in "
        f"{path.parent} (under systemd also ReadWritePaths={path.parent}), or end that mode there with "
        "PRAGMA journal_mode = DELETE"
    )


def _lenient(connection: Any, _: object) -> None:
    # SQLite lets in text that is not UTF-8; one such row must not keep the others from being read.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    _execute(connection, "PRAGMA query_only=ON")


def _settled(silence_seconds: float, _dialect: Any, _: object, args: Any, options: Any) -> Any:
    # Before SQLAlchemy asks the server who it is: in a session in SQL_ASCII even that answer would be bytes.
    from dedup.store.database import session, timed  # noqa: PLC0415 - the driver of PostgreSQL, of which others need nothing

    connection = timed.TimedConnection.connect(*args, **options)
    connection.silence_seconds = silence_seconds
    try:
        session.prepare_foreign(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _allowed(connection: Connection, _: object, statement: str, *__: object) -> None:
    from dedup.store.database import session  # noqa: PLC0415 - as above

    driver: Any = connection.connection.driver_connection
    session.allow(driver, statement)


def _execute(connection: Any, statement: str) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(statement)


def _within(connection: Connection, milliseconds: int) -> None:
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
