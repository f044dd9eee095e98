"""What a micro-batch decided, collected in memory, then written in one transaction: all of it or nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.inbox import Rejected, reject
from dedup.store.tables import (
    articles,
    duplicate_groups,
    inbox,
    matches,
    shingles,
    state,
    stories,
    story_history,
    story_redirects,
    texts,
)

COUNTERS = ("next_article_id", "next_ordinal", "next_group_id", "next_story_id", "next_history_id")


@dataclass(slots=True)
class Counters:
    """The next free number of each kind. Given out in the order of decisions, so a lost batch leaves no gap."""

    next_article_id: int
    next_ordinal: int
    next_group_id: int
    next_story_id: int
    next_history_id: int

    def take(self, name: str) -> int:
        """The next number of kind `name`, for example ``"story_id"``."""
        key = f"next_{name}"
        number: int = getattr(self, key)
        setattr(self, key, number + 1)
        return number


@dataclass(slots=True)
class Changes:
    """Rows to write, by what must happen to them. Rows are dicts with the names of the table's columns.

    The same row may be made and changed again within a batch; here it is one dict, written once.
    """

    at: datetime
    counters: Counters
    taken: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    new_articles: dict[int, dict[str, Any]] = field(default_factory=dict)
    updated_articles: dict[int, dict[str, Any]] = field(default_factory=dict)
    bodies: dict[int, str] = field(default_factory=dict)
    new_groups: dict[int, dict[str, Any]] = field(default_factory=dict)
    updated_groups: dict[int, dict[str, Any]] = field(default_factory=dict)
    deleted_groups: list[int] = field(default_factory=list)
    new_stories: dict[int, dict[str, Any]] = field(default_factory=dict)
    updated_stories: dict[int, dict[str, Any]] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    # (story, the new story that left it, articles that went)
    divided: list[tuple[int, int, int]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    # Rows of evidence by article and version.
    noted: Counter[tuple[int, int]] = field(default_factory=Counter)
    active_since: datetime | None = None
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0

    def log(
        self, story_id: int, event: str, reason: str, article_id: int | None = None, other: int | None = None
    ) -> None:
        """Adds a row to the history of a story."""
        self.history.append(
            {
                "history_id": self.counters.take("history_id"),
                "story_id": story_id,
                "at": self.at,
                "event": event,
                "article_id": article_id,
                "other_story_id": other,
                "reason": reason,
            }
        )

    def resolve(self, story_id: int) -> int:
        """The story that `story_id` was merged into in this batch, or itself."""
        while story_id in self.merged:
            story_id = self.merged[story_id]
        return story_id


def read_counters(connection: Connection) -> Counters:
    """The counters as the last committed batch left them."""
    row = connection.execute(sa.select(*(state.c[name] for name in COUNTERS))).one()
    return Counters(*row)


def write(connection: Connection, changes: Changes) -> None:
    """Writes everything, in an order that no foreign key minds."""
    _insert(connection, stories, changes.new_stories.values())
    _insert(connection, duplicate_groups, changes.new_groups.values())
    _update(connection, stories, "story_id", changes.updated_stories)
    _update(connection, duplicate_groups, "duplicate_group_id", changes.updated_groups)
    _insert(connection, articles, changes.new_articles.values())
    _update(connection, articles, "article_id", changes.updated_articles)
    _write_bodies(connection, changes)
    _insert(connection, matches, changes.evidence)
    _merge_stories(connection, changes.merged)
    if changes.deleted_groups:
        _delete(connection, duplicate_groups.c.duplicate_group_id, changes.deleted_groups)
    _insert(connection, story_history, changes.history)
    reject(connection, changes.rejected, changes.at)
    _delete(connection, inbox.c.id, changes.taken)
    values: dict[str, Any] = {name: getattr(changes.counters, name) for name in COUNTERS}
    if changes.active_since is not None:
        values["active_since"] = changes.active_since
    connection.execute(sa.update(state).values(values))


def _insert(connection: Connection, table: sa.Table, rows: Any) -> None:
    rows = list(rows)
    if rows:
        connection.execute(sa.insert(table), rows)


def _update(connection: Connection, table: sa.Table, key: str, rows: dict[int, dict[str, Any]]) -> None:
    for identity, values in rows.items():
        connection.execute(sa.update(table).where(table.c[key] == identity).values(values))


def _write_bodies(connection: Connection, changes: Changes) -> None:
    new = [{"article_id": i, "body_text": body} for i, body in changes.bodies.items() if i in changes.new_articles]
    _insert(connection, texts, new)
    for article_id, body in changes.bodies.items():
        if article_id not in changes.new_articles:
            # The former text may be there, or have been forgotten and only its shingles be there.
            for table in (texts, shingles):
                connection.execute(sa.delete(table).where(table.c.article_id == article_id))
            connection.execute(sa.insert(texts).values(article_id=article_id, body_text=body))


def _merge_stories(connection: Connection, merged: dict[int, int]) -> None:
    for young, old in merged.items():
        groups = duplicate_groups.c.story_id
        connection.execute(sa.update(duplicate_groups).where(groups == young).values(story_id=old))
        connection.execute(sa.update(story_redirects).where(story_redirects.c.story_id == young).values(story_id=old))
        connection.execute(sa.insert(story_redirects).values(old_story_id=young, story_id=old))
        connection.execute(sa.delete(stories).where(stories.c.story_id == young))


def _delete(connection: Connection, column: sa.Column[int], numbers: list[int]) -> None:
    for start in range(0, len(numbers), 500):
        connection.execute(sa.delete(column.table).where(column.in_(numbers[start : start + 500])))
