"""Changes of who stands for a story, told in its history as ``represented``.

They belong to what is written together: what changed within a batch nobody has seen. So they are kept beside the other
events, which are the same for any batches, and carry the number of the newest event that they came with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from math import floor
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dedup.cluster.standing import claim, reason
from dedup.store.database.bulk import pages
from dedup.store.tables import articles, duplicate_groups, representations, state


class Successor(NamedTuple):
    """`article_id` stands for a story now, `former` did before."""

    story_id: int
    article_id: int
    former: int


def note(
    connection: Connection,
    successors: Sequence[Successor],
    at: datetime,
    places: Mapping[str, int],
    history: Mapping[int, int],
) -> None:
    """Adds to the history who stands now, once all else is written; `places` are those of preferred publishers.

    `history` has the number of the newest event of each story; where there was none, that of the newest of all counts.
    """
    if not successors:
        return
    known = _facts(connection, {number for one in successors for number in (one.article_id, one.former)})
    newest = connection.scalar(sa.select(state.c.next_history_id)) or 1
    rows = [
        {
            "history_id": history.get(one.story_id, newest - 1),
            "story_id": one.story_id,
            "article_id": one.article_id,
            "at": at,
            "reason": _reason(one, known, places),
        }
        for one in sorted(successors)
    ]
    connection.execute(sa.insert(representations), rows)


def _reason(one: Successor, known: Mapping[int, Any], places: Mapping[str, int]) -> str:
    """Why it is another one now: by the rule, or because the former one no longer speaks for the story."""
    former = known[one.former]
    if former.story_id != one.story_id:
        return f"article {one.former}, which stood for it, is no longer in it"
    if former.standing_article_id != one.former:
        return f"article {one.former}, which stood for it, is a copy of what article {former.standing_article_id} tells"
    first, second = (
        claim(
            row.article_id, row.title, places.get(row.publisher),
            None if row.published_at is None else floor(row.published_at.timestamp()),
        )
        for row in (known[one.article_id], former)
    )  # fmt: skip
    return f"before article {one.former}: {reason(first, [second])}"


def _facts(connection: Connection, article_ids: Collection[int]) -> dict[int, Any]:
    """What `_reason` asks of each article, as the columns of `_FACTS`."""
    numbered = pages(sorted(article_ids))
    return {row.article_id: row for page in numbered for row in connection.execute(_FACTS, {"ids": page})}


# Made once: making a statement takes longer than running it.
_FACTS = (
    sa.select(
        articles.c.article_id,
        articles.c.title,
        sa.func.coalesce(articles.c.publisher, articles.c.source).label("publisher"),
        articles.c.published_at,
        duplicate_groups.c.standing_article_id,
        duplicate_groups.c.story_id,
    )
    .join(duplicate_groups, duplicate_groups.c.duplicate_group_id == articles.c.duplicate_group_id)
    .where(articles.c.article_id.in_(sa.bindparam("ids", expanding=True)))
)
