"""The shapes that break clusterings, small: no story holds two events, and the series is told. `bench/shapes.py` has
them at full size."""

from __future__ import annotations

import importlib.util
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dedup.intake.article import WITHDRAWN, Article
from dedup.intake.dates import parse_date
from dedup.store import Store
from dedup.store.answers.series import largest
from dedup.store.invariants.check import check

from .conftest import picture, put, rows, run

SHAPES = Path(__file__).resolve().parents[2] / "bench" / "shapes.py"


@pytest.fixture(scope="module")
def shapes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_shapes", SHAPES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def made(record: dict[str, Any]) -> Article:
    given = {name: record[name] for name in ("uri", "source", "title", "language", "publisher")}
    return Article(body=record["body_text"], published_at=parse_date(record["published_at"]), **given)


def events(store: Store, records: list[dict[str, Any]]) -> list[set[str]]:
    """The events that each story holds."""
    event_of = {record["uri"]: record["story"] for record in records}
    found = defaultdict(set)
    for uri, story_id in rows(store, "SELECT uri, story_id FROM v_story_articles"):
        found[story_id].add(event_of[uri])
    return list(found.values())


@pytest.mark.parametrize(
    ("name", "size", "texts", "stories"),
    [
        ("release", 250, 1, 1),
        ("reports", 80, 80, 80),
        ("briefings", 20, 20, 20),
        ("live", 60, 1, 1),
        ("boilerplate", 120, 120, 120),
    ],
)
def test_no_story_holds_two_events(
    sqlite_url: str, open_store: Any, shapes: ModuleType, name: str, size: int, texts: int, stories: int
) -> None:
    store = open_store(sqlite_url)
    records = list(shapes.SHAPES[name].make(size, shapes.SEED))
    put(store, [made(record) for record in records])
    run(store)
    held = events(store, records)
    assert all(len(told) == 1 for told in held)
    assert len(held) == stories
    assert rows(store, "SELECT COUNT(DISTINCT duplicate_group_id), COUNT(*) FROM v_duplicates") == [(texts, size)]
    with store.reading() as connection:
        assert check(connection) == []
        assert [found.issue_count for found in largest(connection, None)] == (
            [size] if shapes.SHAPES[name].series else []
        )


def test_a_single_name_in_common_is_chance(sqlite_url: str, open_store: Any, shapes: ModuleType) -> None:
    store = open_store(sqlite_url)
    records = list(shapes.boilerplate(60, seed=1))
    put(store, [made(record) for record in records])
    run(store)
    assert rows(store, "SELECT COUNT(*) FROM v_stories") == [(60,)]
    (told,) = rows(store, "SELECT article_id, matched_article_id, shared_terms FROM v_why WHERE verdict = 'one_term'")
    assert told[:2] == (55, 15)
    assert told[2].startswith("kiluvi, "), "the name that both made up"


def test_states_of_a_live_page_under_one_address_are_versions(store: Store, shapes: ModuleType) -> None:
    records = list(shapes.SHAPES["versions"].make(12, shapes.SEED))
    put(store, [made(record) for record in records])
    run(store)
    assert rows(store, "SELECT uri, version FROM v_articles") == [("live", 12)]
    assert rows(store, "SELECT article_count, text_count FROM v_stories") == [(1, 1)]


def test_a_series_is_told_and_follows_its_issues(store: Store, shapes: ModuleType) -> None:
    issues = [made(record) for record in shapes.reports(7)]
    put(store, issues)
    run(store, batch_size=2)
    (series,) = rows(store, "SELECT series_id, publisher, issue_count, story_count, title, known_by FROM v_series")
    assert series == (1, "Ledger & Tide", 7, 7, issues[-1].title, "heading")
    kept_apart = rows(store, "SELECT article_id FROM v_why WHERE verdict = 'series' ORDER BY article_id, tier")
    assert {article_id for (article_id,) in kept_apart} == {2, 3, 4, 5, 6, 7}
    put(store, [Article(issues[1].uri, "", source=issues[1].source, content_type=WITHDRAWN)])
    put(store, [replace(issues[2], title="A word about us", body="The paper moves to other rooms. " * 12)])
    run(store)
    assert rows(store, "SELECT article_id FROM v_series_issues ORDER BY article_id") == [(1,), (4,), (5,), (6,), (7,)]
    assert rows(store, "SELECT series_id, issue_count FROM v_series") == [(1, 5)]
    put(store, [replace(issues[6], title="Another word about us")])
    run(store)
    assert rows(store, "SELECT * FROM v_series_issues") == [], "the headline alone has changed, and four days are few"
    assert store.check(full=True) == []


def test_headlines_that_are_alike_now_and_then_are_no_series(store: Store, shapes: ModuleType) -> None:
    pages = [made(record) for record in shapes.boilerplate(12, seed=3)]

    def headed(titles: list[str], days: list[int], first: int = 0) -> list[Article]:
        return [
            replace(page, title=title, published_at=shapes.START + timedelta(days=day))
            for page, title, day in zip(pages[first:], titles, days, strict=False)
        ]

    put(store, headed(["Letters to the editor"] * 2, [0, 1]))
    put(store, headed(["Letters to the editor", "Ferry aground off Oban"], [1, 1], 2))
    put(store, headed([f"Harbour council: word {page.title}" for page in pages], [1, 2, 3, 4], 4))
    run(store)
    assert rows(store, "SELECT * FROM v_series") == []
    put(store, headed(["Letters to the editor", "Harbour council: all is well"], [2, 5], 8))
    run(store)
    told = rows(store, "SELECT title, issue_count, known_by FROM v_series ORDER BY series_id")
    assert told == [("Letters to the editor", 4, "headline"), ("Harbour council: all is well", 5, "heading")]


def test_series_are_the_same_in_any_batches(
    sqlite_url: str, open_store: Any, tmp_path: Path, shapes: ModuleType
) -> None:
    issues = [made(record) for record in shapes.reports(9)]
    told = []
    for size in (1, 4, 256):
        store = open_store(f"sqlite:///{tmp_path / f'{size}.db'}", create=True)
        store.upgrade()
        put(store, issues)
        run(store, batch_size=size)
        told.append((picture(store), rows(store, "SELECT * FROM v_series_issues ORDER BY article_id")))
    assert told[0] == told[1] == told[2]
