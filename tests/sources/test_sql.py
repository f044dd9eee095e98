"""Any SQL query with a cursor column: followed while it grows, with late and edited rows, without loss or doubles."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, ItemsView
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.errors import DatabaseAway
from dedup.sources import sql
from dedup.sources.batch import Batch, Kept, SourceFault
from dedup.store.operation.sources import SeenRow, SourceState

from .conftest import World, body
from .items import Items, follow


def test_a_table_is_read_re_read_and_followed_while_it_grows(world: World, items: Items) -> None:
    items.put_all({number: number / 25 for number in range(300)})
    follow(world, items)
    first = world.run(30)
    assert (first.taken, first.accepted) == (300, 300)
    assert first.sources["feed"] | {"seconds": 0} == {
        "read": 300, "taken": 300, "rejected": 0, "seconds": 0, "error": None,
    }  # fmt: skip
    for _ in range(2):  # nothing is new, whatever is in memory
        assert world.run(1).taken == 0
        world.restart()
    items.put(2_000, 30)
    items.put(2_001, 11.5)  # committed late: its time is before what was seen
    items.edit(290, 31, body(290, "Now with an addition."))
    items.edit(299, None, body(299, "Corrected, and nobody touched the time."))
    items.edit(5, 32, body(5))  # touched, and the same
    last = world.run(30)
    assert (last.accepted, last.updated, last.unchanged) == (2, 2, 0)
    assert world.run(1).taken == 0
    found = world.articles("feed")
    assert len(found) == 302
    assert found["i290"] == (body(290, "Now with an addition."), 2)
    assert {version for uri, (_, version) in found.items() if uri not in ("i290", "i299")} == {1}


def test_a_table_whose_numbers_begin_anew_is_read_from_its_beginning(world: World, sqlite_items: Items) -> None:
    """A backup was put in its place, or it was emptied: new rows get numbers that were used before."""
    sqlite_items.put_all({number: number for number in range(100, 130)})
    follow(world, sqlite_items)
    assert world.run(1).accepted == 30
    sqlite_items.do("DELETE FROM items")
    assert world.run(1).taken == 0
    sqlite_items.put_all({number: number - 200 for number in range(200, 230)})
    assert world.run(1).accepted == 30
    sqlite_items.put(300, 30)
    assert world.run(1).accepted == 1
    assert len(world.articles("feed")) == 61


def put_back(backup: Path, database: Path, world: World) -> None:
    """Into the very file, as the sqlite3 shell does."""
    with closing(sqlite3.connect(backup)) as kept, closing(sqlite3.connect(database)) as live:
        kept.backup(live)


def put_in_its_place(backup: Path, database: Path, world: World) -> None:
    """As another file, which the service notices in the next pass, and takes the lock again."""
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    backup.rename(database)
    with pytest.raises(DatabaseAway):
        world.run(1)
    world.take_over()


@pytest.mark.parametrize("restore", [put_back, put_in_its_place])
def test_what_came_after_the_backup_that_is_put_back_is_read_again(
    world: World, sqlite_items: Items, sqlite_url: str, tmp_path: Path, restore: Callable[[Path, Path, World], None]
) -> None:
    """Else it would be nowhere: the source was read further than dedup's own database knows by then."""
    sqlite_items.put_all({number: number for number in range(10)})
    follow(world, sqlite_items, overlap=0)
    world.run(1)
    world.store.backup(tmp_path / "backup.db")
    sqlite_items.put_all({number: number for number in range(10, 20)})
    assert world.run(1).accepted == 10
    restore(tmp_path / "backup.db", Path(sqlite_url.removeprefix("sqlite:///")), world)
    assert world.run(1).accepted == 10
    assert len(world.articles("feed")) == 20


def test_a_row_that_goes_back_to_what_it_was_is_a_version_again(world: World, items: Items) -> None:
    items.put(1, 1)
    follow(world, items)
    for minutes, text in ((1, body(1)), (2, body(1, "More is known.")), (3, body(1))):
        items.edit(1, minutes, text)
        world.run(1)
    assert world.articles("feed") == {"i1": (body(1), 3)}


REVISIONS = "SELECT substr(id, 1, 3) AS id, headline AS title, text AS body, changed AS changed_at FROM items"


