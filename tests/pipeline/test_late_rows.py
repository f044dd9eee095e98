"""Rows of the inbox that other programs commit late, delete or change while a pass works on them.

None is lost, none counts twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

import psycopg
import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.tally import PassReport

from .conftest import NOW, put, rows, run
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article

INSERT = b"INSERT INTO inbox (source, uri, body) VALUES ('s', %s, %s)"
EDITED = "Corrected: nine hundred people were brought to safety by the army, not four hundred. "


def texts(store: Store) -> dict[str, tuple[int, str]]:
    """Version and text of each article, by uri; the database is sound."""
    assert store.check(full=True) == []
    found = rows(store, "SELECT uri, version, body_text FROM v_articles")
    return {uri: (version, body) for uri, version, body in found}


def run_and_do(store: Store, other: Store, statement: str, *, batch: int = 0, **values: str) -> PassReport:
    """A pass in which another program executes a statement, once the rows are read and before this batch is decided."""
    batches = count()

    class Interrupted(Pipeline):
        def _decide(self, *arguments: object) -> None:  # type: ignore[override]
            if next(batches) == batch:
                with other.writing() as connection:
                    connection.execute(sa.text(statement), values)
            super()._decide(*arguments)  # type: ignore[arg-type]

    with store.writer_lock() as lock:
        return Interrupted(store, Config(), lock, clock=lambda: NOW).run_pass()


@pytest.mark.postgresql
def test_a_row_with_a_lower_id_that_is_committed_later_is_taken(postgresql_url: str, open_store: object) -> None:
    store: Store = open_store(postgresql_url)  # type: ignore[operator]
    with psycopg.connect(postgresql_url) as slow:
        slow.execute(INSERT, ("slow", FLOOD))
        put(store, [article("fast", STRIKE)])
        assert run(store).accepted == 1
        slow.commit()
    assert run(store).accepted == 1
    assert list(texts(store)) == ["fast", "slow"]


def test_a_row_that_somebody_deletes_in_a_pass_counts_once(store: Store, second_store: Store) -> None:
    put(store, [article("a", FLOOD), article("b", STRIKE)])
    assert run_and_do(store, second_store, "DELETE FROM inbox").accepted == 2
    assert run(store).taken == 0
    assert len(texts(store)) == 2


def test_a_new_version_that_somebody_deletes_in_a_pass_is_one(store: Store, second_store: Store) -> None:
    put(store, [article("a", FLOOD)])
    run(store)
    put(store, [article("b", STRIKE), article("a", FLOOD_OTHER_WORDS)])
    done = run_and_do(store, second_store, "DELETE FROM inbox", batch=1)
    assert (done.accepted, done.updated, done.rejected) == (1, 1, 0)
    assert texts(store) == {"a": (2, FLOOD_OTHER_WORDS), "b": (1, STRIKE)}


@pytest.mark.parametrize("batch", [0, 1])
def test_a_row_that_somebody_changes_in_a_pass_is_read_again(store: Store, second_store: Store, batch: int) -> None:
    put(store, [article("old", STRIKE)])
    run(store)
    put(store, [article("a", FLOOD_OTHER_WORDS), article("old", STRIKE + " Nobody knows more."), article("b", FLOOD)])
    edit = "UPDATE inbox SET body = :edited || body WHERE uri = 'b'"
    done = run_and_do(store, second_store, edit, batch=batch, edited=EDITED)
    assert (done.taken, done.accepted, done.updated, done.pending) == (4, 2, 2, 0)
    assert texts(store)["b"] == (2, EDITED + FLOOD)


def test_a_row_that_becomes_another_article_in_a_pass_makes_two(store: Store, second_store: Store) -> None:
    put(store, [article("old", STRIKE), article("other", STRIKE)])
    run(store)
    put(store, [article("old", STRIKE + " Nobody knows more."), article("a", FLOOD)])
    done = run_and_do(store, second_store, "UPDATE inbox SET uri = 'other' WHERE uri = 'a'", batch=1)
    assert (done.accepted, done.updated) == (1, 2)
    assert texts(store) == {"old": (2, f"{STRIKE} Nobody knows more."), "a": (1, FLOOD), "other": (2, FLOOD)}


def test_a_row_that_cannot_be_an_article_and_is_repaired_in_a_pass(store: Store, second_store: Store) -> None:
    put(store, [article(" ", FLOOD)])
    done = run_and_do(store, second_store, "UPDATE inbox SET uri = 'a'")
    assert (done.accepted, done.rejected) == (1, 1)
    assert texts(store) == {"a": (1, FLOOD)}


@pytest.mark.postgresql
def test_an_edit_that_is_not_yet_committed_when_the_row_is_recorded(
    postgresql_url: str, open_store: Callable[..., Store]
) -> None:
    store = open_store(postgresql_url)
    put(store, [article("a", FLOOD)])

    class Interrupted(Pipeline):
        def _decide(self, *arguments: object) -> None:  # type: ignore[override]
            if editor.ident is None:
                other.execute("UPDATE inbox SET body = %s", (STRIKE,))
                editor.start()
            super()._decide(*arguments)  # type: ignore[arg-type]

    def commit_when_the_pass_waits() -> None:
        query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        while other.execute(query).fetchone() is None:
            other.execute("SELECT pg_stat_clear_snapshot()")
        other.commit()

    editor = threading.Thread(target=commit_when_the_pass_waits)
    with psycopg.connect(postgresql_url) as other, store.writer_lock() as lock:
        done = Interrupted(store, Config(), lock, clock=lambda: NOW).run_pass()
        editor.join()
    assert (done.accepted, done.updated) == (1, 1)
    assert texts(store) == {"a": (2, STRIKE)}


def test_of_many_edits_while_passes_run_the_last_is_kept(store: Store, second_store: Store) -> None:
    uris = [f"a{number}" for number in range(8)]
    last: dict[str, str] = {}
    done = threading.Event()

    def edit() -> None:
        for number in range(60):
            values = {"uri": uris[number * 5 % len(uris)], "text": f"{STRIKE} Edition {number}."}
            with second_store.writing() as connection:
                if not connection.execute(sa.text("UPDATE inbox SET body = :text WHERE uri = :uri"), values).rowcount:
                    connection.execute(sa.text("INSERT INTO inbox (uri, body) VALUES (:uri, :text)"), values)
            last[values["uri"]] = values["text"]
        done.set()

    editor = threading.Thread(target=edit)
    editor.start()
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        while not done.is_set():
            pipeline.run_pass()
        pipeline.run_pass()
    editor.join()
    assert {uri: text for uri, (_, text) in texts(store).items()} == last
