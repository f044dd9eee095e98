"""Other settings, planned and applied to the articles that are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from dedup import planning
from dedup.config import Config
from dedup.planning import Plan
from dedup.store import Store, applications

from .conftest import NOW

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


def with_stories(**values: Any) -> Config:
    return replace(Config(), stories=replace(Config().stories, **values))


def with_duplicates(**values: Any) -> Config:
    return replace(Config(), duplicates=replace(Config().duplicates, **values))


APART = with_duplicates(threshold=0.97, containment=0.99)


def plan(store: Store, config: Config, since: datetime | None = LONG_AGO) -> Plan:
    with planning.planned(store, config, since, NOW) as made:
        return made


def apply(store: Store, config: Config, since: datetime | None = LONG_AGO, name: str | None = None) -> Plan:
    with store.writing() as connection:
        applications.ask(connection, config.digest(), since, name, NOW)
    return take_up(store, config)


def take_up(store: Store, config: Config) -> Plan:
    with store.reading() as connection:
        asked = applications.waiting(connection)
    assert asked is not None
    with store.writer_lock() as lock:
        return planning.apply(store, config, lock, asked, lambda: NOW)


def placed(store: Store) -> dict[int, int]:
    with store.reading() as connection:
        return dict(connection.execute(sa.text("SELECT article_id, story_id FROM v_story_articles")).all())
