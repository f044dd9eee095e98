"""How a database would run a query."""

from __future__ import annotations

from dedup.store import Store


def plan(store: Store, query: str) -> list[str]:
    """The lines of the database's plan that say which tables it reads."""
    with store.reading() as connection:
        if connection.dialect.name == "sqlite":
            return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
        # On small tables reading all is cheaper; with this, it is done only where no index serves.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {query}")]
