"""A session of PostgreSQL as dedup needs it, whatever its server, its database or its user are set to."""

from __future__ import annotations

from typing import Any

import psycopg

from dedup.errors import ConfigError

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
# One statement, so that a new connection waits for one answer.
_PREPARATION = "; ".join(f"SET {name} = '{value}'" for name, value in _SETTINGS.items())


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Sets what a new `connection` needs. Raises `ConfigError` where its database cannot hold every text."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in {ENCODING, None}:
        raise ConfigError(
            f"the database {connection.info.dbname} has the encoding {encoding}; dedup needs {ENCODING}, which holds "
            "every text; make one: createdb --encoding=UTF8 --template=template0 NAME, and name it in [database] url"
        )
    connection.autocommit = True
    connection.execute(_PREPARATION.encode())
    connection.autocommit = False
