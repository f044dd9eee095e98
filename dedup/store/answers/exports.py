"""Reading stories whole, many at a time: articles with their texts and evidence, history, former ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.store.answers import queries, reasons
from dedup.store.answers.queries import v_articles, v_stories
from dedup.store.answers.search import story_moment
from dedup.store.database.bulk import pages
from dedup.store.tables import articles, duplicate_groups, texts

# Stories read at once.
PAGE = 200


def stories(
    connection: Connection, ids: Sequence[int], *, text: bool, evidence: bool
) -> Iterator[list[dict[str, Any]]]:
    """The stories of these ids in pages, each a document: its row of ``v_stories`` with its ``articles``, ``history``
    and ``merged_stories``.

    `text` adds ``body_text`` to each article, None where it was forgotten, `evidence` the rows of ``v_why``.
    """
    for page in pages(ids, PAGE):
        members = queries.members_of(connection, page)
        numbers = [member.article_id for inside in members.values() for member in inside]
        bodies = _texts(connection, numbers) if text else {}
        why = reasons.evidence_of(connection, numbers) if evidence else {}
        histories, former = reasons.histories(connection, page), queries.merged_into_each(connection, page)
        yield [
            asdict(story)
            | {
                "articles": [
                    asdict(member)
                    | ({"body_text": bodies.get(member.article_id)} if text else {})
                    | ({"evidence": [asdict(row) for row in why.get(member.article_id, [])]} if evidence else {})
                    for member in members[story.story_id]
                ],
                "history": [asdict(event) for event in histories.get(story.story_id, [])],
                "merged_stories": former.get(story.story_id, []),
            }
            for story in queries.some_stories(connection, page)
        ]


def with_text(connection: Connection, ids: Sequence[int]) -> list[int]:
    """The stories, of these, of which a text is there, in the same order."""
    found: set[int] = set()
    for page in pages(ids, PAGE):
        query = (
            sa.select(duplicate_groups.c.story_id)
            .join(articles, articles.c.duplicate_group_id == duplicate_groups.c.duplicate_group_id)
            .join(texts, texts.c.article_id == articles.c.article_id)
            .where(duplicate_groups.c.story_id.in_(page))
        )
        found.update(connection.scalars(query))
    return [story_id for story_id in ids if story_id in found]


def ended(connection: Connection, before: datetime) -> list[int]:
    """The closed stories of which every article was published, and came, before a moment; oldest number first."""
    story = v_stories.c
    query = sa.select(story.story_id).where(story.status == "closed", story_moment < before, story.last_seen < before)
    return list(connection.scalars(query.order_by(story.story_id)))


def _texts(connection: Connection, numbers: Sequence[int]) -> dict[int, str | None]:
    found: dict[int, str | None] = {}
    for page in pages(numbers):
        query = sa.select(v_articles.c.article_id, v_articles.c.body_text).where(v_articles.c.article_id.in_(page))
        found |= {article_id: body for article_id, body in connection.execute(query)}
    return found
