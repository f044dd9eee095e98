"""SQL queries on servers: whatever their databases are set to, in any encoding, and when they go away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from dedup.sources import sql

from ..proxy import Proxy
from .conftest import World, body
from .items import QUERY, Items, follow


@pytest.mark.postgresql
def test_signs_in_a_query_that_mean_something_to_drivers_are_left_alone(world: World, postgresql_server: Any) -> None:
    with postgresql_server.database() as name:
        items = Items(postgresql_server.url(name), "time")
        items.put(1, 1)
        follow(
            world,
            items,
            query=QUERY.replace("id,", "'a:b%' || id::text AS id,").replace("--", "WHERE text LIKE 'R%' --"),
        )
        world.run()
        assert list(world.articles("feed")) == ["a:b%i1"]
        items.engine.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize("kind", ["time", "local", "number"])
@pytest.mark.parametrize(
    "settings",
    [
        {"client_encoding": "LATIN1"},
        {"client_encoding": "SQL_ASCII"},
        {"DateStyle": "German"},
        {"standard_conforming_strings": "off", "extra_float_digits": "-15", "bytea_output": "escape"},
    ],
)
def test_a_server_may_be_set_to_anything(
    world: World, postgresql_server: Any, settings: dict[str, str], kind: str
) -> None:
    with postgresql_server.database() as name:
        items = Items(postgresql_server.url(name), kind)
        items.put_all({number: number for number in range(20)}, f"{body(3)} 智利北部地震 naïve")
        for key, value in settings.items():
            postgresql_server.execute(f"ALTER DATABASE {name} SET {key} = '{value}'")
        items.engine.dispose()
        # An overlap of nothing, so that the second look asks the server with what it was told in the first.
        follow(world, items, overlap=0)
        first = world.run(30)
        assert (first.accepted, first.sources["feed"]["error"]) == (20, None)
        assert "智利北部地震 naïve" in world.articles("feed")["i3"][0]
        items.put(30, 31)
        items.engine.dispose()
        second = world.run(40)
        assert (second.accepted, second.taken, second.sources["feed"]["error"]) == (1, 1, None)


@pytest.mark.postgresql
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding_is_read_and_bytes_that_are_no_text_keep_nothing_back(
    world: World, postgresql_server: Any, encoding: str
) -> None:
    with postgresql_server.database(encoding=encoding) as name:
        texts = {"old": b" caf\xe9", "new": b" caf\xc3\xa9"}
        with postgresql_server.admin(name) as connection:
            connection.execute("CREATE TABLE items (id varchar(20), headline name, text TEXT, changed BIGINT)")
            connection.execute(f"SET client_encoding = '{encoding}'".encode())
            for number, (uri, end) in enumerate(texts.items()):
                values = f"('{uri}', 'Title', '{body(number)}".encode() + end + f"', {number})".encode()
                connection.execute(b"INSERT INTO items VALUES " + values)
        query = "SELECT id, headline AS title, text AS body, changed AS changed_at FROM items"
        world.configure(feed={"kind": "sql", "url": postgresql_server.url(name), "query": query})
        done = world.run()
        assert (done.accepted, done.sources["feed"]["error"]) == (2, None)
        ends = {uri: text.split()[-1] for uri, (text, _) in world.articles("feed").items()}
        told = {"old": "caf\ufffd", "new": "café"} if encoding == "SQL_ASCII" else {"old": "café", "new": "cafÃ©"}
        assert ends == told
        assert world.run().taken == 0
        with postgresql_server.admin(name) as connection:
            connection.execute("DELETE FROM items WHERE id = 'old'")
        query += " WHERE text LIKE '%café' OR text LIKE '%cafÃ©'"
        world.configure(other={"kind": "sql", "url": postgresql_server.url(name), "query": query})
        assert (world.run().sources["other"]["error"], list(world.articles("other"))) == (None, ["new"])


@pytest.mark.postgresql
def test_a_server_that_goes_away_between_two_pages_and_comes_back(
    world: World, postgresql_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "PAGE_ROWS", 10)
    with postgresql_server.database() as name:
        items = Items(postgresql_server.url(name), "time")
        items.put_all({number: number for number in range(35)})
        follow(world, items)
        items.engine.dispose()
        page, calls = sql.SqlSource._page, iter(range(100))

        def cut(*arguments: Any) -> Any:
            if next(calls) == 2:
                postgresql_server.execute(
                    f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                )
            return page(*arguments)

        monkeypatch.setattr(sql.SqlSource, "_page", cut)
        first = world.run()
        assert (first.accepted, first.sources["feed"]["taken"]) == (19, 19)
        assert "terminat" in first.sources["feed"]["error"]
        again = world.run()
        assert (again.accepted, again.unchanged, again.sources["feed"]["error"]) == (16, 0, None)
        assert world.run().taken == 0


@pytest.mark.postgresql
def test_a_server_that_falls_silent_between_two_pages_holds_nobody_up(
    world: World, postgresql_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "PAGE_ROWS", 10)
    with postgresql_server.database() as name, Proxy(postgresql_server.port) as proxy:
        items = Items(postgresql_server.url(name), "time")
        items.put_all({number: number for number in range(35)})
        url = make_url(items.url).set(port=proxy.port).render_as_string(hide_password=False)
        follow(world, items, url=url, timeout_seconds=2)
        page, calls = sql.SqlSource._page, iter(range(100))

        def freeze(*arguments: Any) -> Any:
            if next(calls) == 2:
                proxy.freeze()
            return page(*arguments)

        monkeypatch.setattr(sql.SqlSource, "_page", freeze)
        first = world.run()
        assert (first.accepted, first.sources["feed"]["taken"]) == (19, 19)
        assert "the server has not answered for" in first.sources["feed"]["error"]
        proxy.thaw()
        again = world.run()
        assert (again.accepted, again.unchanged, again.sources["feed"]["error"]) == (16, 0, None)
        items.engine.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize("number", ["'NaN'::numeric", "'Infinity'::numeric", "'-Infinity'::float8", "'NaN'::float8"])
def test_a_number_that_is_none_keeps_nothing_back(world: World, postgresql_server: Any, number: str) -> None:
    with postgresql_server.database() as name:
        items = Items(postgresql_server.url(name), "time")
        items.put_all({1: 1, 2: 2})
        wrong = f"CASE WHEN id = 'i1' THEN {number} END"
        follow(world, items, query=QUERY.replace("headline AS title", f"{wrong} AS published_at, {wrong} AS rank"))
        assert world.run().sources["feed"]["error"] is None
        assert set(world.articles("feed")) == {"i1", "i2"}
        follow(world, items, query=QUERY.replace("changed AS", f"COALESCE({wrong}, 0) AS"))
        told = world.run(60).sources["feed"]["error"]
        assert re.fullmatch(
            r"rows whose changed_at .* passed over: i1 \(.*(?:nan|inf).*\), .* in the query", told, re.I
        )
        follow(world, items, query=QUERY.replace("changed AS", f"{number} AS"))
        assert "it must be a time, also as" in world.run(60).sources["feed"]["error"]
        items.engine.dispose()


BEYOND = ["infinity", "-infinity", "12026-03-07 00:00:00", "0044-03-15 00:00:00 BC"]


@pytest.mark.postgresql
@pytest.mark.parametrize("kind", ["time", "local"])
@pytest.mark.parametrize("moment", BEYOND)
def test_rows_whose_cursor_no_calendar_has_are_told_and_all_others_read(
    world: World, postgresql_server: Any, monkeypatch: pytest.MonkeyPatch, kind: str, moment: str
) -> None:
    """They are before or behind all others, so that a page of them alone may come first or last."""
    monkeypatch.setattr(sql, "PAGE_ROWS", 2)
    with postgresql_server.database() as name:
        items = Items(postgresql_server.url(name), kind)
        items.put_all({number: number for number in range(1, 8)})
        items.do(f"UPDATE items SET changed = '{moment}' WHERE id IN ('i2', 'i4', 'i5', 'i6')")
        follow(world, items)
        first = world.run(10).sources["feed"]["error"]
        assert set(world.articles("feed")) == {"i1", "i3", "i7"}
        assert first.startswith("rows whose changed_at is in no order with the others are passed over: i2 ('")
        assert moment.split(" ", maxsplit=1)[0] in first
        assert first.endswith("convert them in the query")
        items.put(8, 12)
        assert world.run(10).sources["feed"]["error"] == first
        assert set(world.articles("feed")) == {"i1", "i3", "i7", "i8"}
        items.do("DELETE FROM items WHERE id IN ('i4', 'i5', 'i6')")
        items.edit(2, 22, body(2))
        assert world.run(10).sources["feed"]["error"] is None
        assert "i2" in world.articles("feed")
        items.engine.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "moment",
    [
        # As the zero of Go and of .NET, which lies before the first year in zones to the west.
        "'0001-01-01T00:00:00Z'::timestamptz",
        "'infinity'::timestamptz",
        "'-infinity'::timestamp",
        "'0044-03-15 BC'::timestamp",
        "'12026-03-07'::date",
    ],
)
def test_a_time_that_no_calendar_has_keeps_nothing_back(world: World, postgresql_server: Any, moment: str) -> None:
    with postgresql_server.database() as name:
        items = Items(postgresql_server.url(name), "time")
        items.put_all({1: 1, 2: 2})
        wrong = f"CASE WHEN id = 'i1' THEN {moment} ELSE '2026-03-07T12:00:00+00' END"
        follow(world, items, query=QUERY.replace("headline AS title", f"{wrong} AS published_at, headline AS title"))
        assert world.run().sources["feed"]["error"] is None
        dated = "SELECT uri, substr(published_at, 1, 10) FROM v_articles ORDER BY uri"
        assert world.rows(dated) == [("i1", None), ("i2", "2026-03-07")]
        items.engine.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "value",
    [
        "CAST('[' || repeat('9', 5000) || ']' AS json)",
        "CAST('{\"n\": ' || repeat('9', 5000) || '}' AS jsonb)",
        "CAST(repeat('9', 5000) AS jsonb)",
        "CAST(repeat('[', 3000) || repeat(']', 3000) AS json)",
        "CAST(repeat('9', 5000) AS numeric)",
        "'24:00'::time",
        "'24:00+00'::timetz",
        "'178000000 years'::interval",
        "ARRAY['4713-01-01 BC'::date]",
        "daterange('4713-01-01 BC', '2026-03-07')",
    ],
)
def test_a_value_of_a_column_that_python_has_not_keeps_nothing_back(
    world: World, postgresql_server: Any, value: str
) -> None:
    with postgresql_server.database() as name:
        items = Items(postgresql_server.url(name), "time")
        items.put_all({1: 1, 2: 2})
        wrong = f"CASE WHEN id = 'i1' THEN {value} END"
        follow(world, items, query=QUERY.replace("headline AS title", f"{wrong} AS rank, headline AS title"))
        assert world.run().sources["feed"]["error"] is None
        assert set(world.articles("feed")) == {"i1", "i2"}
        items.engine.dispose()
