"""The operator's rules: rows that anybody may insert, and what the writer made of each.

A rule is `new` until a pass has looked at it; then `waiting` for an article that is not there yet, `obeyed`, or
`refused` with the reason. An end that names a story is about the article that stands for it when the rule is obeyed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.cluster.constraints import Rule
from dedup.printable import printable
from dedup.store.database.bulk import pages
from dedup.store.database.lenient import as_it_is
from dedup.store.passes.uris import called
from dedup.store.tables import ID, articles, duplicate_groups, rules, stories, story_redirects

NEW, WAITING, OBEYED, REFUSED = "new", "waiting", "obeyed", "refused"
Fingerprint = tuple[int, int, int]
"""See `fingerprint`."""

_ENDS = ("a", "b")
_TEXTS = ("a_source", "a_uri", "b_source", "b_uri", "note", "reason")


@dataclass(frozen=True, slots=True)
class End:
    """One of the two that a rule is about: an article by its uri and perhaps its source, or a story.

    `article_id` is the article meant, None while it is not known.
    """

    uri: str | None
    source: str | None = None
    story_id: int | None = None
    article_id: int | None = None

    def __str__(self) -> str:
        if self.uri is None:
            return f"story {self.story_id}"
        return self.uri if self.source is None else f"{self.uri} ({self.source})"


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A row of `rules`. `ordinal` is the first place in the order of decisions that was decided under it."""

    rule_id: int
    kind: str
    state: str
    reason: str | None
    a: End
    b: End
    note: str | None
    created_at: datetime | None
    decided_at: datetime | None
    ordinal: int | None

    @property
    def constraint(self) -> Rule | None:
        """The rule between two articles; None while one of them is not known."""
        if self.a.article_id is None or self.b.article_id is None:
            return None
        return Rule(self.rule_id, self.kind, self.a.article_id, self.b.article_id)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a rule in a pass; `a` and `b` are the articles meant, as far as they are known."""

    rule_id: int
    state: str
    reason: str
    a: int | None
    b: int | None


def read(connection: Connection, rule_ids: Collection[int] | None = None) -> list[StoredRule]:
    """All rules in the order of their numbers; of `rule_ids` alone where these are given."""
    columns: dict[str, sa.ColumnElement[Any]] = {column.name: column for column in rules.c}
    columns |= {name: as_it_is(rules.c[name], connection.dialect.name) for name in _TEXTS}
    query = sa.select(*(column.label(name) for name, column in columns.items())).order_by(rules.c.rule_id)
    if rule_ids is not None:
        query = query.where(rules.c.rule_id.in_(rule_ids))
    return [_stored(dict(row)) for row in connection.execute(query).mappings()]


def _stored(row: dict[str, Any]) -> StoredRule:
    row |= {name: printable(row[name]) for name in _TEXTS if row[name] is not None}
    a, b = (End(row[f"{e}_uri"], row[f"{e}_source"], row[f"{e}_story_id"], row[f"{e}_article_id"]) for e in _ENDS)
    return StoredRule(
        row["rule_id"], row["kind"], row["state"], row["reason"], a, b, row["note"],
        row["created_at"], row["decided_at"], row["ordinal"],
    )  # fmt: skip


def fingerprint(connection: Connection) -> Fingerprint:
    """Changes when a rule comes or goes: how many there are, the highest number, how many are new."""
    new = sa.func.count(sa.case((rules.c.state == NEW, 1)))
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(rules.c.rule_id), 0), new).select_from(rules)
    count, highest, fresh = connection.execute(query).one()
    return int(count), int(highest), int(fresh)


def in_force() -> sa.CompoundSelect[tuple[int | None]]:
    """A query for the articles that rules which are obeyed are about."""
    ends = (rules.c.a_article_id, rules.c.b_article_id)
    return sa.union_all(*(sa.select(end).where(rules.c.state == OBEYED) for end in ends))


def insert(connection: Connection, kind: str, a: End, b: End, note: str | None) -> int:
    """Adds a rule, as anybody may, and returns its number."""
    values: dict[str, Any] = {"kind": kind, "note": note}
    for name, end in zip(_ENDS, (a, b), strict=True):
        values |= {f"{name}_source": end.source, f"{name}_uri": end.uri, f"{name}_story_id": end.story_id}
    rule_id: int = connection.execute(sa.insert(rules).values(values).returning(rules.c.rule_id)).scalar_one()
    return rule_id


def remove(connection: Connection, rule_ids: Sequence[int]) -> list[int]:
    """Takes rules away; returns the numbers of those that were there."""
    gone = sa.delete(rules).where(rules.c.rule_id.in_(rule_ids)).returning(rules.c.rule_id)
    return sorted(connection.scalars(gone))


def settle(connection: Connection, settled: Settled, ordinal: int, at: datetime) -> None:
    """Notes what became of a rule. `ordinal` is the next place in the order of decisions, kept where it is obeyed."""
    values = {
        "state": settled.state,
        "reason": settled.reason,
        "a_article_id": settled.a,
        "b_article_id": settled.b,
        "ordinal": ordinal if settled.state == OBEYED else None,
        "decided_at": at,
    }
    connection.execute(sa.update(rules).where(rules.c.rule_id == settled.rule_id).values(values))


def articles_of(connection: Connection, end: End) -> list[int]:
    """The articles that an end may mean, by their numbers: none where it is not there, two where it is not one.

    A withdrawn article is not there, nor is a story of which it was the only one. Who was meant by a story when the
    rule's other article came stays it.
    """
    held = articles.c.withdrawn_at.is_(None)
    if end.uri is not None:
        there = called(connection, end.uri, end.source)
        query = sa.select(articles.c.article_id).where(articles.c.article_id.in_(there), held)
        return list(connection.scalars(query.order_by(articles.c.article_id).limit(2)))
    if end.article_id is not None:
        meant = sa.select(articles.c.article_id).where(articles.c.article_id == end.article_id, held)
        if found := list(connection.scalars(meant)):
            return found
    stands = stands_for(connection, end)
    return [] if stands is None else [stands]


def stands_for(connection: Connection, end: End) -> int | None:
    """The article that stands for the story that an end names; None where there is none, or all was withdrawn."""
    return connection.scalar(_STANDS, {"story": end.story_id})


_STORY: sa.BindParameter[int | None] = sa.bindparam("story", type_=ID)
# One number to look for: either this story or the one that it was merged into, and PostgreSQL would read all of both.
_NOW = sa.func.coalesce(
    sa.select(story_redirects.c.story_id).where(story_redirects.c.old_story_id == _STORY).scalar_subquery(), _STORY
)
_STANDS = (
    sa.select(articles.c.article_id)
    .join(stories, stories.c.representative_article_id == articles.c.article_id)
    .where(stories.c.story_id == _NOW, articles.c.withdrawn_at.is_(None))
)


def stories_of(connection: Connection, article_ids: Iterable[int]) -> dict[int, int]:
    """The story of each article that is not withdrawn."""
    found: dict[int, int] = {}
    for page in pages(sorted(article_ids)):
        query = (
            sa.select(articles.c.article_id, duplicate_groups.c.story_id)
            .join(duplicate_groups, duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id)
            .where(articles.c.article_id.in_(page), articles.c.withdrawn_at.is_(None))
        )
        found |= {article_id: story_id for article_id, story_id in connection.execute(query)}
    return found
