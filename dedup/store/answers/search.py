"""Reading for people: which stories are wanted, the newest or the biggest first, out of the views."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.answers.queries import v_articles, v_stories, v_story_articles
from dedup.store.database.bulk import pages
from dedup.store.selectable import TIME
from dedup.store.tables import articles, duplicate_groups
from dedup.text.words.tokens import fold


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stories to list. `language` is a code as stories have it; `publisher` is that of one article, in any case;
    `search` are words that the title of one must hold, `text` words that the body of one must hold, in any case."""

    since: datetime | None = None
    min_articles: int = 1
    language: str | None = None
    publisher: str | None = None
    search: str | None = None
    text: str | None = None
    biggest: bool = False


Advance = Callable[[float, float | None], None]
"""Told how much is done, and of how much."""

story_moment = sa.func.coalesce(v_stories.c.last_published, v_stories.c.last_seen, type_=TIME)
article_moment = sa.func.coalesce(articles.c.published_at, articles.c.first_seen, type_=TIME)
# Articles among which the newest stories are looked for, and stories among which the biggest are, which have many
# articles each; more where these are too few.
_NEWEST = (1_000, 8_000, 64_000)
_BIGGEST = (100, 1_000, 8_000)


def story_ids(
    connection: Connection, wanted: Wanted, limit: int | None = None, advance: Advance | None = None
) -> list[int]:
    """The stories that are `wanted`, in order: newest (or biggest) first; the first `limit` of them.

    Where titles or texts are looked through, `advance` is told in how many of how many stories so far. For the first
    few, and for those since a moment, only the newest articles, or the biggest stories, are looked at, where these are
    enough.
    """
    if limit is not None or (wanted.since is not None and not wanted.biggest):
        ids = _foremost(connection, wanted, limit, advance)
        if ids is not None:
            return ids
    story = v_stories.c
    conditions = _conditions(connection, wanted)
    query = sa.select(story.story_id).where(*conditions).order_by(*(one.desc() for one in _order(wanted)))
    return list(islice(_searched(connection, wanted, list(connection.scalars(query)), advance), limit))


def story_count(connection: Connection, least: int) -> int:
    """How many stories have `least` articles or more, 2 at least; out of indexes alone."""
    return connection.scalar(sa.select(sa.func.count()).select_from(_sizes(least).subquery())) or 0


def _sizes(least: int) -> sa.Select[Any]:
    """How many articles each story has, of those with `least` or more, out of indexes alone.

    A withdrawn article counts; it is alone in a story that no view shows.
    """
    size = sa.func.count()
    inside = articles.c.duplicate_group_id == duplicate_groups.c.duplicate_group_id
    query = sa.select(size.label("rank"), duplicate_groups.c.story_id).join_from(duplicate_groups, articles, inside)
    return query.group_by(duplicate_groups.c.story_id).having(size >= least)


def _order(wanted: Wanted) -> list[sa.ColumnElement[Any]]:
    """By what the stories are ordered, the highest first."""
    story = v_stories.c
    if wanted.biggest:
        return [story.article_count, story_moment, story.story_id]
    return [story_moment, story.article_count, story.story_id]


def _conditions(
    connection: Connection, wanted: Wanted, among: Sequence[int] | None = None
) -> list[sa.ColumnElement[bool]]:
    """What a row of ``v_stories`` must be like; where it is one of few, `among` are these."""
    story = v_stories.c
    conditions: list[sa.ColumnElement[bool]] = [story.article_count >= wanted.min_articles]
    if wanted.since is not None:
        conditions.append(story_moment >= wanted.since)
    if wanted.language is not None:
        conditions.append(story.language == wanted.language)
    if wanted.publisher is not None:
        name = sa.func.coalesce(v_story_articles.c.publisher, v_story_articles.c.source)
        inside = [] if among is None else [v_story_articles.c.story_id.in_(among)]
        # Compared here, as in `_holding`.
        names = connection.scalars(sa.select(name).where(*inside).distinct())
        meant = [one for one in names if fold(one) == fold(wanted.publisher)]
        conditions.append(story.story_id.in_(sa.select(v_story_articles.c.story_id).where(name.in_(meant), *inside)))
    return conditions


def _foremost(connection: Connection, wanted: Wanted, limit: int | None, advance: Advance | None) -> list[int] | None:
    """What `story_ids` gives, found among the newest articles or biggest stories; None where these are not enough."""
    ranked = _sizes(wanted.min_articles).order_by(sa.desc("rank")) if wanted.biggest else _recent(wanted.since)
    for looked_at in _BIGGEST if wanted.biggest else _NEWEST:
        rows = connection.execute(ranked.limit(looked_at)).all()
        # Stories of as low a rank as the last of these may be among those that were not looked at.
        complete_from = rows[-1].rank if len(rows) == looked_at else None
        found: list[tuple[Any, ...]] = []
        for part in pages(list({row.story_id for row in rows})):
            conditions = [v_stories.c.story_id.in_(part), *_conditions(connection, wanted, part)]
            query = sa.select(*_order(wanted)).where(*conditions)
            found += map(tuple, connection.execute(query))
        known = [row for row in found if complete_from is None or row[0] > complete_from]
        foremost = [story_id for _, _, story_id in sorted(known, reverse=True)]
        ids = list(islice(_searched(connection, wanted, foremost, advance), limit))
        if complete_from is None or (limit is not None and len(ids) >= limit):
            return ids
    return None


def _recent(since: datetime | None) -> sa.Select[Any]:
    """The newest articles, and their stories; ordered as an index has them."""
    query = sa.select(article_moment.label("rank"), duplicate_groups.c.story_id).join_from(
        articles, duplicate_groups, duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id
    )
    if since is not None:
        query = query.where(article_moment >= since)
    return query.order_by(article_moment.desc())


def _searched(connection: Connection, wanted: Wanted, ids: Sequence[int], advance: Advance | None) -> Iterator[int]:
    """The stories, of `ids`, that hold the words that are `wanted`, in their order, a page at a time."""
    asked = ((wanted.search, v_story_articles.c.title), (wanted.text, v_articles.c.body_text))
    looked_at = 0
    for part in pages(ids) if wanted.search or wanted.text else [ids]:
        holding = [_holding(connection, words, written, part) for words, written in asked if words]
        yield from (story_id for story_id in part if all(story_id in held for held in holding))
        looked_at += len(part)
        if advance:
            advance(looked_at, len(ids))


def _holding(connection: Connection, search: str, written: sa.ColumnElement[Any], ids: Sequence[int]) -> set[int]:
    """The stories, of `ids`, with an article that has every word of `search` in what is `written`: its title or body.

    Compared here, since SQLite knows upper and lower case of ASCII alone.
    """
    words = fold(search).split()
    inside = v_story_articles.c
    article = v_articles.c.article_id == inside.article_id
    query = sa.select(inside.story_id, written).join_from(v_story_articles, v_articles, article)
    query = query.where(inside.story_id.in_(ids), written.is_not(None))
    found: set[int] = set()
    for story_id, text in connection.execute(query.execution_options(yield_per=1_000)):
        if story_id not in found:
            folded = fold(text)
            if all(word in folded for word in words):
                found.add(story_id)
    return found