@pytest.mark.parametrize("page", [500, 7])
def test_a_query_that_gives_all_revisions_gives_each_article_in_its_last(
    world: World, items: Items, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """i10 and i101 are two revisions of i10, and so on; they are on one page, or on two, of each look."""
    monkeypatch.setattr(sql, "PAGE_ROWS", page)
    items.put_all({number: number / 100 for number in (*range(10, 19), *range(101, 182, 10))})
    follow(world, items, query=REVISIONS)
    assert world.run(2).accepted == 9
    first = world.articles("feed")
    assert [text for text, _ in first.values()] == [body(number) for number in range(101, 182, 10)]
    for _ in range(3):
        assert world.run(1).taken == 0
        world.restart()
    assert world.articles("feed") == first
    items.put(102, 4)
    assert world.run(1).updated == 1
    items.do("DELETE FROM items WHERE id IN ('i102', 'i101')")
    assert world.run(1).updated == 1
    assert world.articles("feed")["i10"][0] == body(10)
    assert world.run(1).taken == 0


def test_an_edit_counts_whose_cursor_went_back(world: World, items: Items) -> None:
    """As of a clock that is behind that of the one before, or in the hour that comes twice."""
    items.put_all({1: 5, 2: 6})
    follow(world, items)
    world.run(10)
    items.edit(2, 4, body(2, "Now with an addition."))
    assert world.run(1).updated == 1
    assert world.run(1).taken == 0


def test_an_edit_whose_cursor_stays_is_in_the_inbox_before_the_place_is_noted_from_which_it_is_no_more_read(
    world: World, items: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for the end of the look, and was lost where that was interrupted, as by a stop."""
    items.put_all({1: 1, 2: 2})
    follow(world, items, overlap=60)
    world.run(10)
    items.edit(2, 2, body(2, "Now with an addition."))
    items.put_all({number: number for number in range(3, 20)})
    monkeypatch.setattr(sql, "PAGE_ROWS", 7)
    page, pages = sql.SqlSource._page, iter(range(9))

    def once(source: sql.SqlSource, *asked: Any) -> Any:
        if next(pages):
            raise SourceFault("the database is away")
        return page(source, *asked)

    monkeypatch.setattr(sql.SqlSource, "_page", once)
    world.run(20)
    monkeypatch.undo()
    world.restart()
    world.run(20)
    assert world.articles("feed")["i2"] == (body(2, "Now with an addition."), 2)
    assert len(world.articles("feed")) == 19


def test_many_rows_of_one_moment_fill_several_pages(
    world: World, items: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "PAGE_ROWS", 7)
    items.put_all({number: 1 if number < 30 else number for number in range(40)})
    follow(world, items)
    assert world.run(60).accepted == 40
    assert world.run(1).taken == 0


@pytest.mark.parametrize(
    ("minute_of", "characters", "overlap"),
    [
        pytest.param(lambda number: number * 20, 500, 600, id="longer-than-the-overlap"),
        pytest.param(lambda number: 1 + number // 20, 2_000, 86_400, id="shorter-than-the-overlap"),
    ],
)
def test_a_look_ends_when_much_was_read_and_goes_on_in_the_same_pass(
    world: World,
    sqlite_items: Items,
    monkeypatch: pytest.MonkeyPatch,
    minute_of: Callable[[int], int],
    characters: int,
    overlap: int,
) -> None:
    for name, most in (("PAGE_ROWS", 5), ("LOOK_ROWS", 10), ("PAGE_CHARACTERS", characters)):
        monkeypatch.setattr(sql, name, most)
    sqlite_items.put_all({number: minute_of(number) for number in range(33)})
    sqlite_items.do("UPDATE items SET text = :text WHERE id IN ('i7', 'i8')", text=body(7, "A whole page. " * 200))
    follow(world, sqlite_items, overlap=overlap)
    assert world.run(1_000).accepted == 33
    assert world.run(1).taken == 0
    sqlite_items.put(99, minute_of(40))
    assert world.run(60).accepted == 1


def test_rows_that_go_while_their_page_is_read_hide_no_others(
    world: World, sqlite_items: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "PAGE_ROWS", 5)
    sqlite_items.put_all(dict.fromkeys(range(10, 30), 1.0) | {30: 60 * 24 * 30})
    follow(world, sqlite_items, overlap=0)
    page, calls = sql.SqlSource._page, iter(range(100))

    def shifted(*arguments: Any) -> Any:
        if next(calls) == 1:
            sqlite_items.do("DELETE FROM items WHERE id IN ('i10', 'i11', 'i12')")
        return page(*arguments)

    monkeypatch.setattr(sql.SqlSource, "_page", shifted)
    assert world.run(60 * 24 * 40).accepted == 21


def test_rows_that_nothing_tells_apart_are_said_and_not_read_for_ever(
    world: World, sqlite_items: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "PAGE_ROWS", 5)
    sqlite_items.put_all(dict.fromkeys(range(20), 1.0))
    follow(world, sqlite_items, query="SELECT 'one' AS id, text AS body, changed AS changed_at FROM items")
    assert "the query must give each row a uri of its own" in world.run(60).sources["feed"]["error"]


def test_rows_that_cannot_be_articles_have_their_rejection_once(world: World, sqlite_items: Items) -> None:
    sqlite_items.put(1, 1, "")
    sqlite_items.put(2, 1, "two\0parts")
    sqlite_items.put(3, 1)
    sqlite_items.do("UPDATE items SET text = CAST(x'ff41fe' AS TEXT) WHERE id = 'i3'")
    sqlite_items.do("INSERT INTO items VALUES (NULL, NULL, NULL, 'A text.', 1773054000)")
    sqlite_items.put(4, 2)
    follow(world, sqlite_items)
    world.run()
    world.run()
    told = world.rows("SELECT source, uri, reason FROM v_rejections ORDER BY uri")
    assert told == [
        ("feed", "feed at 1773054000", "missing_field"), ("feed", "i1", "empty"), ("feed", "i2", "binary"),
        ("feed", "i3", "encoding"),
    ]  # fmt: skip
    assert list(world.articles("feed")) == ["i4"]
    assert world.rows("SELECT taken, rejected FROM v_sources") == [(2, 3)]  # i3 was refused later, by its text


def test_a_row_from_the_future_hides_nothing(world: World, items: Items) -> None:
    if items.kind == "number":
        pytest.skip("a number is no time")
    items.put(1, 60 * 24 * 900)
    follow(world, items)
    world.run(1)
    items.put(2, 5)
    world.run(10)
    assert set(world.articles("feed")) == {"i1", "i2"}


@pytest.mark.postgresql
def test_dedup_on_postgresql_follows_as_well(
    postgresql_url: str, open_store: Callable[..., Any], sqlite_items: Items
) -> None:
    world = World(open_store(postgresql_url))
    sqlite_items.put_all({number: number for number in range(20)})
    follow(world, sqlite_items)
    assert world.run(30).accepted == 20
    sqlite_items.edit(19, 31, body(19, "Edited."))
    assert world.run(30).updated == 1
    world.restart()
    assert world.run(30).taken == 0
    assert world.rows("SELECT source, active, ok, taken FROM v_sources") == [("feed", True, True, 21)]
    world.close()


def test_whatever_statement_of_dedups_own_fails_nothing_is_lost_or_taken_twice(
    world: World, sqlite_items: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "PAGE_ROWS", 4)
    follow(world, sqlite_items)
    failed = number = 0
    while True:
        sqlite_items.put_all({10 * number + n: 10 * number + n for n in range(6)})
        left = iter(range(number))

        def fail(_connection: Any, _cursor: Any, statement: str, *_: Any, left: Any = left) -> None:
            collecting = (
                "sources" in statement or "source_rows" in statement or statement.startswith("INSERT INTO inbox")
            )
            if collecting and not statement.startswith("UPDATE runs") and next(left, None) is None:
                raise DatabaseAway("injected")

        sa.event.listen(world.store.engine, "before_cursor_execute", fail)
        try:
            world.run()
            break
        except DatabaseAway:
            failed += 1
        finally:
            sa.event.remove(world.store.engine, "before_cursor_execute", fail)
        if number % 3 == 0:
            world.restart()
        world.run()
        number += 1
    assert failed > 8
    assert len(world.articles("feed")) == 6 * (number + 1)
    assert {version for _, version in world.articles("feed").values()} == {1}
    assert world.rows("SELECT sum(taken), sum(unchanged) FROM v_runs") == [(6 * (number + 1), 0)]
    assert world.rows("SELECT taken FROM v_sources") == [(6 * (number + 1),)]


class Counting(dict[bytes, SeenRow]):
    """Counts the rows that are looked at one by one."""

    looked_at = 0

    def items(self) -> ItemsView[bytes, SeenRow]:
        self.looked_at += len(self)
        return super().items()


def test_rows_of_one_moment_are_looked_through_now_and_then_however_many_there_are() -> None:
    """Each batch looked through all that were taken lately: of a million that were changed at once, a minute long."""
    seen = Counting()
    kept = Kept(SourceState("wire", "sql", "", active=True), seen)
    for batch in range(300):
        numbers = range(100 * batch, 100 * batch + 100)
        rows = tuple(SeenRow(b"%d" % number, b"", number) for number in numbers)
        kept = kept.after(Batch((), 100, rows, forget_before=0))
    assert len(seen) == 30_000
    assert seen.looked_at < 3 * len(seen)
    kept = kept.after(
        Batch((), 0, tuple(SeenRow(b"x%d" % number, b"", number) for number in range(20_000)), forget_before=29_990)
    )
    assert sorted(row.position for row in seen.values()) == [*range(29_990, 30_000)]
