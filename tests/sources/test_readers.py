"""Ready-made profiles on databases with the readers' own schemas, grown as the readers' programs make them grow."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from dedup.config.sources import FreshRssSettings, MinifluxSettings
from dedup.sources.profiles import sql_settings

from .. import mariadb
from .conftest import NOON, World, body
from .readers import FreshRss, FreshRssOnMySql, Miniflux, Reader, TinyTinyRss, address, freshrss_on_sqlite

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
KINDS = {"miniflux": Miniflux, "freshrss": FreshRss, "ttrss": TinyTinyRss}


@pytest.fixture(scope="session")
def mysql_url() -> Iterator[str]:
    """A MySQL or MariaDB database in which tables are made and dropped: the one that TEST_MYSQL_URL names,
    mysql+pymysql://USER@HOST/NAME, or one on a server of our own, if there is one."""
    if named := os.environ.get("TEST_MYSQL_URL"):
        yield named
        return
    with ExitStack() as running:
        try:
            url = running.enter_context(mariadb.serve())
        except mariadb.Unavailable as reason:
            pytest.skip(str(reason))
        yield url


@pytest.fixture(
    params=[
        "freshrss on sqlite",
        "freshrss on mysql",
        *(pytest.param(kind, marks=pytest.mark.postgresql) for kind in KINDS),
    ]
)
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reader]:
    if request.param == "freshrss on sqlite":
        made = freshrss_on_sqlite(tmp_path)
        yield made
        made.close()
        return
    if request.param == "freshrss on mysql":
        on_mysql = FreshRssOnMySql(request.getfixturevalue("mysql_url"))
        yield on_mysql
        on_mysql.close()
        return
    with request.getfixturevalue("postgresql_server").database() as name:
        on_server = KINDS[request.param](request.getfixturevalue("postgresql_server").url(name))
        yield on_server
        on_server.close()


def markup(text: str) -> str:
    return f"<p>{text}</p>"


def test_a_reader_is_read_re_read_and_followed_without_loss_or_doubles(world: World, reader: Reader) -> None:
    texts = {number: body(number) for number in range(250)}

    def fetch(*numbers: int, minutes: float = 0) -> None:
        at = world.now + timedelta(minutes=minutes)
        with reader.transaction():
            reader.fetch([(number, markup(texts[number])) for number in numbers], at)

    fetch(*range(250))
    world.configure(reader=reader.settings())
    first = world.run(1)
    assert (first.accepted, first.rejected) == (250, 0)
    assert world.run(1).taken == 0
    versions = dict.fromkeys(texts, 1)
    for hour in range(3):  # the feed is fetched hourly: half of it stays, some is edited, some is new
        world.now += timedelta(hours=1)
        new = range(250 + 10 * hour, 260 + 10 * hour)
        texts |= {number: body(number) for number in new}
        for number in (200 + hour, 210):
            texts[number] = body(number, f"Edited in hour {hour}.")
            versions[number] += 1
        versions |= dict.fromkeys(new, 1)
        fetch(*range(125, 250), *new)
        reader.read(130, world.now)
        done = world.run(1)
        assert (done.accepted, done.updated) == (10, 2)
    texts[999] = body(999)
    versions[999] = 1
    fetch(999, minutes=-20)  # committed late: fetched before others that were seen
    assert world.run(1).accepted == 1
    world.restart()
    assert world.run(1).taken == 0
    found = world.articles("reader")
    assert {uri: text for uri, (text, _) in found.items()} == {reader.entry_id(n): text for n, text in texts.items()}
    assert {uri: version for uri, (_, version) in found.items()} == {
        reader.entry_id(number): version for number, version in versions.items()
    }
    said = world.rows(
        f"SELECT url, publisher, authors, published_at FROM v_articles WHERE uri = '{reader.entry_id(0)}'"
    )
    assert said == [(address(0), "example.org", "Jane Doe", NOON.strftime("%Y-%m-%dT%H:%M:%SZ"))]


@pytest.mark.postgresql
def test_what_a_user_of_miniflux_deleted_is_no_article(world: World, postgresql_server) -> None:
    with postgresql_server.database() as name:
        miniflux = Miniflux(postgresql_server.url(name))
        miniflux.fetch([(1, markup(body(1))), (2, markup(body(2)))], NOON)
        miniflux.remove(1, NOON)
        world.configure(reader=miniflux.settings())
        assert (world.run().accepted, world.run().rejected) == (1, 0)
        world.configure(reader=miniflux.settings() | {"user": ""})
        assert world.run().accepted == 1  # bob's copy of the second
        miniflux.close()


def test_the_query_of_the_readme_leaves_one_unread_entry_a_story(world: World, reader: Reader) -> None:
    other = "Astronomers in Chile photographed a comet that passes the sun every eighty years and shines green tonight."
    same = {1: body(1), 2: other, 3: body(1, "With one more sentence."), 4: body(1)}
    reader.fetch([(number, markup(text)) for number, text in same.items()], NOON)
    world.configure(reader=reader.settings())
    world.run()
    (query,) = re.findall(r"```sql\n(SELECT a\.uri AS entry_id.*?)```", README, re.DOTALL)
    marked = {row[0] for row in world.rows(query.replace("'ingest'", "'reader'").replace("LIMIT 3", ""))}
    kept = {reader.entry_id(number) for number in same} - marked
    stories = dict(world.rows("SELECT uri, story_id FROM v_story_articles"))
    assert len(kept) == len(set(stories.values())) == 2
    assert {stories[uri] for uri in kept} == set(stories.values())
    (command,) = re.findall(r'sqlite3 dedup\.db "(SELECT json_object.*?)" \|', README, re.DOTALL)
    ((told,),) = world.rows(command.replace(":", r"\:").replace("'now'", "'2026-03-09'"))
    assert json.loads(told) == {"status": "read", "entry_ids": sorted(map(int, marked))}


def test_the_query_for_freshrss_on_mysql_is_written_for_it() -> None:
    # What can be checked where no MySQL runs.
    settings = FreshRssSettings(name="r", url="mysql://reader@host/freshrss", prefix="freshrss_alice_")
    query = sql_settings(settings).query
    assert "UNCOMPRESS(e.content_bin)" in query
    assert "`freshrss_alice_entry`" in query
    wrapped = sa.select(sa.text(query).columns(sa.column("uri"), sa.column("changed_at")).subquery("q"))
    text = str(wrapped.order_by(sa.text("q.changed_at")).limit(5).offset(2).compile(dialect=mysql.dialect()))
    assert text.startswith("SELECT q.uri, q.changed_at")
    assert text.rstrip().endswith("LIMIT %s, %s")


def test_a_user_with_a_quotation_mark_stays_a_name() -> None:
    settings = MinifluxSettings(name="r", url="postgresql://host/miniflux", user="o'hara")
    assert "'o''hara' IN ('', u.username)" in sql_settings(settings).query
