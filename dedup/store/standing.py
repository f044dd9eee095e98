"""Who stands for each text and each story, by the rule of `dedup.cluster.standing`, kept in their rows.

Where articles only came, each is compared with who stands now, so that the work grows with the batch and not with the
story. Where articles changed or went, the rule is asked once more of all that are there, in SQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import floor
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.cluster.standing import COMPLETE, NOT_PREFERRED, Claim, claim, is_cut
from dedup.store.bulk import pages
from dedup.store.changes import Changes
from dedup.store.representation import Successor, note
from dedup.store.tables import articles, duplicate_groups, preferred_publishers, stories

# Texts and stories of which it is kept in memory who stands for them.
KEPT = 50_000
# The rule is asked of so many texts, or stories, at once where it is asked of all: a second's work.
AT_ONCE = 50_000
# What happens to a story where articles only come.
_GROWTH = frozenset({"opened", "joined", "merged", "merged_into"})

# Whole seconds, as SQLite keeps them. A date without a time of day is the last moment of its day: see
# `dedup.cluster.standing.moment`.
WORDS = {
    "sqlite": {
        "moment": "CASE WHEN substr(m.published_at, 12) = '00:00:00Z' "
        "THEN substr(m.published_at, 1, 11) || '23:59:59Z' ELSE m.published_at END"
    },
    "postgresql": {
        "moment": "CASE WHEN date_trunc('second', m.published_at) = date_trunc('day', m.published_at, 'UTC') "
        "THEN date_trunc('day', m.published_at, 'UTC') + INTERVAL '86399 seconds' "
        "ELSE date_trunc('second', m.published_at) END"
    },
}
_CUT = f"CASE WHEN {COMPLETE[1]} * m.word_count < {COMPLETE[0]} * m.longest THEN 1 ELSE 0 END"
_UNTITLED = "CASE WHEN m.title = '' THEN 1 ELSE 0 END"
_CLAIM = (
    f"COALESCE(p.place, {NOT_PREFERRED}), CASE WHEN m.published_at IS NULL THEN 1 ELSE 0 END, {{moment}}, m.article_id"
)
_PREFERRED = "LEFT JOIN preferred_publishers p ON p.publisher = COALESCE(m.publisher, m.source)"


def originals(which: str = "1 = 1") -> str:
    """SQL for who is to stand for each duplicate group, as columns `duplicate_group_id` and `article_id`.

    `which` is a condition on the articles `a` that leaves groups whole; ``{moment}`` is left to `WORDS`.
    """
    return f"""
        SELECT r.duplicate_group_id, r.article_id FROM (
            SELECT m.duplicate_group_id, m.article_id,
                   ROW_NUMBER() OVER (PARTITION BY m.duplicate_group_id
                                      ORDER BY {_UNTITLED}, {_CUT}, {_CLAIM}) AS number
            FROM (SELECT a.duplicate_group_id, a.article_id, a.source, a.publisher, a.title, a.word_count,
                         a.published_at,
                         MAX(a.word_count) OVER (PARTITION BY a.duplicate_group_id, a.title = '') AS longest
                  FROM articles a WHERE {which}) m {_PREFERRED}
        ) r WHERE r.number = 1"""  # noqa: S608 - constants


def representatives(which: str = "1 = 1") -> str:
    """SQL for who is to stand for each story, as `story_id` and `article_id`; the groups have their originals.

    `which` is a condition on the groups `g` that leaves stories whole; ``{moment}`` is left to `WORDS`.
    """
    return f"""
        SELECT r.story_id, r.article_id FROM (
            SELECT g.story_id, m.article_id,
                   ROW_NUMBER() OVER (PARTITION BY g.story_id ORDER BY {_UNTITLED}, {_CLAIM}) AS number
            FROM duplicate_groups g JOIN articles m ON m.article_id = g.standing_article_id {_PREFERRED}
            WHERE {which}
        ) r WHERE r.number = 1"""  # noqa: S608 - constants


def _update(table: str, key: str, column: str, chosen: str) -> str:
    return (
        f"UPDATE {table} SET {column} = c.article_id FROM ({chosen}) AS c "  # noqa: S608 - constants
        f"WHERE c.{key} = {table}.{key} AND {table}.{column} <> c.article_id"
    )


def _statements(groups: str, of_stories: str) -> dict[str, tuple[sa.TextClause, sa.TextClause]]:
    """What puts the rule in force for texts, and what tells the stories where it is not, by the kind of database."""
    texts = _update("duplicate_groups", "duplicate_group_id", "standing_article_id", originals(groups))
    told = (
        f"SELECT s.story_id, c.article_id, s.representative_article_id FROM ({representatives(of_stories)}) c "  # noqa: S608 - constants
        "JOIN stories s ON s.story_id = c.story_id WHERE s.representative_article_id <> c.article_id"
    )
    return {kind: (sa.text(texts.format(**words)), sa.text(told.format(**words))) for kind, words in WORDS.items()}


_RANGE = _statements("a.duplicate_group_id BETWEEN :low AND :high", "g.story_id BETWEEN :low AND :high")
_IDS: sa.BindParameter[list[int]] = sa.bindparam("ids", expanding=True)
_SOME = {
    kind: (texts.bindparams(_IDS), told.bindparams(_IDS))
    for kind, (texts, told) in _statements("a.duplicate_group_id IN :ids", "g.story_id IN :ids").items()
}


def preferred(connection: Connection) -> tuple[str, ...]:
    """The preferred publishers as they are in force, the most preferred first."""
    query = sa.select(preferred_publishers.c.publisher).order_by(preferred_publishers.c.place)
    return tuple(connection.scalars(query))


def prefer(connection: Connection, names: Sequence[str], at: datetime, beat: Callable[[], None]) -> None:
    """Puts other preferred publishers in force, for every text and story that is there; `at` is told in the history.

    `beat` is called after each `AT_ONCE` of them.
    """
    connection.execute(sa.delete(preferred_publishers))
    if names:
        rows = [{"publisher": name, "place": place} for place, name in enumerate(names)]
        connection.execute(sa.insert(preferred_publishers), rows)
    places = {name: place for place, name in enumerate(names)}
    texts, told = _RANGE[connection.dialect.name]
    for some in _ranges(connection, duplicate_groups.c.duplicate_group_id):
        connection.execute(texts, some)
        beat()
    for some in _ranges(connection, stories.c.story_id):
        note(connection, _succeed(connection, connection.execute(told, some)), at, places, {})
        beat()


def _ranges(connection: Connection, key: sa.Column[int]) -> Iterator[dict[str, int]]:
    """The numbers of a table, a stretch at a time: the lowest and the highest of each."""
    first, last = connection.execute(sa.select(sa.func.min(key), sa.func.max(key))).one()
    if first is not None:
        for low in range(first, last + 1, AT_ONCE):
            yield {"low": low, "high": low + AT_ONCE - 1}


def settle(
    connection: Connection, groups: Collection[int], story_ids: Collection[int],
    beat: Callable[[], None] = lambda: None,
) -> list[Successor]:  # fmt: skip
    """Asks the rule of all articles of these groups, then of all groups of their stories and of these.

    Returns who stands for a story in the place of another one. `beat` is called after each page.
    """
    again = set(story_ids)
    of_groups, of_stories = _SOME[connection.dialect.name]
    group = duplicate_groups.c.duplicate_group_id
    for page in pages(sorted(groups)):
        connection.execute(of_groups, {"ids": page})
        again.update(connection.scalars(sa.select(duplicate_groups.c.story_id).where(group.in_(page))))
        beat()
    successors = []
    for page in pages(sorted(again)):
        successors += _succeed(connection, connection.execute(of_stories, {"ids": page}))
        beat()
    return successors


def _succeed(connection: Connection, told: Iterable[Any]) -> list[Successor]:
    """Lets those stand for their stories whom the rule tells."""
    successors = [Successor(*row) for row in told]
    if successors:
        parameters = [{"which": one.story_id, "article": one.article_id} for one in successors]
        connection.execute(_SUCCEED, parameters)
    return successors


@dataclass(slots=True)
class _Text:
    """Who stands for a group and how many words it has; the words of the longest, with a title as well or without."""

    claim: Claim
    words: int
    longest: int


@dataclass(slots=True)
class _Disturbed:
    """Groups and stories in which articles changed or went."""

    groups: set[int] = field(default_factory=set)
    stories: set[int] = field(default_factory=set)


class Standing:
    """Follows who stands for what from batch to batch. A function of rows, dropped with the rest of the memory."""

    def __init__(self, connection: Connection) -> None:
        self._places = {name: place for place, name in enumerate(preferred(connection))}
        self._texts: dict[int, _Text] = {}
        self._stories: dict[int, Claim] = {}
        self._successors: list[Successor] = []

    @contextmanager
    def following(self, connection: Connection, changes: Changes) -> Iterator[None]:
        """Sees to it that who stands is written with `changes`; these are written inside."""
        self._successors.clear()
        disturbed = self._note(connection, changes)
        yield
        if disturbed.groups or disturbed.stories:
            self._successors += settle(connection, disturbed.groups, disturbed.stories)
            for story_id in _stories_of(connection, disturbed.groups).values():
                self._stories.pop(story_id, None)
        if self._successors:
            # Nobody has seen who stood for a story that is new.
            seen = [one for one in self._successors if one.story_id not in changes.new_stories]
            newest = {row.story_id: row.history_id for row in changes.history}
            note(connection, seen, changes.at, self._places, newest)

    def _note(self, connection: Connection, changes: Changes) -> _Disturbed:
        """Puts into `changes`, not yet written, who stands from now on; returns what must be settled when they are."""
        for kept in (self._texts, self._stories):
            if len(kept) > KEPT:
                kept.clear()
        disturbed = _disturbed(connection, changes)
        for group_id in disturbed.groups:
            self._texts.pop(group_id, None)
        rising = self._risen(connection, changes, disturbed)
        self._place(connection, changes, rising, disturbed)
        for story_id in (*disturbed.stories, *changes.merged):
            self._stories.pop(story_id, None)
        return disturbed

    def _risen(
        self, connection: Connection, changes: Changes, disturbed: _Disturbed
    ) -> dict[int, tuple[Claim | None, Claim]]:
        """The groups that have another original than before, or their first: the former claim and the new one."""
        new, texts = changes.new_articles.values(), self._texts
        there = {row.duplicate_group_id for row in new} - changes.new_groups.keys() - disturbed.groups
        self._read_texts(connection, there - texts.keys())
        risen: dict[int, tuple[Claim | None, Claim]] = {}
        for row in new:
            group_id = row.duplicate_group_id
            if group_id in disturbed.groups:
                continue
            mine = self._claim(row.article_id, row.title, row.publisher or row.source, row.published_at)
            text = texts.get(group_id)
            if text is None:
                texts[group_id] = _Text(mine, row.word_count, row.word_count)
                risen[group_id] = None, mine
                continue
            if mine.untitled > text.claim.untitled:
                continue
            better = mine.untitled < text.claim.untitled
            before = 0 if better else text.longest
            text.longest = max(before, row.word_count)
            if not better and is_cut(text.words, text.longest):
                # It was complete, so the new one is longer; is there another that is complete now?
                better = is_cut(before, text.longest)
                if not better:
                    disturbed.groups.add(group_id)
                    texts.pop(group_id)
                    risen.pop(group_id, None)
                    continue
            if better or (mine < text.claim and not is_cut(row.word_count, text.longest)):
                risen[group_id] = risen[group_id][0] if group_id in risen else text.claim, mine
                text.claim, text.words = mine, row.word_count
        return risen

    def _place(
        self,
        connection: Connection,
        changes: Changes,
        risen: dict[int, tuple[Claim | None, Claim]],
        disturbed: _Disturbed,
    ) -> None:
        """Notes the originals that are new, and lets each claim the story that it is in."""
        story_of = _stories_of(connection, risen.keys() - changes.new_groups.keys())
        claims: defaultdict[int, list[Claim]] = defaultdict(list)
        stepped_down: dict[int, Claim] = {}
        for group_id, (former, mine) in risen.items():
            group = changes.new_groups.get(group_id)
            if group is not None:
                group["standing_article_id"] = mine.article_id
                story_id = changes.resolve(group["story_id"])
            else:
                changes.updated_groups.setdefault(group_id, {})["standing_article_id"] = mine.article_id
                story_id = changes.resolve(story_of[group_id])
            claims[story_id].append(mine)
            if former is not None:
                stepped_down[former.article_id] = mine
        asked = {*claims, *changes.merged, *(changes.resolve(young) for young in changes.merged)}
        self._read_stories(connection, asked - changes.new_stories.keys() - self._stories.keys())
        for young in changes.merged:
            if young in self._stories:
                claims[changes.resolve(young)].append(self._stories[young])
        for story_id, given in claims.items():
            if story_id not in disturbed.stories:
                self._claim_story(changes, story_id, given, stepped_down, disturbed)

    def _claim_story(
        self,
        changes: Changes,
        story_id: int,
        claims: list[Claim],
        stepped_down: dict[int, Claim],
        disturbed: _Disturbed,
    ) -> None:
        former = self._stories.get(story_id)
        given = claims if former is None else [*claims, former]
        best = min(given)
        if stepped_down and best.article_id in stepped_down:
            # Who stood is a copy now, and any other original may come before the one that took its place.
            disturbed.stories.add(story_id)
            return
        self._stories[story_id] = best
        row = changes.new_stories.get(story_id)
        if row is not None:
            row["representative_article_id"] = best.article_id
        elif former is None or best != former:
            changes.updated_stories.setdefault(story_id, {})["representative_article_id"] = best.article_id
            if former is not None:
                self._successors.append(Successor(story_id, best.article_id, former.article_id))

    def _claim(self, article_id: int, title: str, publisher: str, published_at: datetime | None) -> Claim:
        published = None if published_at is None else floor(published_at.timestamp())
        return claim(article_id, title, self._places.get(publisher) if self._places else None, published)

    def _read_texts(self, connection: Connection, group_ids: Collection[int]) -> None:
        for page in pages(sorted(group_ids)):
            for group_id, words, most, *facts in connection.execute(_OF_TEXTS, {"ids": page}):
                self._texts[group_id] = _Text(self._claim(*facts), words, most)

    def _read_stories(self, connection: Connection, story_ids: Collection[int]) -> None:
        for page in pages(sorted(story_ids)):
            for story_id, *facts in connection.execute(_OF_STORIES, {"ids": page}):
                self._stories[story_id] = self._claim(*facts)


# Made once: making a statement takes longer than running it.
_FACTS = (
    articles.c.article_id,
    articles.c.title,
    sa.func.coalesce(articles.c.publisher, articles.c.source),
    articles.c.published_at,
)
_MEMBER = articles.alias("member")
_LONGEST = (
    sa.select(sa.func.max(_MEMBER.c.word_count))
    .where(
        _MEMBER.c.duplicate_group_id == duplicate_groups.c.duplicate_group_id,
        (_MEMBER.c.title == "") == (articles.c.title == ""),
    )
    .scalar_subquery()
)
_OF_TEXTS = (
    sa.select(duplicate_groups.c.duplicate_group_id, articles.c.word_count, _LONGEST, *_FACTS)
    .join(articles, articles.c.article_id == duplicate_groups.c.standing_article_id)
    .where(duplicate_groups.c.duplicate_group_id.in_(_IDS))
)
_SUCCEED = (
    sa.update(stories)
    .where(stories.c.story_id == sa.bindparam("which"))
    .values(representative_article_id=sa.bindparam("article"))
)
_OF_STORIES = (
    sa.select(stories.c.story_id, *_FACTS)
    .join(articles, articles.c.article_id == stories.c.representative_article_id)
    .where(stories.c.story_id.in_(_IDS))
)


def _disturbed(connection: Connection, changes: Changes) -> _Disturbed:
    """What a batch changes other than by adding articles."""
    found = _Disturbed()
    if not (changes.updated_articles or changes.updated_groups or changes.divided):
        return found
    # One that only goes to another story has the articles that it had.
    found.groups.update(group_id for group_id, row in changes.updated_groups.items() if row.keys() != {"story_id"})
    found.groups.update(
        row["duplicate_group_id"] for row in changes.updated_articles.values() if "duplicate_group_id" in row
    )
    column = articles.c.duplicate_group_id
    for page in pages(sorted(changes.updated_articles)):
        found.groups.update(connection.scalars(sa.select(column).where(articles.c.article_id.in_(page))))
    touched = {row["story_id"] for row in changes.updated_groups.values() if "story_id" in row}
    for row in changes.history:
        if row.event not in _GROWTH:
            touched |= {row.story_id, *([] if row.other_story_id is None else [row.other_story_id])}
    touched.update(_stories_of(connection, found.groups).values())
    found.stories.update(changes.resolve(story_id) for story_id in touched)
    return found


def _stories_of(connection: Connection, group_ids: Iterable[int]) -> dict[int, int]:
    """The story of each of these groups that is there."""
    found: dict[int, int] = {}
    query = sa.select(duplicate_groups.c.duplicate_group_id, duplicate_groups.c.story_id)
    for page in pages(sorted(group_ids)):
        rows = connection.execute(query.where(duplicate_groups.c.duplicate_group_id.in_(page)))
        found |= {group_id: story_id for group_id, story_id in rows}
    return found
