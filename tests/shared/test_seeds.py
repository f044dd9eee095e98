"""The two real pages: one story, not duplicates, whichever comes first and whatever else is there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import inbox

pytestmark = pytest.mark.shared

AGGREGATOR, CLEAN = "000_d464079f8fa76583.txt", "003_9df91d68b484789e.txt"
NOISE = (
    "logo",
    "Orange background",
    "AI Features",
    "Daily8",
    "No comments",
    "Related Articles",
    "app-store",
    "Air India",
)


def seed(shared: Path, name: str) -> Article:
    (item,) = read([shared / "seeds" / name], source="ingest", max_bytes=10_000_000)
    assert isinstance(item, Article)
    return item


def related(shared: Path) -> list[Article]:
    """The three other stories on the aggregator's page, as articles of their own."""
    page = seed(shared, AGGREGATOR).body
    blocks = [line for line in page.split("\n") if len(line) > 600]
    texts = [
        b for b in blocks if any(mark in b for mark in ("Ahmedabad on Thursday", "[SINGAPORE]", "HONG KONG: Investors"))
    ]
    assert len(texts) == 3
    return [Article(f"related-{number}", text, source="other") for number, text in enumerate(texts)]


def others(shared: Path, count: int | None) -> list[Article]:
    items = list(read([shared / "bench" / "data" / "roundups-dev.jsonl.gz"], source="ingest", max_bytes=10_000_000))
    return [item for item in items if isinstance(item, Article)][:count]


def decide(store: Store, articles: list[Article]) -> dict[str, tuple[int, int]]:
    with store.writing() as connection:
        inbox.put(connection, articles)
    with store.writer_lock() as lock:
        Pipeline(store, Config(), lock, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)).run_pass()
    with store.reading() as connection:
        rows = connection.execute(sa.text("SELECT uri, story_id, duplicate_group_id FROM v_story_articles"))
        return {uri: (story, group) for uri, story, group in rows}


def assert_holds(store: Store, found: dict[str, tuple[int, int]]) -> None:
    story, group = found[AGGREGATOR]
    other_story, other_group = found[CLEAN]
    assert story == other_story
    assert group != other_group
    rest = [found[uri][0] for uri in found if uri.startswith("related-")]
    assert story not in rest and len(set(rest)) == len(rest)
    with store.reading() as connection:
        query = sa.text(
            "SELECT s.headline, s.article_count, a.body_text FROM v_stories s "
            "JOIN v_articles a ON a.article_id = s.representative_article_id WHERE s.story_id = :story"
        )
        headline, count, body = connection.execute(query, {"story": story}).one()
    assert count == 2
    assert headline.startswith("China, Pakistan say ties are ironclad")
    assert not [noise for noise in NOISE if noise in headline or noise in body]


@pytest.mark.parametrize("order", [(AGGREGATOR, CLEAN), (CLEAN, AGGREGATOR)])
def test_alone(store: Store, shared: Path, order: tuple[str, str]) -> None:
    assert_holds(store, decide(store, [seed(shared, name) for name in order]))


@pytest.mark.parametrize("order", [(AGGREGATOR, CLEAN), (CLEAN, AGGREGATOR)])
@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_with_the_related_stories(store: Store, shared: Path, order: tuple[str, str], place: str) -> None:
    first, second = (seed(shared, name) for name in order)
    rest = related(shared)
    articles = {
        "before": [*rest, first, second],
        "between": [first, *rest, second],
        "after": [first, second, *rest],
    }[place]
    assert_holds(store, decide(store, articles))


@pytest.mark.parametrize("order", [(AGGREGATOR, CLEAN), (CLEAN, AGGREGATOR)])
@pytest.mark.parametrize("apart", [False, True])
def test_among_all_of_the_roundups(store: Store, shared: Path, order: tuple[str, str], apart: bool) -> None:
    first, second = (seed(shared, name) for name in order)
    rest, crowd = related(shared), others(shared, None)
    if apart:
        articles = [first, *crowd[:500], rest[0], *crowd[500:], second, *rest[1:]]
    else:
        articles = [*crowd, first, second, *rest]
    assert_holds(store, decide(store, articles))
