"""Who comes to stand for texts and stories by what a batch changes, kept in their rows.

What changed is compared with who stood, so that the work grows with the batch, and not with the group or the story.
Only where the one that stood is gone, or no longer what it was, all that are there may have to be asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from math import floor
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.cluster.standing import Claim, Copy, Text, claim, succeeded, text_of
from dedup.named import make
from dedup.store.database.bulk import pages
from dedup.store.passes.changes import Changes
from dedup.store.passes.representation import Successor, note
from dedup.store.passes.standing import preferred
from dedup.store.tables import articles, duplicate_groups, stories

# Texts and stories of which it is kept in memory who stands for them.
KEPT = 16_384


class _Turn(NamedTuple):
    """A group of which the claim on its story is another one, or made on another story: before and now."""

    group_id: int
    former: Claim | None
    now: Claim | None


class Succession:
    """Follows who stands for what from batch to batch. A function of rows, dropped with the rest of the memory."""

    def __init__(self, connection: Connection) -> None:
        self._places = {name: place for place, name in enumerate(preferred(connection))}
        self._texts: dict[int, Text] = {}
        self._stories: dict[int, Claim] = {}

    @contextmanager
    def following(self, connection: Connection, changes: Changes) -> Iterator[None]:
        """Sees to it that who stands is written with `changes`; these are written inside."""
        for kept in (self._texts, self._stories):
            if len(kept) > KEPT:
                kept.clear()
        successors = self._represent(connection, changes, self._tell(connection, changes))
        yield
        if successors:
            newest = {row.story_id: row.history_id for row in changes.history}
            note(connection, successors, changes.at, self._places, newest)

    def _tell(self, connection: Connection, changes: Changes) -> list[_Turn]:
        """Puts into `changes`, not yet written, who stands for the groups from now on."""
        texts, new = self._texts, changes.new_groups
        left, entered = self._moves(connection, changes)
        gone = {*changes.deleted_groups}
        moved = {group_id for group_id, row in changes.updated_groups.items() if "story_id" in row}
        self._read_texts(connection, (left.keys() | entered.keys() | gone | moved) - new.keys() - texts.keys())
        turns = [_Turn(group_id, texts.pop(group_id).original.claim, None) for group_id in gone]
        for group_id in (left.keys() | entered.keys() | moved) - gone:
            former, going, coming = texts.get(group_id), left.get(group_id, ()), entered.get(group_id, ())
            if former is None:
                text = text_of(coming)
            else:
                text = succeeded(former, going, coming) or text_of(self._others(connection, group_id, going, coming))
            texts[group_id] = text
            standing = text.original.claim
            if group_id in new:
                new[group_id]["standing_article_id"] = standing.article_id
            elif former is None or standing.article_id != former.original.claim.article_id:
                changes.updated_groups.setdefault(group_id, {})["standing_article_id"] = standing.article_id
            if former is None or standing != former.original.claim or group_id in moved:
                turns.append(make(_Turn, (group_id, None if former is None else former.original.claim, standing)))
        return turns

    def _moves(self, connection: Connection, changes: Changes) -> tuple[dict[int, list[Copy]], dict[int, list[Copy]]]:
        """By their groups the articles as they were, and as they are now: those that are new or have changed."""
        left, entered = defaultdict[int, list[Copy]](list), defaultdict[int, list[Copy]](list)
        for new in changes.new_articles.values():
            mine = self._claim(new.article_id, new.title, new.publisher or new.source, new.published_at)
            entered[new.duplicate_group_id].append(make(Copy, (mine, new.word_count)))
        for page in pages(sorted(changes.updated_articles)):
            for row in connection.execute(_ARTICLES, {"ids": page}).mappings():
                before = self._place(row)
                now = self._place({**row, **changes.updated_articles[row["article_id"]]})
                if now != before:
                    left[before[0]].append(before[1])
                    entered[now[0]].append(now[1])
        return left, entered

    def _represent(self, connection: Connection, changes: Changes, turns: Iterable[_Turn]) -> list[Successor]:
        """Puts into `changes` who stands for the stories from now on; returns who does in the place of another."""
        turned = {turn.group_id for turn in turns}
        story_of = _stories_of(connection, turned - changes.new_groups.keys())
        claims = _claims_made(changes, turns, story_of)
        parts = _parts_of(changes, (*claims, *story_of.values()))
        self._read_stories(connection, {part for some in parts.values() for part in some} - self._stories.keys())
        gone = {turn.former.article_id for turn in turns if turn.former is not None}
        successors: list[Successor] = []
        for story_id, inside in parts.items():
            stood = [self._stories[part] for part in inside]
            best = min([*claims[story_id], *(one for one in stood if one.article_id not in gone)], default=None)
            # All that has not changed comes behind who stood for it.
            if best is None or any(one < best for one in stood):
                best = min([*claims[story_id], *self._claims_in(connection, inside, turned)], default=None)
            if best is not None and (successor := self._put(changes, story_id, best)) is not None:
                successors.append(successor)
        for young in changes.merged:
            self._stories.pop(young, None)
        return successors

    def _put(self, changes: Changes, story_id: int, best: Claim) -> Successor | None:
        """Puts into `changes` who stands for a story from now on; returns it if it does in the place of another."""
        before, self._stories[story_id] = self._stories.get(story_id), best
        if story_id in changes.new_stories:
            changes.new_stories[story_id]["representative_article_id"] = best.article_id
        elif before is not None and before.article_id != best.article_id:
            changes.updated_stories.setdefault(story_id, {})["representative_article_id"] = best.article_id
            return Successor(story_id, best.article_id, before.article_id)
        return None

    def _claim(self, article_id: int, title: str, publisher: str, published_at: datetime | None) -> Claim:
        published = None if published_at is None else floor(published_at.timestamp())
        return claim(article_id, title, self._places.get(publisher) if self._places else None, published)

    def _place(self, row: Any) -> tuple[int, Copy]:
        """The group of an article, and what it is ranked by there."""
        publisher = row["publisher"] or row["source"]
        mine = self._claim(row["article_id"], row["title"], publisher, row["published_at"])
        return row["duplicate_group_id"], Copy(mine, row["word_count"])

    def _others(
        self, connection: Connection, group_id: int, left: Iterable[Copy], entered: Iterable[Copy]
    ) -> Iterator[Copy]:
        """All articles of a group, once some have left it and others are in it."""
        without = {copy.claim.article_id for copy in left}
        for row in connection.execute(_IN_GROUP, {"group": group_id}).mappings():
            if row["article_id"] not in without:
                yield self._place(row)[1]
        yield from entered

    def _claims_in(self, connection: Connection, story_ids: Collection[int], without: Collection[int]) -> list[Claim]:
        """The claims of all groups that these stories had, but for some of the groups."""
        return [
            self._claim(*facts)
            for page in pages(sorted(story_ids))
            for group_id, *facts in connection.execute(_IN_STORIES, {"ids": page})
            if group_id not in without
        ]

    def _read_texts(self, connection: Connection, group_ids: Collection[int]) -> None:
        for page in pages(sorted(group_ids)):
            for group_id, words, most, *facts in connection.execute(_OF_TEXTS, {"ids": page}):
                self._texts[group_id] = Text(Copy(self._claim(*facts), words), most)

    def _read_stories(self, connection: Connection, story_ids: Collection[int]) -> None:
        for page in pages(sorted(story_ids)):
            for story_id, *facts in connection.execute(_OF_STORIES, {"ids": page}):
                self._stories[story_id] = self._claim(*facts)


# Made once: making a statement takes longer than running it.
_IDS: sa.BindParameter[list[int]] = sa.bindparam("ids", expanding=True)
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
_STANDING = duplicate_groups.c.standing_article_id == articles.c.article_id
_OF_TEXTS = (
    sa.select(duplicate_groups.c.duplicate_group_id, articles.c.word_count, _LONGEST, *_FACTS)
    .join(articles, _STANDING)
    .where(duplicate_groups.c.duplicate_group_id.in_(_IDS))
)
_IN_STORIES = (
    sa.select(duplicate_groups.c.duplicate_group_id, *_FACTS)
    .join(articles, _STANDING)
    .where(duplicate_groups.c.story_id.in_(_IDS))
)
_OF_STORIES = (
    sa.select(stories.c.story_id, *_FACTS)
    .join(articles, articles.c.article_id == stories.c.representative_article_id)
    .where(stories.c.story_id.in_(_IDS))
)
_PLACES = sa.select(
    articles.c.article_id,
    articles.c.title,
    articles.c.publisher,
    articles.c.source,
    articles.c.published_at,
    articles.c.word_count,
    articles.c.duplicate_group_id,
)
_ARTICLES = _PLACES.where(articles.c.article_id.in_(_IDS))
_IN_GROUP = _PLACES.where(articles.c.duplicate_group_id == sa.bindparam("group"))


def _claims_made(
    changes: Changes, turns: Iterable[_Turn], story_of: Mapping[int, int]
) -> defaultdict[int, list[Claim]]:
    """The claims that groups make from now on, by the stories that they are in then; `story_of` is where they were."""
    claims = defaultdict[int, list[Claim]](list)
    for group_id, _, now in turns:
        if now is not None:
            row = changes.new_groups.get(group_id) or changes.updated_groups.get(group_id, {})
            claims[changes.resolve(row["story_id"] if "story_id" in row else story_of[group_id])].append(now)
    return claims


def _parts_of(changes: Changes, story_ids: Iterable[int]) -> dict[int, list[int]]:
    """By the stories that are there from now on, those that were there before and are in them; also of merged ones."""
    parts: dict[int, list[int]] = {changes.resolve(story): [] for story in story_ids}
    for young in changes.merged:
        parts.setdefault(changes.resolve(young), []).append(young)
    return {
        story: [part for part in (story, *young) if part not in changes.new_stories] for story, young in parts.items()
    }


def _stories_of(connection: Connection, group_ids: Iterable[int]) -> dict[int, int]:
    """The story of each of these groups that is there."""
    found: dict[int, int] = {}
    query = sa.select(duplicate_groups.c.duplicate_group_id, duplicate_groups.c.story_id)
    for page in pages(sorted(group_ids)):
        rows = connection.execute(query.where(duplicate_groups.c.duplicate_group_id.in_(page)))
        found |= {group_id: story_id for group_id, story_id in rows}
    return found
