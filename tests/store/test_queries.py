"""Stories newest first, out of an index: the same as sorting all of them, and no whole table is read for it."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.store import Store
from dedup.store.answers import exports, overview, queries, search
from dedup.store.answers.search import Wanted
from dedup.store.passes import parts, rules, uris
from dedup.store.tables import articles, duplicate_groups, schemes, state, stories, story_history

from .query_plans import plan
from .sample import AT, fill

OpenStore = Callable[..., Store]
HOUR = timedelta(hours=1)
# Language, publisher and words of a title.
CHOICES = (
    (None, None, None), ("EN", None, None), ("fr", None, None), (None, "Web", None), (None, None, "ein titel"),
    ("de", "a b", "titel"), (None, "nobody", "titel"),
)  # fmt: skip


def scatter(store: Store, number: int, seed: int = 1) -> None:
    """Stories of some texts with some copies: of the same few moments, without dates, withdrawn, in two languages."""
    chance = random.Random(seed)
    made: dict[sa.Table, list[dict[str, object]]] = {stories: [], duplicate_groups: [], articles: []}
    article_id = group_id = 0
    for story_id in range(1, number + 1):
        made[stories].append({"story_id": story_id, "representative_article_id": article_id + 1})
        withdrawn, undated = chance.random() < 0.1, chance.random() < 0.2
        for _ in range(1 if withdrawn else chance.choice((1, 1, 2, 3))):
            group_id += 1
            ids = {"original_article_id": article_id + 1, "standing_article_id": article_id + 1}
            made[duplicate_groups].append({"duplicate_group_id": group_id, "story_id": story_id, "score": 1.0} | ids)
            for _ in range(1 if withdrawn else chance.choice((1, 1, 1, 3))):
                article_id += 1
                published = None if undated or chance.random() < 0.1 else AT - chance.randrange(9) * HOUR
                made[articles].append({
                    "article_id": article_id, "ordinal": article_id, "source": chance.choice(("wire", "web", "a b")),
                    "uri": f"urn:{article_id}", "title": chance.choice(("A title", "Ein TITEL")),
                    "language": chance.choice(("en", "de")),
                    "published_at": published, "first_seen": AT - chance.randrange(9) * HOUR, "last_seen": AT,
                    "version": 1, "word_count": 2, "duplicate_group_id": group_id, "jaccard": 1.0,
                    "containment": 1.0, "scheme_id": 1, "digest": b"", "signature": b"", "terms": b"",
                    "withdrawn_at": AT if withdrawn else None,
                })  # fmt: skip
    with store.writing() as connection:
        connection.execute(sa.insert(schemes).values(scheme_id=1, name="scheme"))
        for table, rows in made.items():
            connection.execute(sa.insert(table), rows)


@pytest.fixture
def scattered(store: Store) -> Store:
    scatter(store, 60)
    return store


@pytest.mark.parametrize("looked_at", [(1_000, 8_000), (3, 10, 1_000), (7, 20), (1,), ()])
@pytest.mark.parametrize("biggest", [False, True])
def test_the_newest_or_biggest_are_the_first_of_all(
    scattered: Store, monkeypatch: pytest.MonkeyPatch, looked_at: tuple[int, ...], biggest: bool
) -> None:
    name = "_BIGGEST" if biggest else "_NEWEST"
    moments = (None, AT, AT - 3 * HOUR, AT - timedelta(days=9), AT + HOUR)
    with scattered.reading() as connection:
        for since, least, (language, publisher, words) in product(moments, (1, 2, 4), CHOICES):
            wanted = Wanted(since, least, language, publisher, words, biggest=biggest)
            monkeypatch.setattr(search, name, ())
            everything = search.story_ids(connection, wanted)
            monkeypatch.setattr(search, name, looked_at)
            for limit in (None, 1, 2, 7, 100):
                assert search.story_ids(connection, wanted, limit) == everything[:limit]


def test_few_stories_are_looked_at_for_the_first(scattered: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    pages = search.pages

    def noted(ids: Sequence[int]) -> Iterator[Sequence[int]]:
        asked.extend(ids)
        return pages(ids)

    for name in ("_NEWEST", "_BIGGEST"):
        monkeypatch.setattr(search, name, (30,))
    monkeypatch.setattr(search, "pages", noted)
    with scattered.reading() as connection:
        newest = Wanted(), Wanted(publisher="wire"), Wanted(search="title"), Wanted(language="en")
        for wanted in (*newest, Wanted(biggest=True), Wanted(biggest=True, language="en")):
            asked.clear()
            assert len(search.story_ids(connection, wanted, 3)) == 3
            assert 3 <= len(asked) <= 60, "once to find them, once to look into their titles"


def test_a_search_tells_how_far_it_is(scattered: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """To look through the titles of a large archive takes minutes, where few match."""
    told: list[tuple[float, float | None]] = []
    monkeypatch.setattr(search, "pages", lambda ids: (ids[at : at + 20] for at in range(0, len(ids), 20)))
    with scattered.reading() as connection:
        stories = overview.totals(connection)["stories"]
        wanted = Wanted(search="nowhere")
        assert search.story_ids(connection, wanted, None, lambda done, total: told.append((done, total))) == []
    assert told == [(20, stories), (40, stories), (stories, stories)]


@pytest.mark.parametrize("limit", [None, 5])
def test_a_publisher_is_found_in_any_case_of_any_script(store: Store, limit: int | None) -> None:
    fill(store)
    with store.writing() as connection:
        for article_id, name in ((1, "Коммерсантъ"), (2, "ÄRZTE Zeitung"), (3, None)):
            connection.execute(sa.update(articles).where(articles.c.article_id == article_id).values(publisher=name))
    with store.reading() as connection:
        for article_id, name in ((1, "КОММЕРСАНТЪ"), (2, "Ärzte ZEITUNG"), (3, "Wire")):
            story_id = queries.some_articles(connection, [article_id])[article_id].story_id
            assert story_id in search.story_ids(connection, Wanted(publisher=name), limit)
        assert search.story_ids(connection, Wanted(publisher="Ärzte"), limit) == []


def test_stories_are_counted_by_their_articles(scattered: Store) -> None:
    with scattered.reading() as connection:
        for least in range(2, 11):
            assert search.story_count(connection, least) == len(search.story_ids(connection, Wanted(None, least)))
        assert overview.totals(connection)["stories"] == len(search.story_ids(connection, Wanted()))


def test_an_article_is_found_by_uri_url_or_number(store: Store) -> None:
    fill(store)
    with store.writing() as connection:
        connection.execute(sa.update(articles).where(articles.c.article_id == 5).values(uri="4", source="web"))
        connection.execute(sa.update(articles).where(articles.c.article_id == 3).values(url="https://a.example/3"))
    with store.reading() as connection:

        def found(name: str, source: str | None = None) -> list[int]:
            return [article.article_id for article in queries.named(connection, name, source)]

        assert (found("urn:2"), found("urn:2", "wire"), found("urn:2", "web")) == ([2], [2], [])
        assert (found("4"), found("4", "wire"), found("2")) == ([5], [4], [2])
        assert (found("https://a.example/3"), found("https://b.example/3")) == ([3], [])


def test_an_address_is_found_as_the_uri_that_it_would_be(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    with store.writing() as connection:
        named = sa.update(articles).where(articles.c.article_id == 3)
        connection.execute(named.values(uri="https://a.example/3", url="https://www.a.example/3?utm_source=rss"))
    with store.reading() as connection:
        asked: list[str] = []
        placed = queries._placed

        def noted(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[queries.Placed]:
            asked.append(str(condition))
            return placed(connection, condition)

        monkeypatch.setattr(queries, "_placed", noted)
        for name in ("https://a.example/3", "http://www.a.example/3?utm_source=rss", "https://a.example/3/amp"):
            assert [article.article_id for article in queries.named(connection, name, None)] == [3]
        assert not [condition for condition in asked if "url" in condition]
        assert queries.named(connection, "https://a.example/3#another", None) == []


def test_what_is_listed_first_reads_no_whole_table(store: Store) -> None:
    fill(store)

    def text(query: sa.Select[Any]) -> str:
        return str(query.compile(store.engine, compile_kwargs={"literal_binds": True}))

    for query, index in (
        (text(search._recent(None).limit(9)), "ix_articles_newest"),
        (text(overview._lately()), "pk_story_history" if store.engine.dialect.name == "postgresql" else "PRIMARY KEY"),
        ("SELECT count(*) FROM articles WHERE withdrawn_at IS NOT NULL", "ix_articles_withdrawn_at"),
        (str(uris._OF_ANY_SOURCE).replace(":uri", "'urn:1'"), "articles"),
    ):
        lines = plan(store, query)
        assert any(index in line for line in lines), "\n".join(lines)
        whole = re.compile("TEMP B-TREE|Seq Scan on (?!state)|SCAN articles$|SCAN story_history")
        assert not [line for line in lines if whole.search(line)]


def test_who_stands_for_a_story_is_found_by_its_number(store: Store) -> None:
    """For each rule about a story PostgreSQL read all articles and all stories."""
    fill(store)
    query = str(rules._STANDS.compile(store.engine)).replace("%(story)s", "1").replace("?", "1")
    lines = "\n".join(plan(store, query))
    by_number = {"sqlite": "SEARCH stories USING INTEGER PRIMARY KEY", "postgresql": "Index Cond: (story_id = COALESCE"}
    assert by_number[store.engine.dialect.name] in lines, lines
    assert not re.search("Seq Scan|Hash|SCAN (?:stories|articles)", lines), lines


def test_what_was_taken_from_a_page_is_found_under_its_address(sqlite_url: str, open_store: OpenStore) -> None:
    """For each article that was withdrawn all uris of its source were looked at."""
    store = open_store(sqlite_url)
    query = parts._there("wire", "urn:1#", "sqlite").compile(store.engine, compile_kwargs={"literal_binds": True})
    assert any("(source=? AND uri>? AND uri<?)" in line for line in plan(store, str(query)))


def test_what_looks_wrong_is_looked_for_where_something_happened(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A story that all texts repeat a headline in, and that nothing happened to since many other events."""
    scatter(store, 1, seed=3)
    with store.writing() as connection:
        row = dict(connection.execute(sa.select(articles).limit(1)).mappings().one())
        group = dict(connection.execute(sa.select(duplicate_groups).limit(1)).mappings().one())
        for number in range(1_000, 1_012):
            of_group = {"duplicate_group_id": number, "original_article_id": number, "standing_article_id": number}
            connection.execute(sa.insert(duplicate_groups).values(group | of_group))
            values = {"article_id": number, "ordinal": number, "uri": f"urn:{number}", "duplicate_group_id": number}
            connection.execute(sa.insert(articles).values(row | values))
        event = {"history_id": 5, "story_id": 1, "at": AT, "event": "joined", "reason": ""}
        connection.execute(sa.insert(story_history).values(event))
        connection.execute(sa.update(state).values(next_history_id=15))
    with store.reading() as connection:
        monkeypatch.setattr(overview, "RECENT_EVENTS", 10)
        assert overview.suspect_count(connection) == 1
        monkeypatch.setattr(overview, "RECENT_EVENTS", 9)
        assert overview.suspect_count(connection) == 0


def test_stories_of_more_articles_than_a_statement_takes_are_exported(
    sqlite_url: str, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of stories may have tens of thousands, more than either database takes as values."""
    store = open_store(sqlite_url)
    scatter(store, 300)
    monkeypatch.setattr(exports, "PAGE", 300)
    with store.reading() as connection:
        driver: Any = connection.connection.driver_connection
        driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 520)
        (page,) = exports.stories(connection, range(1, 301), text=True, evidence=True)
        members = [one for story in page for one in story["articles"]]
        assert len(members) == connection.scalar(sa.text("SELECT COUNT(*) FROM v_articles")) > 520
