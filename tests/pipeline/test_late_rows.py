"""Rows of the inbox that are committed late, or deleted while a pass works on them: none is lost, none counts twice."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.check import check

from .conftest import NOW, put, run
from .test_versions import FLOOD, STRIKE, article

INSERT = b"INSERT INTO inbox (source, uri, body) VALUES ('s', %s, %s)"


@pytest.mark.postgresql
def test_a_row_with_a_lower_id_that_is_committed_later_is_taken(postgresql_url: str, open_store: object) -> None:
    store: Store = open_store(postgresql_url)  # type: ignore[operator]
    with psycopg.connect(postgresql_url) as slow:
        slow.execute(INSERT, ("slow", FLOOD))
        put(store, [article("fast", STRIKE)])
        assert run(store).accepted == 1
        slow.commit()
    assert run(store).accepted == 1
    with store.reading() as connection:
        uris = connection.scalars(sa.text("SELECT uri FROM v_articles ORDER BY article_id"))
        assert list(uris) == ["fast", "slow"]
        assert check(connection, full=True) == []


def test_a_row_that_somebody_deletes_in_a_pass_counts_once(store: Store, second_store: Store) -> None:
    put(store, [article("a", FLOOD), article("b", STRIKE)])

    class Interrupted(Pipeline):
        def _decide(self, *arguments: object) -> None:  # type: ignore[override]
            with second_store.writing() as connection:
                connection.execute(sa.text("DELETE FROM inbox"))
            super()._decide(*arguments)  # type: ignore[arg-type]

    with store.writer_lock() as lock:
        assert Interrupted(store, Config(), lock, clock=lambda: NOW).run_pass().accepted == 2
    assert run(store).taken == 0
    with store.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM v_articles")) == 2
        assert check(connection, full=True) == []
