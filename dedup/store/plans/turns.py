"""Where articles were when they came, and what became of their stories then, as the histories of these tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.database.bulk import pages
from dedup.store.passes import rules
from dedup.store.tables import articles, duplicate_groups, schemes, story_history


class Turn(NamedTuple):
    """The turn of an article of a group: the story that it came to, and what happened to others right before.

    `merged` are pairs of stories that became one, the one that lived on first. `parted` are the groups that left a
    story for another one.
    """

    group_id: int
    story_id: int
    merged: Sequence[tuple[int, int]]
    parted: Mapping[tuple[int, int], Set[int]]


def turns(connection: Connection, story_ids: Iterable[int], first: int, scheme: str) -> dict[int, Turn]:
    """The turns of all articles of those of the stories that were one with another at some time, and of that other.

    Where more has happened to any of these than decisions about new articles, there are none. So it is where one of
    their articles came before ordinal `first`, has another scheme than `scheme`, or is one that a rule is about.
    """
    ruled = set(connection.scalars(rules.in_force()))
    found: dict[int, Turn] = {}
    for related in _related(connection, story_ids):
        group_of = _groups(connection, related, first, scheme)
        if ruled.isdisjoint(group_of):
            found |= _told(connection, related, group_of)
    return found


def _related(connection: Connection, story_ids: Iterable[int]) -> Iterator[set[int]]:
    """The stories, and those that they were one with, in parts of two or more that had to do with each other."""
    told, other = story_history.c.story_id, story_history.c.other_story_id
    others: defaultdict[int, set[int]] = defaultdict(set)
    known: set[int] = set()
    fresh = {*story_ids}
    while fresh:
        known |= fresh
        for page in pages(sorted(fresh)):
            query = sa.select(told, other).where(told.in_(page), other.is_not(None))
            for story_id, beside in connection.execute(query.distinct()):
                others[story_id].add(beside)
                others[beside].add(story_id)
        fresh = others.keys() - known
    while others:
        part, fresh = set[int](), {next(iter(others))}
        while fresh:
            part |= fresh
            fresh = {beside for story_id in fresh for beside in others.pop(story_id)} - part
        yield part


def _groups(connection: Connection, story_ids: Collection[int], first: int, scheme: str) -> dict[int, int]:
    """The group of each article of the stories; of none where one came before `first` or has another scheme."""
    query = (
        sa.select(articles.c.article_id, articles.c.duplicate_group_id, articles.c.ordinal, schemes.c.name)
        .join(duplicate_groups, duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id)
        .join(schemes, schemes.c.scheme_id == articles.c.scheme_id)
    )
    found: dict[int, int] = {}
    for page in pages(sorted(story_ids)):
        for article_id, group_id, ordinal, name in connection.execute(
            query.where(duplicate_groups.c.story_id.in_(page))
        ):
            if ordinal < first or name != scheme:
                return {}
            found[article_id] = group_id
    return found


def _told(connection: Connection, story_ids: Collection[int], group_of: Mapping[int, int]) -> dict[int, Turn]:
    """The turns of the articles, in the order of decisions; none where the histories tell of other things as well."""
    columns = story_history.c
    query = sa.select(columns.history_id, columns.story_id, columns.event, columns.article_id, columns.other_story_id)
    asked = [query.where(columns.story_id.in_(page)) for page in pages(sorted(story_ids))]
    events = sorted(tuple(row) for one in asked for row in connection.execute(one))
    found: dict[int, Turn] = {}
    merged: list[tuple[int, int]] = []
    parted: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for _, story_id, event, article_id, other in events:
        # Whatever a decision changes is told of the article that comes, but for what leaves a story. Of those that came
        # a new version, a withdrawal and an application tell; a rule and an application also tell of no article.
        of_others = event == "left" or (event == "opened" and other is not None)
        if article_id not in group_of or of_others != (article_id in found):
            return {}
        if event == "merged":
            merged.append((story_id, other))
        elif event == "left":
            parted[story_id, other].add(group_of[article_id])
        elif event == "joined" or (event == "opened" and other is None):
            found[article_id] = Turn(group_of[article_id], story_id, merged, parted)
            merged, parted = [], defaultdict(set)
    return found
