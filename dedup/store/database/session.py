"""A session of PostgreSQL as dedup needs it, whatever its server, its database or its user are set to.

The sessions of sources as well: what a driver reads there depends on the same settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg.abc import AdaptContext
from psycopg.adapt import Loader
from psycopg.pq import Format

from dedup.errors import ConfigError
from dedup.store.database.faults import CREATEDB
from dedup.store.database.moments import OutsideCalendar

ENCODING = "UTF8"
"""The one encoding of a database that holds any text and nothing else: SQL_ASCII also takes bytes that are none."""
_SETTINGS = {
    # The driver writes and reads texts in it.
    "client_encoding": ENCODING,
    # Off, it makes the driver double every backslash in bytes, so that signatures and terms would be stored as others.
    "standard_conforming_strings": "on",
    # The one that the driver reads.
    "datestyle": "ISO",
    # Scores as they are, not rounded.
    "extra_float_digits": "1",
    # A row of the inbox that somebody changes is waited for and read again; stricter, the pass would fail of it.
    "default_transaction_isolation": "read committed",
}
# Limits that end a session which says nothing, with the first server that knows them. The one that holds the writer's
# lock is silent for most of its life, and a plan computes for minutes between two statements of one transaction.
_LIMITS = {"idle_in_transaction_session_timeout": 90_600, "idle_session_timeout": 140_000}
_ANYTHING = "SQL_ASCII"
# The types that hold text.
_TEXTS = ("text", "varchar", "bpchar", "name")
# The types of which the server knows values that Python does not: moments and days, times such as 24:00, and JSON with
# numbers of thousands of digits or as many brackets.
_WIDER = ("timestamptz", "timestamp", "date", "time", "timetz", "interval", "json", "jsonb")
# One statement, so that a new connection waits for one answer.
_PREPARATION = "; ".join(f"SET {name} = '{value}'" for name, value in _SETTINGS.items())


def prepare(connection: psycopg.Connection[Any], lock_seconds: float) -> None:
    """Sets what a new `connection` needs; the server ends a wait of `lock_seconds` for what another session has locked.

    Raises `ConfigError` where its database cannot hold every text.
    """
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in {ENCODING, None}:
        raise ConfigError(
            f"the database {connection.info.dbname} has the encoding {encoding}; dedup needs {ENCODING}, which holds "
            f"every text; make one: {CREATEDB}, and name it in [database] url"
        )
    version = connection.info.server_version
    limits = {name: 0 for name, since in _LIMITS.items() if version >= since}
    settle(connection, limits | {"lock_timeout": max(1, int(lock_seconds * 1_000))})


def prepare_foreign(connection: psycopg.Connection[Any]) -> None:
    """Sets what a new connection to a database of another program needs, in whatever encoding that is.

    What Python has no value for must keep no other row back: it comes as the text that the server writes. A database
    that takes bytes as they come may hold some that are no text; a server sends these only to a session that takes them
    as they come, too; of other databases it makes UTF-8.
    """
    settle(connection)
    for name in _WIDER:
        connection.adapters.register_loader(name, _AnyValue)
    if connection.info.parameter_status("server_encoding") == _ANYTHING:
        connection.autocommit = True
        connection.execute(f"SET client_encoding = '{_ANYTHING}'".encode())
        connection.autocommit = False
        for name in _TEXTS:
            connection.adapters.register_loader(name, _Lenient)


def allow(connection: psycopg.Connection[Any], statement: str) -> None:
    """Has a session of `prepare_foreign` take the `statement` in this transaction, whatever letters are in it.

    Where it takes bytes as they come the driver writes ASCII alone; with other letters in the query, then, a row that
    is no text is an error of the server.
    """
    if not statement.isascii() and connection.info.parameter_status("client_encoding") == _ANYTHING:
        connection.execute(f"SET LOCAL client_encoding = '{ENCODING}'".encode())


def settle(connection: psycopg.Connection[Any], limits: Mapping[str, int] = MappingProxyType({})) -> None:
    """Sets what a new `connection` needs, whatever the encoding of its database, and `limits` in milliseconds."""
    connection.autocommit = True
    connection.execute("; ".join([_PREPARATION, *(f"SET {name} = {limit}" for name, limit in limits.items())]).encode())
    connection.autocommit = False


class _Lenient(Loader):
    """Reads text in UTF-8, and what is none as U+FFFD, as it is done with other sources."""

    def load(self, data: Any) -> str:
        """The text of a value."""
        return bytes(data).decode("utf-8", "replace")


class _AnyValue(Loader):
    """Reads a value as the driver does; one that Python does not have as its text."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        usual = psycopg.adapters.get_loader(oid, Format.TEXT)
        assert usual is not None
        self._usual = usual(oid, context)

    def load(self, data: Any) -> Any:
        """The value; as text infinity, the years before Christ, those of more than four digits, and the like."""
        try:
            return self._usual.load(data)
        except psycopg.DataError:
            return OutsideCalendar(bytes(data), "ascii", "replace")
        except (ValueError, RecursionError):
            return bytes(data).decode("utf-8", "replace")
