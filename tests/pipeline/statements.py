"""The statements that a program gives to SQLite, how long they take, and which of them read whole tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from dedup.store import Store

from ..asked import told


@contextmanager
def statements(store: Store) -> Iterator[dict[str, Any]]:
    """The statements of the block, each with the values that it had last."""
    made: dict[str, Any] = {}

    def note(_: Any, text: str, values: Any) -> None:
        made[text] = values

    with told(store, note):
        yield made


@contextmanager
def steps(store: Store) -> Iterator[list[int]]:
    """How many steps SQLite takes for the statements of the block, in tens: the only number in the list."""
    taken = [0]
    met: list[Any] = []

    def step() -> None:
        taken[0] += 1

    def count(connection: Any, *_: Any) -> None:
        met.append(connection)
        connection.set_progress_handler(step, 10)

    with told(store, count):
        yield taken
    for connection in met:
        connection.set_progress_handler(None, 10)


def read_whole(connection: sa.Connection, made: dict[str, Any]) -> set[str]:
    """The tables that a statement reads from the first row to the last."""
    tables = set(sa.inspect(connection).get_table_names())
    steps = [
        step.detail.split()
        for text, values in made.items()
        # What has a limit ends there; and what waits in the inbox is what a pass is there for.
        if not text.startswith(("PRAGMA", "BEGIN")) and " LIMIT " not in text and "FROM inbox" not in text
        for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
    ]
    return {words[1] for words in steps if words[0] == "SCAN"} & tables
