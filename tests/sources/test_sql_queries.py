"""The queries of a source and the databases that they are asked of: what works, what is refused, and what is said."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from dedup.sources import foreign
from dedup.sources.batch import SourceFault

from .conftest import World, body
from .items import QUERY, Items, follow


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT id, text AS body FROM items", "the query gives id, body, but not the cursor 'changed_at', add it"),
        ("SELECT text AS body, changed AS changed_at FROM items", "but not one of uri, id, guid, url, add it"),
        (
            "SELECT id, text AS body, 'Mon, 2 March' AS changed_at FROM items",
            "is 'Mon, 2 March', it must be a time, al",
        ),
        ("SELECT id, text AS body, '2026-02-31 10:00:00' AS changed_at FROM items", "must be a time"),
        ("SELECT id, text AS body, '2026-03-07T10:00:00+01:00' AS changed_at FROM items", "must be a time"),
        ("SELECT id, text AS body, NULL AS changed_at FROM items", "is NULL in some rows"),
        ("SELECT id, text AS body, 9e999 AS changed_at FROM items", "the cursor changed_at is inf, it must be a time"),
        ("SELECT * FROM gone", "no such table: gone"),
        ("SELEC * FROM items", "syntax error"),
        ("DELETE FROM items", "syntax error"),
        ("SELECT id FROM items; DELETE FROM items", "syntax error"),
    ],
)
def test_a_query_that_cannot_work_says_why(world: World, sqlite_items: Items, query: str, says: str) -> None:
    sqlite_items.put(1, 1)
    world.configure(feed={"kind": "sql", "url": sqlite_items.url, "query": query})
    assert says in world.run().sources["feed"]["error"]
    assert says in world.rows("SELECT reasons FROM v_health")[0][0]
    with sqlite_items.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM items")).scalar() == 1


@pytest.mark.parametrize(
    "end",
    [
        "",
        ";",
        " ;\n; ",
        " -- all",
        " -- all\n",
        " /* all */",
        "; -- all",
        ";\n-- all\n/* of them */\n",
        " -- not; these;",
    ],
)
def test_a_query_may_end_in_semicolons_and_comments(world: World, items: Items, end: str) -> None:
    items.put(1, 1)
    follow(world, items, query=QUERY.partition(" --")[0] + end)
    assert world.run().sources["feed"]["error"] is None
    assert set(world.articles("feed")) == {"i1"}


def test_a_semicolon_in_a_text_at_the_end_of_a_query_stays(world: World, sqlite_items: Items) -> None:
    sqlite_items.put(1, 1, f"{body(1)}; -- --")
    sqlite_items.put(2, 2)
    follow(world, sqlite_items, query=f"{QUERY.partition(' --')[0]} WHERE text LIKE '%; -- --'")
    assert world.run().sources["feed"]["error"] is None
    assert set(world.articles("feed")) == {"i1"}


def test_another_query_under_the_same_name_begins_anew(world: World, sqlite_items: Items) -> None:
    sqlite_items.put(1, 1)
    follow(world, sqlite_items)
    world.run()
    world.configure(feed={"kind": "sql", "url": sqlite_items.url, "query": QUERY.replace("headline", "'New'")})
    assert world.run().updated == 1
    follow(world, sqlite_items)
    assert world.run().updated == 1


def test_a_foreign_database_is_never_written(world: World, items: Items) -> None:
    items.put(1, 1)
    inserting = (
        "WITH gone AS (DELETE FROM items RETURNING *) SELECT id, text AS body, changed AS changed_at FROM gone"
        if items.kind != "number"
        else "DELETE FROM items RETURNING id, text AS body, changed AS changed_at"
    )
    world.configure(feed={"kind": "sql", "url": items.url, "query": inserting})
    assert world.run().sources["feed"]["error"]
    with items.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM items")).scalar() == 1


def test_a_database_that_is_not_there_or_has_no_driver(world: World, tmp_path: Path) -> None:
    def error(url: str) -> str:
        world.configure(feed={"kind": "sql", "url": url, "query": "SELECT 1"})
        told: str = world.run().sources["feed"]["error"]
        return told

    assert "is not there, check the url" in error(f"sqlite:///{tmp_path / 'none.db'}")
    assert "install its SQLAlchemy driver" in error("oracle://host/name")
    refused = error("postgresql://reader:s3cret@127.0.0.1:1/news")
    assert "postgresql://reader:***@127.0.0.1:1/news" in refused
    assert "s3cret" not in refused


def test_a_database_is_named_in_any_form(world: World, tmp_path: Path) -> None:
    path = tmp_path / "the items.db"
    with sa.create_engine(f"sqlite:///{path}").begin() as connection:
        connection.execute(
            sa.text("CREATE TABLE items AS SELECT 'one' AS uri, 'A body of one word' AS body, 1 AS changed_at")
        )
    url = f"sqlite:///file:{tmp_path}/the%20items.db?uri=true&mode=ro&timeout=5"
    world.configure(feed={"kind": "sql", "url": url, "query": "SELECT * FROM items"})
    assert world.run().sources["feed"]["error"] is None
    world.configure(feed={"kind": "sql", "url": "postgres://reader@127.0.0.1:1/news", "query": "SELECT 1"})
    assert "refused" in world.run().sources["feed"]["error"]


def test_a_database_that_may_not_be_looked_for_is_no_bug(world: World, tmp_path: Path) -> None:
    world.configure(feed={"kind": "sql", "url": f"sqlite:///{tmp_path / ('x' * 300)}", "query": "SELECT 1"})
    error = world.run().sources["feed"]["error"]
    assert "cannot be reached: File name too long, check the owners and modes of the folders that it is in" in error


def test_a_write_ahead_log_that_cannot_be_opened_is_said_with_what_to_do(world: World, sqlite_items: Items) -> None:
    """Where a reader may put no file beside the database, SQLite only says that it is unable to open it."""
    sqlite_items.put(1, 1)
    with closing(sqlite3.connect(sqlite_items.url.removeprefix("sqlite:///"))) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    path = Path(sqlite_items.url.removeprefix("sqlite:///"))
    path.with_name(f"{path.name}-wal").mkdir()
    world.configure(feed={"kind": "sql", "url": sqlite_items.url, "query": QUERY})
    error = world.run().sources["feed"]["error"]
    assert (
        f"has a write-ahead log, for which a reader needs a file beside it, let dedup write in {path.parent}" in error
    )
    assert "ReadWritePaths" in error and "PRAGMA journal_mode = DELETE" in error


@pytest.mark.parametrize(("backend", "driver"), [("mysql", "pymysql"), ("oracle", "its SQLAlchemy driver")])
def test_a_driver_that_is_not_there_is_installed_into_the_environment_of_the_program(
    monkeypatch: pytest.MonkeyPatch, backend: str, driver: str
) -> None:
    """Whoever typed the pip install dedup[mysql] of the message got what others call dedup."""
    for module in ("pymysql", "oracledb", "cx_Oracle"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SourceFault) as caught:
        foreign.engine(f"{backend}://alice@localhost/reader", 5)
    assert str(caught.value).endswith(f": install {driver} with {sys.executable} -m pip")
