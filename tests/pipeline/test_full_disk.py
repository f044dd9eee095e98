"""A disk that is full in the middle of a pass: the batch fails whole, and the next pass ends where none failed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from dedup.config import Config
from dedup.errors import DatabaseAway
from dedup.intake.article import Article
from dedup.pipeline import Pipeline
from dedup.store import Store

from .conftest import NOW, picture, put, rows, run
from .news import FLOOD, STRIKE, article


def long_articles() -> list[Article]:
    """Eight of some 25 KB each, every second one a copy."""
    lists = [
        "".join(f" Sluice {n * 7 + k} of the Orla let {n * k % 97} litres pass." for n in range(500)) for k in range(4)
    ]
    return [article(f"{copy}{k}", (FLOOD, STRIKE)[k % 2] + text) for k, text in enumerate(lists) for copy in "ab"]


# Pages of the file. What leaves the inbox is freed first, so a few more let the pass end.
@pytest.mark.parametrize("room", [0, 1, 3])
def test_a_pass_without_room_fails_whole_and_goes_on_with_room(
    sqlite_url: str, open_store: Any, tmp_path: Path, room: int
) -> None:
    store: Store = open_store(sqlite_url)
    put(store, long_articles())

    def fill_the_disk(connection: Any, _: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + room}")

    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        store.engine.dispose()
        event.listen(store.engine, "connect", fill_the_disk)
        with pytest.raises(DatabaseAway, match=r"full.*make room"):
            pipeline.run_pass()
        event.remove(store.engine, "connect", fill_the_disk)
        store.engine.dispose()
        assert picture(store)["articles"] == []
        with store.reading() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM inbox")) == 8
        assert pipeline.run_pass().accepted == 8
        assert store.check(full=True) == []
    other: Store = open_store(f"sqlite:///{tmp_path / 'undisturbed.db'}", create=True)
    other.upgrade()
    put(other, long_articles())
    run(other)
    assert picture(store) == picture(other)


FILL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk();
"""


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["stories", "texts", "story_history"])
def test_a_server_without_room_fails_the_pass_whole_and_it_goes_on_with_room(
    postgresql_url: str, open_store: Any, table: str
) -> None:
    store: Store = open_store(postgresql_url)
    put(store, long_articles())
    with store.writing() as connection:
        connection.exec_driver_sql(FILL.format(table=table))
    with store.writer_lock() as lock:
        pipeline = Pipeline(store, Config(), lock, clock=lambda: NOW)
        with pytest.raises(DatabaseAway, match="No space left on device"):
            pipeline.run_pass()
        assert picture(store)["articles"] == []
        with store.writing() as connection:
            connection.exec_driver_sql(f"DROP TRIGGER full_disk ON {table}")
        assert pipeline.run_pass().accepted == 8
        assert store.check(full=True) == []


@pytest.mark.parametrize("passed", [False, True])
def test_an_inbox_without_numbers_is_no_full_disk_and_what_to_type_mends_it(
    sqlite_url: str, open_store: Any, tmp_path: Path, passed: bool
) -> None:
    store: Store = open_store(sqlite_url)
    first, second, third = long_articles()[:3]
    put(store, [first, second])
    with store.writing() as connection:
        connection.exec_driver_sql(f"UPDATE inbox SET id = {2**63 - 1} WHERE id = 2")
        connection.exec_driver_sql(f"UPDATE sqlite_sequence SET seq = {2**63 - 1} WHERE name = 'inbox'")
    if passed:
        assert run(store).accepted == 2
    with pytest.raises(DatabaseAway, match=r"the highest there is.*sqlite3 \S*dedup\.db") as caught:
        put(store, [third])
    assert "make room" not in str(caught.value)
    _, mend, _ = str(caught.value).split('"')
    connection = sqlite3.connect(tmp_path / "dedup.db")
    connection.executescript(mend)
    connection.close()
    put(store, [third])
    assert run(store).accepted == (1 if passed else 3)
    assert [uri for (uri,) in rows(store, "SELECT uri FROM v_articles ORDER BY article_id")] == [
        first.uri, second.uri, third.uri,
    ]  # fmt: skip
