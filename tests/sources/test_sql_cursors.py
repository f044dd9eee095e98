"""Rows of a query whose cursor is in no order with the others: they are told, and keep nothing else back."""

from __future__ import annotations

import re

import pytest

from dedup.sources import sql

from .conftest import World
from .items import QUERY, Items, follow


def test_times_that_are_written_in_two_ways_are_said(world: World, sqlite_items: Items) -> None:
    items = sqlite_items
    items.kind = "%Y-%m-%d %H:%M:%S"
    query = QUERY.replace("changed AS", "CAST(changed AS TEXT) AS")
    items.put(1, 1)
    follow(world, items, query=query)
    assert world.run(1).taken == 1
    items.kind = "%Y-%m-%dT%H:%M:%S"
    items.put(2, 2)
    assert "2026-03-09 12:01:00 and 2026-03-09T12:02:00, whose order is not" in world.run(2).sources["feed"]["error"]
    items.do("UPDATE items SET changed = datetime(changed)")
    world.run(3)
    assert set(world.articles("feed")) == {"i1", "i2"}


@pytest.mark.parametrize(
    ("value", "shown", "advice"),
    [
        (1773054360, "1773054360", "CASE typeof(changed_at)"),
        (1773054360.5, "1773054360.5", "CASE typeof(changed_at)"),
        ("1773054360", "'1773054360'", "convert them in the query"),
        ("", "''", "convert them in the query"),
        ("09/03/2026", "'09/03/2026'", "convert them in the query"),
        (None, "NULL", "COALESCE(changed_at, ...)"),
    ],
)
def test_rows_whose_cursor_is_no_time_among_written_ones_are_told_and_all_others_read(
    world: World, sqlite_items: Items, value: object, shown: str, advice: str
) -> None:
    """SQLite keeps a value of any type in a column; numbers come before all texts there, NULL nowhere."""
    items = sqlite_items
    items.kind = "%Y-%m-%d %H:%M:%S"
    items.do("DROP TABLE items")
    items.do("CREATE TABLE items (id TEXT PRIMARY KEY, link TEXT, headline TEXT, text TEXT, changed)")
    items.put(1, 1)
    follow(world, items)
    assert world.run(1).sources["feed"]["error"] is None
    items.put(2, 6)
    items.do("UPDATE items SET changed = :value WHERE id = 'i2'", value=value)
    items.put(3, 7)
    error = world.run(10).sources["feed"]["error"]
    assert f"i2 ({shown})" in error
    assert "passed over" in error
    assert advice in error
    assert set(world.articles("feed")) == {"i1", "i3"}
    assert "i2" in world.rows("SELECT reasons FROM v_health")[0][0]
    items.do("UPDATE items SET changed = '2026-03-09 12:06:00' WHERE id = 'i2'")
    assert world.run(10).sources["feed"]["error"] is None
    assert set(world.articles("feed")) == {"i1", "i2", "i3"}
    assert world.rows("SELECT reasons FROM v_health")[0][0] == ""


@pytest.mark.parametrize("kind", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])
@pytest.mark.parametrize("none", ["0000-00-00 00:00:00", "0000-00-00"])
def test_rows_with_the_date_that_is_none_are_told_and_all_others_read(
    world: World, sqlite_items: Items, monkeypatch: pytest.MonkeyPatch, kind: str, none: str
) -> None:
    """MySQL keeps it where a date is wanted and none given, and so do copies of its tables."""
    monkeypatch.setattr(sql, "PAGE_ROWS", 2)
    items = sqlite_items
    items.kind = kind
    items.do("DROP TABLE items")
    items.do("CREATE TABLE items (id TEXT PRIMARY KEY, link TEXT, headline TEXT, text TEXT, changed TEXT)")
    items.put_all({number: number for number in range(1, 8)})
    items.do("UPDATE items SET changed = :none WHERE id IN ('i2', 'i4', 'i5', 'i6')", none=none)
    follow(world, items)
    for _ in range(2):
        error = world.run(10).sources["feed"]["error"]
        assert f"i2 ('{none}'), i4 ('{none}'), i5 ('{none}') and others, all others are read" in error
        assert error.endswith("convert them in the query")
        assert set(world.articles("feed")) == {"i1", "i3", "i7"}


def test_texts_behind_numbers_are_said_with_what_makes_them_one_form(world: World, sqlite_items: Items) -> None:
    items = sqlite_items
    items.put(1, 1)
    items.put(2, 2)
    items.do("UPDATE items SET changed = '2026-03-09 12:02:00' WHERE id = 'i2'")
    follow(world, items)
    error = world.run(10).sources["feed"]["error"]
    assert "1773057660 and 2026-03-09 12:02:00, whose order is not that of time" in error
    way = error.partition("for example with ")[2]
    follow(world, items, query=QUERY.replace("changed AS", f"{way.replace('changed_at', 'changed')} AS"))
    world.run(10)
    assert set(world.articles("feed")) == {"i1", "i2"}


def test_rows_whose_number_became_null_are_told(world: World, items: Items) -> None:
    items.put(1, 1)
    follow(world, items)
    world.run(1)
    items.put_all({2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7})
    items.do("UPDATE items SET changed = NULL WHERE id <> 'i1' AND id <> 'i7'")
    error = world.run(10).sources["feed"]["error"]
    assert re.search(r": i\d \(NULL\), i\d \(NULL\), i\d \(NULL\) and others, all others are read", error)
    assert "COALESCE(changed_at, ...)" in error
    assert set(world.articles("feed")) == {"i1", "i7"}


def test_a_time_with_another_sign_that_is_before_the_place_of_its_day_is_told(
    world: World, sqlite_items: Items
) -> None:
    """A blank is before a T, so an hour behind one is before all hours behind the other on the same day."""
    items = sqlite_items
    items.kind = "%Y-%m-%dT%H:%M:%S"
    items.do("DROP TABLE items")
    items.do("CREATE TABLE items (id TEXT PRIMARY KEY, link TEXT, headline TEXT, text TEXT, changed)")
    items.put_all({1: 60, 2: 120})
    follow(world, items)
    assert world.run(130).sources["feed"]["error"] is None
    items.put(3, 125)
    items.do("UPDATE items SET changed = '2026-03-09 14:05:00' WHERE id = 'i3'")
    for minutes, number in ((10, 4), (60 * 12, 5)):
        items.put(number, 130 + minutes)
        error = world.run(minutes).sources["feed"]["error"]
        assert "i3 ('2026-03-09 14:05:00'), all others are read" in error
        assert "for example with datetime(changed_at)" in error
    assert set(world.articles("feed")) == {"i1", "i2", "i4", "i5"}
