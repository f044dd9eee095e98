"""A database of dedup's, its sources, and passes over both."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dedup.config import Config
from dedup.config.sources import read_source
from dedup.pipeline import Pipeline
from dedup.store import Store
from dedup.tally import PassReport

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


WORDS = [
    "harbour", "ferry", "rescue", "council", "budget", "river", "bridge", "storm", "winter", "market", "school",
    "teacher", "hospital", "doctor", "railway", "strike", "minister", "election", "village", "farmer", "harvest",
    "museum", "painting", "concert", "stadium", "player", "trophy", "court", "judge", "lawyer", "police",
    "island", "lighthouse", "engine", "factory", "worker", "wages", "forest", "fire", "drought", "water",
    "pipeline", "energy",
]  # fmt: skip


def body(number: int, more: str = "") -> str:
    """A text of its own, long enough to be an article."""
    words = random.Random(number).sample(WORDS, 20)
    return f"Report {number} is about the {', the '.join(words)}. {more}".strip()


class World:
    """A daemon without its schedule: each `run` is a pass; `restart` forgets all that is in memory."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.config = Config()
        self.now = NOON
        self.seconds = 0.0
        self._lock = store.writer_lock()
        self._lock.acquire()
        self.restart()

    def configure(self, **sources: dict[str, Any]) -> None:
        made = {
            name: read_source(name, {key: (f"test: [sources.{name}] {key}", value) for key, value in given.items()})
            for name, given in sources.items()
        }
        self.config = Config(sources=made)
        self.pipeline.reconfigure(self.config)

    def restart(self) -> None:
        self.pipeline = Pipeline(self.store, self.config, self._lock, clock=lambda: self.now, collect=True)

    def take_over(self) -> None:
        """As the daemon does after a pass that failed since the lock may be lost."""
        self._lock.take_over(None)
        self.pipeline.drop()

    def run(self, minutes: float = 10) -> PassReport:
        """A pass, some minutes after the one before."""
        self.now += timedelta(minutes=minutes)
        self.pipeline._collector._monotonic = lambda: self.seconds  # type: ignore[union-attr]
        self.seconds += minutes * 60
        return self.pipeline.run_pass()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.store.reading() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def articles(self, source: str) -> dict[str, tuple[str, int]]:
        """Text and version of each article of a source, by uri."""
        query = "SELECT uri, body_text, version FROM v_articles WHERE source = :source"
        with self.store.reading() as connection:
            found = connection.execute(sa.text(query), {"source": source}).all()
        return {uri: (text, version) for uri, text, version in found}

    def close(self) -> None:
        self._lock.release()


@pytest.fixture
def world(sqlite_url: str, open_store: Callable[..., Store]) -> Iterator[World]:
    with closing(World(open_store(sqlite_url))) as made:
        yield made


@pytest.fixture(
    params=[
        "number",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.%fZ",
        "%Y-%m-%d %H:%M",
        pytest.param("time", marks=pytest.mark.postgresql),
        pytest.param("local", marks=pytest.mark.postgresql),
    ]
)
def items(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    from .items import Items  # it imports from here

    if request.param not in ("time", "local"):
        yield Items(f"sqlite:///{tmp_path / 'items.db'}", request.param)
        return
    server = request.getfixturevalue("postgresql_server")
    with server.database() as name:
        made = Items(server.url(name), request.param)
        yield made
        made.engine.dispose()


@pytest.fixture
def sqlite_items(tmp_path: Path) -> Any:
    from .items import Items  # as above

    return Items(f"sqlite:///{tmp_path / 'items.db'}", "number")
