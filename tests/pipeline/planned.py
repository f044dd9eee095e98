"""Other settings, planned and applied to the articles that are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dedup import planning
from dedup.cluster.overlap import Place
from dedup.config import Config
from dedup.intake.article import Article
from dedup.planning import Plan
from dedup.store import Store
from dedup.store.plans import applications

from .conftest import NOW, rows
from .news import FLOOD, FLOOD_OTHER_WORDS, STRIKE, article

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


def with_stories(**values: Any) -> Config:
    return replace(Config(), stories=replace(Config().stories, **values))


def with_duplicates(**values: Any) -> Config:
    return replace(Config(), duplicates=replace(Config().duplicates, **values))


APART = with_duplicates(threshold=0.97, containment=0.99)
ALL_APART = replace(APART, stories=replace(APART.stories, enabled=False))


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
    return dict(rows(store, "SELECT article_id, story_id FROM v_story_articles"))


def stream_of_events() -> list[Article]:
    """Copies, and reports of one event that are two stories at first."""
    cut = FLOOD.rpartition("The railway")[0]
    return [
        article("a", FLOOD, title="Flood in Verlingen", source="a"),
        article("b", cut, title="Flood in Verlingen", source="b", hours=1),
        article("c", FLOOD_OTHER_WORDS, title="Verlingen under water", source="c", hours=2),
        article("d", STRIKE, title="Bakers on strike", source="d", hours=3),
        article("e", STRIKE + " It is the first walkout in nine years.", title="Strike", source="e", hours=4),
    ]


def partition(store: Store) -> dict[str, tuple[int, int]]:
    """Group and story of each article, each called by its first article."""
    found = rows(store, "SELECT article_id, duplicate_group_id, story_id FROM v_story_articles ORDER BY article_id")
    return named({article: Place(group, story) for article, group, story in found})


def named(places: dict[int, Place]) -> dict[int, tuple[int, int]]:
    groups: dict[int, int] = {}
    stories: dict[int, int] = {}
    return {
        article: (groups.setdefault(place.group, article), stories.setdefault(place.story, article))
        for article, place in sorted(places.items())
    }
