"""Many rows at once: tuples as the driver has them, since SQLAlchemy takes longer over a row than SQLite.

To PostgreSQL they go by COPY. A value is None, a number, a text, bytes, or a moment as
`dedup.store.database.moments.iso` writes it, which both databases read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Row = tuple[Any, ...]
Value = TypeVar("Value")
# Values that a statement names at once; SQLite takes some 32,000 at most.
PAGE = 500


def pages(values: Sequence[Value], size: int = PAGE) -> Iterator[Sequence[Value]]:
    """`values` in their order, `size` at a time, the last perhaps fewer: what a statement names one by one."""
    return (values[start : start + size] for start in range(0, len(values), size))


def insert(connection: Connection, table: sa.Table, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Adds rows to a table; each has the values of `columns` in their order. Raises `DBAPIError`.

    They should be plain tuples: of one with names SQLite's driver asks each value by way of Python.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, _copying(table, columns), rows)
    else:
        connection.exec_driver_sql(_inserting(table, columns), [*rows])


@cache
def _inserting(table: sa.Table, columns: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names of our own


@cache
def _copying(table: sa.Table, columns: tuple[str, ...]) -> str:
    return f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"


def select(connection: Connection, statement: str, parameters: Row) -> Iterator[Row]:
    """The rows of a query of SQLite, one after another, in the types of the driver. Raises `DBAPIError`.

    By the driver alone: that SQLAlchemy hands on a query takes three times as long as one for a single row.
    """
    if not connection.in_transaction():
        connection.begin()
    rows: Any = connection.connection.cursor()
    try:
        rows.execute(statement, parameters)
        yield from rows
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, statement, error) from error
    finally:
        rows.close()


def read(
    connection: Connection, statement: sa.Select[*tuple[Any, ...]], parameters: Mapping[str, Any]
) -> Iterable[Any]:
    """The rows of a query, on SQLite as plain tuples of the driver.

    There SQLAlchemy takes as long over a row as reading it, and twenty times as long over a query for a few.
    `statement` must be one that is made once: what it compiles to is kept.
    """
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, parameters)
    query = _compiled(statement)
    given = query.construct_params(parameters)
    return select(connection, query.string, tuple(given[name] for name in query.positiontup or ()))


@cache
def _compiled(statement: sa.Select[*tuple[Any, ...]]) -> SQLCompiler:
    return statement.compile(dialect=sqlite.dialect())


def _copy(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    driver: Any = connection.connection
    with driver.cursor() as cursor:
        try:
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, statement, error) from error


def _wrapped(connection: Connection, statement: str, error: Exception) -> BaseException:
    """The error as SQLAlchemy would have raised it."""
    dialect = connection.dialect
    broken = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    return DBAPIError.instance(
        statement, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=broken
    )
