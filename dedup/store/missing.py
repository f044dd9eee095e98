"""What the database lacks of the tables that its schema promises, because a hand or a fault has taken it away.

What is there beside them is somebody else's, and harms nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.tables import metadata

# SQLAlchemy cannot reflect an index of an expression on SQLite.
_INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
    "postgresql": "SELECT relname FROM pg_class WHERE relkind = 'i' AND pg_table_is_visible(oid)",
}


def columns(connection: Connection) -> list[str]:
    """Which tables and columns are missing, a sentence each."""
    reflected = sa.inspect(connection).get_multi_columns(filter_names=[*metadata.tables])
    there = {table: {column["name"] for column in described} for (_, table), described in reflected.items()}
    found: list[str] = []
    for name, table in metadata.tables.items():
        if name not in there:
            found.append(f"there is no table {name}")
            continue
        found += [f"table {name} has no column {column.name}" for column in table.c if column.name not in there[name]]
    return found


def indexes(connection: Connection) -> list[sa.Index]:
    """Which indexes are missing, by name; those that keep what is in a table unique are part of the table."""
    there = set(connection.scalars(sa.text(_INDEXES[connection.dialect.name])))
    wanted = {str(index.name): index for table in metadata.tables.values() for index in table.indexes}
    return [wanted[name] for name in sorted(wanted) if name not in there]
