"""A pass over one article costs the same in a large database: no statement reads all of a table that grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from dedup.intake.article import Article
from dedup.store import Store

from .conftest import put, run
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article

OpenStore = Callable[..., Store]

# What has few rows, however many articles there are.
SMALL = {
    "state",
    "schemes",
    "config_versions",
    "rules",
    "publisher_groups",
    "preferred_publishers",
    "applications",
    "instances",
}


def arrivals(day: int) -> list[Article]:
    return [
        article(f"flood-{day}", FLOOD, title="Flood in Verlingen", source="a"),
        article(f"water-{day}", FLOOD_OTHER_WORDS, title="Verlingen under water", source="b"),
        article("strike", f"{STRIKE} It is day {day} of the walkout.", title="Bakers on strike", source="c"),
    ]


def test_no_statement_of_a_pass_reads_all_of_a_table_that_grows(sqlite_url: str, open_store: OpenStore) -> None:
    """Neither while what is held in memory is loaded: an empty SQLite plans as a full one does."""
    store = open_store(sqlite_url)
    put(store, arrivals(1))
    run(store)
    with statements(store) as made:
        for arrival in arrivals(2):
            put(store, [arrival])
            run(store)
    assert {"INSERT", "UPDATE", "DELETE", "SELECT"} <= {text.split()[0] for text in made}
    with store.reading() as connection:
        assert read_whole(connection, made) - SMALL == set()


@contextmanager
def statements(store: Store) -> Iterator[dict[str, Any]]:
    """The statements of the block, each with the values that it had last."""
    made: dict[str, Any] = {}

    def note(_: Any, __: Any, text: str, values: Any, ___: Any, many: bool) -> None:
        made[text] = values[0] if many else values

    event.listen(store.engine, "before_cursor_execute", note)
    yield made
    event.remove(store.engine, "before_cursor_execute", note)


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
