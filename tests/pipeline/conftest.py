"""Passes over the shipped examples, and a picture of everything they decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from dedup.config import Config
from dedup.config.sections import DatabaseSettings
from dedup.intake.article import Article
from dedup.intake.files import read
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.store.passes import inbox
from dedup.tally import PassReport

from ..lasting import LastingWorkers
from .faults import deliveries
from .model import MODEL


@pytest.fixture(autouse=True, scope="session")
def plain_tracebacks() -> Iterator[None]:
    """Faults are injected by the hundred and logged with their stacks; drawing these takes longer than the rest."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def page_processes(lasting_workers: LastingWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are read by processes that outlive a test."""
    lasting_workers.give(monkeypatch)


@pytest.fixture
def own_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of stories is `blocks.MODEL`, whatever is shipped."""
    monkeypatch.setattr("dedup.cluster.model.published", lambda: MODEL)


EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "articles"
NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
DECIDED = {
    "articles": (
        "SELECT article_id, source, uri, version, language, published_at, word_count, origin, left_out FROM v_articles"
    ),
    "groups": "SELECT duplicate_group_id, story_id, article_id, is_original, jaccard, containment FROM v_duplicates",
    "stories": "SELECT story_id, article_id, is_representative, score FROM v_story_articles",
    "closed": "SELECT story_id FROM v_stories WHERE status = 'closed'",
    "why": (
        "SELECT article_id, version, matched_article_id, tier, verdict, score, jaccard, containment, shared_terms "
        "FROM v_why"
    ),
    # Who stands is told of what is written together: within a batch nobody has seen it.
    "history": (
        "SELECT history_id, story_id, event, article_id, other_story_id, reason FROM v_story_history "
        "WHERE event <> 'represented'"
    ),
    "redirects": "SELECT old_story_id, story_id FROM v_story_redirects",
    "rejections": "SELECT source, uri, reason FROM v_rejections",
    "ordinals": "SELECT article_id, ordinal FROM articles",
}
Pass = Callable[..., PassReport]


def picture(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that was decided, without the wall clock."""
    with store.reading() as connection:
        return {
            name: sorted((tuple(map(_plain, row)) for row in connection.execute(sa.text(query))), key=repr)
            for name, query in DECIDED.items()
        }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return bool(value) if isinstance(value, bool) else value


def rows(store: Store, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a query gives."""
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query), values)]


def stories(store: Store) -> dict[str, int]:
    """The story of each article, by its uri."""
    return {uri: story for uri, story in rows(store, "SELECT uri, story_id FROM v_story_articles")}


def places(store: Store) -> dict[str, tuple[int, int]]:
    """The duplicate group and the story of each article, by its uri."""
    found = rows(store, "SELECT uri, duplicate_group_id, story_id FROM v_story_articles")
    return {uri: (group, story) for uri, group, story in found}


def put(store: Store, articles: Sequence[Article]) -> None:
    """Puts articles into the inbox."""
    with store.writing() as connection:
        assert inbox.put(connection, articles) == []


@pytest.fixture(scope="session")
def examples() -> list[Article]:
    """The shipped example articles, in the order of arrival."""
    items = list(read([EXAMPLES], source="ingest", max_bytes=10_000_000))
    articles = [item for item in items if isinstance(item, Article)]
    assert len(articles) == len(items) > 60
    return articles


def run(store: Store, config: Config | None = None, *, batch_size: int = 256) -> PassReport:
    """One pass by a program that has just been started."""
    config = config or Config()
    config = replace(config, service=replace(config.service, batch_size=batch_size))
    with store.writer_lock() as lock:
        return Pipeline(store, config, lock, clock=lambda: NOW).run_pass()


TABLES = (
    "representations", "rules", "inbox", "rejections", "runs", "matches", "texts", "shingles", "story_history",
    "story_redirects", "articles", "duplicate_groups", "stories", "passages",
)  # fmt: skip


def empty(store: Store) -> None:
    """Leaves a database as it was made."""
    with store.writing() as connection:
        for table in TABLES:
            connection.execute(sa.text(f"DELETE FROM {table}"))
        counters = ("article_id", "ordinal", "group_id", "story_id", "history_id")
        connection.execute(sa.text(f"UPDATE state SET {', '.join(f'next_{name} = 1' for name in counters)}"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """What one pass without a fault makes of `faults.deliveries`."""
    path = tmp_path_factory.mktemp("undisturbed") / "dedup.db"
    store = Store.open(DatabaseSettings(url=f"sqlite:///{path}"), create=True)
    store.upgrade()
    put(store, deliveries())
    run(store)
    result = picture(store)
    store.close()
    return result


@pytest.fixture
def second_fresh(sqlite_url: str, tmp_path: Any, open_store: Any) -> Iterator[Store]:
    """Another empty database."""
    made = open_store(f"sqlite:///{tmp_path / 'fresh.db'}", create=True)
    made.upgrade()
    yield made
