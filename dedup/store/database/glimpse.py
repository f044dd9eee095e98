"""Has anybody written to a SQLite database since a moment? A connection can tell without reading any table."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy.engine import Connection


class Glimpse(NamedTuple):
    """What a `driver` connection knew of all writing at a moment; another one is equal only if nobody wrote between.

    SQLite raises `version` for what other connections commit, and only for these (``PRAGMA data_version``); it means
    something to one connection alone. `changes` are the rows that this connection itself has changed.
    """

    driver: Any
    version: int
    changes: int


def glimpse(connection: Connection) -> Glimpse:
    """What is known now, in the transaction of `connection`: of what this reads, and of what it will write over."""
    version: int = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    driver: Any = connection.connection.driver_connection
    return Glimpse(driver, version, driver.total_changes)
