"""A pass over one article costs the same in a large database: no statement reads all of a table that grows."""

from __future__ import annotations

from collections.abc import Callable

from dedup.cluster.constraints import MUST
from dedup.intake.article import Article
from dedup.store import Store

from .conftest import put, run
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article
from .ruling import rule, state
from .statements import read_whole, statements

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
    "alembic_version",
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


def test_a_rule_that_names_no_source_reads_no_whole_table(sqlite_url: str, open_store: OpenStore) -> None:
    """Each such rule read the rows of all articles, and every batch of articles waits for the rules."""
    store = open_store(sqlite_url)
    put(store, arrivals(1))
    run(store)
    first, second = rule(store, MUST, "flood-1", "strike"), rule(store, MUST, "water-1", "later")
    with statements(store) as made:
        run(store)
        put(store, [article("later", FLOOD)])
        run(store)
    assert (state(store, first)[0], state(store, second)[0]) == ("obeyed", "obeyed")
    with store.reading() as connection:
        steps = [
            step.detail
            for text, values in made.items()
            if "articles.uri = " in text or "a.uri = " in text
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    assert steps
    assert not [step for step in steps if step.startswith("SCAN articles")]
